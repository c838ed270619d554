"""Until when a booking may be given back or moved, and what a late one counts as."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.rules.facts import Offer
from booking.rules.onsale import slot_ruling
from booking.rules.rulebook import RuleBook
from booking.rules.ruling import ALLOWED, CancelRuling, Reason, Ruling


def cancel_ruling(
    rules: RuleBook, offer: Offer, channel: str, now: datetime, *, booked_at: datetime | None = None
) -> CancelRuling:
    """Whether the patient may still give the booking back; ``booked_at`` (on the wall) shows one that was grabbed and let go."""
    del channel, booked_at
    if now < offer.start - timedelta(minutes=rules.house.cancel_minutes_before):
        return CancelRuling(ruling=ALLOWED)
    return CancelRuling(ruling=Ruling(reason=Reason.TOO_LATE_TO_CANCEL, rule="cancel.deadline"))


def change_ruling(rules: RuleBook, old: Offer, new: Offer, channel: str, now: datetime) -> Ruling:
    """Whether a booking may be moved: the old one could be given back and the new one is on sale."""
    given = cancel_ruling(rules, old, channel, now).ruling
    return slot_ruling(rules, new, channel, now) if given.allowed else given
