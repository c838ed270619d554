"""The schema's revision: brought up, told apart, brought down."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from booking.store import revision
from booking.store.database import make_engine
from booking.store.schema import metadata


@pytest.fixture
def engine(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/revision.db")
    yield engine
    engine.dispose()


def test_an_empty_database_is_brought_up(engine):
    """An empty database is told what to type; after the upgrade all is well, and again is no error."""
    assert revision.check(engine) == (
        f"The database is empty, this program needs revision {revision.head()}: type `hotline db upgrade`."
    )
    revision.upgrade(engine)
    revision.upgrade(engine)
    assert revision.check(engine) is None
    assert revision.current(engine) == revision.head()


def test_the_steps_make_the_tables_that_the_program_knows(engine):
    """Migrations and schema agree, so that tests on the schema speak for the product."""
    revision.upgrade(engine)
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    revision.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}


@pytest.mark.parametrize(
    ("found", "said"), [("9999", "install the newer program"), ("0001", "type `hotline db upgrade`")]
)
def test_another_revision_is_told(engine, monkeypatch, found, said):
    """A database of a later or an earlier program is not touched; one sentence says what to do."""
    revision.upgrade(engine)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})
    monkeypatch.setattr(revision, "head", lambda: "0002")
    sentence = revision.check(engine)
    assert said in sentence
    assert found in sentence


def test_the_steps_are_one_line():
    """There is one newest revision, and every step names the one before."""
    scripts = ScriptDirectory.from_config(revision._config())
    assert len(scripts.get_heads()) == 1
    assert [script.revision for script in scripts.walk_revisions()][-1] == "0001"


def test_what_a_database_holds_is_kept_by_an_upgrade(engine):
    """A phone's patients are numbered in the order in which they came; going back loses the numbers only."""
    revision.upgrade(engine, "0001")
    with engine.begin() as conn:
        conn.execute(text("INSERT INTO patient (id, hospital_id, identity_print, identity_sealed, name_sealed, created_at)"
                          " VALUES (1, 1, '1', '', '', '2026-07-14'), (2, 1, '2', '', '', '2026-07-14')"))  # fmt: skip
        conn.execute(text("INSERT INTO phone_patient (hospital_id, phone_print, phone_sealed, patient_id, created_at)"
                          " VALUES (1, 'a', '', 2, '2026-07-14'), (1, 'b', '', 2, '2026-07-14'), (1, 'a', '', 1, '2026-07-14')"))  # fmt: skip
    revision.upgrade(engine)
    with engine.begin() as conn:
        found = conn.execute(text("SELECT patient_id, nth FROM phone_patient ORDER BY id")).all()
    assert [tuple(row) for row in found] == [(2, 1), (2, 1), (1, 2)]
    revision.downgrade(engine, "0001")
    with engine.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM phone_patient")).scalar_one() == 3
        assert "smsc_bind" not in inspect(conn).get_table_names()
