"""Writes what a batch granted: appointments, holds, the texts that go with them, the audit rows, what is due. All or nothing.

Law of this module: a booking that stands has its texts in the same transaction; one that is only held, or that takes another's
place, has none: whoever confirms or moves it posts them, and whoever moves it sees to its payment. Each table is written in one
statement for the whole batch.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from booking.requests import BookSlot
from booking.rules.names import can_text
from booking.rules.payment import PayTerms
from booking.rules.rulebook import RuleBook
from booking.store.audit import Note, thd_note_alike
from booking.store.faults import TryAgain
from booking.store.mail import letters
from booking.store.mail.letters import Parties, phones_to_tell, thd_registered_phones
from booking.store.mail.post import thd_post_new
from booking.store.money.charging import Due, thd_charge
from booking.store.roster.pictures import DoctorCard, thd_letterhead
from booking.store.rows import ROWS_MOST, Rows
from booking.store.schema import appointment, hold
from booking.store.selling.codes import thd_fresh_codes, thd_given_codes
from booking.store.selling.patrons import Patient
from booking.store.selling.phones import Phones
from booking.store.selling.shelf import Goods
from booking.vault import Vault
from booking.views import BookingView

_APPOINTMENTS = Rows(
    appointment,
    shared=("hospital_id", "live", "created_at"),
    own=(
        "code", "slot_id", "session_id", "doctor_id", "patient_id", "day", "status", "channel", "phone_print",
        "phone_sealed", "fee_fen", "request_key", "moved_from",
    ),
    key="code",
)  # fmt: skip
DRAWS_MOST = 3
_HOLDS = Rows(hold, shared=("hospital_id",), own=("appointment_id", "until_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One request that gets its slot. ``hold``: how long it is only held, None when it is booked at once."""

    request: BookSlot
    goods: Goods
    patient: Patient
    card: DoctorCard
    pay: PayTerms

    @property
    def hold(self) -> timedelta | None:
        if self.request.hold is not None:
            return self.request.hold
        return timedelta(minutes=self.pay.hold_minutes) if self.pay.when == "hold" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was granted, as it stands now: the appointment's row id and its picture."""

    id: int
    grant: Grant
    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a batch is written: UTC, and on the hospital's wall, where the rules hold."""

    at: datetime
    wall: datetime
    rules: RuleBook


def thd_appoint(  # noqa: PLR0917 - the batch, its seals and its moment
    conn: Connection, vault: Vault, phones: Phones, grants: Sequence[Grant], rng: random.Random, moment: Moment
) -> list[Made]:
    """Write the grants, in order; the slots are taken already. Raises IntegrityError when an index refuses."""
    hospital_id = grants[0].request.caller.hospital
    asked = (grant.request.caller.phone for grant in grants)
    phones.seal_all(phone for phone in asked if phone is not None)
    made = _thd_made(conn, phones, grants, rng, moment.at)
    _thd_holds(conn, hospital_id, made, moment.at)
    _thd_texts(conn, vault, phones, hospital_id, made, moment.at)
    alike = Note(
        hospital=hospital_id, at=moment.at, action="booked", subject="appointment", subject_id=0, actor="", trace=""
    )
    thd_note_alike(conn, alike, [_noted(each) for each in made])
    _thd_dues(conn, hospital_id, made, moment)
    return made


def _thd_made(
    conn: Connection, phones: Phones, grants: Sequence[Grant], rng: random.Random, now: datetime
) -> list[Made]:
    """The appointments. A batch beside this one, not committed yet, may have drawn one of the same codes: 256 and 256 of ten million
    do so once in 150 times. Then the index refuses them all, and all are drawn again.
    """
    assert len(grants) <= ROWS_MOST, "one statement: what is refused is refused as a whole"
    hospital_id = grants[0].request.caller.hospital
    shared = {"hospital_id": hospital_id, "live": 1, "created_at": now}
    for _ in range(DRAWS_MOST):
        codes = thd_fresh_codes(conn, hospital_id, rng, len(grants))
        rows = [_row(phones, grant, code) for grant, code in zip(grants, codes, strict=True)]
        try:
            ids = _APPOINTMENTS.thd_insert_numbered(conn, shared, rows)
        except IntegrityError:
            if not thd_given_codes(conn, hospital_id, codes):
                raise
            continue
        return [
            Made(id=row_id, grant=grant, booking=_view(grant, code))
            for row_id, grant, code in zip(ids, grants, codes, strict=True)
        ]
    raise TryAgain


def _thd_holds(conn: Connection, hospital_id: int, made: Sequence[Made], now: datetime) -> None:
    held = [(each.id, now + each.grant.hold) for each in made if each.grant.hold is not None]
    if held:
        _HOLDS.thd_insert(conn, {"hospital_id": hospital_id}, held)


def _thd_texts(  # noqa: PLR0917 - one step of thd_appoint
    conn: Connection, vault: Vault, phones: Phones, hospital_id: int, made: Sequence[Made], now: datetime
) -> None:
    told = [each for each in made if each.grant.hold is None and each.grant.request.instead_of is None]
    if not told:
        return
    unreached = [each.grant.patient.view.id for each in told if not can_text(each.grant.request.caller.phone)]
    registered = thd_registered_phones(conn, vault, hospital_id, unreached)
    doctors: dict[bytes, str] = {}
    head = thd_letterhead(conn, hospital_id)
    texts = []
    for each in told:
        sealed = each.grant.card.phone_sealed
        if sealed is not None and sealed not in doctors:
            doctors[sealed] = vault.open(sealed)
        patient = each.grant.patient.view.id
        parties = Parties(
            appointment_id=each.id,
            booking=each.booking,
            patient_phones=phones_to_tell(each.grant.request.caller.phone, None, registered.get(patient, ())),
            doctor_phone=None if sealed is None else doctors[sealed],
        )
        texts += letters.booked(head, parties)
    if texts:
        thd_post_new(conn, vault, phones, hospital_id, texts, now)


def _thd_dues(conn: Connection, hospital_id: int, made: Sequence[Made], moment: Moment) -> None:
    dues = [
        Due(
            appointment_id=each.id,
            offer=each.grant.goods.offer,
            fee_fen=each.booking.fee_fen,
            channel=each.grant.request.caller.channel,
        )
        for each in made
        if each.grant.pay.when != "visit" and each.grant.request.instead_of is None
    ]
    if dues:
        thd_charge(conn, hospital_id, dues, moment.rules, moment.at, moment.wall)


def _row(phones: Phones, grant: Grant, code: str) -> tuple[Any, ...]:
    request, offer = grant.request, grant.goods.offer
    phone = request.caller.phone
    return (
        code,
        offer.slot,
        offer.session,
        grant.card.id,
        grant.patient.view.id,
        offer.day,
        "booked" if grant.hold is None else "held",
        request.caller.channel.value,
        None if phone is None else phones.print(phone),
        None if phone is None else phones.sealed(phone),
        grant.goods.clinic.fee_fen,
        request.key,
        request.instead_of,
    )


def _view(grant: Grant, code: str) -> BookingView:
    return BookingView(
        code=code,
        status="booked" if grant.hold is None else "held",
        doctor=grant.card.view,
        start=grant.goods.offer.start,
        seq=grant.goods.seq,
        place=grant.goods.clinic.place,
        fee_fen=grant.goods.clinic.fee_fen,
        patient=grant.patient.view,
    )


def _noted(made: Made) -> tuple[int, str, str, str]:
    caller = made.grant.request.caller
    return made.id, caller.channel.value, caller.trace, f"slot={made.grant.goods.offer.slot}"
