"""Waiting for what must happen: looked at often, given up late, so that a busy machine changes how long it takes and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds: far more than anything takes. Where a time is itself a promise, the test says it."""


def wait_until(
    what: Callable[[], T], seconds: float = PATIENCE, why: str | Callable[[], object] = "", every: float = 0.02
) -> T:
    """The first true answer of ``what``; AssertionError that says ``why`` when none comes."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < end, why() if callable(why) else why or f"not within {seconds} s"
        time.sleep(every)
    return answer
