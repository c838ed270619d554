"""What an accepted submission proves, and when that is written down."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from twisted.internet.task import Clock

from booking.clock import naive_utc
from booking.outcomes import Busy
from sms_gateway.proving import Proving
from sms_gateway.smpp.settings import SmscSettings

SETTINGS = SmscSettings(name="sim", host="", port=0, system_id="a", password="b", service_number="12580", hospital=3)
TICK = timedelta(microseconds=1)


class Book:
    def __init__(self):
        self.written = []
        self.fault = None

    async def prove(self, proof, *, soon):
        if self.fault is not None:
            raise self.fault
        self.written.append((proof, soon))


class Scene:
    def __init__(self, clock):
        self.clock = clock
        self.reactor = Clock()
        self.book = Book()
        self.proving = Proving(SETTINGS, reactor=self.reactor, book=self.book, clock=clock)

    @property
    def now(self):
        return naive_utc(self.clock)

    def wait(self, seconds):
        self.clock.at += timedelta(seconds=seconds)
        self.reactor.advance(seconds)

    def submit(self, bind="one"):
        self.proving.accepted(self.proving.leaving(bind))

    @property
    def proved(self):
        return [(proof.bind, proof.at) for proof, _ in self.book.written]


@pytest.fixture
def scene(clock):
    return Scene(clock)


def test_what_was_acknowledged_is_proved(scene):
    """Nothing is open: all that came until now is proved, under the link's own name and hospital."""
    number = scene.proving.came("one")
    scene.wait(1)
    scene.proving.answered(number, taken=True)
    scene.submit()
    ((proof, soon),) = scene.book.written
    assert (proof.hospital, proof.smsc, proof.bind, proof.at, soon) == (3, "sim", "one", scene.now, False)


def test_what_is_not_acknowledged_yet_is_not_proved(scene):
    """A submission that leaves before an older text's acknowledgement proves only what came before that text."""
    begun = scene.now
    first = scene.proving.came("one")
    scene.wait(1)
    scene.proving.answered(scene.proving.came("one"), taken=True)
    leaving = scene.proving.leaving("one")
    scene.proving.answered(first, taken=True)
    scene.proving.accepted(leaving)
    assert scene.proved == [("one", begun - TICK)]


def test_what_was_put_off_is_not_proved_until_it_cannot_matter(scene):
    """The SMSC was asked to bring it again: for two minutes it may come through another bind."""
    begun = scene.now
    scene.proving.answered(scene.proving.came("one"), taken=False)
    scene.wait(120)
    scene.submit()
    scene.wait(1)
    scene.submit()
    assert scene.proved == [("one", begun - TICK), ("one", scene.now)]


def test_a_new_bind_begins_with_nothing_open(scene):
    """What is open when a bind ends stays unproved, and does not hold up the next."""
    lost = scene.proving.came("one")
    scene.wait(2)
    number = scene.proving.came("two")
    scene.proving.answered(lost, taken=True)
    scene.proving.answered(lost, taken=False)
    scene.proving.answered(number, taken=True)
    scene.submit("two")
    scene.wait(2)
    scene.submit("three")
    assert scene.proved == [("two", scene.now - timedelta(seconds=2)), ("three", scene.now)]


def test_one_write_a_second_and_the_last_one_always(scene):
    """A hundred answers in a second cost two writes."""
    begun = scene.now
    for _ in range(100):
        scene.submit()
        scene.wait(0.009)
    assert scene.proved == [("one", begun)]
    scene.wait(0.2)
    assert scene.proved == [("one", begun), ("one", begun + timedelta(seconds=99 * 0.009))]
    scene.wait(5)
    assert len(scene.proved) == 2


def test_a_proof_that_says_less_is_not_written(scene):
    """Answers come back in any order."""
    early = scene.proving.leaving("one")
    scene.wait(2)
    scene.submit()
    scene.wait(2)
    scene.proving.accepted(early)
    assert scene.proved == [("one", scene.now - timedelta(seconds=2))]


def test_closing_writes_what_waits_and_waits_no_more(scene):
    """At a clean stop nothing that is proved is lost."""
    scene.proving.close()
    for _ in range(2):
        scene.submit()
        scene.wait(0.1)
    assert [soon for _, soon in scene.book.written] == [True, True]


def test_closing_writes_what_waits_for_its_second(scene):
    """The timer is not waited for."""
    scene.submit()
    scene.wait(0.5)
    scene.submit()
    assert len(scene.proved) == 1
    scene.proving.close()
    assert len(scene.proved) == 2
    assert not scene.reactor.getDelayedCalls()


@pytest.mark.parametrize(("fault", "told"), [(Busy(), 0), (ValueError("bug"), 1)])
def test_a_store_that_is_out_costs_one_proof(scene, fault, told, monkeypatch):
    """The next proof says more; only a fault of ours is logged."""
    logged = []
    monkeypatch.setattr(Proving, "_log", SimpleNamespace(failure=lambda *told, **more: logged.append(told)))
    scene.book.fault = fault
    scene.submit()
    scene.book.fault = None
    scene.wait(2)
    scene.submit()
    assert len(scene.proved) == 1
    assert len(logged) == told
