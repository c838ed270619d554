"""Rule books, numbers and moments in a few words, for tests of the rules. 2025-07-14 is a Monday."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from booking.rules.calendar import Calendar
from booking.rules.facts import Conduct, Holding, Offer
from booking.rules.reading import Faults, read_policy
from booking.rules.rulebook import Maker, RuleBook, rule_book


def book(text: str = "", platform: str | None = None, days: dict[str, bool] | None = None) -> RuleBook:
    """The rules of this TOML; ``days``: named days and whether they are worked."""
    makers = [Maker(policy=_policy(text), version=1)]
    if platform is not None:
        makers.append(Maker(name="platform", policy=_policy(platform), version=1))
    calendar = Calendar({date.fromisoformat(day): works for day, works in (days or {}).items()})
    return rule_book(*makers, calendar=calendar)


def _policy(text: str) -> Any:
    read = read_policy(text)
    assert not isinstance(read, Faults), str(read)
    return read


def at(text: str) -> datetime:
    """``14 09:30`` of July 2025, or a whole moment."""
    return datetime.fromisoformat(text if text[4:5] == "-" else f"2025-07-{text}")


def number(text: str = "15 09:00", **more: Any) -> Offer:
    start = at(text)
    return Offer(**{"slot": 1, "session": 1, "start": start, "day": start.date(), **more})


def held(text: str = "15", session: int = 9, **more: Any) -> Holding:
    return Holding(session=session, day=at(f"{text} 00:00").date(), **more)


def done(kind: str, text: str, **more: Any) -> Conduct:
    return Conduct(kind=kind, at=at(text), **more)
