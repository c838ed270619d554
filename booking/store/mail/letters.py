"""The texts that go with a booking made or given back, and to whom: the asking phone, the booking's phone, the doctor.

A number that no text can reach (a landline, a withheld one) is passed over for a mobile that the patient is registered to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from booking import texts
from booking.rules.names import can_text
from booking.store.mail.post import ANSWERS, NOTICES, OutgoingText
from booking.store.schema import phone_patient
from booking.texts import Letterhead
from booking.vault import Vault
from booking.views import BookingView

_PHONES = (
    select(phone_patient.c.patient_id, phone_patient.c.phone_sealed)
    .where(
        phone_patient.c.hospital_id == bindparam("hospital"),
        phone_patient.c.patient_id.in_(bindparam("patients", expanding=True)),
    )
    .order_by(phone_patient.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """An appointment, its picture, and the numbers to tell: patients' (E.164, none twice) and the doctor's."""

    appointment_id: int
    booking: BookingView
    patient_phones: tuple[str, ...]
    doctor_phone: str | None


class Draft(NamedTuple):
    """A text before it is known of which row it tells; ``nth`` of its kind."""

    kind: str
    nth: int
    to: str
    body: str

    @property
    def lane(self) -> int:
        return NOTICES if self.kind.startswith("doctor") else ANSWERS

    def dedupe(self, appointment_id: int) -> str:
        """The text's name, once it is known."""
        return f"{self.kind}:{appointment_id}" + (f":{self.nth}" if self.nth else "")


def booked_drafts(
    head: Letterhead, booking: BookingView, patient_phones: Sequence[str], doctor_phone: str | None
) -> list[Draft]:
    """The confirmation (also the answer to the text that asked) and the doctor's text."""
    words = texts.confirmation(head, booking)
    found = [Draft("confirmation", nth, phone, words) for nth, phone in enumerate(patient_phones)]
    if doctor_phone is not None:
        found.append(Draft("doctor", 0, doctor_phone, texts.doctor_booked(head, booking)))
    return found


def booked(head: Letterhead, parties: Parties) -> list[OutgoingText]:
    """As ``booked_drafts``, of an appointment that is there."""
    drafts = booked_drafts(head, parties.booking, parties.patient_phones, parties.doctor_phone)
    return [_text(parties, draft.to, draft.body, draft.kind, draft.nth) for draft in drafts]


def cancelled(head: Letterhead, parties: Parties) -> list[OutgoingText]:
    """The patient's text (also the answer) and the doctor's."""
    found = [
        _text(parties, phone, texts.cancelled(head, parties.booking), "cancelled", nth)
        for nth, phone in enumerate(parties.patient_phones)
    ]
    if parties.doctor_phone is not None:
        words = texts.doctor_cancelled(head, parties.booking)
        found.append(_text(parties, parties.doctor_phone, words, "doctor-cancelled"))
    return found


def phones_to_tell(asking: str | None, held: str | None, registered: Sequence[str]) -> tuple[str, ...]:
    """The phone that asked and the phone that booked, where texts reach them; else the first registered that they reach."""
    told = tuple(dict.fromkeys(phone for phone in (asking, held) if phone is not None and can_text(phone)))
    return told or tuple(phone for phone in registered if can_text(phone))[:1]


def thd_registered_phones(
    conn: Connection, vault: Vault, hospital_id: int, patients: Sequence[int]
) -> dict[int, list[str]]:
    """The phones registered to each of these patients, first registered first."""
    found: dict[int, list[str]] = {}
    if patients:
        for row in conn.execute(_PHONES, {"hospital": hospital_id, "patients": list(patients)}):
            found.setdefault(row.patient_id, []).append(vault.open(row.phone_sealed))
    return found


def _text(parties: Parties, to: str, body: str, kind: str, nth: int = 0) -> OutgoingText:
    draft, about = Draft(kind, nth, to, body), parties.appointment_id
    return OutgoingText(to=to, body=body, kind=kind, lane=draft.lane, dedupe=draft.dedupe(about), appointment_id=about)
