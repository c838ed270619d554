"""What a batch grants: a request with its slot, its patient, its doctor and how it is paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from booking.requests import BookSlot
from booking.rules.payment import PayTerms
from booking.store.roster.pictures import DoctorCard
from booking.store.selling.patrons import Patient
from booking.store.selling.shelf import Goods


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One request that gets its slot. ``phone``: the print of the phone that asked; ``hold``: how long it is only held, None when it is
    booked at once; ``told``: whether its texts go out now (``grant``).
    """

    request: BookSlot
    goods: Goods
    patient: Patient
    card: DoctorCard
    pay: PayTerms
    phone: bytes | None
    hold: timedelta | None
    told: bool


def grant(  # noqa: PLR0917 - what a grant is made of
    request: BookSlot, goods: Goods, patient: Patient, card: DoctorCard, pay: PayTerms, phone: bytes | None
) -> Grant:
    """One that is only held, or takes another's place, is told of by whoever confirms or moves it."""
    hold = request.hold
    if hold is None and pay.when == "hold":
        hold = timedelta(minutes=pay.hold_minutes)
    told = hold is None and request.instead_of is None
    return Grant(request=request, goods=goods, patient=patient, card=card, pay=pay, phone=phone, hold=hold, told=told)
