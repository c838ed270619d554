"""Whether a ban that stands keeps the patient from this number: its scope, its time, and what stays open all the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from booking.rules.facts import Ban, Offer
from booking.rules.moments import FOREVER
from booking.rules.rulebook import RuleBook
from booking.rules.ruling import ALLOWED, Reason, Ruling


def ban_ruling(rules: RuleBook, offer: Offer, channel: str, bans: Sequence[Ban], now: datetime) -> Ruling:
    """Of several bans the one that ends last is told."""
    against = [ban for ban in bans if _stands(ban, now) and _concerns(rules, ban, offer, channel)]
    if not against:
        return ALLOWED
    last = max(against, key=lambda ban: (ban.until or FOREVER, ban.rule, ban.cause, ban.since))
    return Ruling(reason=Reason.BLACKLISTED, rule=last.rule or last.cause, when=last.until, scope=last.scope)


def _stands(ban: Ban, now: datetime) -> bool:
    return ban.since <= now and (ban.until is None or now < ban.until)


def _concerns(rules: RuleBook, ban: Ban, offer: Offer, channel: str) -> bool:
    if ban.scope == "department" and ban.department != offer.department:
        return False
    opened = _open(rules, ban)
    return channel not in opened and offer.clinic_type not in opened


def _open(rules: RuleBook, ban: Ban) -> tuple[str, ...]:
    """What stays open: by the rule that banned, or for bans by hand what every maker leaves open."""
    for name, rule, _ in rules.bans():
        if name == ban.rule:
            return rule.open
    open_to = [maker.policy.base.blacklist.open for maker in rules.makers]
    return tuple(each for each in open_to[0] if all(each in other for other in open_to))
