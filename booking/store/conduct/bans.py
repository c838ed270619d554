"""Bans as rows: who may not book, since when and until when, and why.

Law of this module: a ban is never erased. It runs out by itself (``until``), or it is lifted, with who and why; a lifted ban
is none for the rules. The same offence bans once: ``dedupe`` names it. Subjects are found by keyed prints, so that a ban
waits for a patient whom the hospital does not know yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.reasons import kept_reason
from booking.rules.facts import Ban
from booking.store.audit import Note
from booking.store.faults import TryAgain
from booking.store.prepared import Prepared
from booking.store.schema import ban, department

_HERE = ban.c.hospital_id == bindparam("hospital")
_STANDING = Prepared(
    select(
        ban.c.subject_print,
        ban.c.cause,
        ban.c.since,
        ban.c.until,
        ban.c.scope,
        department.c.code,
        ban.c.rule,
        ban.c.nth,
    )
    .select_from(ban.outerjoin(department, department.c.id == ban.c.department_id))
    .where(_HERE, ban.c.subject_print.in_(bindparam("prints", expanding=True)), ban.c.live == 1)
    .order_by(ban.c.id)
)
_AUTO = (
    select(ban.c.id, ban.c.cause, ban.c.since, ban.c.until, ban.c.scope, department.c.code, ban.c.rule, ban.c.nth)
    .select_from(ban.outerjoin(department, department.c.id == ban.c.department_id))
    .where(_HERE, ban.c.subject_print == bindparam("print"), ban.c.live == 1, ban.c.cause.in_(("no-show", "cancels")))
    .order_by(ban.c.id)
)
_KNOWN = select(ban.c.dedupe, ban.c.id).where(_HERE, ban.c.dedupe.in_(bindparam("names", expanding=True)))
_NEW = insert(ban)
_LIFT = (
    update(ban)
    .where(_HERE, ban.c.id.in_(bindparam("ids", expanding=True)), ban.c.live == 1)
    .values(live=None, lifted_at=bindparam("now"), lifted_by=bindparam("who"), lift_reason=bindparam("why"))
)
_DEPARTMENTS = select(department.c.code, department.c.id).where(
    department.c.hospital_id == bindparam("hospital"), department.c.code.in_(bindparam("codes", expanding=True))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBan:
    """A ban to be written: ``subject`` is identity or phone; ``offence`` tells apart what no rule names (a batch, a clerk's act)."""

    subject: str
    print: bytes
    ban: Ban
    offence: str = ""
    name_sealed: bytes | None = None
    batch: str | None = None

    @property
    def dedupe(self) -> str:
        """The offence's name: the same one again is no second ban, not even when that was lifted. ``until`` is no part of it, for
        rules change. A digest, because it would not fit otherwise.
        """
        said = self.ban
        where, when = (said.scope, said.department), (said.since.isoformat(), str(said.nth))
        parts = (said.rule, *where, *when, self.offence, self.print.hex())
        return f"{said.cause}:{sha256('|'.join(parts).encode()).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mercy:
    """Who lifts or forgives, why, and when (UTC)."""

    who: str
    why: str
    at: datetime


def thd_bans(
    conn: Connection, hospital_id: int, prints: Sequence[bytes], wall: datetime
) -> dict[bytes, tuple[Ban, ...]]:
    """The bans of the subjects of these prints (identity numbers' and phones' alike) that are not over at ``wall``. One that is yet to
    begin is among them: whoever is banned until Tuesday, and again from Monday on, is told of the later end.
    """
    ever = thd_bans_ever(conn, hospital_id, prints)
    standing = {
        subject: tuple(each for each in found if each.until is None or wall < each.until)
        for subject, found in ever.items()
    }
    return {subject: found for subject, found in standing.items() if found}


def thd_bans_ever(conn: Connection, hospital_id: int, prints: Sequence[bytes]) -> dict[bytes, tuple[Ban, ...]]:
    """The bans of these subjects that were not lifted, also those that ran out: what a ladder counts."""
    if not prints:
        return {}
    found: dict[bytes, list[Ban]] = {}
    for subject, cause, since, until, scope, code, rule, nth in _STANDING.rows(
        conn, {"hospital": hospital_id, "prints": list(prints)}
    ):
        said = Ban(cause=cause, since=since, until=until, scope=scope, department=code or "", rule=rule, nth=nth)
        found.setdefault(bytes(subject), []).append(said)
    return {subject: tuple(bans) for subject, bans in found.items()}


def in_force(said: Ban, wall: datetime) -> bool:
    """Whether the ban holds at this moment: it runs out by itself."""
    return said.since <= wall and (said.until is None or wall < said.until)


def thd_ban(conn: Connection, hospital_id: int, bans: Sequence[NewBan], at: datetime) -> dict[str, int]:
    """Write those of these bans that are new; their ids by ``dedupe``. Raises TryAgain when another writes one beside us."""
    wanted = {each.dedupe: each for each in bans}
    if not wanted:
        return {}
    known = _thd_known(conn, hospital_id, list(wanted))
    new = [each for name, each in wanted.items() if name not in known]
    if not new:
        return {}
    departments = _thd_departments(conn, hospital_id, {each.ban.department for each in new})
    try:
        conn.execute(_NEW, [_row(hospital_id, each, departments, at) for each in new])
    except IntegrityError:
        raise TryAgain from None
    return _thd_known(conn, hospital_id, [each.dedupe for each in new])


def thd_lift(conn: Connection, hospital_id: int, ids: Sequence[int], mercy: Mercy) -> int:
    """Lift those of these bans that stand; how many that were."""
    if not ids:
        return 0
    values: dict[str, Any] = {"hospital": hospital_id, "ids": list(ids), "now": mercy.at}
    values |= {"who": mercy.who[:40], "why": kept_reason(mercy.why)}
    return conn.execute(_LIFT, values).rowcount


def thd_auto_bans(conn: Connection, hospital_id: int, print_: bytes) -> list[tuple[int, Ban]]:
    """The bans of this subject that follow from conduct and were not lifted, with their ids."""
    rows = conn.execute(_AUTO, {"hospital": hospital_id, "print": print_})
    return [(row.id, _said(row)) for row in rows]


def lift_note(hospital_id: int, ban_id: int, mercy: Mercy, trace: str = "-") -> Note:
    """That a ban was lifted, by whom and why."""
    return Note(
        hospital=hospital_id,
        at=mercy.at,
        action="lifted",
        subject="ban",
        subject_id=ban_id,
        actor=mercy.who,
        trace=trace,
        detail=f"why={kept_reason(mercy.why)}",
    )


def _said(row: Any) -> Ban:
    return Ban(
        cause=row.cause,
        since=row.since,
        until=row.until,
        scope=row.scope,
        department=row.code or "",
        rule=row.rule,
        nth=row.nth,
    )


def _thd_known(conn: Connection, hospital_id: int, names: Sequence[str]) -> dict[str, int]:
    return {row.dedupe: row.id for row in conn.execute(_KNOWN, {"hospital": hospital_id, "names": list(names)})}


def _thd_departments(conn: Connection, hospital_id: int, codes: set[str]) -> dict[str, int]:
    named = sorted(codes - {""})
    if not named:
        return {}
    return {row.code: row.id for row in conn.execute(_DEPARTMENTS, {"hospital": hospital_id, "codes": named})}


def _row(hospital_id: int, new: NewBan, departments: dict[str, int], at: datetime) -> dict[str, Any]:
    said = new.ban
    return {
        "hospital_id": hospital_id,
        "subject": new.subject,
        "subject_print": new.print,
        "name_sealed": new.name_sealed,
        "scope": said.scope,
        "department_id": departments[said.department] if said.department else None,
        "cause": said.cause,
        "rule": said.rule[:120],
        "since": said.since,
        "until": said.until,
        "nth": said.nth,
        "dedupe": new.dedupe,
        "batch": new.batch,
        "live": 1,
        "created_at": at,
    }
