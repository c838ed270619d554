"""The texts of a batch: to whom they go, and their words, sealed. Words need codes, not ids: they are put while slots are taken and
appointments written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Connection

from booking.rules.names import can_text
from booking.store.mail.letters import Draft, booked_drafts, phones_to_tell, thd_registered_phones
from booking.store.roster.pictures import thd_letterhead
from booking.store.selling.grants import Grant
from booking.store.selling.phones import Phones
from booking.texts import Letterhead
from booking.vault import Vault
from booking.views import BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Whose texts they are; the phones of patients whose own cannot be texted; the doctors' phones by their seals."""

    head: Letterhead
    registered: Mapping[int, Sequence[str]]
    doctors: Mapping[bytes, str]


Told = tuple[int, Draft, bytes, bytes, bytes]
"""Of which booking of the batch, the draft, to whom (print and seal), the words (sealed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A batch's bookings as pictures, and their texts."""

    views: Sequence[BookingView]
    texts: Sequence[Told]


def thd_addresses(
    conn: Connection, vault: Vault, phones: Phones, hospital_id: int, grants: Sequence[Grant]
) -> Addresses:
    """What the texts of these grants need to be told; every number that one may go to is printed and sealed."""
    told = [grant for grant in grants if grant.told]
    unreached = [grant.patient.view.id for grant in told if not can_text(grant.request.caller.phone)]
    seals = {grant.card.phone_sealed for grant in told if grant.card.phone_sealed is not None}
    addresses = Addresses(
        head=thd_letterhead(conn, hospital_id),
        registered=thd_registered_phones(conn, vault, hospital_id, unreached),
        doctors={sealed: vault.open(sealed) for sealed in seals},
    )
    asking = (grant.request.caller.phone for grant in grants)
    phones.enter(
        chain(
            (phone for phone in asking if phone is not None), *addresses.registered.values(), addresses.doctors.values()
        )
    )
    return addresses


def put_words(
    vault: Vault, phones: Phones, addresses: Addresses, grants: Sequence[Grant], codes: Sequence[str]
) -> Words:
    """Pictures of the grants under these codes, and the texts that go out now; touches no connection, changes nothing."""
    views = [_view(grant, code) for grant, code in zip(grants, codes, strict=True)]
    drafts = [
        (at, draft)
        for at, (grant, view) in enumerate(zip(grants, views, strict=True))
        if grant.told
        for draft in _drafts(addresses, grant, view)
    ]
    bodies = vault.seal_all(draft.body for _, draft in drafts)
    texts = [
        (at, draft, phones.print(draft.to), phones.sealed(draft.to), body)
        for (at, draft), body in zip(drafts, bodies, strict=True)
    ]
    return Words(views=views, texts=texts)


def _drafts(addresses: Addresses, grant: Grant, view: BookingView) -> list[Draft]:
    registered = addresses.registered.get(grant.patient.view.id, ())
    sealed = grant.card.phone_sealed
    doctor = None if sealed is None else addresses.doctors[sealed]
    return booked_drafts(addresses.head, view, phones_to_tell(grant.request.caller.phone, None, registered), doctor)


def _view(grant: Grant, code: str) -> BookingView:
    clinic = grant.goods.clinic
    return BookingView(
        code=code,
        status="booked" if grant.hold is None else "held",
        doctor=grant.card.view,
        start=grant.goods.offer.start,
        seq=grant.goods.seq,
        place=clinic.place,
        fee_fen=clinic.fee_fen,
        patient=grant.patient.view,
    )
