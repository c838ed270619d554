"""How fast PDUs may leave: a token bucket that an operator's "too fast" slows down. Pure: ``now`` is an argument, in seconds.

It counts PDUs, not messages: a text of three parts spends three. Told to slow down, everything pauses, the rate is halved
(never below one a second) and climbs back by a fiftieth of the agreed rate with each PDU that is taken, so that it
settles just under what the operator really allows. Several complaints about one burst count as one.
"""

from __future__ import annotations

from typing import Final

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 16.0
_LEAST_RATE: Final = 1.0

_NEARLY: Final = 1 - 1e-6  # a wait too short for the clock to show would be asked for ever


class Pace:
    """``rate`` in PDUs per second; 0 means no limit until the operator complains. In any second at most ``rate`` + 1 leave."""

    def __init__(self, rate: float, now: float) -> None:
        self._agreed = rate
        self._rate = rate or float("inf")
        self._tokens = self._room
        self._at = now
        self._paused_until = now
        self._pause = _FIRST_PAUSE
        self._taken_lately = 0

    @property
    def rate(self) -> float:
        """PDUs per second just now; infinity when there is no limit."""
        return self._rate

    @property
    def _room(self) -> float:
        return max(1.0, self._rate / 20)

    def wait(self, now: float) -> float:
        """Seconds until the next PDU may leave; 0 means now."""
        if now < self._paused_until:
            return self._paused_until - now
        self._fill(now)
        if self._tokens > _NEARLY:
            return 0.0
        return (1 - self._tokens) / self._flow

    def spend(self) -> None:
        """A PDU leaves. Ask ``wait`` first."""
        self._tokens -= 1
        self._taken_lately += 1

    def throttled(self, now: float) -> None:
        """The operator said: too fast."""
        if now < self._paused_until:
            return
        if self._rate == float("inf"):
            self._rate = float(max(2 * self._taken_lately, 100))
        self._rate = max(self._rate / 2, _LEAST_RATE)
        self._paused_until = now + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        self._tokens, self._at = 1.0, self._paused_until

    def taken(self) -> None:
        """The operator took a PDU."""
        self._pause = _FIRST_PAUSE
        if self._agreed:
            self._rate = min(self._rate + self._agreed / 50, self._agreed)
        else:
            self._rate += 1

    @property
    def _flow(self) -> float:
        # What is saved up counts against the second it is spent in.
        return self._rate - self._room + 1

    def _fill(self, now: float) -> None:
        if self._rate == float("inf"):
            self._tokens = 1.0
        elif now > self._at:
            self._tokens = min(self._tokens + (now - self._at) * self._flow, self._room)
            self._at = now
