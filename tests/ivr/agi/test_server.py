"""Who is served, how many, and how the house closes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.address import UNIXAddress
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.testing import StringTransport

from ivr.agi.ends import GivenBack
from ivr.agi.protocol import AFTER_HANGUP_MOST, CLOSING_MOST, OPENING_MOST, THINKING_MOST
from ivr.agi.server import OPENING_SPARE, Ladder


async def answers(call):
    await call.answer()
    return "done"


async def health(call):
    return "health"


def run(coroutine) -> Deferred:
    return Deferred.fromCoroutine(coroutine)


def test_a_call_from_beginning_to_end(connect, serve, counted) -> None:
    """A served call is counted while it lasts and by how it ended; our half is closed, and Asterisk's last HANGUP is read."""
    server = serve(answers)
    line = connect(server).open()
    assert line.wires.no_delay
    assert server.active == counted("active_calls") == 1
    line.send("200 result=0")
    assert line.wires.half_closed
    line.send("HANGUP")
    line.lose()
    assert server.active == counted("active_calls") == 0
    assert counted("calls_total", end="done") == 1
    assert counted("commands_total") == 1


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("fe80::1%eth0", True),
        ("10.2.0.1", False),
        ("2001:db8::1", False),
    ],
)
def test_allow_list(connect, serve, counted, host, served) -> None:
    """Only the addresses and networks of the list are served; others are closed at once and counted."""
    line = connect(serve(answers, allow=("127.0.0.1", "10.1.0.0/16", "fe80::/10")), host)
    assert (line.protocol is not None) is served
    assert counted("refused_total", why="address") == (not served)


def test_unix_socket(serve) -> None:
    """A unix socket has no address; its file's mode is its allow-list."""
    protocol = serve(answers).buildProtocol(UNIXAddress(b"/run/hotline/agi"))
    transport = StringTransport()
    protocol.makeConnection(transport)
    protocol.dataReceived(b"agi_network: yes\n\n200 result=0\n")
    assert transport.disconnecting
    protocol.abort()


def test_probe(connect, serve, counted) -> None:
    """Who connects and goes without a word is counted, and nothing else happens."""
    connect(serve(answers)).lose()
    assert counted("refused_total", why="probe") == 1
    assert counted("calls_total", end="hangup") == 0


def test_silent_connection(connect, serve, timer, counted) -> None:
    """Who connects and stays silent is told so after five seconds, and cut if that does not help."""
    line = connect(serve(answers)).send(b"agi_network: yes\n")
    timer.pump([1] * OPENING_MOST)
    assert line.sent() == ["failure opening-late"]
    assert counted("faults_total", kind="opening-late") == 1
    timer.pump([1] * (CLOSING_MOST + 1))
    assert line.wires.aborted
    line.lose()
    assert not timer.getDelayedCalls()[1:]


def test_no_environment(connect, serve, counted) -> None:
    """A web browser is told that this is not its door."""
    line = connect(serve(answers)).send(b"GET / HTTP/1.0\r\n\r\n")
    assert line.sent() == ["failure header-malformed"]
    assert counted("faults_total", kind="header-malformed") == 1


def test_too_many_calls(connect, serve, counted) -> None:
    """One call too many gets a failure line, so that the dialplan asks the next server; health is still answered."""
    server = serve(answers, calls_most=1)
    first = connect(server).open()
    assert connect(server).open().sent() == ["failure busy"]
    assert connect(server).open("health").sent() == ["ANSWER"]
    assert counted("refused_total", why="busy") == 1
    assert first.sent() == ["ANSWER"]


def test_too_many_connections(connect, serve, counted) -> None:
    """Beyond all reason a connection is closed before it says anything."""
    server = serve(answers, calls_most=1)
    lines = [connect(server) for _ in range(1 + OPENING_SPARE)]
    assert all(line.protocol is not None for line in lines)
    assert connect(server).protocol is None
    assert counted("refused_total", why="connections") == 1


def test_bug_in_a_flow(connect, serve, counted) -> None:
    """A bug in a flow costs that call only: a failure line, one log entry, a count."""

    async def broken(call):
        raise ZeroDivisionError

    server = serve(broken)
    assert connect(server).open().sent() == ["failure internal error"]
    assert counted("faults_total", kind="flow") == 1
    assert counted("calls_total", end="failed") == 1
    assert server.active == 0


def test_given_back(connect, serve, counted) -> None:
    """A flow that gives its call back says why; that is how it is counted."""

    async def flow(call):
        raise GivenBack("unwell")

    assert connect(serve(flow)).open().sent() == ["failure unwell"]
    assert counted("calls_total", end="unwell") == 1


def test_flow_that_never_ends(connect, serve, timer, counted) -> None:
    """A flow that neither asks nor ends is cut, and the caller goes on to the next server."""

    async def stuck(call):
        await Deferred()

    line = connect(serve(stuck)).open()
    timer.pump([1] * THINKING_MOST)
    assert line.sent() == ["failure cut"]
    assert counted("faults_total", kind="flow-late") == 1
    assert counted("calls_total", end="cut") == 1


def test_flow_that_cannot_be_cut(connect, serve, timer) -> None:
    """Even a flow that refuses to be cut loses its connection."""

    async def stubborn(call):
        for _ in range(2):
            with suppress(CancelledError):
                await Deferred()
        return "done"

    line = connect(serve(stubborn)).open()
    timer.pump([1] * (THINKING_MOST + 1))
    assert line.sent() == ["failure overdue"]
    timer.pump([1] * (CLOSING_MOST + 2))
    assert line.wires.aborted
    line.lose()
    server = line.protocol._house
    run(server.drain(0))
    timer.pump([1] * 5)
    assert server.active == 0


def test_life_after_hangup(connect, serve, timer, counted) -> None:
    """A caller who is gone keeps nothing alive for long."""

    async def stuck(call):
        await Deferred()

    line = connect(serve(stuck)).open().send("HANGUP")
    timer.pump([1] * AFTER_HANGUP_MOST)
    assert counted("calls_total", end="cut") == 1
    assert line.wires.half_closed


def test_overdue_connection_without_a_flow(connect, serve) -> None:
    """A line that has no flow any more is only closed."""
    server = serve(answers)
    line = connect(server)
    server.overdue(line.protocol)
    assert line.sent() == ["failure overdue"]


def test_drain_waits_for_calls(connect, serve, timer, counted) -> None:
    """Draining takes no new calls, and waits for those in progress."""
    server = serve(answers)
    line = connect(server).open()
    drained = run(server.drain(30))
    assert server.ladder is Ladder.DRAINING
    assert server.draining
    late = connect(server).open()
    assert late.sent() == ["failure draining"]
    late.lose()
    line.send("200 result=0")
    assert not drained.called
    line.lose()
    assert drained.called
    assert server.ladder is Ladder.CLOSED
    assert connect(server).protocol is None
    assert timer.getDelayedCalls() == []
    assert counted("calls_total", end="done") == 1


def test_drain_cuts_what_stays(connect, serve, timer, counted) -> None:
    """After its time draining cuts the calls that are left; a connection that does not end is aborted."""
    server = serve(answers)
    line = connect(server).open()
    line.sent()
    drained = run(server.drain(2))
    timer.pump([1] * 2)
    assert line.sent() == ["failure cut"]
    assert counted("calls_total", end="cut") == 1
    timer.pump([1] * (CLOSING_MOST + 1))
    assert drained.called
    assert line.wires.aborted


def test_drain_of_an_empty_house(serve) -> None:
    """With nobody there draining is over at once."""
    assert run(serve(answers).drain(30)).called


def test_watch_sleeps_when_nobody_is_there(connect, serve, timer) -> None:
    """An idle server wakes nobody."""
    server = serve(health)
    line = connect(server).open()
    line.lose()
    timer.advance(1)
    assert timer.getDelayedCalls() == []


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.booleans(), chunks=st.lists(st.binary(max_size=300), min_size=1, max_size=10), large=st.booleans())
def test_garbage(*, serve, connect, header, chunks, large) -> None:
    """Whatever comes over a connection, nothing raises, nothing piles up, and the server goes on serving."""
    server = serve(answers)
    line = connect(server)
    if header:
        line.open()
    line.send(*chunks, *([b"\xb0" * 100_000] if large else []))
    assert len(line.protocol._wire._pending) <= 8 * 1024
    assert line.wires.half_closed or not large
    line.lose()
    assert server.active == 0
    assert connect(server).open().sent() == ["ANSWER"]
