"""Leases as processes hold them: who works, who stands by, and who takes over when."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from booking.clock import FixedClock
from booking.outcomes import Busy
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata, stock
from hotline.leases import TERM_SECONDS, Holder, JobLeases, LeasedJob, Leases, Tenure
from hotline.periodic import ELSEWHERE

AT_ONCE = SynchronousTestCase()


def done(coroutine: object) -> object:
    return AT_ONCE.successResultOf(Deferred.fromCoroutine(coroutine))  # type: ignore[arg-type]


@pytest.fixture
def store(clock: FixedClock) -> Iterator[ImmediateDatabase]:
    engine = make_engine("sqlite://")
    metadata.create_all(engine)
    yield ImmediateDatabase(engine, clock)
    engine.dispose()


class House:
    """Two processes on one database, their clocks together."""

    def __init__(self, store: ImmediateDatabase, clock: FixedClock) -> None:
        self.reactor = Clock()
        self.clock = clock
        self.gone: set[str] = set()
        self.one, self.two = self._leases(store, 1), self._leases(store, 2)

    def _leases(self, store: ImmediateDatabase, pid: int) -> Leases:
        holder = Holder("m.1", pid, "draw", "host")
        return Leases(
            store=store,
            clock=self.clock,
            reactor=self.reactor,
            holder=holder,
            hospital=1,
            gone=lambda other: other in self.gone,
        )

    def pass_seconds(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.clock.at += timedelta(seconds=0.1)
            self.reactor.advance(0.1)


@pytest.fixture
def house(store: ImmediateDatabase, clock: FixedClock) -> House:
    return House(store, clock)


class Bind:
    """What a tenure does."""

    def __init__(self, leases: Leases) -> None:
        self.up = False
        self.tenure = Tenure("smsc:cmcc", leases, gained=self.gained, lost=self.lost)

    async def gained(self) -> None:
        self.up = True

    async def lost(self) -> None:
        self.up = False


def test_the_second_process_stands_by_and_takes_over(house: House) -> None:
    """While the first lives the second is not bound; when it is heard no more, within two terms."""
    one, two = Bind(house.one), Bind(house.two)
    one.tenure.startService()
    two.tenure.startService()
    house.pass_seconds(60)
    assert (one.up, two.up, two.tenure.standing_by) == (True, False, True)
    one.tenure._next.cancel()  # type: ignore[union-attr]  # as a kill does: no sign of life any more
    house.pass_seconds(2 * TERM_SECONDS)
    assert two.up
    two.tenure.stopService()


def test_a_process_that_is_gone_is_not_waited_for(house: House) -> None:
    """Killed on this very machine: with the next look."""
    one, two = Bind(house.one), Bind(house.two)
    one.tenure.startService()
    two.tenure.startService()
    one.tenure._next.cancel()  # type: ignore[union-attr]
    house.gone.add(str(house.one.holder))
    house.pass_seconds(TERM_SECONDS / 3 + 0.2)
    assert two.up
    two.tenure.stopService()


def test_a_stop_gives_the_lease_back(house: House) -> None:
    """After a stop in order the standby waits for no term to end."""
    one, two = Bind(house.one), Bind(house.two)
    one.tenure.startService()
    two.tenure.startService()
    one.tenure.stopService()
    house.pass_seconds(TERM_SECONDS / 3 + 0.2)
    assert two.up
    two.tenure.stopService()


def test_a_clock_set_back_an_hour_neither_makes_two_holders_nor_none(house: House) -> None:
    """The living keeps it; when he dies, the standby waits a term of its own time, not the hour."""
    one, two = Bind(house.one), Bind(house.two)
    one.tenure.startService()
    two.tenure.startService()
    house.pass_seconds(1)
    one.tenure._next.cancel()  # type: ignore[union-attr]
    house.clock.at -= timedelta(hours=1)
    house.pass_seconds(TERM_SECONDS / 2)
    assert not two.up
    house.pass_seconds(2 * TERM_SECONDS)
    assert two.up
    two.tenure.stopService()


def test_whoever_wakes_up_late_hears_that_it_is_anothers(house: House) -> None:
    """A process that was frozen for a minute gives up what it held."""
    one, two = Bind(house.one), Bind(house.two)
    one.tenure.startService()
    frozen, one.tenure._next = one.tenure._next, None
    frozen.cancel()  # type: ignore[union-attr]
    house.pass_seconds(2 * TERM_SECONDS)
    two.tenure.startService()
    one.tenure._go_round()
    assert (one.up, two.up) == (False, True)
    one.tenure.stopService()
    two.tenure.stopService()


def test_an_outage_unseats_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is out nobody can take the lease: the bind stays, also through a stop."""
    one = Bind(house.one)
    one.tenure.startService()

    async def busy(*_: object, **__: object) -> None:
        raise Busy("out")

    monkeypatch.setattr(house.one.store, "run", busy)
    house.pass_seconds(3 * TERM_SECONDS)
    assert one.up
    done(one.tenure._leave())


def test_a_job_runs_in_one_process_and_is_handed_over(house: House) -> None:
    """Each has the same job; only one does it, until it stops."""
    runs: list[str] = []

    def job(leases: Leases, name: str) -> LeasedJob:
        async def body() -> None:
            runs.append(name)

        return LeasedJob("x", 10.0, body, leases, hospital=None)

    one, two = job(house.one, "one"), job(house.two, "two")
    at_one, at_two = JobLeases([one]), JobLeases([two])
    with capturedLogs() as log:
        for _ in range(3):
            assert done(one()) is None
            assert done(two()) == ELSEWHERE
        assert runs == ["one"] * 3
        assert (at_one.ours(), at_two.ours()) == (["x"], [])
        AT_ONCE.successResultOf(at_one.stopService())
        done(two())
    assert runs[-1] == "two"
    assert (at_one.ours(), at_two.ours()) == ([], ["x"])
    assert [formatEvent(event) for event in log] == ["job:x is ours", "job:x is ours"], (
        "told once by each, not with each run"
    )


def test_a_job_that_another_took_over_is_said_to_be_so(house: House) -> None:
    """The process slept past its lease: the log says that the job went on elsewhere."""

    async def body() -> None:
        return

    one, two = (LeasedJob("x", 1.0, body, leases, hospital=None) for leases in (house.one, house.two))
    done(one())
    house.pass_seconds(60)
    done(two())
    with capturedLogs() as log:
        assert done(one()) == ELSEWHERE
    assert [formatEvent(event) for event in log] == ["job:x is another's now"]
    assert not one.ours


def test_a_job_that_lost_its_lease_half_way_writes_nothing_more(house: House, store: ImmediateDatabase) -> None:
    """The process slept between two transactions of its job, and another had taken the job: the second one is refused, quietly."""
    written: list[int] = []

    def thd_row(conn: object, nth: int) -> None:
        conn.execute(insert(stock).values(hospital_id=nth, version=1))  # type: ignore[attr-defined]

    async def body() -> None:
        for nth in (1, 2):
            await store.run(thd_row, nth)
            written.append(nth)
            house.clock.at += timedelta(hours=1)
            store.now(_taken_by_another, house)

    def _taken_by_another(conn: object, house: House) -> None:
        from booking.clock import naive_utc
        from booking.store.cluster.leases import thd_take_lease

        thd_take_lease(conn, 1, "job:x", "another", 60.0, naive_utc(house.clock))  # type: ignore[arg-type]

    assert done(LeasedJob("x", 10.0, body, house.one, hospital=None)()) == ELSEWHERE
    assert written == [1]


def test_a_long_run_keeps_its_lease(house: House) -> None:
    """Nobody starts the same job beside it, however long it takes."""
    going: Deferred[None] = Deferred()

    async def body() -> None:
        await going

    job = LeasedJob("x", 3.0, body, house.one, hospital=None)
    running = Deferred.fromCoroutine(job())
    house.pass_seconds(60)
    assert done(house.two.take("job:x", 9.0)) is None
    done(job.leave())
    going.callback(None)
    AT_ONCE.successResultOf(running)
    assert done(house.two.take("job:x", 9.0)) is not None, "left as soon as the run was over"


def test_whether_a_process_is_gone_is_told_only_of_ones_own_machine(tmp_path: Path) -> None:
    """A number is the same process only after the same start, in the same namespace; an unreadable /proc says nothing."""
    (tmp_path / "self" / "ns").mkdir(parents=True)
    (tmp_path / "self" / "ns" / "pid").touch()
    boot = tmp_path / "sys" / "kernel" / "random" / "boot_id"
    boot.parent.mkdir(parents=True)
    boot.write_text("0f0f0f0f-aaaa-bbbb-cccc-000000000000\n")
    (tmp_path / "77").mkdir()
    mine = Holder.of_this_process(random.Random(1), tmp_path)
    assert mine.is_gone(f"{mine.machine}/78/aa/host", tmp_path)
    assert not mine.is_gone(f"{mine.machine}/77/aa/host", tmp_path)
    assert not mine.is_gone("other.1/78/aa/host", tmp_path)
    assert not mine.is_gone("", tmp_path)
    assert mine.is_gone(f"{mine.machine}/{mine.pid}/other/host", tmp_path), "our number, an earlier life"
    assert not mine.is_gone(str(mine), tmp_path)
    assert not mine.is_gone(f"{mine.machine}/78/aa/host", tmp_path / "none")
    assert Holder.of_this_process(random.Random(1), tmp_path / "none").machine == "unknown"
