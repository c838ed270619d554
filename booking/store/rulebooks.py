"""Rule books and holidays as they are kept: every version that was ever imported stays, numbered by its maker.

Law of this module: a version is never changed or removed, for decisions name it. The text is kept as it was imported.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.schema import clinic_session, department, doctor, holiday, rulebook

MAKERS = ("hospital", "platform")

_NEWEST = select(func.max(rulebook.c.version)).where(
    rulebook.c.hospital_id == bindparam("hospital"), rulebook.c.maker == bindparam("by")
)
_EDITIONS = select(
    rulebook.c.id, rulebook.c.hospital_id, rulebook.c.maker, rulebook.c.version, rulebook.c.from_day
).order_by(rulebook.c.id)
_TEXTS = select(rulebook.c.id, rulebook.c.text).where(rulebook.c.id.in_(bindparam("ids", expanding=True)))
_HOLIDAYS = select(holiday.c.hospital_id, holiday.c.day, holiday.c.works)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version of one maker's rules; ``id`` names its text."""

    id: int
    hospital: int
    maker: str
    version: int
    from_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRules:
    """What is imported: the text, from which day it holds, by whom."""

    maker: str
    from_day: date
    text: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Everything that is kept, and the texts that were asked for; ``holidays``: hospital → day → whether it is worked."""

    editions: tuple[Edition, ...]
    texts: dict[int, str]
    holidays: dict[int, dict[date, bool]]


def thd_put_rulebook(conn: Connection, hospital_id: int, new: NewRules, at: datetime) -> int:
    """The number of the new version."""
    newest = conn.execute(_NEWEST, {"hospital": hospital_id, "by": new.maker}).scalar_one()
    version = (newest or 0) + 1
    row = {"maker": new.maker, "version": version, "from_day": new.from_day, "text": new.text, "actor": new.actor}
    try:
        made = conn.execute(insert(rulebook), {"hospital_id": hospital_id, "created_at": at, **row})
    except IntegrityError:
        raise TryAgain from None
    assert made.inserted_primary_key is not None
    thd_note(
        conn,
        Note(
            hospital=hospital_id,
            at=at,
            action="rules-imported",
            subject="rulebook",
            subject_id=made.inserted_primary_key[0],
            actor=new.actor,
            trace="-",
            detail=f"{new.maker} {version} from {new.from_day}",
        ),
    )
    return int(version)


def thd_places(conn: Connection, hospital_id: int) -> dict[str, frozenset[str]]:
    """What layers can select at this hospital: selector → its values (departments by code, doctors by number)."""
    columns = {
        "campus": department.c.campus,
        "department": department.c.code,
        "doctor": doctor.c.number,
        "number_type": clinic_session.c.clinic_type,
    }
    return {
        selector: frozenset(
            value
            for value in conn.execute(
                select(column).where(column.table.c.hospital_id == hospital_id).distinct()
            ).scalars()
            if value
        )
        for selector, column in columns.items()
    }


def thd_rulebooks(conn: Connection, known: Collection[int]) -> Kept:
    """All versions, their texts but for those ``known`` by id, and all holidays."""
    editions = tuple(
        Edition(id=row.id, hospital=row.hospital_id, maker=row.maker, version=row.version, from_day=row.from_day)
        for row in conn.execute(_EDITIONS)
    )
    unread = [each.id for each in editions if each.id not in known]
    texts = {row.id: row.text for row in conn.execute(_TEXTS, {"ids": unread})} if unread else {}
    holidays: dict[int, dict[date, bool]] = {}
    for row in conn.execute(_HOLIDAYS):
        holidays.setdefault(row.hospital_id, {})[row.day] = row.works
    return Kept(editions=editions, texts=texts, holidays=holidays)
