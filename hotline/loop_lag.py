"""How late the reactor is: a beat every half second, and how long past its time it came. The first thing to suffer when anything blocks.

Measured as a histogram; the worst of the last minute is what ``/readyz`` looks at.
"""

from __future__ import annotations

from collections import deque

from prometheus_client import CollectorRegistry, Histogram
from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime

BEAT_SECONDS = 0.5
_BEATS_KEPT = 120
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class LoopLag(Service):
    def __init__(self, reactor: IReactorTime, registry: CollectorRegistry) -> None:
        self._reactor = reactor
        self._recent: deque[float] = deque(maxlen=_BEATS_KEPT)
        self._call: IDelayedCall | None = None
        self._seen = Histogram(
            "hotline_loop_lag_seconds", "How late the reactor's beat came", buckets=_BUCKETS, registry=registry
        )

    @property
    def worst(self) -> float:
        """Seconds; the worst of the last minute."""
        return max(self._recent, default=0.0)

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self._wait()

    def stopService(self) -> None:
        super().stopService()  # type: ignore[no-untyped-call]
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _wait(self) -> None:
        self._call = self._reactor.callLater(BEAT_SECONDS, self._beat, self._reactor.seconds() + BEAT_SECONDS)

    def _beat(self, due: float) -> None:
        late = max(self._reactor.seconds() - due, 0.0)
        self._recent.append(late)
        self._seen.observe(late)
        self._wait()
