"""What the telephone door counts, for Prometheus. Labels are words of ours, never anything a caller sent."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class IvrMetrics:
    """``ivr.agi.server.Tally``. Commands are added once a call, not once a command."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ends = Counter("hotline_ivr_calls", "Calls by how they ended", ["end"], registry=registry)
        self._commands = Counter("hotline_ivr_commands", "Commands sent to Asterisk", registry=registry)
        self._faults = Counter(
            "hotline_ivr_faults", "Things that should not happen, by kind", ["kind"], registry=registry
        )
        self._refused = Counter("hotline_ivr_refused", "Connections not served, by reason", ["why"], registry=registry)
        self._agents = Counter(
            "hotline_ivr_to_agent", "Callers handed to an agent, by reason", ["why"], registry=registry
        )
        self._active = Gauge("hotline_ivr_active_calls", "Calls in progress", registry=registry)

    def began(self) -> None:
        self._active.inc()

    def ended(self, end: str, commands: int) -> None:
        self._active.dec()
        self._ends.labels(end).inc()
        self._commands.inc(commands)

    def fault(self, kind: str) -> None:
        self._faults.labels(kind).inc()

    def refused(self, why: str) -> None:
        self._refused.labels(why).inc()

    def to_agent(self, why: str) -> None:
        self._agents.labels(why).inc()
