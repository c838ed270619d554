"""One import as one transaction: what the roster holds, the verdicts, the accepted rows put, one audit row with the batch's id.

The roster's puts are by natural key, so importing the same file again changes nothing. A dry run does all of it and rolls back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from sqlalchemy import Connection, Table, select

from booking.store.audit import Note, thd_note
from booking.store.roster import Counts, thd_put_departments, thd_put_doctors, thd_put_sessions
from booking.store.schema import department, doctor
from booking.vault import Vault
from hotline.importing.sheet import Sheet
from hotline.importing.verdicts import Rejected, judge_departments, judge_doctors, judge_sessions

KINDS = ("departments", "doctors", "schedules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is asked: ``today`` and ``home_area`` as the verdicts need them, ``at`` in naive UTC."""

    id: str
    kind: str
    hospital: int
    today: date
    home_area: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    batch: str
    rows: int
    counts: Counts
    rejected: tuple[Rejected, ...]


def batch_id(kind: str, at: datetime, random: Random) -> str:
    """``20261122-083000-doctors-3f2a``: sorts by time, names its kind, does not repeat."""
    return f"{at:%Y%m%d-%H%M%S}-{kind}-{random.getrandbits(16):04x}"


def thd_import(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> Imported:
    """Puts every good row and tells of every bad one; raises Unreadable when columns are missing."""
    counts, rejected = _THD_KINDS[batch.kind](conn, vault, batch, sheet)
    detail = f"{batch.kind}: new={counts.new} changed={counts.changed} slots={counts.slots} rejected={len(rejected)}"
    thd_note(conn, Note(hospital=batch.hospital, at=batch.at, action="imported", subject=batch.kind, subject_id=0,
                        actor="cli", trace=batch.id, detail=detail))  # fmt: skip
    return Imported(batch=batch.id, rows=len(sheet.lines), counts=counts, rejected=rejected)


Judgement = tuple[Counts, tuple[Rejected, ...]]


def _thd_departments(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> Judgement:
    judged = judge_departments(sheet)
    return thd_put_departments(conn, vault, batch.hospital, judged.accepted), judged.rejected


def _thd_doctors(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> Judgement:
    judged = judge_doctors(sheet, _thd_keys(conn, department, "code", batch.hospital), batch.home_area)
    return thd_put_doctors(conn, vault, batch.hospital, judged.accepted), judged.rejected


def _thd_schedules(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> Judgement:
    judged = judge_sessions(sheet, _thd_keys(conn, doctor, "number", batch.hospital), batch.today)
    return thd_put_sessions(conn, vault, batch.hospital, judged.accepted), judged.rejected


_THD_KINDS: dict[str, Callable[[Connection, Vault, Batch, Sheet], Judgement]] = dict(
    zip(KINDS, (_thd_departments, _thd_doctors, _thd_schedules), strict=True)
)


def _thd_keys(conn: Connection, table: Table, key: str, hospital: int) -> Collection[str]:
    return set(conn.execute(select(table.c[key]).where(table.c.hospital_id == hospital)).scalars())
