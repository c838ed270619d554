"""Everything that is known at one point of a scenario: the patient, what he holds, what he did, his bans. No store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from booking.rules.conduct import counted_by, new_bans
from booking.rules.facts import Ban, Conduct, Holding, Offer, PatientFacts
from booking.rules.rulebook import RuleBook, half_of
from hotline.scenario.reading import ban_of, ban_told, conduct_of, day_of, only, table, time_of

PATIENT = ("birth", "document", "guardian", "first_visit", "groups", "phone")
HISTORY = ("bookings", "conduct", "bans", "sold")
OFFER = ("start", "doctor", "department", "campus", "number_type", "period", "pool", "stopped", "session")


class Stage:
    """Everything that is known at this point of the story."""

    def __init__(self, rules: RuleBook, tree: Mapping[str, Any]) -> None:
        self.rules = rules
        patient = table(tree.get("patient", {}), "patient")
        history = table(tree.get("history", {}), "history")
        only(patient, PATIENT, "patient")
        only(history, HISTORY, "history")
        self.phone = patient.get("phone", "")
        self.sessions: dict[tuple[str, date, str], int] = {}
        self._unnamed = 0
        birth = patient.get("birth")
        self.facts = PatientFacts(
            birth=None if birth is None else day_of(birth, "patient.birth"),
            document=patient.get("document", "id-card"),
            guardian=bool(patient.get("guardian", False)),
            first_visit=bool(patient.get("first_visit", False)),
            groups=frozenset(patient.get("groups", ())),
            phone=self.phone,
        )
        self.sold: dict[str, int] = dict(table(history.get("sold", {}), "history.sold"))
        self.conduct: list[Conduct] = [
            conduct_of(each, f"history.conduct[{nth}]")
            for nth, each in enumerate(history.get("conduct", ()), 1)
            if counted_by(rules) == "identity" or each.get("phone", self.phone) == self.phone
        ]
        self.bans: list[Ban] = [
            ban_of(each, f"history.bans[{nth}]") for nth, each in enumerate(history.get("bans", ()), 1)
        ]
        for nth, each in enumerate(history.get("bookings", ()), 1):
            self._remember(table(each, f"history.bookings[{nth}]"), f"history.bookings[{nth}]")

    def _remember(self, raw: dict[str, Any], path: str) -> None:
        """A booking from before: of the patient, of the phone for somebody else (``whose``: phone), or of both."""
        whose = raw.get("whose", "both")
        told = {key: value for key, value in raw.items() if key not in {"whose", "channel", "booked_at"}}
        self.hold(self.offer(told, path), raw.get("channel", "phone"), None, whose)

    def offer(self, raw: Any, path: str) -> Offer:
        told = table(raw, path)
        only(told, OFFER, path)
        start = time_of(told.get("start"), f"{path}.start")
        offer = Offer(
            slot=0,
            session=0,
            start=start,
            day=start.date(),
            doctor=told.get("doctor", ""),
            department=told.get("department", ""),
            campus=told.get("campus", ""),
            clinic_type=told.get("number_type", ""),
            period=told.get("period", ""),
            pool=told.get("pool", "open"),
            stopped=bool(told.get("stopped", False)),
        )
        return replace(offer, session=told.get("session") or self._session(offer))

    def _session(self, offer: Offer) -> int:
        """One session a doctor and half day; where no doctor is named, each number is of a session of its own."""
        self._unnamed += 1
        if not offer.doctor:
            return -self._unnamed
        return self.sessions.setdefault((offer.doctor, offer.day, half_of(offer)), 1_000_000 + len(self.sessions))

    def hold(self, offer: Offer, channel: str, at: datetime | None, whose: str = "both") -> None:
        holding = Holding(
            session=offer.session,
            day=offer.day,
            doctor=offer.doctor,
            department=offer.department,
            booked_at=at,
            channel=channel,
        )
        own = (*self.facts.holdings, holding) if whose in {"both", "patient"} else self.facts.holdings
        phones = (*self.facts.phone_holdings, holding) if whose in {"both", "phone"} else self.facts.phone_holdings
        self.facts = replace(self.facts, holdings=own, phone_holdings=phones)
        self.sold = {**self.sold, channel: self.sold.get(channel, 0) + (at is not None)}

    def let_go(self, offer: Offer) -> datetime | None:
        """The booking is gone; when it was made."""
        found = next((each for each in self.facts.holdings if same_session(each, offer)), None)
        if found is None:
            return None
        self.facts = replace(
            self.facts,
            holdings=_without(self.facts.holdings, found),
            phone_holdings=_without(self.facts.phone_holdings, found),
        )
        return found.booked_at

    def booked_at(self, offer: Offer) -> datetime | None:
        return next((each.booked_at for each in self.facts.holdings if same_session(each, offer)), None)

    def asking(self, channel: str) -> PatientFacts:
        return replace(
            self.facts,
            bans=tuple(self.bans),
            channel_sold=self.sold.get(channel, 0),
            phone_sold=self.sold.get("phone", 0),
            session_sold=sum(self.sold.values()),
        )

    def enter(self, kind: str, offer: Offer, at: datetime, now: datetime, channel: str) -> list[dict[str, Any]]:
        """The conduct is entered; the bans that follow."""
        self.conduct.append(
            Conduct(
                kind=kind,
                at=at,
                channel=channel,
                clinic_type=offer.clinic_type,
                department=offer.department,
                appointment=len(self.conduct) + 1,
            )
        )
        made = new_bans(self.rules, self.conduct, self.bans, max(now, at))
        self.bans += made
        return [ban_told(ban) for ban in made]


def same_session(holding: Holding, offer: Offer) -> bool:
    if offer.session > 0:
        return holding.session == offer.session
    return (holding.day, holding.department, holding.doctor) == (offer.day, offer.department, offer.doctor)


def _without(holdings: tuple[Holding, ...], gone: Holding) -> tuple[Holding, ...]:
    return tuple(each for each in holdings if each != gone)
