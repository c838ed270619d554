"""What stop-clinic and reminders look for every few seconds is found through indexes on SQLite, however many rows there are."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import event

from booking.store.stops import affected, choices, coming_back, phone_back, reminding
from booking.store.stops import listing as stop_list

MOMENT = datetime.fromisoformat("2026-07-14 18:00")
VALUES = {
    "hospital": 1, "session": 1, "stop": 1, "doctor": 1, "most": 10, "day": MOMENT.date(), "today": MOMENT.date(),
    "phone": b"x", "patients": [1, 2], "ids": [1, 2], "wall": MOMENT, "names": ["a"], "trace": "t", "code": "12345678",
    "decided": MOMENT,
}  # fmt: skip
LOOKS = {
    "whom to release": affected.TO_RELEASE,
    "whom to tell of a change": affected.UNTOLD,
    "whom to tell of its end": affected.UNTOLD_BACK,
    "released patients": coming_back._RELEASED,
    "a caller's bookings": choices._HIS,
    "a caller's notices": choices._OPEN,
    "what a text has chosen": choices._ANSWERED,
    "texts that failed": phone_back._FAILED,
    "whom to phone": phone_back._LIST,
    "stops to finish": stop_list._TO_FINISH,
    "sessions of a day": reminding._SESSIONS,
    "bookings of a session": reminding._OF_SESSION,
    "reminders that are posted": reminding._POSTED,
    "news of a booking": reminding._TOLD,
}


@pytest.mark.parametrize("name", LOOKS)
def test_it_is_found_by_an_index(name, small_hospital):
    """No table that grows with bookings is read from end to end."""
    asked = []

    def note(_conn, _cursor, statement, parameters, *_):
        asked.append((statement, parameters))

    def thd(conn):
        event.listen(conn, "before_cursor_execute", note)
        conn.execute(LOOKS[name], VALUES).all()
        event.remove(conn, "before_cursor_execute", note)
        statement, parameters = asked[-1]
        return [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]

    plan = small_hospital.now(thd)
    growing = ("appointment", "slot", "stop_notice", "outbox", "audit", "phone_patient")
    assert plan
    assert not [line for line in plan if line.startswith("SCAN") and line.split()[1] in growing], plan
