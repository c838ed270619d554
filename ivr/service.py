"""The telephone door: listens for Asterisk, routes each call to its flow, and says the last word to the dialplan.

Law: a call that we have served ends with ``IVR_DONE`` (``done`` or ``queue``). A call that we could not serve ends without it,
and the dialplan takes the caller to the next server, the emergency script or the agents.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IListeningPort, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from booking.clock import Clock
from booking.reception import Reception
from booking.requests import Caller, Channel
from booking.stops import Stops
from booking.waiting_room import WaitingRoom
from command_parser.masking import mask_phone
from command_parser.phone import read_phone
from ivr.agi.call import Call
from ivr.agi.ends import CommandFailed, GivenBack
from ivr.agi.server import AgiServer
from ivr.dialog.conversation import Conversation, Speaker, ToAgent
from ivr.flows.main_menu import main_menu
from ivr.flows.visit import Visit
from ivr.metrics import IvrMetrics
from ivr.speech.words import Fixed
from ivr.variables import DONE, HEALTH, TRACE, Done

log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrSettings:
    """``listen``: a Twisted endpoint; ``allow``: addresses or networks; ``home_area``: the hospital's area code, for numbers that come without."""

    listen: str = "tcp:4573:interface=127.0.0.1"
    allow: tuple[str, ...] = ("127.0.0.1",)
    calls_max: int = 1_000
    hospital: int = 1
    home_area: str = ""


def _always_well() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchboard:
    """Routes a call by the path of its script; what it returns is the call's end, for log and metrics."""

    settings: IvrSettings
    timer: IReactorTime
    reception: Reception
    room: WaitingRoom
    stops: Stops
    speaker: Speaker
    clock: Clock
    metrics: IvrMetrics
    well: Callable[[], bool] = _always_well
    routes: dict[str, Callable[[Switchboard, Call], Awaitable[str]]] = field(default_factory=lambda: dict(ROUTES))

    async def __call__(self, call: Call) -> str:
        route = self.routes.get(call.env.script)
        if route is None:
            log.warn("Asterisk asks for a flow that is not there: {script}", script=call.env.script[:40])  # noqa: G010 - so Twisted names it
            raise GivenBack("no-such-flow")
        return await route(self, call)

    async def health(self, call: Call) -> str:
        """``agi://host/health``: a failure line when we had better not be given calls."""
        if not self.well():
            raise GivenBack("unwell")
        await call.set_variable(HEALTH, "ok")
        return "health"

    async def hotline(self, call: Call) -> str:
        await call.set_variable(TRACE, call.trace)
        talk = Conversation(call, self.speaker, self.timer)
        done = await self._visit(call, talk)
        await call.set_variable(DONE, done)
        return done

    async def _visit(self, call: Call, talk: Conversation) -> Done:
        try:
            await talk.open()
            await main_menu(self._visit_of(call, talk))
            return Done.DONE
        except ToAgent as wish:
            await self._to_agent(talk, wish.why)
        except CommandFailed as failed:
            self.metrics.fault("command")
            log.error("Asterisk refused a command: {why}", why=str(failed))
            await self._to_agent(talk, "command-failed")
        return Done.QUEUE

    async def _to_agent(self, talk: Conversation, why: str) -> None:
        self.metrics.to_agent(why)
        log.info("To an agent: {why}", why=why)
        if why == "prompt-missing":
            self.metrics.fault(why)
            log.error("A prompt is missing: hotline prompts check tells which")
        try:
            await talk.speak((Fixed("to-agent"),))
        except CommandFailed:
            self.metrics.fault("command")

    def _visit_of(self, call: Call, talk: Conversation) -> Visit:
        raw = call.env.caller_raw
        phone = None if raw is None else read_phone(raw, self.settings.home_area)
        number = None if phone is None else phone.e164
        log.info("Call from {caller}", caller="a withheld number" if number is None else mask_phone(number))
        caller = Caller(hospital=self.settings.hospital, phone=number, channel=Channel.PHONE, trace=call.trace)
        mobile = phone is not None and phone.mobile
        return Visit(
            talk=talk,
            caller=caller,
            reception=self.reception,
            room=self.room,
            stops=self.stops,
            clock=self.clock,
            texts_reach=mobile,
        )


ROUTES: dict[str, Callable[[Switchboard, Call], Awaitable[str]]] = {
    "hotline": Switchboard.hotline,
    "health": Switchboard.health,
}


class _HasHost(Protocol):
    port: int


class IvrService(Service):
    """Start listens (and raises when it cannot), stop lets go; ``drain`` first, for callers' sake."""

    def __init__(self, settings: IvrSettings, server: AgiServer, reactor: IReactorTime) -> None:
        self._settings = settings
        self._reactor = reactor
        self._port: IListeningPort | None = None
        self.server = server

    @property
    def active(self) -> int:
        """Calls in progress."""
        return self.server.active

    @property
    def listening(self) -> bool:
        return self._port is not None

    @property
    def port(self) -> int:
        """The TCP port, once listening."""
        assert self._port is not None
        return cast("_HasHost", self._port.getHost()).port

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        trouble: list[Failure] = []
        endpoint = serverFromString(self._reactor, self._settings.listen)  # type: ignore[no-untyped-call]
        endpoint.listen(self.server).addCallbacks(self._listens, trouble.append)
        if trouble:
            trouble[0].raiseException()

    def _listens(self, port: IListeningPort) -> None:
        self._port = port

    async def drain(self, seconds: float) -> None:
        """No new calls from now on; each call's step may end within ``seconds``, then the dialplan takes it to the next server."""
        await self._stop_listening()
        await self.server.drain(seconds)

    async def _stop_listening(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            await maybeDeferred(port.stopListening)

    def stopService(self) -> Deferred[None]:
        super().stopService()  # type: ignore[no-untyped-call]
        return Deferred.fromCoroutine(self.drain(0))


def make_service(
    settings: IvrSettings,
    *,
    reactor: IReactorTime,
    reception: Reception,
    room: WaitingRoom,
    stops: Stops,
    voice: Speaker,
    clock: Clock,
    metrics: IvrMetrics,
    well: Callable[[], bool] = _always_well,
) -> IvrService:
    """``well``: asked by ``/health``; while it is False Asterisk takes its calls to the next server."""
    switchboard = Switchboard(
        settings=settings,
        timer=reactor,
        reception=reception,
        room=room,
        stops=stops,
        speaker=voice,
        clock=clock,
        metrics=metrics,
        well=well,
    )
    server = AgiServer(switchboard, clock=reactor, tally=metrics, allow=settings.allow, calls_most=settings.calls_max)
    return IvrService(settings, server, reactor)
