"""The demo's folder: database, key, configuration, prompts and log, made at the first start and kept.

The configuration is an ordinary one, written anew at each start with the ports of that start, so that every other command works on the demo
too: ``hotline db check -c var/demo/hotline.toml``. Stocking puts the hospital by natural keys: a later start adds
the days that have come into view and changes no booking.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Table, func, select

from booking.clock import Clock, wall
from booking.rules.policy import HousePolicy
from booking.store import revision
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import thd_put_departments, thd_put_doctors, thd_put_sessions
from booking.store.schema import appointment, department, doctor, slot
from hotline.config import Config, read_config
from hotline.demo.hospital import HOSPITAL, departments, doctors, sessions
from hotline.opening import NotOpened, Opened, begin, open_store

PASSWORD = "hotline"  # noqa: S105 - of the simulated SMSC, on loopback
SERVICE_NUMBER = "12580"
DRAIN_SECONDS = 3.0
DAYS = HousePolicy().window_days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All on loopback."""

    smsc: int = 2775
    agi: int = 4573
    metrics: int = 9180


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What the store holds after stocking; ``bookings`` are live ones from earlier starts."""

    departments: int
    doctors: int
    slots: int
    bookings: int


def configure(folder: Path, ports: Ports) -> Config:
    """Makes the folder, its key and its configuration, and reads that back."""
    for place in (folder, folder / "prompts", folder / "spool"):
        place.mkdir(parents=True, exist_ok=True)
    _once(folder / "key", secrets.token_hex(32))
    _once(folder / "smsc-password", PASSWORD)
    file = folder / "hotline.toml"
    file.write_text(_toml(folder.resolve(), ports), encoding="utf-8")
    config = read_config(file)
    assert isinstance(config, Config), str(config)
    return config


def stock(config: Config, clock: Clock) -> tuple[Opened, Stock] | NotOpened:
    """Brings the database to this program's revision and puts the hospital with its days from today on."""
    revision.upgrade(begin(config.database.url))
    opened = open_store(config, clock)
    if isinstance(opened, NotOpened):
        return opened
    database = ImmediateDatabase(opened.engine, clock)
    people = doctors()
    database.now(thd_put_departments, opened.vault, opened.hospital, departments())
    database.now(thd_put_doctors, opened.vault, opened.hospital, people)
    database.now(thd_put_sessions, opened.vault, opened.hospital, sessions(wall(clock).date(), DAYS, people))
    return opened, database.now(_thd_count, opened.hospital, datetime.combine(wall(clock).date(), time()))


def _thd_count(conn: Connection, hospital: int, today: datetime) -> Stock:
    def count(table: Table, *conditions: ColumnElement[bool]) -> int:
        mine = table.c.hospital_id == hospital
        return int(conn.execute(select(func.count()).select_from(table).where(mine, *conditions)).scalar_one())

    return Stock(
        departments=count(department),
        doctors=count(doctor),
        slots=count(slot, slot.c.start >= today),
        bookings=count(appointment, appointment.c.live == 1),
    )


def _once(path: Path, content: str) -> None:
    """A secret is made once and never replaced: the database is sealed with it."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(content, encoding="ascii")


def _toml(folder: Path, ports: Ports) -> str:
    return f'''# Written by `hotline demo` at each start.
[hospital]
code = "{HOSPITAL.code}"
name = "{HOSPITAL.name}"
short_name = "{HOSPITAL.short_name}"
address = "{HOSPITAL.address}"
phone = "{HOSPITAL.phone}"

[database]
url = {json.dumps(f"sqlite:///{folder / 'hotline.db'}", ensure_ascii=False)}

[privacy]
key_file = "key"

[fastagi]
listen = "tcp:{ports.agi}:interface=127.0.0.1"

[[smsc]]
name = "demo"
host = "127.0.0.1"
port = {ports.smsc}
system_id = "hotline"
password_file = "smsc-password"
service_number = "{SERVICE_NUMBER}"

[prompts]
directory = "prompts"
asterisk_prefix = {json.dumps(str(folder / "prompts"), ensure_ascii=False)}
synthesiser = "none"

[emergency]
spool = "spool"

[metrics]
listen = "tcp:{ports.metrics}:interface=127.0.0.1"

[drain]
seconds = {DRAIN_SECONDS}
'''
