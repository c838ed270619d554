"""One import as one transaction: what stands, the verdicts, the accepted rows put, what was there before, one audit row with the
batch's id.

All puts are by natural key, so importing the same file again changes nothing. A dry run does all of it and rolls back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, select

from booking.store.audit import Note, thd_note
from booking.store.conduct.blacklist import Listing, thd_known_names, thd_put_blacklist
from booking.store.imports.holidays import thd_put_holidays
from booking.store.imports.retired import thd_reopen
from booking.store.imports.undo import TABLES, BatchName, Picture, thd_keep, thd_picture
from booking.store.money.fees import thd_put_fee_items
from booking.store.roster.roster import Counts, SessionRow, thd_put_departments, thd_put_doctors, thd_put_sessions
from booking.store.schema import ban, clinic_session, department, doctor, slot
from booking.vault import Vault
from hotline.importing.blacklist import identities_in, judge_blacklist
from hotline.importing.fees import judge_fees
from hotline.importing.holidays import judge_holidays
from hotline.importing.roster import judge_departments, judge_doctors, judge_sessions
from hotline.importing.sheet import Sheet
from hotline.importing.verdicts import Rejected

KINDS = ("departments", "doctors", "schedules", "holidays", "blacklist", "fees")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is asked: ``today`` and ``home_area`` as the verdicts need them, ``at`` in naive UTC, ``wall`` the hospital's clock;
    ``sync``: a blacklist that is the whole one.
    """

    id: str
    kind: str
    hospital: int
    today: date
    home_area: str
    at: datetime
    wall: datetime
    sync: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """``told``: what the keeper of the file should know beside the verdicts."""

    batch: str
    rows: int
    counts: Counts
    rejected: tuple[Rejected, ...]
    lifted: int = 0
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put:
    counts: Counts
    rejected: tuple[Rejected, ...]
    lifted: int = 0
    told: tuple[str, ...] = ()


def batch_id(kind: str, at: datetime, random: Random) -> str:
    """``20261122-083000-doctors-3f2a``: sorts by time, names its kind, does not repeat."""
    return f"{at:%Y%m%d-%H%M%S}-{kind}-{random.getrandbits(16):04x}"


def thd_import(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> Imported:
    """Puts every good row and tells of every bad one; raises Unreadable when columns are missing."""
    put = _THD_KINDS[batch.kind](conn, vault, batch, sheet)
    counts, rejected = put.counts, put.rejected
    detail = f"{batch.kind}: new={counts.new} changed={counts.changed} slots={counts.slots} lifted={put.lifted} rejected={len(rejected)}"
    thd_note(conn, Note(hospital=batch.hospital, at=batch.at, action="imported", subject=batch.kind, subject_id=0,
                        actor="cli", trace=batch.id, detail=detail))  # fmt: skip
    return Imported(
        batch=batch.id, rows=len(sheet.lines), counts=counts, rejected=rejected, lifted=put.lifted, told=put.told
    )


def _thd_departments(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> _Put:
    judged = judge_departments(sheet)
    here = department.c.hospital_id == batch.hospital
    counts = _thd_remembered(
        conn, vault, batch, [here], lambda: thd_put_departments(conn, vault, batch.hospital, judged.accepted)
    )
    return _Put(counts=counts, rejected=judged.rejected)


def _thd_doctors(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> _Put:
    judged = judge_doctors(sheet, _thd_keys(conn, department, "code", batch.hospital), batch.home_area)
    here = doctor.c.hospital_id == batch.hospital
    counts = _thd_remembered(
        conn, vault, batch, [here], lambda: thd_put_doctors(conn, vault, batch.hospital, judged.accepted)
    )
    return _Put(counts=counts, rejected=judged.rejected)


def _thd_schedules(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> _Put:
    judged = judge_sessions(sheet, _thd_keys(conn, doctor, "number", batch.hospital), batch.today)

    def thd_put() -> Counts:
        thd_reopen(conn, batch.hospital, judged.accepted)
        return thd_put_sessions(conn, vault, batch.hospital, judged.accepted)

    counts = _thd_remembered(conn, vault, batch, _days_of(batch, judged.accepted), thd_put)
    return _Put(counts=counts, rejected=judged.rejected)


def _thd_holidays(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> _Put:
    judged = judge_holidays(sheet, batch.today)
    (table,) = TABLES["holidays"]
    here = table.c.hospital_id == batch.hospital
    counts, told = _thd_remembered(
        conn, vault, batch, [here], lambda: thd_put_holidays(conn, batch.hospital, judged.accepted)
    )
    return _Put(counts=counts, rejected=judged.rejected, told=told)


def _thd_blacklist(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> _Put:
    names = thd_known_names(conn, vault, batch.hospital, identities_in(sheet, batch.today))
    departments = _thd_keys(conn, department, "code", batch.hospital)
    judged = judge_blacklist(sheet, departments, names, batch.today)
    told = _unsynced(batch, judged.accepted, judged.rejected)
    listing = Listing(
        hospital=batch.hospital, batch=batch.id, wall=batch.wall, at=batch.at, sync=batch.sync and not told
    )
    here = (ban.c.hospital_id == batch.hospital) & (ban.c.cause == "blacklist")
    listed = _thd_remembered(
        conn, vault, batch, [here], lambda: thd_put_blacklist(conn, vault, listing, judged.accepted)
    )
    counts = Counts(new=listed.new, changed=listed.changed)
    return _Put(counts=counts, rejected=judged.rejected, lifted=listed.lifted, told=told)


def _thd_fees(conn: Connection, vault: Vault, batch: Batch, sheet: Sheet) -> _Put:
    judged = judge_fees(sheet)
    (table,) = TABLES["fees"]
    here = table.c.hospital_id == batch.hospital
    new, changed = _thd_remembered(
        conn, vault, batch, [here], lambda: thd_put_fee_items(conn, batch.hospital, judged.accepted)
    )
    return _Put(counts=Counts(new=new, changed=changed), rejected=judged.rejected)


def _unsynced(batch: Batch, accepted: Sequence[Any], rejected: Sequence[Rejected]) -> tuple[str, ...]:
    """Why nobody is taken off the list: who stands in a refused row, or in no row at all, must not go free by mistake."""
    if not batch.sync or (accepted and not rejected):
        return ()
    why = f"有 {len(rejected)} 行被拒绝" if rejected else "名单是空的"
    return (f"{why}，为免误解除，本次没有解除任何人；改好后请用完整名单再同步。",)


_THD_KINDS: dict[str, Callable[[Connection, Vault, Batch, Sheet], _Put]] = dict(
    zip(KINDS, (_thd_departments, _thd_doctors, _thd_schedules, _thd_holidays, _thd_blacklist, _thd_fees), strict=True)
)


def _thd_remembered(
    conn: Connection, vault: Vault, batch: Batch, where: Sequence[Any], thd_put: Callable[[], Any]
) -> Any:
    """Do ``thd_put``, and keep what it changes of the rows of the batch's tables (``where``, a condition for each)."""
    before = _thd_pictures(conn, vault, batch, where)
    done = thd_put()
    now = _thd_pictures(conn, vault, batch, where)
    pictures = {table: (before[table], now[table]) for table in before}
    name = BatchName(hospital=batch.hospital, id=batch.id, kind=batch.kind, at=batch.at)
    thd_keep(conn, vault, name, pictures)
    return done


def _thd_pictures(conn: Connection, vault: Vault, batch: Batch, where: Sequence[Any]) -> dict[Table, Picture]:
    tables = TABLES[batch.kind]
    return {table: thd_picture(conn, vault, table, each) for table, each in zip(tables, where, strict=True)}


def _days_of(batch: Batch, rows: Sequence[SessionRow]) -> list[Any]:
    """The sessions and the numbers of the days that the file is about."""
    first = min((row.day for row in rows), default=batch.today)
    last = max((row.day for row in rows), default=batch.today)
    sessions = (clinic_session.c.hospital_id == batch.hospital) & clinic_session.c.day.between(first, last)
    begin, end = datetime.combine(first, time()), datetime.combine(last, time()) + timedelta(days=2)
    slots = (slot.c.hospital_id == batch.hospital) & (slot.c.start >= begin) & (slot.c.start < end)
    return [sessions, slots]


def _thd_keys(conn: Connection, table: Table, key: str, hospital: int) -> Collection[str]:
    return set(conn.execute(select(table.c[key]).where(table.c.hospital_id == hospital)).scalars())
