"""A thousand at once through the real thing: reactor, threads, and a database on disk; and a MariaDB that misbehaves."""

from __future__ import annotations

import random
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest
from open_house import open_house
from sqlalchemy import func, select, text
from twisted.internet.defer import Deferred, gatherResults
from waiting import PATIENCE

from booking.clock import naive_utc, wall
from booking.outcomes import Booked, Busy, Full
from booking.reception import Reception
from booking.rules.rulebook import house_rules
from booking.store import revision
from booking.store.database import Database, make_engine
from booking.store.schema import appointment, outbox, slot
from booking.store.selling.selling import thd_sell
from booking.store.selling.terms import Terms

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]
on_mariadb = pytest.mark.needs("mariadb")

SCRIPTS = Path(__file__).parents[2] / "scripts"
PATIENTS, SLOTS = 1_000, 40


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=on_mariadb)])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hotline.db"
    return request.getfixturevalue("mariadb_url")


@pytest.fixture
def opened(clock):
    """``opened(url, reactor)``: a started Database; whatever a failed test left open is closed at the end."""
    opened = []

    def open_(url, reactor, **options):
        database = Database(make_engine(url), reactor=reactor, clock=clock, **options)
        database.start()
        opened.append(database)
        return database

    yield open_
    for database in opened:
        database.engine.dispose()


def thd_sold(conn):
    live = select(func.count()).where(appointment.c.live == 1).group_by(appointment.c.slot_id)
    return conn.execute(live).scalars().all()


def desk(database, vault, clock):
    return Reception(open_house(database, vault, clock, rng=random.SystemRandom()))


async def everybody(receptions, wishes):
    waiting = [Deferred.fromCoroutine(receptions[nth % len(receptions)].book(wish)) for nth, wish in enumerate(wishes)]
    return await gatherResults(waiting, consumeErrors=True)


def test_a_thousand_at_once(url, opened, spin, vault, clock, thd_crowd, crowd_wish):
    """1,000 concurrent wishes for 40 numbers: 40 sold, none twice, 960 clear refusals, each booking with its texts."""
    jobs = []

    async def main(reactor):
        database = opened(url, reactor, observer=lambda name, waited, ran: jobs.append((name, waited, ran)))
        revision.upgrade(database.engine)
        await database.run_slow(thd_crowd)
        told = await everybody([desk(database, vault, clock)], [crowd_wish(nth) for nth in range(PATIENTS)])
        sold = await database.look(thd_sold)
        kinds = await database.look(
            lambda conn: Counter(conn.execute(select(outbox.c.kind)).scalars().all()), name="kinds"
        )
        await database.stop()
        return told, sold, kinds

    told, sold, kinds = spin(main)
    assert Counter(type(each) for each in told) == {Booked: SLOTS, Full: PATIENTS - SLOTS}
    assert sold == [1] * SLOTS
    assert kinds == {"confirmation": SLOTS, "doctor": SLOTS}
    assert Counter(name for name, _, _ in jobs)["book"] <= 6
    assert all(waited >= 0 and ran >= 0 for _, waited, ran in jobs)


@on_mariadb
def test_three_processes_sell_one_pool(mariadb_url, opened, spin, vault, clock, thd_crowd, crowd_wish):
    """Three receptions with pools of their own, as in three processes, sell 40 numbers once between them."""

    async def main(reactor):
        databases = [opened(mariadb_url, reactor) for _ in range(3)]
        revision.upgrade(databases[0].engine)
        await databases[0].run_slow(thd_crowd)
        receptions = [desk(database, vault, clock) for database in databases]
        told = await everybody(receptions, [crowd_wish(nth) for nth in range(PATIENTS)])
        sold = await databases[1].look(thd_sold)
        for database in databases:
            await database.stop()
        return told, sold

    told, sold = spin(main)
    assert Counter(type(each) for each in told) == {Booked: SLOTS, Full: PATIENTS - SLOTS}
    assert sold == [1] * SLOTS


@on_mariadb
def test_two_batches_that_draw_the_same_codes(mariadb_url, opened, spin, vault, clock, thd_crowd, crowd_wish):
    """The second, whose look could not see the first's codes, waits for it, draws others and sells all of its own: in one go."""
    runs = []

    def thd_batch(conn, wishes):
        rng = random.Random(7)
        now, now_utc = wall(clock), naive_utc(clock)
        terms = Terms(hospital=1, rules=house_rules(), now=now, now_utc=now_utc, rng=rng)
        runs.append(wishes)
        told = thd_sell(conn, vault, terms, wishes)
        conn.execute(text("SELECT SLEEP(0.5)")).all()
        return told

    async def main(reactor):
        database = opened(mariadb_url, reactor)
        revision.upgrade(database.engine)
        await database.run_slow(thd_crowd)
        wishes = [crowd_wish(nth) for nth in range(40)]
        both = [Deferred.fromCoroutine(database.run(thd_batch, half)) for half in (wishes[:20], wishes[20:])]
        told = await gatherResults(both)
        await database.stop()
        return [answer for batch in told for answer in batch]

    told = spin(main)
    assert {type(answer) for answer in told} == {Booked}
    assert len({answer.booking.code for answer in told}) == 40
    assert len(runs) == 2


@on_mariadb
def test_a_real_deadlock_is_run_again(mariadb_url, opened, spin, thd_crowd):
    """Two jobs that lock two rows crosswise: the victim is run again, and both get done."""
    runs, crossed = [], threading.Barrier(2)

    def thd_cross(conn, first, second):
        again = first in runs
        runs.append(first)
        for row_id in (first, second):
            conn.execute(select(slot.c.id).where(slot.c.id == row_id).with_for_update()).all()
            if row_id == first and not again:
                crossed.wait(PATIENCE)  # each has its first row
        return first

    async def main(reactor):
        database = opened(mariadb_url, reactor)
        revision.upgrade(database.engine)
        await database.run_slow(thd_crowd)
        both = [Deferred.fromCoroutine(database.run(thd_cross, one, two)) for one, two in ((1, 2), (2, 1))]
        done = await gatherResults(both)
        await database.stop()
        return done

    assert spin(main) == [1, 2]
    assert len(runs) > 2


@on_mariadb
def test_a_killed_connection_is_replaced(mariadb_url, opened, spin):
    """A job whose connection is cut is run again on another."""

    def thd_suicide(conn, tries):
        tries.append(1)
        if len(tries) == 1:
            conn.execute(text("KILL CONNECTION_ID()"))
        return conn.execute(text("SELECT 1")).scalar_one()

    async def main(reactor):
        database = opened(mariadb_url, reactor)
        revision.upgrade(database.engine)
        tries = []
        one = await database.run(thd_suicide, tries)
        await database.stop()
        return one, tries

    assert spin(main) == (1, [1, 1])


def bring(what, *args):
    """Run mariadb-up or mariadb-down; the reactor stands still meanwhile, as nothing else needs it."""
    subprocess.run([SCRIPTS / what, *args], check=True, capture_output=True, timeout=120)


@on_mariadb
def test_an_outage_is_busy_and_passes(mariadb_run, opened, spin):
    """While the server is down requests are refused as busy; when it is back they are served again."""
    run, url = mariadb_run

    def thd_one(conn):
        return conn.execute(text("SELECT 1")).scalar_one()

    async def main(reactor):
        database = opened(url, reactor)
        revision.upgrade(database.engine)
        assert await database.look(thd_one) == 1
        bring("mariadb-down", run)
        with pytest.raises(Busy):
            await database.look(thd_one)
        port = url.split(":")[-1].split("/")[0]
        bring("mariadb-up", "--port", port, run)
        one = await database.look(thd_one)
        await database.stop()
        return one

    assert spin(main) == 1


@on_mariadb
def test_migrations_up_and_down(mariadb_url):
    """Every step up and down leaves MariaDB with the tables the program knows, and then with none."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from booking.store.schema import metadata

    engine = make_engine(mariadb_url)
    assert "hotline db upgrade" in revision.check(engine)
    revision.upgrade(engine)
    assert revision.check(engine) is None
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    revision.downgrade(engine, "base")
    assert revision.current(engine) is None
    engine.dispose()
