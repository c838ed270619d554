"""The texts of a batch: to whom they go, and their words, sealed. Words need codes, not ids: they are put while the appointments are written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from booking.rules.names import can_text
from booking.store.mail.letters import Draft, booked_drafts, phones_to_tell, thd_registered_phones
from booking.store.roster.pictures import thd_letterhead
from booking.store.selling.grants import Grant
from booking.texts import Letterhead
from booking.vault import Vault
from booking.views import BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Whose texts they are; the phones of patients whose own cannot be texted; the doctors' phones by their seals."""

    head: Letterhead
    registered: Mapping[int, Sequence[str]]
    doctors: Mapping[bytes, str]


Sealed = tuple[int, Draft, bytes]
"""Which of the grants it tells of, the text, its words sealed."""


def thd_addresses(conn: Connection, vault: Vault, hospital_id: int, grants: Sequence[Grant]) -> Addresses:
    """What the texts of these grants need to be told."""
    told = [grant for grant in grants if grant.told]
    unreached = [grant.patient.view.id for grant in told if not can_text(grant.request.caller.phone)]
    seals = {grant.card.phone_sealed for grant in told if grant.card.phone_sealed is not None}
    return Addresses(
        head=thd_letterhead(conn, hospital_id),
        registered=thd_registered_phones(conn, vault, hospital_id, unreached),
        doctors={sealed: vault.open(sealed) for sealed in seals},
    )


def sealed_texts(
    vault: Vault, addresses: Addresses, grants: Sequence[Grant], views: Sequence[BookingView]
) -> list[Sealed]:
    """The texts of the grants whose texts go out now; touches no connection."""
    drafts = [
        (at, draft)
        for at, (grant, view) in enumerate(zip(grants, views, strict=True))
        if grant.told
        for draft in _drafts(addresses, grant, view)
    ]
    bodies = vault.seal_all(draft.body for _, draft in drafts)
    return [(at, draft, body) for (at, draft), body in zip(drafts, bodies, strict=True)]


def _drafts(addresses: Addresses, grant: Grant, view: BookingView) -> list[Draft]:
    registered = addresses.registered.get(grant.patient.view.id, ())
    sealed = grant.card.phone_sealed
    doctor = None if sealed is None else addresses.doctors[sealed]
    return booked_drafts(addresses.head, view, phones_to_tell(grant.request.caller.phone, None, registered), doctor)
