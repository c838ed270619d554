"""How SQLite finds what is looked for often: by an index, however many rows there are."""

from __future__ import annotations

import pytest

from booking.store.keeping import keeping


@pytest.mark.parametrize("ids", [keeping._LIVE_IDS, keeping._LATEST_IDS])
def test_a_callers_bookings_are_found_without_reading_all(small_hospital, ids):
    """By his phone and by his patients, each through an index."""
    bound = ids.params(hospital=1, phone=b"x", patients=[1, 2])
    sql = bound.compile(small_hospital.engine, compile_kwargs={"literal_binds": True})
    plan = small_hospital.now(lambda conn: [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")])
    looks = [line for line in plan if "appointment" in line]
    assert len(looks) == 2
    assert all(line.startswith("SEARCH appointment USING") for line in looks)
    assert {line.split("hospital_id=? AND ")[1].split("=")[0] for line in looks} == {"phone_print", "patient_id"}
