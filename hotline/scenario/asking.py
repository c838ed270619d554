"""What a step may ask, each put to the very rule that the store asks; what it brings about is told to the stage."""

from __future__ import annotations

from collections.abc import Callable

from booking.rules.arrival import close_at, lateness, pickup_ruling
from booking.rules.cancelling import cancel_ruling, change_ruling
from booking.rules.conduct import new_bans
from booking.rules.facts import Offer, Where
from booking.rules.onsale import book_ruling, sale_days
from booking.rules.payment import pay_terms, payment_opens
from booking.rules.refunds import refund_ruling
from booking.rules.registering import phone_change_ruling, phone_ruling, register_ruling
from booking.rules.ruling import ALLOWED, Reason, Ruling
from booking.rules.service import stop_terms
from booking.rules.standing import ban_ruling
from hotline.scenario.reading import ban_told, moment_text, time_of
from hotline.scenario.stage import Stage, same_session
from hotline.scenario.step import Answer, Step


def _book(stage: Stage, step: Step) -> Answer:
    offer = step.offer()
    ruling = book_ruling(stage.rules, offer, step.channel, stage.asking(step.channel), step.at)
    if not ruling.allowed:
        return step.answer(ruling)
    stage.hold(offer, step.channel, step.at)
    terms = pay_terms(stage.rules, offer, step.channel)
    return step.answer(ruling, pay=terms.when, hold_minutes=terms.hold_minutes if terms.when == "hold" else None)


def _cancel(stage: Stage, step: Step) -> Answer:
    offer = step.offer()
    if step.raw.get("by") == "hospital":
        stage.let_go(offer)
        return step.answer(ALLOWED)
    booked = step.raw.get("booked_at")
    at = stage.booked_at(offer) if booked is None else time_of(booked, f"{step.path}.booked_at")
    said = cancel_ruling(stage.rules, offer, step.channel, step.at, booked_at=at)
    if not said.ruling.allowed:
        return step.answer(said.ruling)
    stage.let_go(offer)
    bans = stage.enter(said.counts_as, offer, step.at, step.at, step.channel) if said.counts_as else []
    return step.answer(said.ruling, counts_as=said.counts_as, bans=bans or None)


def _change(stage: Stage, step: Step) -> Answer:
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


def _pick_up(stage: Stage, step: Step) -> Answer:
    return step.answer(pickup_ruling(stage.rules, step.offer(), step.at, paid=step.paid))


def _late(stage: Stage, step: Step) -> Answer:
    """He arrives at the step's moment."""
    offer = step.offer()
    late = lateness(stage.rules, offer, step.at)
    kind = {"on-time": "kept", "late": "late", "noshow": "noshow"}[late.kind]
    bans = stage.enter(kind, offer, offer.start, step.at, step.channel)
    ruling = ALLOWED if late.kind != "noshow" else Ruling(reason=Reason.TOO_LATE, rule="late.grace_minutes")
    return step.answer(ruling, kind=late.kind, behind=late.behind or None, bans=bans or None)


def _no_show(stage: Stage, step: Step) -> Answer:
    """He does not come: allowed when it does not count against him."""
    offer = step.offer()
    closing = close_at(stage.rules, offer, paid=step.paid, channel=step.channel)
    if closing is None:
        return step.answer(ALLOWED, counts=False)
    ended = {"ends": moment_text(closing.at), "then": closing.then, "counts": closing.counts}
    if not closing.counts:
        return step.answer(ALLOWED, **ended)
    bans = stage.enter("noshow", offer, offer.start, step.at, step.channel)
    return step.answer(Ruling(reason=Reason.TOO_LATE, rule="noshow"), **ended, bans=bans or None)


def _banned(stage: Stage, step: Step) -> Answer:
    """Whether a ban stands at the step's moment."""
    offer = step.offer() if "offer" in step.raw else Offer(slot=0, session=0, start=step.at, day=step.at.date())
    stage.bans += new_bans(stage.rules, stage.conduct, stage.bans, step.at)
    ruling = ban_ruling(stage.rules, offer, step.channel, stage.bans, step.at)
    return step.answer(ruling, bans=[ban_told(ban) for ban in stage.bans] or None)


def _refund(stage: Stage, step: Step) -> Answer:
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


def _pay(stage: Stage, step: Step) -> Answer:
    opens = payment_opens(stage.rules, step.at)
    closed = Ruling(reason=Reason.CLOSED, rule="payment.closed", when=opens)
    return step.answer(ALLOWED if opens == step.at else closed)


def _register(stage: Stage, step: Step) -> Answer:
    """The patient's phone is registered: it has so many ``patients``, and his was changed at the moments ``changes``."""
    changes = [time_of(each, f"{step.path}.changes[{nth}]") for nth, each in enumerate(step.raw.get("changes", ()), 1)]
    judged = (
        phone_ruling(stage.rules, stage.phone),
        register_ruling(stage.rules, int(step.raw.get("patients", 0))),
        phone_change_ruling(stage.rules, changes, step.at),
    )
    return step.answer(next((ruling for ruling in judged if not ruling.allowed), ALLOWED))


def _days(stage: Stage, step: Step) -> Answer:
    days = sale_days(stage.rules, Where(), step.channel, step.at)
    return step.answer(
        ALLOWED,
        first_start=moment_text(days.first_start),
        last=str(days.last),
        never=sorted(str(day) for day in days.never),
    )


def _stop(stage: Stage, step: Step) -> Answer:
    """The doctor is stopped: what happens to this booking. Nothing is entered against the patient."""
    offer = step.offer()
    terms = stop_terms(stage.rules, Where(campus=offer.campus, department=offer.department, doctor=offer.doctor))
    paid = int(step.raw.get("paid_fen", 0))
    back = refund_ruling(stage.rules, offer, paid, "hospital", step.at, step.channel)
    live = [each for each in stage.facts.holdings if same_session(each, offer)]
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


ASKED: dict[str, Callable[[Stage, Step], Answer]] = {
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
