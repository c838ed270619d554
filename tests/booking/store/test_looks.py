"""Looks asked for at once share a transaction, and nothing else: each has its own answer or its own error."""

from __future__ import annotations

import pytest
import sqlalchemy.exc
from sqlalchemy import func, select
from twisted.internet.task import Clock

from booking.store.engine import make_engine
from booking.store.faults import TryAgain
from booking.store.looks import TOGETHER_MOST, Looks
from booking.store.schema import hospital, metadata
from booking.trace import trace_id


class Reactor(Clock):
    def callFromThread(self, call, *args):
        call(*args)


class Pool:
    """Works at once, and counts the hops."""

    hops = 0

    def callInThreadWithCallback(self, done, call):
        self.hops += 1
        done(True, call())


@pytest.fixture
def engine(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/looks.db")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def seen():
    return []


@pytest.fixture
def pool():
    return Pool()


@pytest.fixture
def answers(engine, pool, seen):
    """What these looks, asked for in one turn, find or raise."""

    def ask(*thds):
        reactor = Reactor()
        looks = Looks(engine, pool=pool, reactor=reactor, watch=lambda *told: seen.append(told))
        told = []
        for nth, thd in enumerate(thds):
            looks.ask(str(nth), thd).addBoth(lambda found: told.append(getattr(found, "value", found)))
        assert told == []
        reactor.advance(0)
        return told

    return ask


def thd_count(conn):
    return conn.execute(select(func.count()).select_from(hospital)).scalar()


def test_looks_of_one_turn_share_a_connection(answers, pool, seen):
    """Three looks are one hop and one connection; each is watched under its own name."""
    first, second, count = answers(id, id, thd_count)
    assert (first == second, count, pool.hops) == (True, 0, 1)
    assert [name for name, *_ in seen] == ["0", "1", "2"]


def test_no_more_than_so_many_share(answers, pool):
    """A slow look delays a bounded number of others."""
    assert len(answers(*[thd_count] * (TOGETHER_MOST + 1))) == TOGETHER_MOST + 1
    assert pool.hops == 2


def test_what_one_raises_is_its_own(answers):
    """The look before and the look after a failure are answered, and it alone hears of it."""

    def thd_fail(_conn):
        raise TryAgain

    first, second, third = answers(thd_count, thd_fail, thd_count)
    assert (first, third) == (0, 0)
    assert isinstance(second, TryAgain)


def test_after_a_failure_another_transaction_begins(answers):
    """A failed look may have broken its transaction: nobody else is served in it."""
    connections = []

    def thd_fail(conn):
        connections.append(conn)
        raise ValueError

    answers(thd_fail, connections.append)
    assert connections[0] is not connections[1]


def test_without_a_connection_all_are_told(answers, engine, tmp_path):
    """When the database does not answer it is asked once, not once for each."""
    engine.dispose()
    (tmp_path / "looks.db").unlink()
    (tmp_path / "looks.db").mkdir()
    told = answers(thd_count, thd_count)
    assert [type(one) for one in told] == [sqlalchemy.exc.OperationalError] * 2


def test_nothing_live_leaves(answers):
    """A result that still hangs on the connection is refused."""
    (told,) = answers(lambda conn: conn.execute(select(hospital)))
    assert isinstance(told, AssertionError)


def test_each_look_keeps_its_trace(answers):
    """The id of the text or call that asked is set while its look runs, and not in its neighbour's."""
    found = []
    asked = []
    for trace in ("sms:1", "sms:2"):
        asked.append((trace, lambda _conn: found.append(trace_id.get())))
    pool, reactor = Pool(), Reactor()
    engine = make_engine("sqlite://")
    looks = Looks(engine, pool=pool, reactor=reactor, watch=lambda *_: None)
    for trace, thd in asked:
        token = trace_id.set(trace)
        looks.ask("trace", thd)
        trace_id.reset(token)
    reactor.advance(0)
    engine.dispose()
    assert found == ["sms:1", "sms:2"]
