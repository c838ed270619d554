"""What every command that touches the store does first: the engine, its revision, the vault, the hospital's own row.

Law of this module: nothing is opened on another revision than the program's own; the reason is a sentence that says what to type.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from booking.clock import Clock
from booking.outcomes import Busy
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.revision import check
from booking.store.roster.roster import HospitalRow, thd_put_hospital
from booking.vault import Vault
from hotline.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An open store: ``hospital`` is the id of the configured hospital."""

    engine: Engine
    vault: Vault
    hospital: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOpened:
    """Why the store cannot be used. ``outage``: it does not answer (exit code 3), rather than being of another revision (1)."""

    why: str
    outage: bool


def hospital_row(config: Config) -> HospitalRow:
    table = config.hospital
    return HospitalRow(
        code=table.code, name=table.name, short_name=table.short_name, address=table.address, phone=table.phone
    )


_MYSQL: dict[object, str] = {
    1044: "this user may not use this database",
    1045: "the user or the password is refused",
    1049: "there is no database of this name",
    2002: "nobody listens at this address",
    2003: "nobody listens at this address",
    2005: "there is no host of this name",
}


def outage(error: SQLAlchemyError) -> str:
    """What keeps the database from answering, without its address, user or password."""
    cause = getattr(error, "orig", None)
    reason = (
        str(cause) if isinstance(cause, sqlite3.Error) else _MYSQL.get(next(iter(getattr(cause, "args", ())), None))
    )
    return f"the database does not answer: {reason or type(error).__name__}"


def open_engine(config: Config) -> Engine | NotOpened:
    """The configured database, when it answers and is of the right revision."""
    if _is_missing(config.database.url):
        return NotOpened(why="There is no database file yet: type `hotline db upgrade`.", outage=False)
    table = config.database
    engine = make_engine(table.url, connections=table.threads + 3, nodes=table.nodes)
    try:
        wrong = check(engine)
    except SQLAlchemyError as error:
        return NotOpened(why=outage(error), outage=True)
    return engine if wrong is None else NotOpened(why=wrong, outage=False)


def _is_missing(url: str) -> bool:
    """Whether connecting would make an empty SQLite file, belonging to whoever asked: looking must leave nothing behind."""
    file = _file(url)
    return file is not None and file.parent.is_dir() and not file.exists()


def begin(url: str) -> Engine:
    """An engine for a database that may not be there yet. A SQLite file is made readable by its owner alone, whatever the umask;
    what SQLite writes beside it takes after it. One that is there keeps its rights: somebody may have given them on purpose.
    """
    file = _file(url)
    if file is not None:
        with suppress(OSError):  # there already, or not to be made here: SQLite finds the words for that
            file.touch(mode=0o600, exist_ok=False)
    return make_engine(url)


def _file(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def open_store(config: Config, clock: Clock) -> Opened | NotOpened:
    """As ``open_engine``; the hospital's row is made or brought up to what the configuration says."""
    engine = open_engine(config)
    if isinstance(engine, NotOpened):
        return engine
    try:
        hospital = ImmediateDatabase(engine, clock).now(thd_put_hospital, hospital_row(config))
    except Busy as busy:
        return NotOpened(why=str(busy), outage=True)
    return Opened(engine=engine, vault=Vault(config.privacy.key), hospital=hospital)
