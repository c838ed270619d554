"""Patients and the phones that speak for them.

Law of this module: one identity number is one patient record per hospital; a phone speaks for the patients registered to it,
up to the house's limit. A record is never renamed here and no name is told to a phone that the patient is not registered to:
whoever merely knows an identity number learns nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.clock import on_wall
from booking.outcomes import Limit, NotAdmitted
from booking.people_outcomes import NameMismatch, NeedsName, Registered, RegisterOutcome
from booking.requests import Caller, RegisterPhone
from booking.rules.names import normal_name, same_name
from booking.rules.registering import counts_changes, phone_change_ruling, phone_ruling, register_ruling
from booking.rules.rulebook import RuleBook
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.roster.pictures import patient_view
from booking.store.schema import patient, phone_choice, phone_patient
from booking.vault import Vault
from booking.views import PatientView
from command_parser.masking import mask_identity, mask_name

_COLUMNS = (patient.c.id, patient.c.name_sealed, patient.c.identity_sealed)
_OF_PHONE = (
    select(*_COLUMNS)
    .select_from(phone_patient.join(patient, patient.c.id == phone_patient.c.patient_id))
    .where(phone_patient.c.hospital_id == bindparam("hospital"), phone_patient.c.phone_print == bindparam("phone"))
    .order_by(phone_patient.c.id)
)
_BY_IDENTITY = select(*_COLUMNS).where(
    patient.c.hospital_id == bindparam("hospital"), patient.c.identity_print == bindparam("identity")
)
_GIVEN = (
    select(phone_patient.c.created_at)
    .where(phone_patient.c.hospital_id == bindparam("hospital"), phone_patient.c.patient_id == bindparam("patient"))
    .order_by(phone_patient.c.id)
)
_CHOICE = select(phone_choice.c.id).where(
    phone_choice.c.hospital_id == bindparam("hospital"), phone_choice.c.phone_print == bindparam("phone")
)
_LOCK_PHONE = (
    select(phone_patient.c.nth)
    .where(phone_patient.c.hospital_id == bindparam("hospital"), phone_patient.c.phone_print == bindparam("phone"))
    .with_for_update()
)
_LOCK_NAME = select(patient.c.name_sealed).where(patient.c.id == bindparam("patient")).with_for_update()


@dataclass(frozen=True, slots=True)
class _Change:
    """Who changes something, and when."""

    caller: Caller
    now: datetime

    def note(self, action: str, subject: str, subject_id: int) -> Note:
        return Note(
            hospital=self.caller.hospital,
            at=self.now,
            action=action,
            subject=subject,
            subject_id=subject_id,
            actor=self.caller.channel,
            trace=self.caller.trace,
        )


def thd_patients_of(conn: Connection, vault: Vault, caller: Caller) -> tuple[PatientView, ...]:
    """The patients registered to the caller's phone, first registered first; none when the number is withheld."""
    if caller.phone is None:
        return ()
    rows = conn.execute(_OF_PHONE, {"hospital": caller.hospital, "phone": vault.fingerprint(caller.phone)}).all()
    return tuple(patient_view(vault, row.id, row.name_sealed, row.identity_sealed) for row in rows)


def thd_patient_by_identity(
    conn: Connection, vault: Vault, caller: Caller, identity: str, now: datetime
) -> PatientView:
    """The patient with this identity number; made, without a name, when new. The name is masked unless the phone has him."""
    known = _thd_find(conn, vault, caller.hospital, identity)
    if known is None:
        return _thd_new(conn, vault, _Change(caller, now), identity, "")
    own = any(known.id == mine.id for mine in thd_patients_of(conn, vault, caller))
    return known if own else replace(known, name=mask_name(known.name))


def thd_register(
    conn: Connection, vault: Vault, rules: RuleBook, request: RegisterPhone, now: datetime
) -> RegisterOutcome:
    """Join the caller's phone and the patient; makes the record when it is new. A withheld number registers nothing: Limit 0."""
    caller = request.caller
    if caller.phone is None:
        return Limit(what="phone-patients", most=0)
    admitted = phone_ruling(rules, caller.phone)
    if not admitted.allowed:
        return NotAdmitted(reason=str(admitted.reason), rule=admitted.rule)
    name = normal_name(request.name or "")
    print_ = vault.fingerprint(caller.phone)
    given = conn.execute(_LOCK_PHONE, {"hospital": caller.hospital, "phone": print_}).scalars().all()
    mine = thd_patients_of(conn, vault, caller)
    known = _thd_find(conn, vault, caller.hospital, request.identity)
    refusal = _refusal(rules, name, known, mine) or (
        None if known is None else _thd_changed(conn, rules, caller.hospital, known, mine, now)
    )
    if refusal is not None:
        return refusal
    change = _Change(caller, now)
    if known is None:
        known = _thd_new(conn, vault, change, request.identity, name)
    elif not known.name:
        known = _thd_complete(conn, vault, change, known, name)
    if all(known.id != patient.id for patient in mine):
        _thd_link(conn, vault, change, known.id, max(given, default=0) + 1)
    return Registered(patient=known)


def _refusal(
    rules: RuleBook, name: str, known: PatientView | None, mine: tuple[PatientView, ...]
) -> RegisterOutcome | None:
    own = known is not None and any(known.id == patient.id for patient in mine)
    if known is not None and known.name:
        if name and not same_name(known.name, name):
            return NameMismatch()
        if own:
            return Registered(patient=known, again=True)
    if not name:
        return NeedsName()
    ruling = register_ruling(rules, len(mine))
    if not own and not ruling.allowed:
        return Limit(what="phone-patients", most=ruling.most or 0)
    return None


def _thd_changed(  # noqa: PLR0917 - one step of thd_register
    conn: Connection, rules: RuleBook, hospital: int, known: PatientView, mine: tuple[PatientView, ...], now: datetime
) -> Limit | None:
    """A further phone of a patient who has one is a change of his phone, and the rules may want few of them."""
    if any(known.id == patient.id for patient in mine) or not counts_changes(rules):
        return None
    conn.execute(_LOCK_NAME, {"patient": known.id})
    given = conn.execute(_GIVEN, {"hospital": hospital, "patient": known.id}).scalars().all()
    if not given:  # his first phone is no change
        return None
    ruling = phone_change_ruling(rules, [on_wall(at) for at in given[1:]], on_wall(now))
    if ruling.allowed:
        return None
    return Limit(what="phone-changes", most=ruling.most or 0, when=ruling.when)


def thd_opt(conn: Connection, vault: Vault, caller: Caller, wants: bool, now: datetime) -> None:
    """Remember whether this phone wants texts beyond answers and notices of its own bookings."""
    if caller.phone is None:
        return
    where = {"hospital": caller.hospital, "phone": vault.fingerprint(caller.phone)}
    standing = conn.execute(_CHOICE, where).scalar_one_or_none()
    values = {"wants": wants, "changed_at": now}
    try:
        if standing is None:
            new = insert(phone_choice).values(hospital_id=caller.hospital, phone_print=where["phone"], **values)
            standing = conn.execute(new.returning(phone_choice.c.id)).scalar_one()
        else:
            conn.execute(update(phone_choice).where(phone_choice.c.id == standing).values(**values))
    except IntegrityError:
        raise TryAgain from None
    thd_note(conn, _Change(caller, now).note("opted-in" if wants else "opted-out", "phone_choice", standing))


def _thd_find(conn: Connection, vault: Vault, hospital: int, identity: str) -> PatientView | None:
    row = conn.execute(_BY_IDENTITY, {"hospital": hospital, "identity": vault.fingerprint(identity)}).one_or_none()
    return None if row is None else patient_view(vault, row.id, row.name_sealed, row.identity_sealed)


def _thd_new(conn: Connection, vault: Vault, change: _Change, identity: str, name: str) -> PatientView:
    values = {
        "hospital_id": change.caller.hospital,
        "identity_print": vault.fingerprint(identity),
        "identity_sealed": vault.seal(identity),
        "name_sealed": vault.seal(name),
        "created_at": change.now,
    }
    try:
        made: int = conn.execute(insert(patient).values(values).returning(patient.c.id)).scalar_one()
    except IntegrityError:
        raise TryAgain from None
    thd_note(conn, change.note("patient-made", "patient", made))
    return PatientView(id=made, name=name, identity_masked=mask_identity(identity))


def _thd_complete(conn: Connection, vault: Vault, change: _Change, known: PatientView, name: str) -> PatientView:
    """Name a record that has none; raises TryAgain when another phone was first, whose name then counts."""
    if vault.open(conn.execute(_LOCK_NAME, {"patient": known.id}).scalar_one()):
        raise TryAgain
    conn.execute(update(patient).where(patient.c.id == known.id).values(name_sealed=vault.seal(name)))
    thd_note(conn, change.note("patient-named", "patient", known.id))
    return replace(known, name=name)


def _thd_link(conn: Connection, vault: Vault, change: _Change, patient_id: int, nth: int) -> None:
    """Of two registrations that counted the phone's patients at once, the index refuses one, and it counts again."""
    phone = change.caller.phone
    assert phone is not None, "a withheld number registers nothing"
    values = {
        "hospital_id": change.caller.hospital,
        "phone_print": vault.fingerprint(phone),
        "phone_sealed": vault.seal(phone),
        "patient_id": patient_id,
        "nth": nth,
        "created_at": change.now,
    }
    try:
        conn.execute(insert(phone_patient).values(values))
    except IntegrityError:
        raise TryAgain from None
    thd_note(conn, change.note("phone-registered", "patient", patient_id))
