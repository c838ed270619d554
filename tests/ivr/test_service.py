"""The telephone door: listening, routing, health, closing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import capturedLogs, formatEvent

from ivr.agi.server import Ladder
from ivr.service import IvrSettings, make_service


@pytest.fixture
def reactor() -> MemoryReactorClock:
    return MemoryReactorClock()


@pytest.fixture
def service(*, reactor, reception, room, stops, voice, clock, metrics):
    return make_service(
        IvrSettings(listen="tcp:4573:interface=127.0.0.1", calls_max=7),
        reactor=reactor,
        reception=reception,
        room=room,
        stops=stops,
        voice=voice,
        clock=clock,
        metrics=metrics,
    )


def test_listens(service, reactor) -> None:
    """Starting listens where the settings say."""
    assert not service.listening
    service.startService()
    assert service.listening
    assert reactor.tcpServers[0][0] == 4573
    assert "127.0.0.1" in reactor.tcpServers[0]
    assert service.port
    assert service.active == 0


def test_stops(service) -> None:
    """Stopping lets go of the port; stopping what never listened is nothing."""
    service.startService()
    done = []
    service.stopService().addBoth(done.append)
    assert not service.listening
    Deferred.fromCoroutine(service.drain(1)).addBoth(done.append)
    assert done == [None, None]  # a port may close at once, without a Deferred


def test_port_in_use(service, reactor) -> None:
    """A port that another holds stops the start, with the reason."""

    def listenTCP(port, *_args, **_options):
        raise CannotListenError("127.0.0.1", port, "in use")

    reactor.listenTCP = listenTCP
    with pytest.raises(CannotListenError):
        service.startService()


def test_health(dial, switchboard, counted) -> None:
    """/health says ok while we are well, and failure when we had better not be given calls."""
    call = dial(script="health").key([])
    assert call.variables["IVR_HEALTH"] == "ok"
    assert call.failure is None
    assert dial(script="health", board=replace(switchboard, well=lambda: False)).key([]).failure == "unwell"
    assert counted("calls_total", end="health") == 1


def test_unknown_flow(dial) -> None:
    """A path that is no flow of ours fails at once: the dialplan has a typing error."""
    assert dial(script="hotlin").key([]).failure == "no-such-flow"


def test_bug_in_the_store(dial, reception, switchboard, counted) -> None:
    """A bug of ours leaves IVR_DONE unset and says failure: the dialplan takes the caller to the next server."""

    class Broken:
        async def bookings_of(self, caller):
            raise KeyError("bug")

    call = dial(board=replace(switchboard, reception=Broken())).key(["2"])
    assert call.failure == "internal error"
    assert "IVR_DONE" not in call.variables
    assert counted("calls_total", end="failed") == 1


def test_failed_command(dial, counted) -> None:
    """A command that Asterisk refuses leads to an agent."""

    call = dial()
    call.peer._variable = lambda name, *args: (
        "510 Invalid or unknown command" if args[0].startswith("TIMEOUT") else "200 result=1"
    )
    call.key([])
    assert counted("faults_total", kind="command") == 1
    assert counted("to_agent_total", why="command-failed") == 1
    assert b"IVR_DONE" in call.sent


def test_no_application_works(dial, counted, timer) -> None:
    """An Asterisk without Read and Playback still gets the caller to the agents."""
    call = dial()
    call.peer._execute = lambda *_: call.peer._say("510 Invalid or unknown command")
    call.key([])
    assert call.variables["IVR_DONE"] == "queue"
    assert counted("faults_total", kind="command") == 2


def test_drain_ends_at_the_next_step(dial, counted) -> None:
    """While draining a call finishes its question; the next server then takes it, because IVR_DONE is unset."""
    call = dial()
    call.pump()
    call.line._house.ladder = Ladder.DRAINING
    call.key(["1"])
    assert call.failure == "drained"
    assert "IVR_DONE" not in call.variables
    assert counted("calls_total", end="drained") == 1


def test_a_call_is_logged_without_its_number(dial) -> None:
    """What the call tells the log names the caller masked only, in words and in fields, before the log scrubs anything."""
    with capturedLogs() as logged:
        dial("13800138000").key(["1", "1", "00868#"])
    assert any("138****8000" in formatEvent(event) for event in logged)
    for event in logged:
        said = [formatEvent(event), *(str(value) for key, value in event.items() if not key.startswith("log_"))]
        assert not any("13800138000" in words for words in said), said
