"""Jobs: one transaction each, run again on transient faults, bounded, and nothing live leaves them."""

from __future__ import annotations

import pymysql.err
import pytest
import sqlalchemy.exc
from sqlalchemy import insert, select, text
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import LogLevel, globalLogPublisher

from booking.outcomes import Busy
from booking.store.database import Database, make_engine
from booking.store.faults import TryAgain, is_outage, is_transient
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import hospital, metadata
from booking.trace import trace_id

ROW = {"code": "x", "name": "x", "short_name": "x", "address": "", "phone": ""}


class Reactor(Clock):
    def callFromThread(self, call, *args):
        call(*args)


class Pool:
    """A thread pool without threads: jobs wait until ``work`` is called."""

    def __init__(self, most, name):
        self.name, self.most, self.jobs, self.running = name, most, [], False

    def start(self):
        self.running = True

    def stop(self):
        self.running = False

    def callInThreadWithCallback(self, done, call):
        self.jobs.append((done, call))

    def work(self):
        while self.jobs:
            done, call = self.jobs.pop(0)
            try:
                result = call()
            except BaseException:
                from twisted.python.failure import Failure

                done(False, Failure())
            else:
                done(True, result)


@pytest.fixture
def engine(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path}/jobs.db")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def pools():
    return {}


@pytest.fixture
def reactor():
    return Reactor()


@pytest.fixture
def observed():
    return []


@pytest.fixture
def database(engine, clock, reactor, pools, observed):
    def make(most, name):
        return pools.setdefault(name, Pool(most, name))

    database = Database(
        engine,
        reactor=reactor,
        clock=clock,
        waiting_max=3,
        observer=lambda *seen: observed.append(seen),
        workers=make,
    )
    database.start()
    return database


@pytest.fixture
def ask(reactor, pools):
    """``ask(coroutine)``: let the pools work and the clock go until it has an answer."""

    def run(coroutine):
        results = []
        Deferred.fromCoroutine(coroutine).addBoth(lambda result: results.append(getattr(result, "value", result)))
        for _ in range(20):
            for pool in pools.values():
                pool.work()
            reactor.advance(0.1)
        return results[0]

    return run


def thd_add(conn, code="x"):
    return conn.execute(insert(hospital).values({**ROW, "code": code})).rowcount


def thd_codes(conn):
    return conn.execute(select(hospital.c.code)).scalars().all()


def fault(code, kind=sqlalchemy.exc.OperationalError):
    return kind("SELECT secret", {}, pymysql.err.OperationalError(code, "told by the server"))


def test_a_run_commits_and_a_look_does_not(database, ask):
    """What a job writes stays; what a look writes is gone."""
    assert ask(database.run(thd_add)) == 1
    assert ask(database.look(thd_add, "y")) == 1
    assert ask(database.run_slow(thd_add, "z")) == 1
    assert ask(database.look(thd_codes)) == ["x", "z"]


def test_a_job_that_fails_leaves_nothing(database, ask):
    """An exception undoes the whole function, and comes to the caller as it is."""

    def thd_half(conn):
        thd_add(conn)
        raise ValueError("half way")

    assert isinstance(ask(database.run(thd_half)), ValueError)
    assert ask(database.look(thd_codes)) == []


def test_writes_queue_in_one_thread_on_sqlite(database, pools, ask, reactor):
    """On SQLite one writer, many readers and two for slow work; jobs are counted and observed by name."""
    Deferred.fromCoroutine(database.run(thd_add))
    Deferred.fromCoroutine(database.look(thd_codes))
    reactor.advance(0)
    assert {name: (pool.most, len(pool.jobs)) for name, pool in pools.items()} == {
        "store": (5, 1),
        "store-writer": (1, 1),
        "store-slow": (2, 0),
    }
    assert database.jobs == 2
    ask(database.look(thd_codes))
    assert database.jobs == 0


def test_every_try_is_observed(database, ask, observed, reactor):
    """The observer hears the job's name, how long it waited and how long it ran."""

    def thd_long(_conn):
        reactor.advance(0.25)

    ask(database.run(thd_long, name="long"))
    ask(database.look(thd_codes))
    assert observed[0] == ("long", 0.0, 0.25)
    assert observed[1][0] == "thd_codes"


@pytest.mark.parametrize("failures", [1, 3])
def test_a_transient_fault_is_run_again(database, ask, failures):
    """A deadlock runs the whole function again, at most three times."""
    left = [1213] * failures

    def thd_unlucky(conn):
        thd_add(conn, f"try{len(left)}")
        if left:
            raise fault(left.pop())
        return "done"

    assert ask(database.run(thd_unlucky)) == "done"
    assert ask(database.look(thd_codes)) == ["try0"]


def test_past_three_retries_it_is_busy(database, ask):
    """A fault that does not pass ends as Busy, after four tries."""
    tries = []

    def thd_hopeless(_conn):
        tries.append(1)
        raise TryAgain

    assert isinstance(ask(database.run(thd_hopeless)), Busy)
    assert len(tries) == 4


def test_past_two_seconds_it_is_busy(database, ask, reactor):
    """A job that took too long already is not run again."""
    tries = []

    def thd_slow_fault(_conn):
        tries.append(1)
        reactor.advance(3)
        raise fault(1205)

    assert isinstance(ask(database.run(thd_slow_fault)), Busy)
    assert len(tries) == 1


def test_an_outage_is_busy_at_once(database, ask):
    """Without connections there is no point in trying; the log names the job and nothing that was asked for."""
    events = []
    globalLogPublisher.addObserver(events.append)

    def thd_out(_conn):
        raise fault(1040)

    try:
        assert isinstance(ask(database.run(thd_out, name="book")), Busy)
    finally:
        globalLogPublisher.removeObserver(events.append)
    told = [event for event in events if event["log_level"] is LogLevel.warn]
    assert [(event["job"], event["fault"]) for event in told] == [("book", "OperationalError 1040")]
    assert all("log_failure" not in event for event in events), "an outage is no bug: no traceback for each job of it"


def test_too_many_jobs_are_refused(database, ask):
    """Past the bound a job is refused at once, and the others are not harmed."""
    waiting = [Deferred.fromCoroutine(database.run(thd_add, str(nth))) for nth in range(3)]
    assert isinstance(ask(database.look(thd_codes)), Busy)
    assert [one.result for one in waiting] == [1, 1, 1]


def test_no_job_before_start_or_after_stop(engine, clock, reactor, ask):
    """A store that is not open is busy."""
    closed = Database(engine, reactor=reactor, clock=clock, workers=Pool)
    assert isinstance(ask(closed.run(thd_add)), Busy)


def test_stopping_waits_for_accepted_jobs(database, pools):
    """What was accepted is done before the threads end; nothing new is taken."""
    done, stopped = [], []
    Deferred.fromCoroutine(database.run(thd_add)).addCallback(done.append)
    Deferred.fromCoroutine(database.stop()).addCallback(stopped.append)
    refused = Deferred.fromCoroutine(database.run(thd_add))
    assert refused.result.check(Busy)
    refused.addErrback(lambda _: None)
    assert (done, stopped) == ([], [])
    assert all(pool.running for pool in pools.values())
    pools["store-writer"].work()
    assert (done, stopped) == ([1], [None])
    assert not any(pool.running for pool in pools.values())


def test_stopping_an_idle_store(database, ask):
    """Nothing to wait for."""
    assert ask(database.stop()) is None


@pytest.mark.parametrize("live", ["row", "rows", "result", "mapping"])
def test_nothing_live_leaves_its_transaction(database, ask, live):
    """Rows and results are turned into values inside the job, or the job is a bug."""
    ask(database.run(thd_add))

    def thd_leak(conn):
        result = conn.execute(select(hospital))
        match live:
            case "result":
                return result
            case "rows":
                return result.all()
            case "row":
                return result.first()
            case _:
                return result.mappings().first()

    assert isinstance(ask(database.look(thd_leak)), AssertionError)


def test_the_trace_follows_into_the_thread(database, ask):
    """A job's log lines carry the id of the call or text that caused it."""
    token = trace_id.set("sms:41")
    try:
        assert ask(database.look(lambda conn: trace_id.get(), name="trace")) == "sms:41"
    finally:
        trace_id.reset(token)


def test_jobs_at_once(engine, clock, result_of):
    """Without threads the same jobs run on the spot, with the same retries and the same Busy."""
    database = ImmediateDatabase(engine, clock)
    database.start()
    left = [TryAgain(), TryAgain()]

    def thd_unlucky(conn):
        if left:
            raise left.pop()
        return thd_add(conn)

    def thd_out(_conn):
        raise fault(1213)

    def thd_bug(_conn):
        raise ValueError

    assert result_of(database.run(thd_unlucky)) == 1
    assert result_of(database.run_slow(thd_add, "y")) == 1
    assert result_of(database.look(thd_codes)) == ["x", "y"]
    with pytest.raises(Busy):
        result_of(database.run(thd_out))
    with pytest.raises(ValueError):  # noqa: PT011 - any message
        result_of(database.run(thd_bug))
    result_of(database.stop())


def test_sqlite_is_durable_and_strict(engine):
    """WAL, synchronous=FULL, foreign keys on."""
    with engine.connect() as conn:
        pragma = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_errors_hide_what_was_asked_for(engine):
    """An error's text never holds the values of a statement."""
    with pytest.raises(sqlalchemy.exc.OperationalError) as caught, engine.connect() as conn:
        conn.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "张三"})
    assert "张三" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "transient", "outage"),
    [
        (TryAgain(), True, True),
        (fault(1213), True, True),
        (fault(2013), True, True),
        (fault(1047), True, True),
        (fault(1040), False, True),
        (fault(1146, sqlalchemy.exc.ProgrammingError), False, False),
        (fault(1062, sqlalchemy.exc.IntegrityError), False, False),
        (fault(0, sqlalchemy.exc.InterfaceError), True, True),
        (fault(5, sqlalchemy.exc.InterfaceError), False, False),
        (fault("database is locked"), True, True),
        (fault("database or disk is full"), False, True),
        (fault("no such table: nowhere"), False, False),
        (sqlalchemy.exc.OperationalError("x", {}, Exception()), False, False),
        (sqlalchemy.exc.OperationalError("x", {}, Exception(), connection_invalidated=True), True, True),
        (sqlalchemy.exc.TimeoutError("no connection in 30 s"), False, True),
        (ValueError("1213"), False, False),
    ],
)
def test_which_faults_are_what(error, transient, outage):
    """Deadlocks, lock waits and lost connections are run again; a duplicate key is an answer; a bug is a bug."""
    assert (is_transient(error), is_outage(error)) == (transient, outage)


def test_a_mariadb_engine_is_made_without_connecting():
    """The engine for MariaDB hides parameters and does not connect before it is used."""
    engine = make_engine("mysql+pymysql://root@127.0.0.1:1/nowhere")
    assert engine.hide_parameters
    assert engine.url.query["charset"] == "utf8mb4"
