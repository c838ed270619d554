"""The text gateway as one service: links to SMSCs, what comes in through them, what goes out.

Order at the start: what an earlier life had in flight goes back into the outbox, then the links connect, then what was taken
and not answered is answered. Order at the end (``drain``): the SMSCs are asked to keep their texts, what was taken is answered, what was
claimed is sent and settled, the links unbind. Whatever does not fit into the time is found at the next start.

Where several processes have the same accounts each link belongs to the one that holds its lease (``hold``): the others stand by,
connect nothing and touch none of its texts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from twisted.application.service import MultiService
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger

from booking.bell import Bell
from booking.clock import Clock, naive_utc
from booking.outcomes import Busy
from booking.store.database import Store
from booking.store.mail.inbox import thd_expire_parts
from booking.store.roster.pictures import thd_letterhead
from booking.vault import Vault
from sms_gateway.answering import Answering
from sms_gateway.outbox import Outbox
from sms_gateway.smpp.link import SmscLink
from sms_gateway.smpp.settings import SmscSettings

SWEEP_SECONDS = 5.0
POLL_SECONDS = 1.0
PARTS_LIVE = timedelta(minutes=5)
_TRY_AGAIN_SECONDS = 1.0
_UNBIND_SECONDS = 2.0


class Hold(Protocol):
    """Holds a link's lease while it runs."""

    standing_by: bool
    """Whether another holds it."""

    def setServiceParent(self, parent: Any) -> Any: ...


MakeHold = Callable[[str, Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]], "Hold"]
"""Of a lease's name, what to do when it is ours, and what when it is another's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One SMSC with what comes in and goes out through it."""

    settings: SmscSettings
    link: SmscLink
    outbox: Outbox


class SmsGateway(MultiService):
    """Made by ``service.make_service``. ``reactor`` is an IReactorTime."""

    _log = Logger()

    def __init__(
        self,
        *,
        reactor: Any,
        database: Store,
        vault: Vault,
        clock: Clock,
        bell: Bell,
        lines: Sequence[Line],
        answering: Answering,
        signatures: dict[int, str],
        mine: list[str],
        hold: MakeHold | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._mine = mine
        self._hold = hold
        self._holds: dict[str, Hold] = {}
        self._reactor = reactor
        self._database = database
        self._vault = vault
        self._clock = clock
        self._lines = lines
        self._answering = answering
        self._signatures = signatures
        self._loops: list[LoopingCall] = []
        self._beginning: Deferred[None] | None = None
        bell.listen(self._ring)

    def ready(self) -> dict[str, bool]:
        """Which SMSCs are bound, by name, or held by another process while this one stands by."""
        return {line.settings.name: line.link.bound or self._stands_by(line.settings.name) for line in self._lines}

    def _stands_by(self, name: str) -> bool:
        return name in self._holds and self._holds[name].standing_by

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self._beginning = Deferred.fromCoroutine(self._begin())
        self._beginning.addErrback(lambda failure: self._log.failure("the text gateway could not start", failure))

    async def _begin(self) -> None:
        """The store may still be out: nothing is connected before what it holds is known."""
        for line in self._lines:
            await self._until_done(partial(self._read_signature, line.settings.hospital))
            if self._hold is None:
                await self._until_done(partial(line.outbox.reclaim, self._database))
        if not self.running:
            return
        for line in self._lines:
            self._open_line(line)
        self._repeat(SWEEP_SECONDS, self._sweep)
        self._repeat(POLL_SECONDS, self._poll)

    def _open_line(self, line: Line) -> None:
        if self._hold is None:
            line.link.setServiceParent(self)  # type: ignore[no-untyped-call]
            return
        name = line.settings.name
        hold = self._holds[name] = self._hold(f"smsc:{name}", partial(self._gained, line), partial(self._lost, line))
        hold.setServiceParent(self)

    async def _gained(self, line: Line) -> None:
        """What the former holder had in flight goes back into the outbox before anything is claimed."""
        await self._until_done(partial(line.outbox.reclaim, self._database))
        if self.running:
            self._mine.append(line.settings.name)
            line.link.setServiceParent(self)  # type: ignore[no-untyped-call]

    async def _lost(self, line: Line) -> None:
        """Another has the account: unbind, and leave its texts alone."""
        if line.settings.name in self._mine:
            self._mine.remove(line.settings.name)
            await maybeDeferred(line.link.disownServiceParent)

    async def _until_done(self, attempt: Callable[[], Awaitable[None]]) -> None:
        while self.running:
            try:
                return await attempt()
            except Busy:
                self._log.warn("the store does not answer: texts wait")
                await deferLater(self._reactor, _TRY_AGAIN_SECONDS)
        return None

    async def _read_signature(self, hospital: int) -> None:
        self._signatures[hospital] = (await self._database.look(thd_letterhead, hospital)).short_name

    def _repeat(self, seconds: float, body: Callable[[], Awaitable[None]]) -> None:
        """``body`` every ``seconds``; an outage or a fault costs one round."""

        async def one_round() -> None:
            try:
                await body()
            except Busy:
                pass
            except Exception:
                self._log.failure("a periodic round of the text gateway failed")

        loop = LoopingCall(lambda: Deferred.fromCoroutine(one_round()))
        loop.clock = self._reactor
        self._loops.append(loop)
        loop.start(seconds)

    async def _sweep(self) -> None:
        before = naive_utc(self._clock) - PARTS_LIVE
        for message in await self._database.run(thd_expire_parts, self._vault, before):
            self._answering.add(message)
        await self._answering.sweep()

    async def _poll(self) -> None:
        self._ring()

    def _ring(self) -> None:
        for line in self._lines:
            line.outbox.ring()

    def stopService(self) -> Deferred[Any]:
        for loop in self._loops:
            loop.stop()
        self._loops = []
        stopped: Deferred[Any] = super().stopService()  # type: ignore[no-untyped-call]
        return stopped

    async def drain(self, seconds: float) -> None:
        """Stop cleanly within ``seconds``; the service is to be stopped afterwards."""
        deadline = self._reactor.seconds() + seconds - _UNBIND_SECONDS
        for line in self._lines:
            line.link.stop_intake()
        await self._wait(self._answering.idle(), deadline)
        for line in self._lines:
            line.outbox.ring()
            await self._wait(line.outbox.empty(), deadline)
            line.outbox.close()
        for line in self._lines:
            await line.link.drain(max(deadline - self._reactor.seconds(), 0))
        for line in self._lines:
            await self._wait(line.outbox.empty(), deadline + _UNBIND_SECONDS)

    async def _wait(self, waiter: Deferred[None], deadline: float) -> None:
        left = max(deadline - self._reactor.seconds(), 0)
        waiter.addTimeout(left, self._reactor, onTimeoutCancel=lambda _result, _seconds: None)
        await waiter
