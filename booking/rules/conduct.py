"""Which bans follow from what a patient did: no-shows, late arrivals, cancels. Hospital-caused endings are never entered.

Law: a rule reads the whole history, oldest first, as if it had judged after each event; so a ban is the same whenever it is asked
for, and one that stands already (same rule, same beginning) is never given twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from booking.rules.facts import Ban, Conduct
from booking.rules.moments import FOREVER, Span
from booking.rules.policy import BanRule
from booking.rules.rulebook import Maker, RuleBook

_ALSO = {"noshow": ("late-cancel",), "cancel": ("same-day-cancel", "grab")}
"""A late cancel that was accepted is a no-show; a cancel of the day or right after booking is a cancel all the same."""
_NO_SHOWS = frozenset({"noshow", "late", "late-cancel"})


def new_bans(rules: RuleBook, history: Sequence[Conduct], standing: Sequence[Ban], now: datetime) -> tuple[Ban, ...]:
    """The bans that the history earns and ``standing`` (past ones included) does not hold yet. The whole history, in any order."""
    events = sorted(
        (each for each in history if each.at <= now), key=lambda each: (each.at, each.appointment, each.kind)
    )
    earned = [ban for name, rule, maker in rules.bans() for ban in _earned(name, rule, maker, events, standing)]
    known = {(ban.rule, ban.since) for ban in standing}
    return tuple(ban for ban in earned if (ban.rule, ban.since) not in known and (ban.until is None or now < ban.until))


def counted_by(rules: RuleBook) -> Literal["identity", "phone"]:
    """Whether conduct adds up by identity number or by phone (the account of whoever calls or texts); of two makers, by identity."""
    said = {maker.policy.base.noshow.counted_by for maker in rules.makers}
    return "identity" if "identity" in said else "phone"


def _earned(
    name: str, rule: BanRule, maker: Maker, events: Sequence[Conduct], standing: Sequence[Ban]
) -> Iterator[Ban]:
    since_day = maker.counts_from(name.removeprefix(maker.prefix), rule)
    kinds = {kind for each in rule.counts for kind in (each, *_ALSO.get(each, ()))}
    counted: list[Conduct] = []
    given = {ban.since for ban in standing if ban.rule == name}
    for event in events:
        if event.at.date() < since_day:
            continue
        if event.kind not in kinds:
            if event.kind in {"kept", "late"} and rule.window == "consecutive":
                counted.clear()
            continue
        if not _concerns(rule, event):
            continue
        counted.append(event)
        within = _window(rule, counted)
        if len(within) >= rule.count + (rule.compare == ">"):
            since = within[0].at if rule.start == "first" else event.at
            ban = _ban(name, rule, event, since, nth=1 + sum(each < since for each in given))
            given.add(since)
            yield ban
            if rule.after_ban == "afresh":
                counted.clear()


def _concerns(rule: BanRule, event: Conduct) -> bool:
    return (
        (not rule.channels or event.channel in rule.channels)
        and (not rule.number_types or event.clinic_type in rule.number_types)
        and (not rule.departments or event.department in rule.departments)
    )


def _window(rule: BanRule, counted: list[Conduct]) -> list[Conduct]:
    """Those of the counted events that count together with the newest."""
    newest = counted[-1].at
    match rule.window:
        case "rolling":
            span = rule.span or Span(1, "months")
            return [each for each in counted if newest < span.after(each.at)]
        case "first":
            return _from_first(rule.span or Span(1, "months"), counted)
        case "month":
            return [each for each in counted if _month(each.at) == _month(newest)]
        case "half-year":
            return [each for each in counted if _half_year(each.at) == _half_year(newest)]
        case "year":
            return [each for each in counted if each.at.year == newest.year]
        case _:
            return counted


def _from_first(span: Span, counted: list[Conduct]) -> list[Conduct]:
    """The events of the window that the first one opened; the first event after a window opens the next."""
    first = 0
    for place, each in enumerate(counted):
        if each.at >= span.after(counted[first].at):
            first = place
    return counted[first:]


def _month(at: datetime) -> tuple[int, int]:
    return at.year, at.month


def _half_year(at: datetime) -> tuple[int, bool]:
    return at.year, at.month > 6


def _ban(name: str, rule: BanRule, event: Conduct, since: datetime, *, nth: int) -> Ban:
    until = _until(rule, since, nth)
    return Ban(
        cause="no-show" if not _NO_SHOWS.isdisjoint(rule.counts) else "cancels",
        since=since,
        until=None if until == FOREVER else until,
        scope=rule.scope,
        department=event.department if rule.scope == "department" else "",
        rule=name,
        nth=nth,
    )


def _until(rule: BanRule, since: datetime, nth: int) -> datetime:
    """The ladder's step; after its last one that again, or as much more each time as the last step was longer than the one before."""
    ladder = rule.ban
    if nth <= len(ladder):
        return ladder[nth - 1].after(since)
    last = ladder[-1]
    if rule.after_last == "repeat" or len(ladder) < 2 or last.unit != ladder[-2].unit:
        return last.after(since)
    step = last.count - ladder[-2].count
    return Span(last.count + step * (nth - len(ladder)), last.unit).after(since)
