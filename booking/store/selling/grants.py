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

    @property
    def told(self) -> bool:
        """Whether its texts go out now: one that is only held, or takes another's place, is told of by whoever confirms or moves it."""
        return self.hold is None and self.request.instead_of is None
