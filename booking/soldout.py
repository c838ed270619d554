"""What is sold out, remembered for a moment, so that a rush for one doctor does not ask the database a thousand times a second.

Law of this module: memory only ever refuses; it never costs anybody a number for longer than ``LATE_S``. An entry lives while the
stock's version is the one under which its number was found taken, and that version was asked not longer ago than ``LATE_S``; past
its short life, under other rules or when the clock ran back it is none. Who may hold a number of that doctor's day goes to the
database, which knows his booking; so does a request that may have been granted before, for it came from such a phone. Whoever is
told from memory that it is full might have been told another refusal. Pure: time comes in as seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking.outcomes import Full
from booking.rules.rulebook import RuleBook

CHECK_S = 0.1
"""How old the version may be before it is asked again."""
LATE_S = 0.3
"""How old it may be at most: then memory is empty."""
WITH_OTHERS_S, WITHOUT_S = 1.0, 5.0
"""How long an entry lives that tells of other times (which are sold, too, and not given back only), and one that tells of none."""
RUSH = 8
"""So many must be refused in a batch before it is worth remembering."""
ENTRIES_MOST = 10_000

Wish = tuple[str, datetime, str]
"""A doctor's number, a start, a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What everybody is told but those ``phones`` (prints) and ``patients`` (row ids) who may hold a number there."""

    outcome: Full
    phones: frozenset[bytes]
    patients: frozenset[int]
    rules: RuleBook
    stock: int
    until: float


def life_s(outcome: Full) -> float:
    """How long what was told may be told again."""
    return WITH_OTHERS_S if outcome.open else WITHOUT_S


class SoldOut:
    """The memory of one hospital in one process."""

    def __init__(self) -> None:
        self._gone: dict[Wish, Gone] = {}
        self._stock = 0
        self._asked = 0.0

    def __len__(self) -> int:
        return len(self._gone)

    def remember(self, wish: Wish, gone: Gone, asked: float) -> None:
        """The number was found taken after the version ``gone.stock`` had been read; ``asked`` is when that was."""
        if gone.stock < self._stock:  # something was freed meanwhile
            return
        if gone.stock > self._stock or len(self._gone) >= ENTRIES_MOST:
            self._gone.clear()
        self._stock = gone.stock
        self._asked = max(self._asked, asked) if self._gone else asked
        self._gone[wish] = gone

    def find(self, wish: Wish, rules: RuleBook, now: float) -> Gone | None:
        """What is remembered of it, and may still be told."""
        if not self._gone:
            return None
        if not 0.0 <= now - self._asked <= LATE_S:
            self._gone.clear()
            return None
        gone = self._gone.get(wish)
        if gone is None or gone.rules is not rules or now >= gone.until:
            return None
        return gone

    def wants_check(self, now: float) -> bool:
        """Whether the version should be asked now."""
        return bool(self._gone) and now - self._asked >= CHECK_S

    def checked(self, stock: int, asked: float) -> None:
        """The version was read; ``asked`` is when that was begun."""
        if stock != self._stock:
            self._gone.clear()
        self._stock = max(stock, self._stock)
        self._asked = max(self._asked, asked)

    def forget(self) -> None:
        """Something was freed here."""
        self._gone.clear()
