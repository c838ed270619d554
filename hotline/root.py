"""The service tree of one process: what opens first, what closes last.

Opening: the store, then the doors, then measuring and the jobs, then the page that says we are ready. Closing is the other way
round: readiness is taken back, the doors finish what they began (side by side, within one deadline), everything stops, and the
store last of all, because everything before may still write.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from twisted.application.service import IService, MultiService
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.interfaces import IListeningPort, IStreamServerEndpoint
from twisted.logger import Logger
from twisted.web.server import Site

from hotline.health import Readiness
from hotline.notify import Notifier


class Door(Protocol):
    """A door's service: starting it opens it (and raises when it cannot), ``drain`` returns when what it began is finished."""

    def startService(self) -> Any: ...

    def stopService(self) -> Any: ...

    async def drain(self, seconds: float) -> None: ...


class Store(Protocol):
    def start(self) -> None: ...

    async def stop(self) -> None: ...


class Root(MultiService):
    """``roles`` are told when it is open. ``doors`` are by role; the children are the services that need no drain: measuring, watchdog, jobs."""

    _log = Logger()

    def __init__(
        self,
        *,
        store: Store,
        roles: Collection[str],
        doors: Mapping[str, Door],
        services: Sequence[IService],
        readiness: Readiness,
        page: IStreamServerEndpoint,
        site: Site,
        notifier: Notifier,
        drain_seconds: float,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.doors = dict(doors)
        self._roles = ", ".join(roles)
        self._store = store
        self._readiness = readiness
        self._page = page
        self._site = site
        self._port: IListeningPort | None = None
        self._notifier = notifier
        self._drain_seconds = drain_seconds
        for service in services:
            service.setServiceParent(self)  # type: ignore[no-untyped-call]

    async def open(self) -> None:
        """Raises CannotListenError when a port is taken; ``close`` then closes what was open already."""
        self._store.start()
        for door in self.doors.values():
            door.startService()
        self.startService()  # type: ignore[no-untyped-call]
        self._port = await self._page.listen(self._site)
        self._notifier.ready(self._roles)
        self._log.info("Ready: {roles}", roles=self._roles)

    async def close(self) -> None:
        """Returns when everything is finished, or given up at the deadline."""
        self._readiness.draining = True
        self._notifier.stopping()
        doors = self.doors.values()
        await self._together("drain", [maybeDeferred(_drained, door, self._drain_seconds) for door in doors])
        stopping = [maybeDeferred(door.stopService) for door in doors]
        await self._together("stop", [*stopping, maybeDeferred(self.stopService)])
        if self._port is not None:
            await self._together("close", [maybeDeferred(self._port.stopListening)])
        await self._store.stop()
        self._log.info("Stopped")

    async def _together(self, what: str, jobs: Sequence[Deferred[Any]]) -> None:
        """Every job to its end; one that fails is told and keeps no other from ending."""
        for job in jobs:
            job.addErrback(lambda failure: self._log.failure("A service failed to {what}", failure, what=what))
        await gatherResults(jobs)


def _drained(door: Door, seconds: float) -> Deferred[None]:
    return Deferred.fromCoroutine(door.drain(seconds))
