"""A person's record as rows: his bans and what he did, found by the keyed print of his identity number and of his phones.

Law of this module: a row is only touched for the person whom it concerns, named by his identity number; a number alone opens
nothing of anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select

from booking.reasons import kept_reason
from booking.rules.facts import Ban
from booking.rules.service import unlock_terms
from booking.store.audit import Note, thd_note
from booking.store.conduct.bans import Mercy, NewBan, in_force, lift_note, thd_ban, thd_lift
from booking.store.conduct.pardoning import thd_pardon
from booking.store.schema import appointment, ban, conduct, department, patient, phone_patient
from booking.vault import Vault
from booking.ward_outcomes import (
    Banned,
    BanOutcome,
    BanView,
    DeedView,
    Forgiven,
    ForgiveOutcome,
    Lifted,
    LiftOutcome,
    MayNot,
    NeedsWhy,
    NewManualBan,
    NotHis,
    OnTheList,
    Record,
    Staff,
    UnknownDepartment,
)
from command_parser.masking import mask_identity, mask_name

if TYPE_CHECKING:
    from booking.rules.rulebook import RuleBook

_PERSON = select(patient.c.id, patient.c.name_sealed).where(
    patient.c.hospital_id == bindparam("hospital"), patient.c.identity_print == bindparam("identity")
)
_PHONES = select(phone_patient.c.phone_print).where(
    phone_patient.c.hospital_id == bindparam("hospital"), phone_patient.c.patient_id == bindparam("patient")
)
_BANS = (
    select(ban, department.c.code.label("department_code"))
    .select_from(ban.outerjoin(department, department.c.id == ban.c.department_id))
    .where(ban.c.hospital_id == bindparam("hospital"), ban.c.subject_print.in_(bindparam("prints", expanding=True)))
    .order_by(ban.c.id)
)
_DEEDS = (
    select(conduct, department.c.code.label("department_code"), appointment.c.code.label("booking_code"))
    .select_from(
        conduct.join(appointment, appointment.c.id == conduct.c.appointment_id).outerjoin(
            department, department.c.id == conduct.c.department_id
        )
    )
    .where(conduct.c.hospital_id == bindparam("hospital"), conduct.c.patient_id == bindparam("patient"))
    .order_by(conduct.c.at, conduct.c.id)
)
_DEPARTMENT = select(department.c.id).where(
    department.c.hospital_id == bindparam("hospital"), department.c.code == bindparam("code")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Warding:
    """Who acts by which rules, now: on the hospital's wall and in UTC."""

    staff: Staff
    rules: RuleBook
    wall: datetime
    at: datetime

    def mercy(self, why: str) -> Mercy:
        return Mercy(who=f"{self.staff.role}:{self.staff.name}", why=why, at=self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    patient: int | None
    name: str
    prints: tuple[bytes, ...]


def thd_record(conn: Connection, vault: Vault, hospital_id: int, identity: str, wall: datetime) -> Record:
    """The person's bans, also past and lifted ones, and what was entered of him, oldest first."""
    person = _thd_person(conn, vault, hospital_id, identity)
    deeds = [] if person.patient is None else _thd_deeds(conn, hospital_id, person.patient)
    return Record(
        identity_masked=mask_identity(identity),
        name_masked=mask_name(person.name),
        bans=tuple(_ban_view(row, wall) for row in _thd_bans(conn, hospital_id, person)),
        deeds=tuple(_deed_view(row) for row in deeds),
    )


def thd_lift_ban(  # noqa: PLR0917 - what a warden's request is
    conn: Connection, vault: Vault, warding: Warding, identity: str, ban_id: int, why: str
) -> LiftOutcome:
    """Lift one of the person's bans; again is no error. Those that one conduct brought beside it stand on, each for itself."""
    refusal = _may_not(warding, why)
    if refusal is not None:
        return refusal
    person = _thd_person(conn, vault, warding.staff.hospital, identity)
    rows = _thd_bans(conn, warding.staff.hospital, person)
    found = next((row for row in rows if row.id == ban_id), None)
    if found is None:
        return NotHis()
    if found.cause == "blacklist" and found.live:
        return OnTheList()
    mercy = warding.mercy(why)
    lifted = thd_lift(conn, warding.staff.hospital, [ban_id], mercy)
    if lifted:
        thd_note(conn, lift_note(warding.staff.hospital, ban_id, mercy, warding.staff.trace))
    others = (_ban_view(row, warding.wall) for row in rows if row.id != ban_id)
    return Lifted(
        ban=ban_id, again=not lifted, left=tuple(each for each in others if each.state in {"standing", "coming"})
    )


def thd_forgive(  # noqa: PLR0917 - as thd_lift_ban
    conn: Connection, vault: Vault, warding: Warding, identity: str, deed_id: int, why: str
) -> ForgiveOutcome:
    """What was entered counts no more; bans that followed only with it are lifted, by the rules and not by mercy."""
    refusal = _may_not(warding, why)
    if refusal is not None:
        return refusal
    hospital_id = warding.staff.hospital
    person = _thd_person(conn, vault, hospital_id, identity)
    deeds = [] if person.patient is None else _thd_deeds(conn, hospital_id, person.patient)
    found = next((row for row in deeds if row.id == deed_id), None)
    if found is None:
        return NotHis()
    row = (found.appointment_id, found.kind)
    lifted = thd_pardon(conn, vault, warding.rules, hospital_id, row, warding.mercy(why), warding.wall)
    return Forgiven(deed=deed_id, lifted=tuple(lifted or ()), again=lifted is None)


def thd_ban_by_hand(conn: Connection, vault: Vault, warding: Warding, wanted: NewManualBan) -> BanOutcome:
    """Ban the person of this number, registered or not; who is banned by hand already, for the same, stays so."""
    hospital_id = warding.staff.hospital
    if not wanted.why.strip():
        return NeedsWhy()
    if (
        wanted.department
        and conn.execute(_DEPARTMENT, {"hospital": hospital_id, "code": wanted.department}).first() is None
    ):
        return UnknownDepartment(code=wanted.department)
    person = _thd_person(conn, vault, hospital_id, wanted.identity)
    for row in _thd_bans(conn, hospital_id, person):
        same = row.cause == "manual" and (row.department_code or "") == wanted.department
        if same and _state(row, warding.wall) == "standing":
            return Banned(ban=row.id, again=True)
    new = _manual(vault, warding, wanted, person)
    ban_id = thd_ban(conn, hospital_id, [new], warding.at)[new.dedupe]
    thd_note(conn, _note(warding, ban_id))
    return Banned(ban=ban_id)


def _may_not(warding: Warding, why: str) -> NeedsWhy | MayNot | None:
    if not why.strip():
        return NeedsWhy()
    who = unlock_terms(warding.rules).who
    return None if warding.staff.role in who else MayNot(who=who)


def _thd_person(conn: Connection, vault: Vault, hospital_id: int, identity: str) -> _Person:
    print_ = vault.fingerprint(identity)
    row = conn.execute(_PERSON, {"hospital": hospital_id, "identity": print_}).one_or_none()
    if row is None:
        return _Person(patient=None, name="", prints=(print_,))
    phones = conn.execute(_PHONES, {"hospital": hospital_id, "patient": row.id}).scalars()
    prints = (print_, *(bytes(phone) for phone in phones))
    return _Person(patient=row.id, name=vault.open(row.name_sealed), prints=prints)


def _thd_bans(conn: Connection, hospital_id: int, person: _Person) -> list[Any]:
    return list(conn.execute(_BANS, {"hospital": hospital_id, "prints": list(person.prints)}))


def _thd_deeds(conn: Connection, hospital_id: int, patient_id: int) -> list[Any]:
    return list(conn.execute(_DEEDS, {"hospital": hospital_id, "patient": patient_id}))


def _state(row: Any, wall: datetime) -> str:
    if row.live is None:
        return "lifted"
    said = Ban(cause=row.cause, since=row.since, until=row.until)
    if in_force(said, wall):
        return "standing"
    return "coming" if wall < row.since else "over"


def _ban_view(row: Any, wall: datetime) -> BanView:
    return BanView(
        id=row.id,
        subject=row.subject,
        cause=row.cause,
        rule=row.rule,
        scope=row.scope,
        department=row.department_code or "",
        since=row.since,
        until=row.until,
        nth=row.nth,
        state=_state(row, wall),
        batch=row.batch,
        lifted_by=row.lifted_by,
        lift_reason=row.lift_reason,
    )


def _deed_view(row: Any) -> DeedView:
    return DeedView(
        id=row.id,
        kind=row.kind,
        at=row.at,
        channel=row.channel,
        department=row.department_code or "",
        code=row.booking_code,
        forgiven_by=row.forgiven_by,
    )


def _manual(vault: Vault, warding: Warding, wanted: NewManualBan, person: _Person) -> NewBan:
    until = None if wanted.until is None else datetime.combine(wanted.until, time()) + timedelta(days=1)
    said = Ban(
        cause="manual",
        since=warding.wall.replace(microsecond=0),
        until=until,
        scope="department" if wanted.department else "hospital",
        department=wanted.department,
        rule=kept_reason(wanted.why),
    )
    return NewBan(
        subject="identity",
        print=person.prints[0],
        ban=said,
        offence=warding.at.isoformat(),
        name_sealed=vault.seal(person.name) if person.name else None,
    )


def _note(warding: Warding, ban_id: int) -> Note:
    return Note(
        hospital=warding.staff.hospital,
        at=warding.at,
        action="banned",
        subject="ban",
        subject_id=ban_id,
        actor=warding.mercy("").who,
        trace=warding.staff.trace,
        detail="cause=manual",
    )
