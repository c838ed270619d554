"""A scenario's JSON, read piece by piece: each value of the kind it must be, or NotAScenario with its path; moments and bans as told. Pure."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from booking.rules.facts import Ban, Conduct


class NotAScenario(Exception):
    """Why the JSON tells no situation: a path and what would be right."""


def conduct_of(raw: Any, path: str) -> Conduct:
    told = table(raw, path)
    only(told, ("kind", "at", "channel", "number_type", "department", "phone"), path)
    return Conduct(
        kind=told.get("kind", "noshow"),
        at=time_of(told.get("at"), f"{path}.at"),
        channel=told.get("channel", ""),
        clinic_type=told.get("number_type", ""),
        department=told.get("department", ""),
    )


def ban_of(raw: Any, path: str) -> Ban:
    told = table(raw, path)
    only(told, tuple(each.name for each in fields(Ban)), path)
    until = told.get("until")
    return Ban(
        cause=told.get("cause", "manual"),
        since=time_of(told.get("since"), f"{path}.since"),
        until=None if until is None else time_of(until, f"{path}.until"),
        scope=told.get("scope", "hospital"),
        department=told.get("department", ""),
        rule=told.get("rule", ""),
        nth=told.get("nth", 1),
    )


def ban_told(ban: Ban) -> dict[str, Any]:
    until = None if ban.until is None else moment_text(ban.until)
    return {"rule": ban.rule, "since": moment_text(ban.since), "until": until, "scope": ban.scope, "nth": ban.nth}


def table(raw: Any, path: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise NotAScenario(f"{path}：应为 {{…}}")
    return raw


def only(raw: Any, known: tuple[str, ...], path: str) -> None:
    strange = sorted(table(raw, path).keys() - set(known))
    if strange:
        raise NotAScenario(f"{path}.{strange[0]}：没有这一项，可用的有 {'、'.join(known)}")


def time_of(raw: Any, path: str) -> datetime:
    try:
        return datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        raise NotAScenario(f'{path}：应为时刻，例如 "2025-07-14 14:59"') from None


def day_of(raw: Any, path: str) -> date:
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError):
        raise NotAScenario(f'{path}：应为日期，例如 "2025-07-14"') from None


def moment_text(at: datetime) -> str:
    return at.isoformat(" ", "minutes" if not at.second and not at.microsecond else "auto")
