"""The terminal telephone and the hotline's own FastAGI server, joined in memory over a real store."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.test import iosim

from booking.requests import Caller, Channel, RegisterPhone
from hotline.dialer.caller import ScriptedCaller, parse_script
from hotline.dialer.line import Line
from hotline.dialer.peer import Asked, Broken, Failed, Peer, environment
from ivr.metrics import IvrMetrics
from ivr.service import IvrSettings, make_service
from ivr.speech.voice import Voice

PHONE = "+8613800138000"


@pytest.fixture
def telephone(tmp_path, reception, room, stops, clock):
    """Calls the hotline and keys a script; gives the peer and everything that happened."""
    voice = Voice(tmp_path, "/prompts")
    timer = Clock()
    service = make_service(
        IvrSettings(),
        reactor=timer,
        reception=reception,
        room=room,
        stops=stops,
        voice=voice,
        clock=clock,
        metrics=IvrMetrics(CollectorRegistry()),
    )

    def call(keys, caller="13800138000"):
        events = []
        peer = Peer(environment(caller, "1752454800.1"))
        line = Line(peer, ScriptedCaller(parse_script(keys)), events.append)
        _, _, pump = iosim.connectedServerAndClient(
            lambda: service.server.buildProtocol(None), lambda: line, clock=timer, greet=False
        )
        pump.flush()
        timer.advance(1)
        pump.flush()
        heard = ["".join(map(voice.words, event.question.files)) for event in events if isinstance(event, Asked)]
        return peer, heard, events

    return call


@pytest.fixture
def registered(reception):
    who = Caller(hospital=1, phone=PHONE, channel=Channel.SMS)
    Deferred.fromCoroutine(reception.register(RegisterPhone(caller=who, identity="11010519491231002X", name="张三")))


def test_a_call_books_by_keys(telephone, registered):
    """Doctor's number, time, the registered patient, confirmation: the caller hears the code, and nothing breaks the protocol."""
    peer, heard, events = telephone("1,1,00868#,07150830#,1,1")
    assert [event for event in events if isinstance(event, Broken | Failed)] == []
    assert any("王建国" in words and "明天，七月十五日星期三" in words and "上午八点半" in words for words in heard)
    assert "张三" not in "".join(heard)
    assert "预约成功。明天，七月十五日星期三上午八点半，第二号，就诊地点门诊楼3层5诊室，挂号费五十元" in heard[-1]
    assert peer.gone


def test_silence_three_times_reaches_the_agent(telephone):
    """A caller who says and keys nothing is handed to a person."""
    peer, heard, events = telephone(",,,,")
    assert peer.variables["IVR_DONE"] == "queue"
    assert not peer.gone
    assert [event for event in events if isinstance(event, Broken | Failed)] == []
    assert len(heard) >= 3


def test_hanging_up_at_once_leaves_no_word(telephone):
    """A caller who hangs up at once leaves no word, and the hotline none either."""
    peer, heard, _ = telephone("x")
    assert peer.gone
    assert "IVR_DONE" not in peer.variables
    assert len(heard) == 1
