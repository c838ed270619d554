"""Which node of a cluster a process works with: a choice made from what probes tell. Pure.

Law of this module: one node at a time, the first in the order of preference unless it is away: hot rows written on two nodes at once
fail their certification. A node is left only for one that answered after the left one was asked in vain: when a cluster stalls as a whole,
nobody moves. The way back is taken when a more preferred node has been in step for ``BACK_SECONDS`` without a break. ``epoch`` grows
whenever connections made before must not be used again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BACK_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a node answered. ``asked`` and ``answered`` are seconds of a monotonic clock; ``synced``: in step with the cluster."""

    node: int
    asked: float
    answered: float
    well: bool
    synced: bool = True


@dataclass(slots=True)
class _Seen:
    well_at: float = float("-inf")
    synced_since: float | None = None
    failed_from: float | None = None  # asked in vain at that moment, and not well since


@dataclass(slots=True)
class Nodes:
    """``count`` nodes, 0 the preferred one."""

    count: int
    back_seconds: float = BACK_SECONDS
    current: int = 0
    epoch: int = 0
    _seen: list[_Seen] = field(init=False)

    def __post_init__(self) -> None:
        self._seen = [_Seen() for _ in range(self.count)]

    def order(self) -> list[int]:
        """Where a new connection is tried: the node in use, then the others by preference."""
        return [self.current, *(node for node in range(self.count) if node != self.current)]

    def away(self, node: int) -> bool:
        """Whether its last probe failed."""
        return self._seen[node].failed_from is not None

    def doubt(self, node: int) -> None:
        """A connection to it broke: those made before are not used again, and the next one finds out."""
        if node == self.current:
            self.epoch += 1

    def told(self, probe: Probe) -> bool:
        """Whether the node in use is another one now."""
        seen, before = self._seen[probe.node], self.current
        if not probe.well:
            seen.synced_since = None
            if probe.asked > seen.well_at:
                self._failed(probe.node, seen, probe.asked)
        elif seen.failed_from is None or probe.asked > seen.failed_from:
            seen.well_at, seen.failed_from = max(seen.well_at, probe.answered), None
            if not probe.synced:
                seen.synced_since = None
            elif seen.synced_since is None:
                seen.synced_since = probe.answered
        self._choose(probe.answered)
        return self.current != before

    def _failed(self, node: int, seen: _Seen, asked: float) -> None:
        if seen.failed_from is None:
            seen.failed_from = asked
            self.doubt(node)

    def _choose(self, now: float) -> None:
        failed_from = self._seen[self.current].failed_from
        for node, seen in enumerate(self._seen):
            if node == self.current:
                if failed_from is None:
                    return
                continue
            if failed_from is not None:
                if seen.failed_from is None and seen.well_at > failed_from:
                    self._move(node)
                    return
            elif seen.synced_since is not None and now - seen.synced_since >= self.back_seconds:
                self._move(node)
                return

    def _move(self, node: int) -> None:
        self.current = node
        self.epoch += 1
