"""What becomes of a text after one try to send it: settled, tried again at a time, or given up.

Law: the kind decides what an unknown outcome means (the link was lost, or no response came in time, while the SMSC may or may not
have taken it). Answers and anything about one's own booking are worth hearing twice with the same words, so they are sent
again; notices to many are not, so they are given up. A text for which the SMSC asks patience waits longer each time; a permanent refusal is believed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

ONCE_AT_MOST = frozenset({"notice", "reminder", "bulk"})
ATTEMPTS_MAX = 8
_FIRST_WAIT_SECONDS = 5.0
_WAIT_SECONDS_MAX = 900.0


@dataclass(frozen=True, slots=True)
class TryAgain:
    """``due`` in UTC without a zone, as the outbox keeps it."""

    due: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """``error``: a few fixed words, fit for a metric's label."""

    error: str


def after_refusal(
    *, temporary: bool, status: int, attempts: int, now: datetime, rng: random.Random
) -> TryAgain | GiveUp:
    """The SMSC said no with ``status``; ``attempts`` counts the tries before this one."""
    if not temporary:
        return GiveUp(f"refused {status:#x}")
    if attempts + 1 >= ATTEMPTS_MAX:
        return GiveUp("refused too often")
    return TryAgain(now + _wait(attempts, rng))


def after_silence(*, kind: str, attempts: int, now: datetime) -> TryAgain | GiveUp:
    """The outcome is unknown: nobody can tell whether the text was taken."""
    if kind in ONCE_AT_MOST:
        return GiveUp("outcome unknown")
    if attempts + 1 >= ATTEMPTS_MAX:
        return GiveUp("no answer too often")
    return TryAgain(now)


def _wait(attempts: int, rng: random.Random) -> timedelta:
    """5, 10, 20 … seconds, capped at 15 minutes, up to a quarter more or less so that a backlog does not come back as one wave."""
    seconds = min(_FIRST_WAIT_SECONDS * 2.0**attempts, _WAIT_SECONDS_MAX)
    return timedelta(seconds=seconds * rng.uniform(0.75, 1.25))
