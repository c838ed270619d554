"""The reactor's lateness is measured."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock

from hotline.loop_lag import BEAT_SECONDS, LoopLag


def test_a_blocked_reactor_is_seen() -> None:
    """A beat that comes two seconds late counts as two seconds of lag; punctual beats count as none."""
    clock, registry = Clock(), CollectorRegistry()
    lag = LoopLag(clock, registry)
    assert lag.worst == 0.0
    lag.startService()
    clock.advance(BEAT_SECONDS)
    assert lag.worst == 0.0
    clock.advance(BEAT_SECONDS + 2)
    assert lag.worst == 2.0
    lag.stopService()
    assert clock.getDelayedCalls() == []
    assert registry.get_sample_value("hotline_loop_lag_seconds_count") == 2


def test_stopping_what_never_started_is_harmless() -> None:
    """A start that failed half-way can still be stopped."""
    lag = LoopLag(Clock(), CollectorRegistry())
    lag.stopService()
    assert lag.worst == 0.0
