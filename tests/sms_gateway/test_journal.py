"""Everything the gateway writes shares transactions, and each entry keeps its own result."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from booking.clock import naive_utc
from booking.store.mail.answers import Answered
from booking.store.mail.dialogue import thd_pending
from booking.store.mail.inbox import Incoming, New, Repeat
from booking.store.mail.outbox import OutgoingText
from booking.store.schema import outbox
from sms_gateway.journal import Claim, Journal, Posted, Told

PHONE = "+8613800138000"


class Sender:
    """A link with room for two texts."""

    def __init__(self):
        self.rung = False
        self.letters = []

    def offer(self, posted):
        return Claim(smsc="sim", hospital=1, limit=2) if posted or self.rung else None

    def take(self, claim, letters):
        self.letters.append([letter.body for letter in letters])


class Counting:
    """The store, counting its transactions; while ``slow`` is a Deferred they wait for it."""

    def __init__(self, database):
        self.database = database
        self.transactions = 0
        self.slow = None

    async def run(self, thd, *args, name=None):
        self.transactions += 1
        if self.slow is not None:
            await self.slow
        return await self.database.run(thd, *args)


@pytest.fixture
def store(small_hospital):
    return Counting(small_hospital)


@pytest.fixture
def journal(store, vault, clock):
    return Journal(reactor=Clock(), database=store, vault=vault, clock=clock)


def start(coroutine):
    return Deferred.fromCoroutine(coroutine)


def incoming(clock, sequence):
    return Incoming(
        hospital=1,
        smsc="sim",
        bind="b",
        sequence=sequence,
        source=PHONE,
        destination="12580",
        text="BZ",
        concat=None,
        digest=b"d" * 32,
        at=naive_utc(clock),
    )


def posted(inbox_id, body, question=None):
    reply = OutgoingText(to=PHONE, body=body, kind="reply", lane=0, dedupe="")
    answered = Answered(inbox_id=inbox_id, hospital=1, outcome="OK", reply=reply)
    return Posted(answered=answered, phone=PHONE, question=question)


def test_kinds_that_meet_share_a_transaction_and_keep_their_results(journal, store, clock):
    """A text, its repeat and a receipt that came during a transaction need one more, and each hears its own result."""
    store.slow = Deferred()
    first = start(journal.take(incoming(clock, 1)))
    told = Told(smsc="sim", message_id="7", state="DELIVERED", at=naive_utc(clock))
    rest = [start(journal.take(incoming(clock, 2))), start(journal.tell(told)), start(journal.take(incoming(clock, 2)))]
    store.slow.callback(None)
    assert store.transactions == 2
    assert isinstance(first.result, New)
    new, known, repeat = (each.result for each in rest)
    assert isinstance(new, New)
    assert known is False
    assert repeat == Repeat(inbox_id=new.inbox_id)


def test_an_answer_is_claimed_in_the_transaction_that_posts_it(journal, store, clock):
    """A link with room sends the answer without another look at the store."""
    sender = Sender()
    journal.enlist(sender)
    taken = start(journal.take(incoming(clock, 1))).result
    start(journal.post(posted(taken.inbox_id, "答")))
    assert sender.letters == [["答"]]
    assert store.transactions == 2


def test_a_text_answered_before_is_not_answered_again(journal, small_hospital, vault, clock):
    """Neither a second reply nor another question comes of it."""
    taken = start(journal.take(incoming(clock, 1))).result
    start(journal.post(posted(taken.inbox_id, "一", "first")))
    start(journal.post(posted(taken.inbox_id, "二", "second")))
    texts = small_hospital.now(lambda conn: conn.execute(select(func.count()).select_from(outbox)).scalar_one())
    assert texts == 1
    pending = small_hospital.now(thd_pending, vault, 1, PHONE, naive_utc(clock) + timedelta(minutes=9))
    assert pending.state == "first"


def test_a_nudge_with_nobody_to_ask_costs_no_transaction(journal, store):
    """Nothing to write, nobody with room: the store is left alone."""
    journal.nudge()
    assert store.transactions == 0


def test_a_nudge_asks_the_links(journal, store):
    """A link that rang is asked for an offer even when nothing else is written."""
    sender = Sender()
    sender.rung = True
    journal.enlist(sender)
    journal.nudge()
    assert sender.letters == [[]]
    assert store.transactions == 1
