"""Which schema the database has, and bringing it to the one this program was written for.

Law of this module: the program runs on exactly its own revision. Anything else is told in one sentence that says what to type.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine

from booking.store.transaction import writing


class ReferenceLost(Exception):
    """A bug in a step: it was undone."""


STEP_S = 24 * 3600
_MIGRATIONS = Path(__file__).parent / "migrations"


def head() -> str:
    """The revision this program was written for."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None, "the package ships its migrations"
    return found


def current(engine: Engine) -> str | None:
    """The database's revision; None for an empty database."""
    with engine.connect() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def check(engine: Engine) -> str | None:
    """None when the database has the right revision; else one sentence for the operator, with the command to type."""
    found, wanted = current(engine), head()
    if found == wanted:
        return None
    if found is None:
        return f"The database is empty, this program needs revision {wanted}: type `hotline db upgrade`."
    if found in _known():
        return f"The database has revision {found}, this program needs {wanted}: type `hotline db upgrade`."
    return (
        f"The database has revision {found}, which this program (revision {wanted}) does not know: "
        "install the newer program, then type `hotline db check`."
    )


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database to a revision, the newest by default; keeps what is in it. Nothing happens when it is there."""
    with _moving(engine) as conn:
        command.upgrade(_config(conn), to)


def downgrade(engine: Engine, to: str) -> None:
    """Back to an earlier revision (``base``: an empty database). What the later schema alone could hold is lost."""
    with _moving(engine) as conn:
        command.downgrade(_config(conn), to)


@contextmanager
def _moving(engine: Engine) -> Iterator[Connection]:
    """A transaction for steps. SQLite changes a table by building it anew: while the old one is gone nothing may follow references to it,
    so they are looked up once, before the end. MariaDB rebuilds big tables for minutes, where a caller's statement has seconds.
    """
    with patient_engine(engine).connect() as conn:
        sqlite = conn.dialect.name == "sqlite"
        if sqlite:
            _set_references(conn, "OFF")
        try:
            with conn.begin():
                yield conn
                if sqlite and conn.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise ReferenceLost("a step would leave rows that refer to nothing: the database stays as it was")
        finally:
            if sqlite:
                _set_references(conn, "ON")


def patient_engine(engine: Engine) -> Engine:
    """The same database for statements that may take long."""
    if engine.dialect.name == "sqlite":
        return writing(engine)
    waits = {"connect_timeout": 3, "read_timeout": STEP_S, "write_timeout": STEP_S}
    return create_engine(engine.url, poolclass=NullPool, isolation_level="READ COMMITTED", connect_args=waits)


def _set_references(conn: Connection, state: str) -> None:
    """Outside of any transaction: within one SQLite ignores it."""
    cursor = conn.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={state}")
    cursor.close()


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config
