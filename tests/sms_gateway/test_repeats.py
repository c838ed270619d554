"""The same words twice: a patient who asks again is answered again, an SMSC that delivers again is not."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from booking.store.schema import smsc_bind
from sms_gateway.simulator.faults import Faults


@pytest.fixture(autouse=True)
def _slowly(town, monkeypatch):
    """The store takes a moment for each job, as real ones do: a text is acknowledged before its answer leaves."""
    run = type(town.store).run

    async def run_later(self, thd, *args, name=None):
        await deferLater(town.reactor, 0.001)
        return await run(self, thd, *args, name=name)

    monkeypatch.setattr(type(town.store), "run", run_later)


def ask(town, words):
    """What a patient hears within a second."""
    town.phone()
    heard = town.heard["13800138000"]
    before = len(heard)
    town.phone().send(words, "12580")
    for _ in range(20):
        town.pass_time(0.05)
    return heard[before:]


def restart(town):
    town.restart(rng=random.Random(7))
    town.pass_time(2)


def cut(town):
    """The SMSC restarts; the daemon does not."""
    town.simulator.drop()
    town.phones.clear()
    town.pass_time(5)


def binds(town):
    return town.database.now(lambda conn: list(conn.execute(select(smsc_bind.c.bind)).scalars()))


def test_the_same_words_after_a_restart_are_answered_again(town):
    """The answer was accepted, so the SMSC knows that the text was taken: the same words through a new bind are a new question."""
    (first,) = ask(town, "BZ")
    restart(town)
    assert ask(town, "BZ") == [first]
    assert [status for status, _ in town.texts_in()] == ["answered", "answered"]


def test_the_same_words_after_a_cut_link_are_answered_again(town):
    """The link is cut and comes back; the patient asks once more and hears once more."""
    (first,) = ask(town, "BZ")
    cut(town)
    assert ask(town, "BZ") == [first]


def test_a_text_whose_acknowledgement_is_not_proved_is_not_answered_twice(town):
    """Acknowledged, but the link is cut before the SMSC accepted anything: what it delivers again is not answered again."""
    town.simulator.faults = Faults(drop_every=1)
    ask(town, "BZ")
    assert binds(town) == []
    town.simulator.faults = Faults()
    town.phones.clear()
    town.pass_time(3)
    assert len(town.texts_in()) == 1
    ask(town, "BZ")
    assert len(town.texts_in()) == 1
    assert town.count("hotline_sms_taken_total", smsc="sim", what="repeat") == 1


def test_what_one_bind_has_not_proved_no_other_proves(town):
    """Later answers go out through the new bind; the text that was acknowledged through the old one stays in doubt."""
    town.simulator.faults = Faults(drop_every=1)
    ask(town, "BZ")
    town.simulator.faults = Faults()
    town.phones.clear()
    town.pass_time(3)
    ask(town, "CX")
    assert len(binds(town)) == 1
    ask(town, "BZ")
    assert len(town.texts_in()) == 2


def test_a_clean_stop_writes_the_last_proof(town):
    """Two answers within a second: the second one's proof waits, and a stop does not lose it."""
    for words in ("BZ", "CX"):
        town.phone().send(words, "12580")
        for _ in range(4):
            town.pass_time(0.05)
    drained = Deferred.fromCoroutine(town.gateway.drain(5))
    town.pass_time(3)
    assert drained.called
    restart(town)
    assert len(ask(town, "CX")) == 1
    assert len(town.texts_in()) == 3


def test_proofs_cost_one_row_a_bind(town):
    """However many answers go out."""
    for nth in range(5):
        ask(town, f"CX{nth}")
    assert len(binds(town)) == 1


def test_what_comes_again_before_it_is_acknowledged_is_one_text(town):
    """The SMSC lost patience with a slow store and delivers again under a new number: both are acknowledged, one is answered."""
    phone = town.phone()
    phone.send("BZ", "12580")
    phone.send("BZ", "12580")
    for _ in range(20):
        town.pass_time(0.05)
    assert len(town.heard["13800138000"]) == 1
    assert [status for status, _ in town.texts_in()] == ["answered"]
    assert town.count("hotline_sms_taken_total", smsc="sim", what="repeat") == 1
    assert len(ask(town, "BZ")) == 1, "once it is acknowledged, the same words are a new question"


def test_what_comes_again_while_the_store_is_out_is_put_off_with_the_first(town):
    """Neither is kept, neither is lost: the SMSC has both back, and delivers again when the store answers."""
    town.store.writing = False
    phone = town.phone()
    phone.send("BZ", "12580")
    phone.send("BZ", "12580")
    for _ in range(20):
        town.pass_time(0.05)
    assert town.texts_in() == []
    assert town.count("hotline_sms_taken_total", smsc="sim", what="repeat") == 0
