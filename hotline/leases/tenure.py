"""A lease held for as long as the process runs."""

from __future__ import annotations

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from booking.outcomes import Busy
from booking.store.cluster.leases import Lease
from hotline.leases.taking import TERM_SECONDS, Leases, Turn


class Tenure(Service):
    """Holds one lease for as long as it can: ``gained`` when it is ours, ``lost`` when another has it.

    While the store is out nothing changes: nobody else can take it either, and whoever could not be asked is not unseated.
    """

    _log = Logger()

    def __init__(
        self,
        name: str,
        leases: Leases,
        *,
        gained: Turn,
        lost: Turn,
        term: float = TERM_SECONDS,
    ) -> None:
        self.lease = name
        self.held: Lease | None = None
        self.standing_by = False
        self._leases = leases
        self._gained = gained
        self._lost = lost
        self._term = term
        self._next: IDelayedCall | None = None
        self._round: Deferred[None] | None = None

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self._go_round()

    def stopService(self) -> Deferred[None]:
        """Gives the lease back: a standby has it with its next look."""
        super().stopService()  # type: ignore[no-untyped-call]
        if self._next is not None and self._next.active():
            self._next.cancel()
        return Deferred.fromCoroutine(self._leave())

    async def _leave(self) -> None:
        if self._round is not None:
            await self._round
        if self.held is not None:
            held, self.held = self.held, None
            await self._leases.give_back(held)

    def _go_round(self) -> None:
        self._next = None
        self._round = Deferred.fromCoroutine(self._look())
        self._round.addErrback(lambda failure: self._log.failure("the lease {lease} failed", failure, lease=self.lease))
        self._round.addCallback(lambda _: self._again())

    def _again(self) -> None:
        self._round = None
        if self.running:
            self._next = self._leases.reactor.callLater(self._term / 3, self._go_round)

    async def _look(self) -> None:
        try:
            found = await self._leases.take(self.lease, self._term)
        except Busy:
            return
        before, self.held = self.held, found
        self.standing_by = found is None
        if before is not None and (found is None or found.token != before.token):
            self._log.warn("{lease} is another's now", lease=self.lease)
            await self._lost()
            before = None
        if found is not None and before is None and self.running:
            self._log.info("{lease} is ours", lease=self.lease)
            await self._gained()
