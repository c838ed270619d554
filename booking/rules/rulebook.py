"""All the rules that hold at one hospital today, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

from booking.rules.calendar import Calendar
from booking.rules.policy import HousePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """``version`` names it in audit rows and decisions."""

    version: str
    calendar: Calendar = field(default_factory=Calendar)
    house: HousePolicy = HousePolicy()


def house_rules(policy: HousePolicy = HousePolicy()) -> RuleBook:  # noqa: B008 (frozen)
    """The rules of a hospital that has imported none: those of ``[policy]`` in the configuration."""
    return RuleBook(version="house", house=policy)
