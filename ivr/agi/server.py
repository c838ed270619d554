"""The FastAGI server: who may call, how many, and what becomes of calls when the house closes.

Ladder: RUNNING → DRAINING (no new calls; each call ends when its flow next looks at ``call.draining``) → CLOSED. Every
call is a coroutine in ``_running``; none is lost sight of. A refused call gets a ``failure`` line, never silence: the
dialplan then tries the next server at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Protocol as Interface

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import ServerFactory
from twisted.logger import Logger

from booking.trace import trace_id
from ivr.agi.call import Call
from ivr.agi.ends import CallEnded, CallerHungUp, GivenBack
from ivr.agi.environment import AgiEnvironment
from ivr.agi.protocol import CLOSING_MOST, AgiProtocol
from ivr.agi.watch import Watch

log = Logger()

OPENING_SPARE = 64  # connections beyond the calls allowed: probes, health questions, refusals on their way out


class Ladder(Enum):
    RUNNING = auto()
    DRAINING = auto()
    CLOSED = auto()


class Tally(Interface):
    """What is counted; ``ivr.metrics`` shows it to Prometheus."""

    def began(self) -> None: ...

    def ended(self, end: str, commands: int) -> None: ...

    def fault(self, kind: str) -> None: ...

    def refused(self, why: str) -> None: ...


Script = Callable[[Call], Awaitable[str]]
"""A flow: returns the word the call ended with, for log and metrics."""


class AgiServer(ServerFactory):
    """``free`` names the paths that are answered whatever the number of calls (``health``)."""

    noisy = False

    def __init__(
        self,
        script: Script,
        *,
        clock: IReactorTime,
        tally: Tally,
        allow: Sequence[str] = ("127.0.0.1",),
        calls_most: int = 1_000,
        free: frozenset[str] = frozenset({"health"}),
    ) -> None:
        self._script = script
        self._tally = tally
        self._allowed: list[IPv4Network | IPv6Network] = [ip_network(text, strict=False) for text in allow]
        self._calls_most = calls_most
        self._free = free
        self._lines: set[AgiProtocol] = set()
        self._running: dict[AgiProtocol, Deferred[None] | None] = {}
        self._emptied: Deferred[None] | None = None
        self.watch = Watch(clock)
        self.ladder = Ladder.RUNNING

    @property
    def active(self) -> int:
        """Calls whose flow is running."""
        return len(self._running)

    def buildProtocol(self, addr: IAddress | None) -> AgiProtocol | None:
        if isinstance(addr, (IPv4Address, IPv6Address)) and not self._may_call(addr.host):
            self._tally.refused("address")
            log.warn("Refused a connection from {host}: not on the allow-list", host=addr.host)  # noqa: G010 - so Twisted names it
            return None
        if self.ladder is Ladder.CLOSED or len(self._lines) >= self._calls_most + OPENING_SPARE:
            self._tally.refused("connections")
            return None
        line = AgiProtocol(self, self.watch)
        self._lines.add(line)
        return line

    def _may_call(self, host: str) -> bool:
        address = ip_address(host.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._allowed)

    def opened(self, line: AgiProtocol, env: AgiEnvironment) -> None:
        why = self._why_not(env)
        if why is not None:
            self._tally.refused(why)
            line.close(failure=why)
            return
        call = Call(line, env, f"{env.uniqueid or 'call'}-{secrets.token_hex(4)}")
        self._tally.began()
        self._running[line] = None  # a flow may end before its Deferred is in our hands
        running = Deferred.fromCoroutine(self._converse(call, line))
        running.addErrback(lambda failure: log.failure("A call ended badly", failure=failure))
        if line in self._running:
            self._running[line] = running

    def _why_not(self, env: AgiEnvironment) -> str | None:
        if self.ladder is not Ladder.RUNNING:
            return "draining"
        if len(self._running) >= self._calls_most and env.script not in self._free:
            return "busy"
        return None

    async def _converse(self, call: Call, line: AgiProtocol) -> None:
        trace_id.set(call.trace)
        end = "failed"
        failure: str | None = None
        try:
            end = await self._script(call)
        except CallerHungUp:
            end = "hangup"
        except GivenBack as given:
            end = failure = given.why
        except CallEnded as ended:
            end = "lost"
            log.warn("The call was given up: {why}", why=type(ended).__name__)  # noqa: G010 - so Twisted names it
        except CancelledError:
            end = failure = "cut"
        except Exception:
            failure = "internal error"
            self._tally.fault("flow")
            log.failure("The flow of a call failed")
        finally:
            del self._running[line]
            line.close(failure)
            self._tally.ended(end, line.commands)
            if call.env.script not in self._free:
                log.info("Call ended: {end} after {commands} commands", end=end, commands=line.commands)
            self._tell_if_empty()

    def overdue(self, line: AgiProtocol) -> None:
        running = self._running.get(line)
        if running is not None:
            running.cancel()
        line.close(failure="overdue")

    def fault(self, kind: str) -> None:
        self._tally.fault(kind)

    def left(self, line: AgiProtocol) -> None:
        self._lines.discard(line)
        if line.untouched:
            self._tally.refused("probe")
        self._tell_if_empty()

    @property
    def draining(self) -> bool:
        return self.ladder is not Ladder.RUNNING

    async def drain(self, seconds: float) -> None:
        """Takes no new calls, lets each call finish its step, cuts what still runs after ``seconds``, and waits for the connections to end."""
        self.ladder = Ladder.DRAINING
        log.info("Draining {active} calls", active=self.active)
        await self._empty_within(seconds)
        for running in filter(None, list(self._running.values())):
            running.cancel()
        await self._empty_within(CLOSING_MOST + 1)
        self.ladder = Ladder.CLOSED
        for line in list(self._lines):
            line.abort()
        self.watch.stop()

    async def _empty_within(self, seconds: float) -> None:
        if not self._lines:
            return
        emptied = self._emptied = Deferred()
        timer = self.watch.clock.callLater(seconds, self._tell_empty)
        await emptied
        if timer.active():
            timer.cancel()

    def _tell_if_empty(self) -> None:
        if not self._lines:
            self._tell_empty()

    def _tell_empty(self) -> None:
        emptied, self._emptied = self._emptied, None
        if emptied is not None:
            emptied.callback(None)
