"""How one edition of a maker's rules follows another: from which day each ban rule counts, and which rules came and went.

Law: a ban rule is known by its name. An edition that says a known rule again begins no count anew; a rule of a new name is a new
rule, and begins with its edition. Where a text names a day (the rule's ``from`` or the file's), that day holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from booking.rules.layers import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """Ban rules by name: ``gone`` count and ban no more, ``new`` begin to count."""

    gone: tuple[str, ...]
    new: tuple[str, ...]


def begins(editions: Iterable[tuple[date, Policy]]) -> tuple[tuple[str, date], ...]:
    """From which day the rules of the last of these editions count; each edition with the day from which it holds, oldest first."""
    known: dict[str, date] = {}
    for from_day, policy in editions:
        known = {name: rule.from_ or policy.from_ or known.get(name) or from_day for name, rule in policy.bans()}
    return tuple(known.items())


def succession(before: Policy, after: Policy) -> Succession:
    """What becomes of the ban rules when ``after`` takes the place of ``before``."""
    old, new = ([name for name, _ in each.bans()] for each in (before, after))
    return Succession(
        gone=tuple(name for name in old if name not in new), new=tuple(name for name in new if name not in old)
    )
