"""How long to wait before the next attempt to bind: exponential, jittered, capped. Pure but for the injected dice.

The first wait is at most half a second, so that a dropped link is back at once; only a bind that held resets the row. A
refusal that hurrying cannot cure (already bound, wrong password) waits at least five seconds: the operator's side must
first notice that the old session is dead, or a person must mend the configuration.
"""

from __future__ import annotations

import random
from typing import Final

FIRST: Final = 0.5
CAP: Final = 30.0
_REFUSED_LEAST: Final = 5.0


class Backoff:
    def __init__(self, rng: random.Random, *, first: float = FIRST, cap: float = CAP) -> None:
        self._rng = rng
        self._first = first
        self._cap = cap
        self._next = first

    def wait(self, *, hopeless: bool = False) -> float:
        """Seconds before the next attempt, and lengthens the one after it."""
        longest = max(self._next, _REFUSED_LEAST * 2) if hopeless else self._next
        self._next = min(self._next * 2, self._cap)
        return longest * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Bound: the next loss is retried at once."""
        self._next = self._first
