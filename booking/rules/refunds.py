"""How much of what was paid comes back, which way, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from booking.rules.facts import Offer
from booking.rules.rulebook import Held, RuleBook

Route = Literal["original", "window", "none"]
_ROUTES: tuple[Route, ...] = ("none", "window", "original")
IN_FULL = frozenset({"hospital", "expired", "changed"})
"""Ended by the hospital, paid after the hold was over, or moved to another number: nothing is kept and no deadline has passed."""
UNUSED = frozenset({"void", "noshow"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRuling:
    """``deadline``: the day by which it must have been paid back; None where no day is promised."""

    amount_fen: int
    route: Route
    deadline: date | None


def refund_ruling(  # noqa: PLR0917 (the contract of several callers)
    rules: RuleBook, offer: Offer, paid_fen: int, ended_by: str, now: datetime, channel: str = ""
) -> RefundRuling:
    """``ended_by``: patient, agent, hospital, expired, changed, void or noshow. Of two makers: the less, the nearer promise."""
    each = [_by(held, offer, paid_fen, ended_by, now) for held in rules.of(offer, channel)]
    route = min((ruling.route for ruling in each), key=_ROUTES.index)
    amount = 0 if route == "none" else min(ruling.amount_fen for ruling in each)
    if not amount:
        return RefundRuling(amount_fen=0, route="none", deadline=None)
    promised = [ruling.deadline for ruling in each if ruling.deadline is not None]
    return RefundRuling(amount_fen=amount, route=route, deadline=min(promised, default=None))


def _by(held: Held, offer: Offer, paid_fen: int, ended_by: str, now: datetime) -> RefundRuling:
    refund = held.terms.refund
    by = None if refund.workdays is None else held.calendar.after(now.date(), refund.workdays)
    if ended_by in IN_FULL:
        return RefundRuling(amount_fen=paid_fen, route="original", deadline=by)
    amount = max(paid_fen - refund.fee_kept_fen, 0)
    if ended_by in UNUSED:
        return RefundRuling(amount_fen=amount, route=_route(refund.unused), deadline=by)
    late = refund.deadline is not None and now >= held.moment(refund.deadline, offer)
    return RefundRuling(amount_fen=amount, route=_route(refund.after if late else refund.route), deadline=by)


def _route(name: str) -> Route:
    return _ROUTES[_ROUTES.index(name)]
