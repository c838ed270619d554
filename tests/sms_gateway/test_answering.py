"""Texts of one phone are answered in their order, also when the store was out in between, and no phone takes all the room."""

from __future__ import annotations

from datetime import datetime

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from booking.clock import FixedClock
from booking.outcomes import Busy
from booking.store.mail.inbox import InboxMessage
from sms_gateway.answering import WAITING_MAX, Answering
from sms_gateway.metrics import TextMetrics
from sms_gateway.verdict import Verdict

HERS, HIS = "+8613800000001", "+8613900000002"


class House:
    """The store, the journal and the triage of a gateway: ``rows`` are unanswered; ``out`` makes the store refuse."""

    def __init__(self):
        self.rows, self.told, self.out, self.held = {}, [], False, []

    async def look(self, _thd, _vault, _smsc, most, **_):
        return sorted(self.rows.values(), key=lambda row: row.id)[:most]

    async def judge(self, message):
        if self.out:
            raise Busy("out")
        if message.text == "wait":
            await Deferred()
        return Verdict(message=message, command="HELP", outcome="OK", says="好")

    async def post(self, posted):
        row = self.rows.pop(posted.answered.inbox_id)
        self.told.append(row.text)

    def come(self, number, source, text):
        self.rows[number] = InboxMessage(
            id=number, hospital=1, smsc="cmcc", source=source, destination="12580", text=text,
            received_at=datetime.fromisoformat("2026-07-14 01:00"), complete=True,
        )  # fmt: skip
        return self.rows[number]


@pytest.fixture
def house():
    return House()


@pytest.fixture
def answering(house, vault):
    return Answering(
        reactor=Clock(), database=house, vault=vault, triage=house, journal=house,
        clock=FixedClock.at_wall("2026-07-14 09:00"), sign=lambda _: "仁和", metrics=TextMetrics(CollectorRegistry()),
        smscs=["cmcc"],
    )  # fmt: skip


def test_a_text_does_not_overtake_one_that_was_put_back(house, answering, result_of):
    """The store was out for the first text: the second of that phone waits until the sweep has brought the first."""
    house.out = True
    answering.add(house.come(1, HERS, "first"))
    house.out = False
    answering.add(house.come(2, HERS, "second"))
    answering.add(house.come(3, HIS, "his"))
    assert house.told == ["his"]
    result_of(answering.sweep())
    assert house.told == ["his", "first", "second"]
    answering.add(house.come(4, HERS, "third"))
    assert house.told[-1] == "third"


def test_one_phone_does_not_take_all_the_room(house, answering):
    """However many texts a phone sends, another phone's text is answered at once."""
    for number in range(1, WAITING_MAX + 1):
        answering.add(house.come(number, HERS, "wait"))
    answering.add(house.come(WAITING_MAX + 1, HIS, "his"))
    assert house.told == ["his"]
