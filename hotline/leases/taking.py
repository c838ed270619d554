"""Leases taken, and what was last seen of those that are another's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from booking.clock import Clock, naive_utc
from booking.outcomes import Busy
from booking.store.cluster.leases import Lease, Standing, thd_release_lease, thd_take_lease
from booking.store.database import Store
from hotline.leases.holder import Holder

TERM_SECONDS = 6.0
"""For how long a bind is held after the last sign of life; three of them fit into one term."""
Turn = Callable[[], Awaitable[object]]
"""What is done when a lease is won, or lost."""


@dataclass(slots=True)
class Watched:
    """What was last seen of somebody else's lease, and since when on our own monotonic clock."""

    standing: Standing | None = None
    since: float = 0.0

    def dead(self, gone: Callable[[str], bool], now: float, term: float) -> Standing | None:
        """The holder to be taken from, when he is gone or was silent for a whole term."""
        if self.standing is None:
            return None
        return self.standing if gone(self.standing.holder) or now - self.since > term else None

    def saw(self, standing: Standing | None, now: float) -> None:
        if standing != self.standing:
            self.standing, self.since = standing, now


@dataclass(kw_only=True)
class Leases:
    """The leases of one process. ``reactor`` is an IReactorTime; ``holder`` says who we are."""

    store: Store
    clock: Clock
    reactor: Any
    holder: Holder
    hospital: int
    gone: Callable[[str], bool] | None = None
    _watched: dict[tuple[int, str], Watched] = field(default_factory=dict)

    async def take(self, name: str, seconds: float, *, hospital: int | None = None) -> Lease | None:
        """Ours for ``seconds`` from now, or None: another's. Raises Busy."""
        shard = self.hospital if hospital is None else hospital
        watched = self._watched.setdefault((shard, name), Watched())
        dead = watched.dead(self.gone or self.holder.is_gone, self.reactor.seconds(), seconds)
        asked = (shard, name, str(self.holder), seconds, naive_utc(self.clock), dead)
        found = await self.store.run(thd_take_lease, *asked, name="lease")
        mine = isinstance(found, Lease)
        watched.saw(None if mine else found, self.reactor.seconds())  # type: ignore[arg-type]
        return found if isinstance(found, Lease) else None

    async def give_back(self, lease: Lease) -> None:
        """Another need not wait. An outage is no reason to stay: the lease ends by itself."""
        with suppress(Busy):
            await self.store.run(thd_release_lease, lease, naive_utc(self.clock), name="lease")
