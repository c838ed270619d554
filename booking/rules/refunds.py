"""How much of what was paid comes back, which way, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from booking.rules.facts import Offer
from booking.rules.rulebook import RuleBook

Route = Literal["original", "window", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRuling:
    """``deadline``: the day by which it must have been paid back; None where no day is promised."""

    amount_fen: int
    route: Route
    deadline: date | None


def refund_ruling(rules: RuleBook, offer: Offer, paid_fen: int, ended_by: str, now: datetime) -> RefundRuling:
    """``ended_by``: patient, agent, hospital, expired, changed, void or noshow."""
    del rules, offer, now
    if ended_by in {"void", "noshow"} or not paid_fen:
        return RefundRuling(amount_fen=0, route="none", deadline=None)
    return RefundRuling(amount_fen=paid_fen, route="original", deadline=None)
