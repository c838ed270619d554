"""Which schema the database has, and bringing it to the one this program was written for.

Law of this module: the program runs on exactly its own revision. Anything else is told in one sentence that says what to type.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from booking.store.transaction import writing

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
    with writing(engine).connect() as conn, conn.begin():
        command.upgrade(_config(conn), to)


def downgrade(engine: Engine, to: str) -> None:
    """Back to an earlier revision (``base``: an empty database). What the later schema alone could hold is lost."""
    with writing(engine).connect() as conn, conn.begin():
        command.downgrade(_config(conn), to)


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    return config
