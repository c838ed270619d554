"""Until when a booking may be given back or moved, and what giving it back counts as."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from booking.rules.facts import Offer
from booking.rules.moments import NEVER
from booking.rules.onsale import slot_ruling
from booking.rules.rulebook import Held, RuleBook
from booking.rules.ruling import ALLOWED, CancelRuling, Reason, Ruling, settled

CANCELS = frozenset({"cancel", "same-day-cancel", "grab"})


def cancel_ruling(
    rules: RuleBook, offer: Offer, channel: str, now: datetime, *, booked_at: datetime | None = None
) -> CancelRuling:
    """Whether the patient may still give the booking back; ``booked_at`` (on the wall) shows one that was grabbed and let go."""
    everyone = rules.of(offer, channel, now.date())
    late = False
    for held in everyone:
        ends = held.moment(held.terms.cancel.deadline, offer)
        if now < ends:
            continue
        if ends == NEVER:
            return CancelRuling(ruling=Ruling(reason=Reason.NEVER_CANCELLED, rule=held.label("cancel.deadline")))
        if held.terms.cancel.late == "refused" or now >= offer.start:
            return CancelRuling(ruling=Ruling(reason=Reason.TOO_LATE_TO_CANCEL, rule=held.label("cancel.deadline")))
        late = True
    return CancelRuling(
        ruling=ALLOWED, counts_as="late-cancel" if late else _counts_as(rules, everyone, offer, now, booked_at)
    )


def _counts_as(
    rules: RuleBook, everyone: tuple[Held, ...], offer: Offer, now: datetime, booked_at: datetime | None
) -> str | None:
    """The most particular kind that some rule counts; None when no rule counts cancels."""
    counted = {kind for _, rule, _ in rules.bans() for kind in rule.counts}
    if counted.isdisjoint(CANCELS):
        return None
    if "grab" in counted and any(_grabbed(held, now, booked_at) for held in everyone):
        return "grab"
    return "same-day-cancel" if now.date() == offer.day else "cancel"


def _grabbed(held: Held, now: datetime, booked_at: datetime | None) -> bool:
    minutes = held.terms.cancel.grab_minutes
    return minutes is not None and booked_at is not None and now - booked_at < timedelta(minutes=minutes)


def cancel_until(rules: RuleBook, offer: Offer, channel: str) -> datetime | None:
    """From when on giving the booking back is refused; None when it never can be."""
    ends = [_ends(held, offer) for held in rules.of(offer, channel)]
    return None if NEVER in ends else min(ends)


def _ends(held: Held, offer: Offer) -> datetime:
    ends = held.moment(held.terms.cancel.deadline, offer)
    if ends == NEVER or held.terms.cancel.late == "refused":
        return ends
    return max(ends, offer.start)


def change_ruling(rules: RuleBook, old: Offer, new: Offer, channel: str, now: datetime) -> Ruling:
    """Whether a booking may be moved: bookings can be changed, the old one could be given back and the new one is on sale."""

    def judge(at: datetime) -> Ruling:
        for held in rules.of(old, channel, at.date()):
            if not held.terms.change.allowed:
                return Ruling(reason=Reason.NEVER_CANCELLED, rule=held.label("change.allowed"))
        given = cancel_ruling(rules, old, channel, at).ruling
        return slot_ruling(rules, new, channel, at) if given.allowed else replace(given, when=None)

    return settled(judge, now)
