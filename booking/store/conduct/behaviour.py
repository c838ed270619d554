"""What patients did, entered once; and the bans that follow from it by the hospital's rules.

Law of this module: one appointment counts once for each kind of conduct. Who is judged is locked first (the patient's row, or
the rows of the phone that counts), so that two processes that enter one no-show each together find both. A ban, the text that
tells of it and its audit row are written in the transaction of the conduct that brought it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from booking.rules import conduct as law
from booking.rules.facts import Ban, Conduct
from booking.rules.rulebook import RuleBook
from booking.rules.service import unlock_terms
from booking.store.conduct.ban_letters import thd_tell
from booking.store.conduct.bans import NewBan, in_force, thd_ban, thd_bans_ever
from booking.store.faults import TryAgain
from booking.store.schema import (
    appointment,
    clinic_session,
    conduct,
    department,
    doctor,
    patient,
    phone_patient,
    slot,
)
from booking.vault import Vault

KEPT, NOSHOW, LATE = "kept", "noshow", "late"
CANCELS = ("cancel", "late-cancel", "same-day-cancel", "grab")
_KNOWN = select(conduct.c.appointment_id, conduct.c.kind).where(
    conduct.c.hospital_id == bindparam("hospital"), conduct.c.appointment_id.in_(bindparam("ids", expanding=True))
)
_ENTERED = (
    select(
        appointment.c.id,
        appointment.c.patient_id,
        appointment.c.phone_print,
        appointment.c.channel,
        slot.c.start,
        clinic_session.c.clinic_type,
        doctor.c.department_id,
    )
    .select_from(
        appointment.join(slot, slot.c.id == appointment.c.slot_id)
        .join(clinic_session, clinic_session.c.id == appointment.c.session_id)
        .join(doctor, doctor.c.id == appointment.c.doctor_id)
    )
    .where(appointment.c.hospital_id == bindparam("hospital"), appointment.c.id.in_(bindparam("ids", expanding=True)))
)
_WITHDRAW = delete(conduct).where(
    conduct.c.hospital_id == bindparam("hospital"),
    conduct.c.appointment_id == bindparam("booking"),
    conduct.c.kind == bindparam("what"),
)
_LOCK_PATIENTS = (
    select(patient.c.id, patient.c.identity_print, patient.c.name_sealed)
    .where(patient.c.hospital_id == bindparam("hospital"), patient.c.id.in_(bindparam("patients", expanding=True)))
    .order_by(patient.c.id)
    .with_for_update()
)
_PHONES = (
    select(conduct.c.phone_print)
    .where(
        conduct.c.hospital_id == bindparam("hospital"),
        conduct.c.patient_id.in_(bindparam("patients", expanding=True)),
        conduct.c.phone_print.is_not(None),
    )
    .distinct()
)
_LOCK_PHONES = (
    select(phone_patient.c.id)
    .where(
        phone_patient.c.hospital_id == bindparam("hospital"),
        phone_patient.c.phone_print.in_(bindparam("prints", expanding=True)),
    )
    .order_by(phone_patient.c.id)
    .with_for_update()
)
_DEEDS = (
    select(
        conduct.c.kind,
        conduct.c.at,
        conduct.c.channel,
        conduct.c.clinic_type,
        conduct.c.appointment_id,
        conduct.c.forgiven_at,
        department.c.code,
    )
    .select_from(conduct.outerjoin(department, department.c.id == conduct.c.department_id))
    .where(conduct.c.hospital_id == bindparam("hospital"))
    .order_by(conduct.c.at, conduct.c.id)
)
_OF_PATIENTS = _DEEDS.add_columns(conduct.c.patient_id.label("who")).where(
    conduct.c.patient_id.in_(bindparam("who", expanding=True))
)
_OF_PHONES = _DEEDS.add_columns(conduct.c.phone_print.label("who")).where(
    conduct.c.phone_print.in_(bindparam("who", expanding=True))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What became of an appointment: kept, noshow, late, cancel, late-cancel or same-day-cancel."""

    appointment_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A row of conduct; ``forgiven`` ones count for nothing."""

    conduct: Conduct
    forgiven: bool

    @property
    def row(self) -> tuple[int, str]:
        return self.conduct.appointment, self.conduct.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Somebody whom the rules judge: an identity or a phone, by its print, with what was done under it, oldest first."""

    subject: str
    print: bytes
    deeds: tuple[Deed, ...]
    name_sealed: bytes | None

    @property
    def history(self) -> tuple[Conduct, ...]:
        return tuple(deed.conduct for deed in self.deeds if not deed.forgiven)

    @property
    def latest(self) -> int:
        """The newest appointment that counts; 0 when nothing does."""
        return max((done.appointment for done in self.history), default=0)


def thd_enter(conn: Connection, hospital_id: int, entries: Sequence[Entered], wall: datetime) -> None:
    """Enter these once each; raises TryAgain when another process enters one of them now. Cancels happen at ``wall``, all else
    at the visit's start.
    """
    if not entries:
        return
    ids = sorted({each.appointment_id for each in entries})
    known = {(row.appointment_id, row.kind) for row in conn.execute(_KNOWN, {"hospital": hospital_id, "ids": ids})}
    new = {(each.appointment_id, each.kind) for each in entries} - known
    if not new:
        return
    of = {row.id: row for row in conn.execute(_ENTERED, {"hospital": hospital_id, "ids": ids})}
    rows = [_row(hospital_id, of[booking], kind, wall) for booking, kind in sorted(new)]
    try:
        conn.execute(insert(conduct), rows)
    except IntegrityError:
        raise TryAgain from None


def thd_withdraw(conn: Connection, hospital_id: int, appointment_id: int, kind: str) -> bool:
    """Take back what was entered by mistake; whether it was there."""
    values = {"hospital": hospital_id, "booking": appointment_id, "what": kind}
    return conn.execute(_WITHDRAW, values).rowcount > 0


def thd_judge(  # noqa: PLR0917 - a seam that several parts call, all of it named there
    conn: Connection,
    vault: Vault,
    rules: RuleBook,
    hospital_id: int,
    patient_ids: Sequence[int],
    wall: datetime,
    at: datetime,
) -> list[Ban]:
    """The bans that follow now from what these patients did and that were not there before; the patient is told once of those that
    say something new to him.
    """
    started: list[Ban] = []
    judged = thd_judged(conn, rules, hospital_id, patient_ids)
    ever = thd_bans_ever(conn, hospital_id, [each.print for each in judged])
    for each in judged:
        past = ever.get(each.print, ())
        new = [_new(rules, each, found) for found in law.new_bans(rules, each.history, past, wall)]
        ids = thd_ban(conn, hospital_id, new, at)
        begun = {ids[ban.dedupe]: ban for ban in new if ban.dedupe in ids}
        standing = [ban for ban in past if in_force(ban, wall)]
        thd_tell(conn, vault, hospital_id, each.latest, begun, standing, at)
        started += [ban.ban for ban in begun.values()]
    return started


def thd_judged(conn: Connection, rules: RuleBook, hospital_id: int, patient_ids: Sequence[int]) -> list[Judged]:
    """Whom these patients' conduct counts for, locked until this transaction ends, with all that was entered of them."""
    if not patient_ids:
        return []
    those = {"hospital": hospital_id, "patients": sorted(set(patient_ids))}
    patients = conn.execute(_LOCK_PATIENTS, those).all()
    if law.counted_by(rules) == "phone":
        return _thd_phones(conn, hospital_id, those)
    deeds = _by_whom(conn.execute(_OF_PATIENTS, {"hospital": hospital_id, "who": those["patients"]}))
    return [
        Judged(
            subject="identity",
            print=bytes(row.identity_print),
            deeds=tuple(deeds.get(row.id, ())),
            name_sealed=row.name_sealed,
        )
        for row in patients
    ]


def _thd_phones(conn: Connection, hospital_id: int, those: dict[str, Any]) -> list[Judged]:
    prints = sorted(bytes(found) for found in conn.execute(_PHONES, those).scalars())
    if not prints:
        return []
    conn.execute(_LOCK_PHONES, {"hospital": hospital_id, "prints": prints}).all()
    deeds = _by_whom(conn.execute(_OF_PHONES, {"hospital": hospital_id, "who": prints}))
    return [
        Judged(subject="phone", print=found, deeds=tuple(deeds.get(found, ())), name_sealed=None) for found in prints
    ]


def _by_whom(rows: Iterable[Any]) -> dict[Any, list[Deed]]:
    found: dict[Any, list[Deed]] = {}
    for row in rows:
        done = Conduct(
            kind=row.kind,
            at=row.at,
            channel=row.channel,
            clinic_type=row.clinic_type,
            department=row.code or "",
            appointment=row.appointment_id,
        )
        found.setdefault(row.who, []).append(Deed(conduct=done, forgiven=row.forgiven_at is not None))
    return found


def _new(rules: RuleBook, judged: Judged, found: Ban) -> NewBan:
    """Where nothing unlocks by itself, a ban stands until somebody lifts it."""
    if not unlock_terms(rules).automatic:
        found = replace(found, until=None)
    return NewBan(subject=judged.subject, print=judged.print, ban=found, name_sealed=judged.name_sealed)


def _row(hospital_id: int, row: Any, kind: str, wall: datetime) -> dict[str, Any]:
    return {
        "hospital_id": hospital_id,
        "patient_id": row.patient_id,
        "phone_print": row.phone_print,
        "appointment_id": row.id,
        "kind": kind,
        "at": wall if kind in CANCELS else row.start,
        "channel": row.channel,
        "clinic_type": row.clinic_type,
        "department_id": row.department_id,
    }
