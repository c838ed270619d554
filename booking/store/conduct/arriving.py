"""Bookings on the day: who came and when, whom the doctor saw, and a mark taken back.

Law of this module: a mark is set by a conditional update, once; asked again, it says when it was first. What a mark means for
the patient's conduct is entered in the same transaction, and so are the bans that follow, or no longer follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select, update

from booking.clock import on_wall
from booking.reasons import kept_reason
from booking.rules.arrival import lateness, may_come_back, pickup_ruling
from booking.rules.facts import Offer
from booking.rules.names import normal_name, same_name
from booking.rules.ruling import Reason, Ruling
from booking.store.audit import Note, thd_note
from booking.store.conduct.bans import Mercy
from booking.store.conduct.behaviour import KEPT, LATE, NOSHOW, Entered, thd_enter, thd_judge, thd_withdraw
from booking.store.conduct.pardoning import thd_pardon
from booking.store.faults import TryAgain
from booking.store.roster.pictures import booking_view, bookings, offer_of
from booking.store.schema import appointment, charge, patient
from booking.vault import Vault
from booking.visit_outcomes import (
    Arrived,
    ByCode,
    ByIdentity,
    CheckedIn,
    CheckIn,
    CheckInOutcome,
    Mark,
    Marked,
    MarkOutcome,
    NeedsReason,
    NothingHere,
    NotMarked,
    NotRestored,
    NotThePatient,
    NumberGone,
    Refused,
)

if TYPE_CHECKING:
    from booking.rules.rulebook import RuleBook

_HERE = appointment.c.hospital_id == bindparam("hospital")
_SHOWN = bookings().add_columns(
    appointment.c.arrived_at, appointment.c.visited_at, patient.c.identity_print.label("identity_print")
)
_BY_CODE = _SHOWN.where(_HERE, appointment.c.code == bindparam("code"))
_TODAYS = _SHOWN.where(
    _HERE,
    patient.c.hospital_id == bindparam("hospital"),
    patient.c.identity_print == bindparam("identity"),
    appointment.c.live == 1,
    appointment.c.day == bindparam("today"),
).order_by(appointment.c.id)
_PAID = select(charge.c.appointment_id).where(
    charge.c.hospital_id == bindparam("hospital"),
    charge.c.appointment_id.in_(bindparam("ids", expanding=True)),
    charge.c.live == 1,
    charge.c.status == "paid",
)
_MARK = update(appointment).where(
    _HERE, appointment.c.id == bindparam("row_id"), appointment.c.status == bindparam("was")
)
_NAME = update(patient).where(patient.c.id == bindparam("row_id")).values(name_sealed=bindparam("name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What holds while a hospital's desk is answered: its rules, now on its wall and in UTC."""

    hospital: int
    rules: RuleBook
    wall: datetime
    at: datetime


def thd_check_in(
    conn: Connection, vault: Vault, desk: Desk, request: CheckIn, by: ByCode | ByIdentity
) -> CheckInOutcome:
    """Pick up the booking of this code, or all of today's of the patient with this identity number."""
    rows = _thd_found(conn, vault, desk, by)
    if not rows:
        return NothingHere()
    refusal = _stranger(vault, rows[0], request)
    if refusal is not None:
        return refusal
    _thd_name(conn, vault, rows[0], request)
    paid = thd_paid(conn, desk.hospital, [row.id for row in rows])
    verdicts = [_thd_arrive(conn, vault, desk, request, row, paid=row.id in paid) for row in rows]
    if any(isinstance(verdict, Arrived) and verdict.late and not verdict.again for verdict in verdicts):
        thd_judge(conn, vault, desk.rules, desk.hospital, [rows[0].patient_id], desk.wall, desk.at)
    return CheckedIn(verdicts=tuple(sorted(verdicts, key=lambda verdict: verdict.booking.start)))


def thd_visited(conn: Connection, vault: Vault, desk: Desk, mark: Mark) -> MarkOutcome:
    """The doctor saw him (or the hospital's system says so), also one who never checked in or was taken for absent."""
    row = _thd_of_code(conn, mark)
    if row is None:
        return NothingHere()
    if row.status == "visited":
        return Marked(booking=booking_view(vault, row), at=on_wall(row.visited_at), again=True)
    if row.status not in {"booked", "arrived", "noshow"} or row.day > desk.wall.date():
        return NotMarked(booking=booking_view(vault, row))
    _thd_mark(conn, mark, row, {"status": "visited", "visited_at": desk.at})
    thd_note(conn, _note(mark, row, "visited", desk.at))
    if row.status == "noshow":
        mercy = Mercy(who=mark.actor, why="visited", at=desk.at)
        thd_pardon(conn, vault, desk.rules, desk.hospital, (row.id, NOSHOW), mercy, desk.wall)
    if row.status != "arrived":
        thd_enter(conn, desk.hospital, [Entered(appointment_id=row.id, kind=KEPT)], desk.wall)
    return Marked(booking=replace(booking_view(vault, row), status="visited"), at=desk.wall)


def thd_take_back(conn: Connection, vault: Vault, desk: Desk, mark: Mark) -> MarkOutcome:
    """Undo the latest mark: visited becomes arrived (or booked), arrived booked; who was taken for absent is here now."""
    if not mark.why.strip():
        return NeedsReason()
    row = _thd_of_code(conn, mark)
    if row is None:
        return NothingHere()
    values: dict[str, Any]
    match row.status:
        case "visited":
            values = {"status": "booked" if row.arrived_at is None else "arrived", "visited_at": None}
        case "arrived":
            values = {"status": "booked", "arrived_at": None}
        case "noshow" if row.live is None:
            return NumberGone(booking=booking_view(vault, row))
        case "noshow" if not may_come_back(desk.rules, offer_of(row)):
            return NotRestored(booking=booking_view(vault, row))
        case "noshow":
            values = {"status": "arrived", "arrived_at": desk.at}
        case _:
            return NotMarked(booking=booking_view(vault, row))
    _thd_mark(conn, mark, row, values)
    thd_note(conn, _note(mark, row, f"un-{row.status}", desk.at))
    _thd_forget(conn, vault, desk, mark, row)
    return Marked(booking=replace(booking_view(vault, row), status=str(values["status"])))


def thd_paid(conn: Connection, hospital_id: int, appointment_ids: Sequence[int]) -> set[int]:
    """Which of these are paid for."""
    if not appointment_ids:
        return set()
    return set(conn.execute(_PAID, {"hospital": hospital_id, "ids": list(appointment_ids)}).scalars())


def _thd_found(conn: Connection, vault: Vault, desk: Desk, by: ByCode | ByIdentity) -> Sequence[Any]:
    if isinstance(by, ByCode):
        return conn.execute(_BY_CODE, {"hospital": desk.hospital, "code": by.code}).all()
    who = {"hospital": desk.hospital, "identity": vault.fingerprint(by.identity), "today": desk.wall.date()}
    return conn.execute(_TODAYS, who).all()


def _thd_of_code(conn: Connection, mark: Mark) -> Any | None:
    return conn.execute(_BY_CODE, {"hospital": mark.hospital, "code": mark.code}).one_or_none()


def _stranger(vault: Vault, row: Any, request: CheckIn) -> NotThePatient | None:
    if request.identity is not None and vault.fingerprint(request.identity) != bytes(row.identity_print):
        return NotThePatient(what="identity")
    known = vault.open(row.name_sealed)
    if request.name is not None and known and not same_name(known, request.name):
        return NotThePatient(what="name")
    return None


def _thd_name(conn: Connection, vault: Vault, row: Any, request: CheckIn) -> None:
    """Who booked with a number only gives the name at the visit, with the document that proves it."""
    if request.name is not None and request.identity is not None and not vault.open(row.name_sealed):
        conn.execute(_NAME, {"row_id": row.patient_id, "name": vault.seal(normal_name(request.name))})


def _thd_arrive(
    conn: Connection, vault: Vault, desk: Desk, request: CheckIn, row: Any, *, paid: bool
) -> Arrived | Refused:
    booking, offer = booking_view(vault, row), offer_of(row)
    if row.status in {"arrived", "visited"}:
        first = on_wall(row.arrived_at or row.visited_at)
        late = lateness(desk.rules, offer, first)
        return Arrived(booking=booking, at=first, late=late.kind != "on-time", behind=late.behind, again=True)
    if row.status != "booked":
        return Refused(booking=booking)
    ruling = _early(offer, desk.wall) or pickup_ruling(desk.rules, offer, desk.wall, paid=paid)
    if not ruling.allowed:
        return Refused(booking=booking, ruling=ruling)
    late = lateness(desk.rules, offer, desk.wall)
    if late.kind == "noshow":
        return Refused(booking=booking, ruling=Ruling(reason=Reason.TOO_LATE, rule="late"))
    _thd_mark(conn, _mark(request, booking.code), row, {"status": "arrived", "arrived_at": desk.at})
    thd_note(conn, _note(_mark(request, booking.code), row, "arrived", desk.at))
    kind = KEPT if late.kind == "on-time" else LATE
    thd_enter(conn, desk.hospital, [Entered(appointment_id=row.id, kind=kind)], desk.wall)
    booking = replace(booking, status="arrived")
    return Arrived(booking=booking, at=desk.wall, late=late.kind == "late", behind=late.behind)


def _early(offer: Offer, now: datetime) -> Ruling | None:
    """Nobody arrives before the day of his visit, whatever else a rule leaves open."""
    if now.date() >= offer.day:
        return None
    return Ruling(reason=Reason.TOO_EARLY, rule="visit day", when=datetime.combine(offer.day, time()))


def _thd_forget(conn: Connection, vault: Vault, desk: Desk, mark: Mark, row: Any) -> None:
    """What the mark meant for his conduct is no longer so."""
    mercy = Mercy(who=mark.actor, why=mark.why, at=desk.at)
    if row.status == "noshow":
        thd_pardon(conn, vault, desk.rules, desk.hospital, (row.id, NOSHOW), mercy, desk.wall)
    elif row.status == "arrived":
        thd_pardon(conn, vault, desk.rules, desk.hospital, (row.id, LATE), mercy, desk.wall)
    if row.status == "arrived" or row.arrived_at is None:
        for kind in (KEPT, LATE):  # not only forgiven: he may come again, and that is entered anew
            thd_withdraw(conn, desk.hospital, row.id, kind)


def _thd_mark(conn: Connection, mark: Mark, row: Any, values: dict[str, Any]) -> None:
    where = {"hospital": mark.hospital, "row_id": row.id, "was": row.status}
    if conn.execute(_MARK.values(values), where).rowcount != 1:
        raise TryAgain  # marked beside us: the next run reads it so


def _mark(request: CheckIn, code: str) -> Mark:
    return Mark(hospital=request.hospital, code=code, actor=request.actor, trace=request.trace)


def _note(mark: Mark, row: Any, action: str, at: datetime) -> Note:
    return Note(
        hospital=mark.hospital,
        at=at,
        action=action,
        subject="appointment",
        subject_id=row.id,
        actor=mark.actor,
        trace=mark.trace,
        detail=f"why={kept_reason(mark.why)}" if mark.why else "",
    )
