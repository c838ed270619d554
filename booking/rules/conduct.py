"""Which bans follow from what a patient did: no-shows, late arrivals, cancels. Hospital-caused endings are never entered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from booking.rules.facts import Ban, Conduct
from booking.rules.rulebook import RuleBook


def new_bans(rules: RuleBook, history: Sequence[Conduct], standing: Sequence[Ban], now: datetime) -> tuple[Ban, ...]:
    """The bans that the history earns and ``standing`` (past ones included) does not hold yet. The whole history, oldest first."""
    del rules, history, standing, now
    return ()


def counted_by(rules: RuleBook) -> Literal["identity", "phone"]:
    """Whether conduct adds up by identity number or by phone."""
    del rules
    return "identity"
