"""Writes what a batch granted: appointments, the texts that go with them, the audit rows. All or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from booking.requests import BookSlot
from booking.rules.names import can_text
from booking.store import letters, post
from booking.store.audit import Note, thd_note
from booking.store.letters import Parties, phones_to_tell, thd_registered_phones
from booking.store.pictures import DoctorCard, thd_letterhead
from booking.store.schema import appointment
from booking.store.shelf import Goods
from booking.vault import Vault
from booking.views import BookingView, PatientView

_APPOINT = insert(appointment)
_MADE = select(appointment.c.code, appointment.c.id).where(
    appointment.c.hospital_id == bindparam("hospital"), appointment.c.code.in_(bindparam("codes", expanding=True))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One request that gets its slot."""

    request: BookSlot
    goods: Goods
    patient: PatientView
    card: DoctorCard


def thd_appoint(
    conn: Connection, vault: Vault, grants: Sequence[Grant], codes: Sequence[str], now: datetime
) -> list[BookingView]:
    """Write the grants under these codes, in order; the slots are taken already. Raises IntegrityError when an index refuses."""
    hospital_id = grants[0].request.caller.hospital
    conn.execute(_APPOINT, [_row(vault, grant, code, now) for grant, code in zip(grants, codes, strict=True)])
    made = {row.code: row.id for row in conn.execute(_MADE, {"hospital": hospital_id, "codes": list(codes)})}
    ids = [made[code] for code in codes]
    views = [_view(grant, code) for grant, code in zip(grants, codes, strict=True)]
    made_now = zip(ids, grants, views, strict=True)
    told = _thd_parties(conn, vault, hospital_id, [each for each in made_now if each[1].request.instead_of is None])
    head = thd_letterhead(conn, hospital_id)
    texts = [post.row(vault, hospital_id, text, now) for parties in told for text in letters.booked(head, parties)]
    if texts:
        post.thd_insert(conn, texts)
    thd_note(conn, *(_note(grant, made, now) for grant, made in zip(grants, ids, strict=True)))
    return views


def _thd_parties(
    conn: Connection, vault: Vault, hospital_id: int, made: Sequence[tuple[int, Grant, BookingView]]
) -> list[Parties]:
    unreached = [grant.patient.id for _, grant, _ in made if not can_text(grant.request.caller.phone)]
    registered = thd_registered_phones(conn, vault, hospital_id, unreached)
    return [
        Parties(
            appointment_id=appointment_id,
            booking=view,
            patient_phones=phones_to_tell(grant.request.caller.phone, None, registered.get(grant.patient.id, ())),
            doctor_phone=None if grant.card.phone_sealed is None else vault.open(grant.card.phone_sealed),
        )
        for appointment_id, grant, view in made
    ]


def _row(vault: Vault, grant: Grant, code: str, now: datetime) -> dict[str, Any]:
    caller, offer = grant.request.caller, grant.goods.offer
    return {
        "hospital_id": caller.hospital,
        "code": code,
        "slot_id": offer.slot,
        "session_id": offer.session,
        "doctor_id": grant.card.id,
        "patient_id": grant.patient.id,
        "day": offer.day,
        "status": "booked",
        "live": 1,
        "channel": caller.channel,
        "phone_print": None if caller.phone is None else vault.fingerprint(caller.phone),
        "phone_sealed": None if caller.phone is None else vault.seal(caller.phone),
        "fee_fen": grant.goods.fee_fen,
        "request_key": grant.request.key,
        "created_at": now,
        "moved_from": grant.request.instead_of,
    }


def _view(grant: Grant, code: str) -> BookingView:
    return BookingView(
        code=code,
        status="booked",
        doctor=grant.card.view,
        start=grant.goods.offer.start,
        seq=grant.goods.seq,
        place=grant.goods.place,
        fee_fen=grant.goods.fee_fen,
        patient=grant.patient,
    )


def _note(grant: Grant, appointment_id: int, now: datetime) -> Note:
    caller = grant.request.caller
    return Note(
        hospital=caller.hospital,
        at=now,
        action="booked",
        subject="appointment",
        subject_id=appointment_id,
        actor=caller.channel,
        trace=caller.trace,
        detail=f"slot={grant.goods.offer.slot}",
    )
