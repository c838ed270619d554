"""Who holds what, as read under lock and then as granted: each grant of a batch counts for those after it, before it is written."""

from __future__ import annotations

from booking.rules.facts import Holding


class Holdings:
    """``patient`` is a row id, ``phone`` any name of the telephone that asked (None: withheld)."""

    def __init__(self) -> None:
        self._of_patient: dict[int, tuple[Holding, ...]] = {}
        self._of_phone: dict[bytes, tuple[Holding, ...]] = {}
        self._sold: dict[int, dict[str, int]] = {}

    def enter(self, patient: int, holding: Holding) -> None:
        """The patient holds it."""
        self._of_patient[patient] = (*self._of_patient.get(patient, ()), holding)

    def enter_phone(self, phone: bytes, holding: Holding) -> None:
        """It was booked from this phone."""
        self._of_phone[phone] = (*self._of_phone.get(phone, ()), holding)

    def count(self, session: int, channel: str, sold: int) -> None:
        """The channel sold so many of the session's numbers."""
        self._sold.setdefault(session, {})[channel] = sold

    def grant(self, patient: int, phone: bytes | None, holding: Holding) -> None:
        """What those after it are judged by."""
        self.enter(patient, holding)
        if phone is not None:
            self.enter_phone(phone, holding)
        self.count(holding.session, holding.channel, self.sold_by(holding.session, holding.channel) + 1)

    def of_patient(self, patient: int) -> tuple[Holding, ...]:
        return self._of_patient.get(patient, ())

    def of_phone(self, phone: bytes | None) -> tuple[Holding, ...]:
        return () if phone is None else self._of_phone.get(phone, ())

    def sold_by(self, session: int, channel: str) -> int:
        """How many of the session the channel sold."""
        return self._sold.get(session, {}).get(channel, 0)

    def sold(self, session: int) -> int:
        """How many of the session all channels sold."""
        return sum(self._sold.get(session, {}).values())
