"""Where doors and jobs find a hospital's rules.

Law: a book once handed out never changes; new rules are a new book, found at the next ``of``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from booking.rules.rulebook import RuleBook


class Rules(Protocol):
    def of(self, hospital: int) -> RuleBook:
        """The rules that hold at this hospital now; no I/O."""
        ...


@dataclass(frozen=True, slots=True)
class StandingRules:
    """One book for every hospital, for ever: tests, benchmarks, the demo."""

    book: RuleBook

    def of(self, hospital: int) -> RuleBook:
        del hospital
        return self.book
