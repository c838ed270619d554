"""What a batch is judged by, and when."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from booking.rules.rulebook import RuleBook


def _nobody_waits() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a batch is judged by: hospital, rules, now (wall clock and UTC), and where codes are drawn from. ``locked`` is called, in
    the store's thread, when the batch holds its locks: from then on a later one cannot come before it. ``threads``: whether it may use some.
    """

    hospital: int
    rules: RuleBook
    now: datetime
    now_utc: datetime
    rng: random.Random
    locked: Callable[[], None] = _nobody_waits
    threads: bool = False
