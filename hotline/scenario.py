"""A situation told in JSON, played under a rule book step by step: what ``hotline policy try`` does. No store, no clock of its own.

A step asks one thing at one moment; what it brings about (a booking, a no-show, a ban) is a fact of the steps after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from booking.rules.arrival import close_at, lateness, pickup_ruling
from booking.rules.calendar import Calendar
from booking.rules.cancelling import cancel_ruling, change_ruling
from booking.rules.conduct import counted_by, new_bans
from booking.rules.facts import Ban, Conduct, Holding, Offer, PatientFacts, Where
from booking.rules.onsale import book_ruling, sale_days
from booking.rules.payment import pay_terms, payment_opens
from booking.rules.refunds import refund_ruling
from booking.rules.registering import phone_change_ruling, phone_ruling, register_ruling
from booking.rules.rulebook import RuleBook, half_of
from booking.rules.ruling import ALLOWED, Reason, Ruling
from booking.rules.service import stop_terms
from booking.rules.standing import ban_ruling

PATIENT = ("birth", "document", "guardian", "first_visit", "groups", "phone")
HISTORY = ("bookings", "conduct", "bans", "sold")
TOP = ("about", "policy", "platform", "now", "holidays", "patient", "history", "steps", "expect")
STEP = (
    "at",
    "ask",
    "channel",
    "offer",
    "to",
    "paid",
    "paid_fen",
    "ended_by",
    "by",
    "booked_at",
    "patients",
    "changes",
    "expect",
    "about",
)
OFFER = ("start", "doctor", "department", "campus", "number_type", "period", "pool", "stopped", "session")


class NotAScenario(Exception):
    """Why the JSON tells no situation: a path and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the rules say to one step. ``as_expected`` is None where the scenario expects nothing."""

    ask: str
    at: datetime
    ruling: Ruling
    more: Mapping[str, Any] = field(default_factory=dict)
    as_expected: bool | None = None

    def told(self) -> dict[str, Any]:
        """The answer as JSON: only what there is to say."""
        ruling = self.ruling
        said: dict[str, Any] = {
            "ask": self.ask,
            "at": _moment(self.at),
            "allowed": ruling.allowed,
            "reason": str(ruling.reason),
        }
        said |= {"rule": ruling.rule, "most": ruling.most, "scope": ruling.scope, "per": ruling.per}
        said |= {"when": None if ruling.when is None else _moment(ruling.when), **self.more}
        if self.as_expected is not None:
            said["as_expected"] = self.as_expected
        return {key: value for key, value in said.items() if value is not None and value != ""}


def play(tree: Any, rules: RuleBook) -> list[Answer]:
    """The answer to each step; raises NotAScenario."""
    _known(tree, TOP, "scenario")
    if "holidays" in tree:
        named = {_day(day, "holidays"): works == "work" for day, works in _dict(tree["holidays"], "holidays").items()}
        rules = replace(rules, calendar=Calendar({**rules.calendar.named, **named}))
    stage = _Stage(rules, tree)
    steps = tree.get("steps")
    if not isinstance(steps, list) or not steps:
        raise NotAScenario('steps：至少要有一步，例如 [{"ask": "book", …}]')
    return [_step(stage, each, f"steps[{number}]", tree.get("now")) for number, each in enumerate(steps, 1)]


def _step(stage: _Stage, step: Any, path: str, now: Any) -> Answer:
    _known(step, STEP, path)
    ask = step.get("ask")
    if ask not in ASKED:
        raise NotAScenario(f"{path}.ask：应为 {'、'.join(ASKED)} 之一")
    at = _time(step.get("at", now), f"{path}.at")
    answer = ASKED[ask](stage, _Step(step, path, at, stage))
    expected = step.get("expect")
    if expected is None:
        return answer
    told = answer.told()
    right = all(told.get(key) == value for key, value in _dict(expected, f"{path}.expect").items())
    return replace(answer, as_expected=right)


class _Stage:
    """Everything that is known at this point of the story."""

    def __init__(self, rules: RuleBook, tree: Mapping[str, Any]) -> None:
        self.rules = rules
        patient = _dict(tree.get("patient", {}), "patient")
        history = _dict(tree.get("history", {}), "history")
        _known(patient, PATIENT, "patient")
        _known(history, HISTORY, "history")
        self.phone = patient.get("phone", "")
        self.sessions: dict[tuple[str, date, str], int] = {}
        self._unnamed = 0
        birth = patient.get("birth")
        self.facts = PatientFacts(
            birth=None if birth is None else _day(birth, "patient.birth"),
            document=patient.get("document", "id-card"),
            guardian=bool(patient.get("guardian", False)),
            first_visit=bool(patient.get("first_visit", False)),
            groups=frozenset(patient.get("groups", ())),
            phone=self.phone,
        )
        self.sold: dict[str, int] = dict(_dict(history.get("sold", {}), "history.sold"))
        self.conduct: list[Conduct] = [
            _conduct(each, f"history.conduct[{nth}]")
            for nth, each in enumerate(history.get("conduct", ()), 1)
            if counted_by(rules) == "identity" or each.get("phone", self.phone) == self.phone
        ]
        self.bans: list[Ban] = [
            _ban(each, f"history.bans[{nth}]") for nth, each in enumerate(history.get("bans", ()), 1)
        ]
        for nth, each in enumerate(history.get("bookings", ()), 1):
            self._remember(_dict(each, f"history.bookings[{nth}]"), f"history.bookings[{nth}]")

    def _remember(self, raw: dict[str, Any], path: str) -> None:
        """A booking from before: of the patient, of the phone for somebody else (``whose``: phone), or of both."""
        whose = raw.get("whose", "both")
        told = {key: value for key, value in raw.items() if key not in {"whose", "channel", "booked_at"}}
        self.hold(self.offer(told, path), raw.get("channel", "phone"), None, whose)

    def offer(self, raw: Any, path: str) -> Offer:
        told = _dict(raw, path)
        _known(told, OFFER, path)
        start = _time(told.get("start"), f"{path}.start")
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
        found = next((each for each in self.facts.holdings if _same(each, offer)), None)
        if found is None:
            return None
        self.facts = replace(
            self.facts,
            holdings=_without(self.facts.holdings, found),
            phone_holdings=_without(self.facts.phone_holdings, found),
        )
        return found.booked_at

    def booked_at(self, offer: Offer) -> datetime | None:
        return next((each.booked_at for each in self.facts.holdings if _same(each, offer)), None)

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
        return [_told(ban) for ban in made]


def _same(holding: Holding, offer: Offer) -> bool:
    if offer.session > 0:
        return holding.session == offer.session
    return (holding.day, holding.department, holding.doctor) == (offer.day, offer.department, offer.doctor)


def _without(holdings: tuple[Holding, ...], gone: Holding) -> tuple[Holding, ...]:
    return tuple(each for each in holdings if each != gone)


@dataclass(frozen=True, slots=True)
class _Step:
    raw: Mapping[str, Any]
    path: str
    at: datetime
    stage: _Stage

    @property
    def channel(self) -> str:
        return str(self.raw.get("channel", "phone"))

    @property
    def paid(self) -> bool:
        return bool(self.raw.get("paid", False))

    def offer(self, key: str = "offer") -> Offer:
        if key not in self.raw:
            raise NotAScenario(
                f'{self.path}.{key}：要写明是哪个号，例如 {{"start": "2025-07-15 09:00", "department": "内科"}}'
            )
        return self.stage.offer(self.raw.get(key), f"{self.path}.{key}")

    def answer(self, ruling: Ruling, **more: Any) -> Answer:
        return Answer(
            ask=self.raw["ask"], at=self.at, ruling=ruling, more={k: v for k, v in more.items() if v is not None}
        )


def _book(stage: _Stage, step: _Step) -> Answer:
    offer = step.offer()
    ruling = book_ruling(stage.rules, offer, step.channel, stage.asking(step.channel), step.at)
    if not ruling.allowed:
        return step.answer(ruling)
    stage.hold(offer, step.channel, step.at)
    terms = pay_terms(stage.rules, offer, step.channel)
    return step.answer(ruling, pay=terms.when, hold_minutes=terms.hold_minutes if terms.when == "hold" else None)


def _cancel(stage: _Stage, step: _Step) -> Answer:
    offer = step.offer()
    if step.raw.get("by") == "hospital":
        stage.let_go(offer)
        return step.answer(ALLOWED)
    booked = step.raw.get("booked_at")
    at = stage.booked_at(offer) if booked is None else _time(booked, f"{step.path}.booked_at")
    said = cancel_ruling(stage.rules, offer, step.channel, step.at, booked_at=at)
    if not said.ruling.allowed:
        return step.answer(said.ruling)
    stage.let_go(offer)
    bans = stage.enter(said.counts_as, offer, step.at, step.at, step.channel) if said.counts_as else []
    return step.answer(said.ruling, counts_as=said.counts_as, bans=bans or None)


def _change(stage: _Stage, step: _Step) -> Answer:
    old, new = step.offer(), step.offer("to")
    ruling = change_ruling(stage.rules, old, new, step.channel, step.at)
    if ruling.allowed:
        before = stage.facts
        stage.let_go(old)
        ruling = book_ruling(stage.rules, new, step.channel, stage.asking(step.channel), step.at)
        stage.facts = before
    if ruling.allowed:
        stage.let_go(old)
        stage.hold(new, step.channel, step.at)
    return step.answer(ruling)


def _pick_up(stage: _Stage, step: _Step) -> Answer:
    return step.answer(pickup_ruling(stage.rules, step.offer(), step.at, paid=step.paid))


def _late(stage: _Stage, step: _Step) -> Answer:
    """He arrives at the step's moment."""
    offer = step.offer()
    late = lateness(stage.rules, offer, step.at)
    kind = {"on-time": "kept", "late": "late", "noshow": "noshow"}[late.kind]
    bans = stage.enter(kind, offer, offer.start, step.at, step.channel)
    ruling = ALLOWED if late.kind != "noshow" else Ruling(reason=Reason.TOO_LATE, rule="late.grace_minutes")
    return step.answer(ruling, kind=late.kind, behind=late.behind or None, bans=bans or None)


def _no_show(stage: _Stage, step: _Step) -> Answer:
    """He does not come: allowed when it does not count against him."""
    offer = step.offer()
    closing = close_at(stage.rules, offer, paid=step.paid, channel=step.channel)
    if closing is None:
        return step.answer(ALLOWED, counts=False)
    ended = {"ends": _moment(closing.at), "then": closing.then, "counts": closing.counts}
    if not closing.counts:
        return step.answer(ALLOWED, **ended)
    bans = stage.enter("noshow", offer, offer.start, step.at, step.channel)
    return step.answer(Ruling(reason=Reason.TOO_LATE, rule="noshow"), **ended, bans=bans or None)


def _banned(stage: _Stage, step: _Step) -> Answer:
    """Whether a ban stands at the step's moment."""
    offer = step.offer() if "offer" in step.raw else Offer(slot=0, session=0, start=step.at, day=step.at.date())
    stage.bans += new_bans(stage.rules, stage.conduct, stage.bans, step.at)
    ruling = ban_ruling(stage.rules, offer, step.channel, stage.bans, step.at)
    return step.answer(ruling, bans=[_told(ban) for ban in stage.bans] or None)


def _refund(stage: _Stage, step: _Step) -> Answer:
    back = refund_ruling(
        stage.rules,
        step.offer(),
        int(step.raw.get("paid_fen", 0)),
        step.raw.get("ended_by", "patient"),
        step.at,
        step.channel,
    )
    ruling = ALLOWED if back.amount_fen else Ruling(reason=Reason.TOO_LATE, rule="refund")
    by = None if back.deadline is None else str(back.deadline)
    return step.answer(ruling, amount_fen=back.amount_fen, route=back.route, deadline=by)


def _pay(stage: _Stage, step: _Step) -> Answer:
    opens = payment_opens(stage.rules, step.at)
    closed = Ruling(reason=Reason.CLOSED, rule="payment.closed", when=opens)
    return step.answer(ALLOWED if opens == step.at else closed)


def _register(stage: _Stage, step: _Step) -> Answer:
    """The patient's phone is registered: it has so many ``patients``, and his was changed at the moments ``changes``."""
    changes = [_time(each, f"{step.path}.changes[{nth}]") for nth, each in enumerate(step.raw.get("changes", ()), 1)]
    judged = (
        phone_ruling(stage.rules, stage.phone),
        register_ruling(stage.rules, int(step.raw.get("patients", 0))),
        phone_change_ruling(stage.rules, changes, step.at),
    )
    return step.answer(next((ruling for ruling in judged if not ruling.allowed), ALLOWED))


def _days(stage: _Stage, step: _Step) -> Answer:
    days = sale_days(stage.rules, Where(), step.channel, step.at)
    return step.answer(
        ALLOWED,
        first_start=_moment(days.first_start),
        last=str(days.last),
        never=sorted(str(day) for day in days.never),
    )


def _stop(stage: _Stage, step: _Step) -> Answer:
    """The doctor is stopped: what happens to this booking. Nothing is entered against the patient."""
    offer = step.offer()
    terms = stop_terms(stage.rules, Where(campus=offer.campus, department=offer.department, doctor=offer.doctor))
    paid = int(step.raw.get("paid_fen", 0))
    back = refund_ruling(stage.rules, offer, paid, "hospital", step.at, step.channel)
    live = [each for each in stage.facts.holdings if _same(each, offer)]
    stage.let_go(offer)
    counted = sum(each.kind != "kept" for each in stage.conduct)
    return step.answer(
        ALLOWED,
        practice=terms.practice,
        approval=terms.approval,
        notices=len(live),
        counted=counted,
        amount_fen=back.amount_fen,
        route=back.route,
        deadline=None if back.deadline is None else str(back.deadline),
    )


ASKED: dict[str, Callable[[_Stage, _Step], Answer]] = {
    "book": _book,
    "cancel": _cancel,
    "change": _change,
    "pick-up": _pick_up,
    "late": _late,
    "no-show": _no_show,
    "ban": _banned,
    "refund": _refund,
    "pay": _pay,
    "register": _register,
    "days": _days,
    "stop": _stop,
}


def _told(ban: Ban) -> dict[str, Any]:
    until = None if ban.until is None else _moment(ban.until)
    return {"rule": ban.rule, "since": _moment(ban.since), "until": until, "scope": ban.scope, "nth": ban.nth}


def _conduct(raw: Any, path: str) -> Conduct:
    told = _dict(raw, path)
    _known(told, ("kind", "at", "channel", "number_type", "department", "phone"), path)
    return Conduct(
        kind=told.get("kind", "noshow"),
        at=_time(told.get("at"), f"{path}.at"),
        channel=told.get("channel", ""),
        clinic_type=told.get("number_type", ""),
        department=told.get("department", ""),
    )


def _ban(raw: Any, path: str) -> Ban:
    told = _dict(raw, path)
    _known(told, tuple(each.name for each in fields(Ban)), path)
    until = told.get("until")
    return Ban(
        cause=told.get("cause", "manual"),
        since=_time(told.get("since"), f"{path}.since"),
        until=None if until is None else _time(until, f"{path}.until"),
        scope=told.get("scope", "hospital"),
        department=told.get("department", ""),
        rule=told.get("rule", ""),
        nth=told.get("nth", 1),
    )


def _dict(raw: Any, path: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise NotAScenario(f"{path}：应为 {{…}}")
    return raw


def _known(raw: Any, known: tuple[str, ...], path: str) -> None:
    strange = sorted(_dict(raw, path).keys() - set(known))
    if strange:
        raise NotAScenario(f"{path}.{strange[0]}：没有这一项，可用的有 {'、'.join(known)}")


def _time(raw: Any, path: str) -> datetime:
    try:
        return datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        raise NotAScenario(f'{path}：应为时刻，例如 "2025-07-14 14:59"') from None


def _day(raw: Any, path: str) -> date:
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise NotAScenario(f'{path}：应为日期，例如 "2025-07-14"') from None


def _moment(at: datetime) -> str:
    return at.isoformat(" ", "minutes" if not at.second and not at.microsecond else "auto")
