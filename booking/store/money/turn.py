"""What surrounds one change of money: whose books, when, by which rules, asked by whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from booking.rules.payment import payment_opens
from booking.rules.rulebook import RuleBook
from booking.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """``at`` in UTC and ``wall`` on the hospital's clock are one moment; ``clerk`` where a person at the window did it.
    ``vault`` seals the texts that tell of money: whoever may owe it back has one.
    """

    hospital: int
    at: datetime
    wall: datetime
    rules: RuleBook
    trace: str
    actor: str = ""
    clerk: str = ""
    vault: Vault | None = field(default=None, repr=False)

    @property
    def day(self) -> date:
        """The business day that this belongs to."""
        return self.wall.date()

    @property
    def payment_opens(self) -> datetime:
        """In UTC: now, or when the closed hours of payment end."""
        return self.at + (payment_opens(self.rules, self.wall) - self.wall)
