"""Time comes in from outside: events in UTC, clinic times as the hospital's wall clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

HOSPITAL_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    def utc(self) -> datetime:
        """Now, as an aware datetime in UTC."""
        ...


def wall(clock: Clock) -> datetime:
    """Now on the hospital's wall, without a zone: what a slot's start is compared with."""
    return clock.utc().astimezone(HOSPITAL_ZONE).replace(tzinfo=None)


def naive_utc(clock: Clock) -> datetime:
    """Now as it is stored in ``*_at`` columns: UTC without a zone, whole microseconds."""
    return clock.utc().astimezone(UTC).replace(tzinfo=None)


def on_wall(at: datetime) -> datetime:
    """What the hospital's wall showed at a stored ``*_at`` moment."""
    return at.replace(tzinfo=UTC).astimezone(HOSPITAL_ZONE).replace(tzinfo=None)


def stored(moment: datetime) -> datetime:
    """A moment on the hospital's wall as ``*_at`` columns store it."""
    return moment.replace(tzinfo=HOSPITAL_ZONE).astimezone(UTC).replace(tzinfo=None)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands until it is set: for tests, ``hotline parse --now`` and replays."""

    at: datetime

    def utc(self) -> datetime:
        return self.at.astimezone(UTC)

    @classmethod
    def at_wall(cls, text: str) -> FixedClock:
        """``FixedClock.at_wall("2026-07-14 09:00")``: that moment on the hospital's wall."""
        return cls(datetime.fromisoformat(text).replace(tzinfo=HOSPITAL_ZONE))
