"""Real calls, as Asterisk 22.10.1 spoke them (``<``) and we answered (``>``): what we send must stay the same, byte by byte.

Taken with SendDTMF over Local channels; ``????????`` is the random end of a trace. The callers: ``booking`` keys a # after every
field and an identity number that ends in X; ``hangup`` goes while the doctor's number is asked for; ``agent`` presses 0
in the middle of a menu; ``health`` is the dialplan's question before each call; ``oddities`` tries what a flow should not.
"""

from __future__ import annotations

import random
import re
from itertools import groupby
from pathlib import Path

import pytest
from open_house import open_house
from prometheus_client import CollectorRegistry
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from booking.reception import Reception
from ivr.agi.server import AgiServer
from ivr.agi.wire import EnvironmentRead, HangupSeen, Reply, Wire
from ivr.metrics import IvrMetrics
from ivr.service import IvrSettings, Switchboard
from ivr.speech.voice import Voice

CALLS = Path(__file__).parent / "agi"


def turns(name: str) -> list[tuple[str, str]]:
    """The lines of a transcript as ``(speaker, what was said in one go)``."""
    lines = (CALLS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [
        (speaker, "".join(f"{line[2:]}\n" for line in spoken))
        for speaker, spoken in groupby(lines, lambda line: line[0])
    ]


class Recorded(random.Random):
    """Draws the booking code that the recorded caller was given: 2254257, and its check digit."""

    def randbytes(self, n: int) -> bytes:
        return (2254257).to_bytes(n, "big")


@pytest.fixture
def server(*, tmp_path, small_hospital, room, stops, vault, clock) -> AgiServer:
    reception = Reception(open_house(small_hospital, vault, clock, rng=Recorded()))
    timer, metrics = Clock(), IvrMetrics(CollectorRegistry())
    board = Switchboard(
        settings=IvrSettings(),
        timer=timer,
        reception=reception,
        room=room,
        stops=stops,
        speaker=Voice(tmp_path, "/var/lib/hotline/prompts"),
        clock=clock,
        metrics=metrics,
    )
    return AgiServer(board, clock=timer, tally=metrics)


@pytest.mark.parametrize("name", ["booking", "hangup", "agent", "health"])
@pytest.mark.parametrize("piece", [1, 7, 10_000])
def test_replay(server, name, piece) -> None:
    """The same bytes from Asterisk, in pieces of any size, get the same bytes from us."""
    line = server.buildProtocol(IPv4Address("TCP", "127.0.0.1", 40000))
    transport = StringTransport()
    line.makeConnection(transport)
    for speaker, words in turns(name):
        if speaker == "<":
            data = words.encode()
            for at in range(0, len(data), piece):
                line.dataReceived(data[at : at + piece])
            continue
        said = re.sub(r'(TRACE" "[0-9.]+-)[0-9a-f]{8}"', r'\1????????"', transport.value().decode())
        transport.clear()
        assert said == words
    assert transport.value() == b""
    assert transport.disconnecting


def test_oddities() -> None:
    """What Asterisk answers to wrong uses, missing prompts, raw values and a caller who goes in between."""
    wire = Wire()
    events = [event for speaker, words in turns("oddities") if speaker == "<" for event in wire.feed(words.encode())]
    env, *replies = events
    assert isinstance(env, EnvironmentRead)
    assert (env.env.fields["arg_1"], env.env.fields["arg_2"]) == ("one", "two")
    gone = HangupSeen()
    assert [reply.code if isinstance(reply, Reply) else reply for reply in replies] == [
        *(200, 200, 510, 520),  # ANSWER, NOOP, an unknown command, STREAM FILE without a file
        *[200] * 13,
        *(gone, 200, 511, 200, 200, gone),  # variables, EXEC and SET answer on a dead channel, STREAM FILE does not
    ]
    values = [reply.data for reply in replies if isinstance(reply, Reply) and reply.data is not None]
    assert values == ["ERROR/", "x) (hangup", r'a "b" \ c', "timeout", r'a "b" \ c']
