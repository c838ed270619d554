"""What a batch of requests changes while it is judged: each verdict counts for those after it, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from booking.rules.policy import HousePolicy
from booking.rules.verdicts import PatientFacts, SlotFacts, Verdict, patient_verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A slot that can be sold: its row's id, its session's, when it is."""

    slot: int
    session: int
    start: datetime
    day: date


class Ledger:
    """Who holds what, as read under lock, and then as granted."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._holds: set[tuple[int, int]] = set()
        self._on_day: dict[tuple[int, date], int] = {}

    def take(self, slot: int) -> None:
        """The slot is taken."""
        self._taken.add(slot)

    def hold(self, patient: int, session: int, day: date) -> None:
        """The patient holds a live booking in the session, on that day."""
        self._holds.add((patient, session))
        self._on_day[patient, day] = self._on_day.get((patient, day), 0) + 1

    def judge(self, policy: HousePolicy, offer: Offer, patient: int) -> Verdict:
        """The patient's verdict on the offer; a GRANT is entered at once."""
        facts = SlotFacts(start=offer.start, day=offer.day, taken=offer.slot in self._taken, stopped=False)
        own = PatientFacts(
            in_session=(patient, offer.session) in self._holds, on_day=self._on_day.get((patient, offer.day), 0)
        )
        verdict = patient_verdict(policy, facts, own)
        if verdict is Verdict.GRANT:
            self.take(offer.slot)
            self.hold(patient, offer.session, offer.day)
        return verdict
