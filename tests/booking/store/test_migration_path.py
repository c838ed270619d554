"""A year of migrations on SQLite, with rows in every table. tests/real walks the same path on MariaDB."""

from __future__ import annotations

import pytest
from migration_path import full_house_down_and_up, up_and_down
from sqlalchemy import text

from booking.store import revision
from booking.store.database import make_engine


@pytest.fixture
def engine(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/path.db")
    yield engine
    engine.dispose()


def test_every_step_up_and_down_keeps_what_a_database_holds(engine):
    """A database of the first program is brought to the newest and back: every row says at the end what it said at first."""
    up_and_down(engine)


def test_a_full_house_goes_back_without_selling_anything_twice(engine):
    """What the old program cannot say (held, arrived, several at one start) becomes what it can; nothing else changes."""
    full_house_down_and_up(engine)


def test_a_step_that_would_lose_a_reference_is_undone(engine):
    """A row that refers to nothing stops the upgrade; the database stays at its revision, and references are enforced again."""
    revision.upgrade(engine, "0002")
    with engine.connect() as conn:
        conn.connection.execute("PRAGMA foreign_keys=OFF")
        conn.execute(text("INSERT INTO doctor (hospital_id, number, name, title, department_id, speciality)"
                          " VALUES (1, '00001', '王', '', 99, '')"))  # fmt: skip
        conn.commit()
        conn.connection.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(revision.ReferenceLost):
        revision.upgrade(engine)
    assert revision.current(engine) == "0002"
    with engine.connect() as conn:
        assert conn.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
