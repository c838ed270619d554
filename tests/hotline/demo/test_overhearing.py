"""The demo shows texts to phones that nobody holds, and only those."""

from __future__ import annotations

import random

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from hotline.demo import overhearing
from hotline.demo.overhearing import Overhearing
from sms_gateway.simulator.loopback import LoopbackEndpoint, settle
from sms_gateway.simulator.phone import Phone
from sms_gateway.simulator.simulator import Simulator
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.text.compose import submits

LONG = "王建国医生：" + "新预约11月23日上午8:00，1号，张某某，请准时出诊。" * 5


class Stage:
    def __init__(self) -> None:
        self.clock = Clock()
        self.simulator = Simulator(self.clock)
        self.told: list[tuple[str, str]] = []
        self.hearing = Overhearing(self.simulator, lambda number, words: self.told.append((number, words)))

    def send(self, to: str, words: str, *, ref: int = 1, parts: slice = slice(None)) -> None:
        settings = SmscSettings(name="x", host="", port=0, system_id="x", password="", service_number="12580")
        for pdu in submits(to, words, ref, settings)[parts]:
            self.hearing.seen(pdu)


def test_a_text_to_a_distant_phone_is_told() -> None:
    """The doctor's text, short or long, is told once and whole."""
    stage = Stage()
    stage.send("8616100000868", "新预约")
    stage.send("8616100000868", LONG)
    assert stage.told == [("16100000868", "新预约"), ("16100000868", LONG)]


def test_a_text_to_a_phone_that_is_held_is_not_told() -> None:
    """`hotline text` shows its own texts; what patients send to the service is not shown either."""
    stage = Stage()
    phone = Phone("+8613800138000", LoopbackEndpoint(stage.clock, stage.simulator), stage.clock, random.Random(1))
    connecting = Deferred.fromCoroutine(phone.connect())
    settle(stage.clock)
    assert connecting.called
    stage.send("8613800138000", "已预约")
    stage.send("12580", "CX")
    assert stage.told == []


def test_texts_that_never_become_whole_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that wait for others are bounded."""
    monkeypatch.setattr(overhearing, "OPEN_MOST", 2)
    stage = Stage()
    for ref in (1, 2, 3):
        stage.send("8616100000868", LONG, ref=ref, parts=slice(1))
    stage.send("8616100000868", LONG, ref=1, parts=slice(1, None))
    assert stage.told == []
    stage.send("8616100000868", LONG, ref=3, parts=slice(1, None))
    assert stage.told == [("16100000868", LONG)]
