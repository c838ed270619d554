"""Where doors and jobs find a hospital's rules.

Law: a book once handed out never changes; new rules are a new book, found at the next ``of``. What was imported holds from its day
on; where nothing is imported the house's own rules hold. A text that cannot be read changes nothing: what stood, stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from booking.clock import Clock, wall
from booking.rules.calendar import Calendar
from booking.rules.editions import begins
from booking.rules.layers import Policy
from booking.rules.policy import HousePolicy
from booking.rules.reading import Faults, read_policy
from booking.rules.rulebook import Maker, RuleBook, house_policy, rule_book
from booking.store.database import Store
from booking.store.rulebooks import MAKERS, Edition, Kept, thd_rulebooks


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


class Unreadable(Exception):
    """A kept rule book that this program cannot read: a newer one wrote it."""


class StoredRules:
    """The rules as the store keeps them. ``take`` them once before anybody asks; ``refresh`` is a job's body."""

    def __init__(self, store: Store, clock: Clock, house: HousePolicy = HousePolicy()) -> None:  # noqa: B008 (frozen)
        self._store = store
        self._clock = clock
        self._house = Maker(policy=house_policy(house))
        self._policies: dict[int, Policy] = {}
        self._editions: tuple[Edition, ...] = ()
        self._holidays: Mapping[int, Mapping[date, bool]] = {}
        self._books: dict[tuple[int, date], RuleBook] = {}

    async def refresh(self) -> None:
        """Reads what was imported since; a running process follows within one round of the job."""
        self.take(await self._store.look(thd_rulebooks, frozenset(self._policies), name="rulebooks"))

    def take(self, kept: Kept) -> None:
        """From now on these hold."""
        policies = self._policies | {number: _read(text) for number, text in kept.texts.items()}
        if (kept.editions, kept.holidays) != (self._editions, self._holidays):
            self._policies, self._editions, self._holidays = policies, kept.editions, kept.holidays
            self._books = {}

    def of(self, hospital: int) -> RuleBook:
        today = wall(self._clock).date()
        book = self._books.get((hospital, today))
        if book is None:
            book = self._bind(hospital, today)
            self._books = {key: kept for key, kept in self._books.items() if key[1] == today} | {
                (hospital, today): book
            }
        return book

    def policy_on(self, hospital: int, maker: str, day: date) -> Policy | None:
        """What this maker says that holds on this day; None where he says nothing."""
        mine = [each for each in self._editions if each.hospital == hospital and each.from_day <= day]
        found = self._maker(maker, mine)
        return None if found is None else found.policy

    def _bind(self, hospital: int, today: date) -> RuleBook:
        mine = [each for each in self._editions if each.hospital == hospital and each.from_day <= today]
        found = [self._maker(name, mine) for name in MAKERS]
        makers = (found[0] or self._house, *(each for each in found[1:] if each is not None))
        return rule_book(*makers, calendar=Calendar(self._holidays.get(hospital, {})))

    def _maker(self, name: str, editions: Sequence[Edition]) -> Maker | None:
        """The latest of this maker's: by the day from which it holds, then by its number. Where the texts name no day, a rule counts
        conduct from the day on which it was new: an edition that only says it again begins no count anew.
        """
        of_maker = sorted(
            (each for each in editions if each.maker == name), key=lambda each: (each.from_day, each.version)
        )
        if not of_maker:
            return None
        newest = of_maker[-1]
        since = begins((each.from_day, self._policies[each.id]) for each in of_maker)
        return Maker(name=name, version=newest.version, policy=self._policies[newest.id], begins=since)


def _read(text: str) -> Policy:
    read = read_policy(text)
    if isinstance(read, Faults):
        raise Unreadable(str(read))
    return read
