"""The steps of the schema on a real MariaDB: up with data in it, the same tables as the program knows, down again."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from booking.store import revision
from booking.store.database import make_engine
from booking.store.schema import metadata

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

_PATIENT = (
    "INSERT INTO patient (id, hospital_id, identity_print, identity_sealed, name_sealed, created_at)"
    " VALUES (:id, 1, :print, '', '', '2026-07-14')"
)
_PHONE = (
    "INSERT INTO phone_patient (hospital_id, phone_print, phone_sealed, patient_id, created_at)"
    " VALUES (1, :print, '', :id, '2026-07-14')"
)


@pytest.fixture
def engine(mariadb_url):
    engine = make_engine(mariadb_url)
    yield engine
    engine.dispose()


def test_the_steps_lead_up_and_down_with_data_in_the_tables(engine):
    """Rows made under the first revision are there under the newest, numbered; the newest is what the program knows."""
    revision.upgrade(engine, "0001")
    with engine.begin() as conn:
        for patient in (1, 2):
            conn.execute(text(_PATIENT), {"id": patient, "print": bytes([patient]) * 32})
        for phone, patient in ((b"a" * 32, 2), (b"b" * 32, 2), (b"a" * 32, 1)):
            conn.execute(text(_PHONE), {"print": phone, "id": patient})
    revision.upgrade(engine)
    with engine.begin() as conn:
        found = conn.execute(text("SELECT patient_id, nth FROM phone_patient ORDER BY id")).all()
        assert [tuple(row) for row in found] == [(2, 1), (2, 1), (1, 2)]
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    revision.downgrade(engine, "0001")
    revision.upgrade(engine)
    with engine.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM phone_patient")).scalar_one() == 3
    revision.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
