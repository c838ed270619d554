"""The till: batches that gather while one is written, and a failure of one that fails no other."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, maybeDeferred

from booking.outcomes import Busy
from booking.till import Till, alone


class Ledger:
    """Writes when it is told to; requests starting with ``bad`` spoil their batch."""

    def __init__(self):
        self.batches = []
        self.gates = []
        self.locked = []

    async def write(self, requests, locked):
        self.batches.append(list(requests))
        self.locked.append(locked)
        gate = Deferred()
        self.gates.append(gate)
        await gate
        if "outage" in requests:
            raise Busy("out")
        if any(request.startswith("bad") for request in requests):
            raise ValueError(requests[0])
        return [request.upper() for request in requests]

    def open(self):
        self.gates.pop(0).callback(None)


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def sell(ledger):
    """``sell(request)``: a list that will hold its answer or failure."""
    till = Till(ledger.write, batch_most=3, waiting_most=4)

    def put(request):
        answer = []
        maybeDeferred(till.sell, request).addBoth(lambda result: answer.append(getattr(result, "value", result)))
        return answer

    return put


def test_requests_gather_while_a_batch_is_written(ledger, sell):
    """The first is written at once; those that come meanwhile go together, few enough at a time, in order."""
    answers = [sell(name) for name in "abcde"]
    assert ledger.batches == [["a"]]
    ledger.open()
    assert ledger.batches == [["a"], ["b", "c", "d"]]
    ledger.open()
    ledger.open()
    assert ledger.batches[2:] == [["e"]]
    assert answers == [[name] for name in "ABCDE"]
    later = sell("f")
    ledger.open()
    assert later == ["F"]


def test_a_bad_request_fails_alone(ledger, sell):
    """A batch that fails is put one by one; only the bad one fails."""
    answers = [sell(name) for name in ("a", "b", "bad", "c")]
    while ledger.gates:
        ledger.open()
    assert ledger.batches == [["a"], ["b", "bad", "c"], ["b"], ["bad"], ["c"]]
    assert [locked is alone for locked in ledger.locked] == [False, False, True, True, True]
    assert [type(answer[0]) for answer in answers] == [str, str, ValueError, str]


def test_an_outage_fails_the_batch_at_once(ledger, sell):
    """When the store is out nothing is tried one by one; each may be put again."""
    answers = [sell(name) for name in ("a", "b", "outage")]
    while ledger.gates:
        ledger.open()
    assert len(ledger.batches) == 2
    assert [type(answer[0]) for answer in answers] == [str, Busy, Busy]


def test_too_many_are_refused(ledger, sell):
    """Past its limit the till says busy instead of letting the line grow."""
    answers = [sell(name) for name in "abcdef"]
    assert isinstance(answers[5][0], Busy)
    while ledger.gates:
        ledger.open()
    assert [answer[0] for answer in answers[:5]] == list("ABCDE")


def test_the_next_batch_begins_when_nobody_can_be_overtaken_any_more(ledger, sell):
    """While one batch is written the next is judged, but never before the first holds what it may sell; and never a third."""
    answers = [sell(name) for name in "abcde"]
    ledger.locked[0]()
    assert ledger.batches == [["a"], ["b", "c", "d"]]
    ledger.locked[0]()
    ledger.locked[1]()
    assert len(ledger.batches) == 2
    ledger.open()
    assert ledger.batches[2:] == [["e"]]
    assert answers[0] == ["A"]
    while ledger.gates:
        ledger.open()
    assert [answer[0] for answer in answers] == list("ABCDE")


def test_who_asks_again_at_once_goes_with_the_others(ledger):
    """Answers of a batch that lead to new requests lead to one batch, not to one for the first of them."""
    till = Till(ledger.write)
    first = [till.sell(name) for name in "abc"]
    for answer in first:
        answer.addCallback(lambda name: till.sell(name.lower() + "2"))
    ledger.open()
    ledger.open()
    assert ledger.batches == [["a"], ["b", "c", "a2"], ["b2", "c2"]]
