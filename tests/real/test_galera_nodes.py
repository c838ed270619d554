"""A cluster's nodes as the store uses them: the preferred one, another in its place, back again; a lost commit is looked for."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pymysql
import pytest
from sqlalchemy import insert, make_url, select, text, update
from sqlalchemy.exc import OperationalError
from twisted.internet.threads import deferToThreadPool
from waiting import wait_until

from booking.clock import FixedClock
from booking.outcomes import Busy
from booking.store.cluster.routing import thd_probe
from booking.store.database import Database, make_engine
from booking.store.engine import cluster_of
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata, stock

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("galera")]

CLOCK = FixedClock.at_wall("2026-07-14 09:00")


@pytest.fixture
def engine(galera, galera_urls) -> Iterator[object]:
    galera.wait_synced()
    engine = make_engine(galera_urls[0], nodes=galera_urls[1:])
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def thd_node(conn) -> str:
    return str(conn.execute(text("SELECT @@wsrep_node_name")).scalar_one())


def thd_bump(conn, hospital: int) -> int:
    """One more; the row is made when it is missing."""
    found = conn.execute(update(stock).where(stock.c.hospital_id == hospital).values(version=stock.c.version + 1))
    if not found.rowcount:
        conn.execute(insert(stock).values(hospital_id=hospital, version=1))
    return int(conn.execute(select(stock.c.version).where(stock.c.hospital_id == hospital)).scalar_one())


def test_another_node_stands_in_and_the_preferred_one_is_returned_to(galera, engine, spin):
    """Killed under work: the next job is done on the second node, finding all that was done; after a while in step, on the first again."""
    cluster = cluster_of(engine)
    cluster._nodes.back_seconds = 2.0

    async def main(reactor):
        database = Database(engine, reactor=reactor, clock=CLOCK)
        database.start()
        try:
            assert await database.look(thd_node) == "g1"
            assert await database.run(thd_bump, 1) == 1
            galera.kill(1)
            done = None
            end = time.monotonic() + 30
            while done is None:
                try:
                    done = await database.run(thd_bump, 1)
                except Busy:
                    assert time.monotonic() < end
            assert done == 2
            where = await database.look(thd_node)
            pool = reactor.getThreadPool()
            await deferToThreadPool(reactor, pool, galera.up, 1)
            await deferToThreadPool(
                reactor, pool, wait_until, lambda: cluster.current == 0, 30.0, "did not return to the preferred node"
            )
            return where, await database.look(thd_node), await database.run(thd_bump, 1)
        finally:
            await database.stop()

    assert spin(main, 120) == ("g2", "g1", 3)
    assert cluster.moves in {2, 3, 4}, (
        "while the others close their ranks one of them may seem away, too; it does not flap"
    )


def test_a_certification_failure_runs_the_whole_function_again(engine, galera_urls):
    """Another node wrote the same row first: the loser starts over from its first statement and sees what the other did."""
    store = ImmediateDatabase(engine, CLOCK)
    store.now(thd_bump, 7)
    other = make_engine(galera_urls[1])
    tries = []

    def thd_contested(conn):
        seen = conn.execute(select(stock.c.version).where(stock.c.hospital_id == 7)).scalar_one()
        tries.append(seen)
        conn.execute(update(stock).where(stock.c.hospital_id == 7).values(version=stock.c.version + 1))
        if len(tries) == 1:
            with other.begin() as their:
                their.execute(update(stock).where(stock.c.hospital_id == 7).values(version=stock.c.version + 10))
        return seen

    assert store.now(thd_contested) == 11
    assert tries == [1, 11]
    with engine.connect() as conn:
        assert conn.execute(select(stock.c.version).where(stock.c.hospital_id == 7)).scalar_one() == 12
    other.dispose()


def test_a_node_without_its_peers_answers_a_ping_and_is_no_node(galera, galera_urls, engine):
    """Told to refuse work it still lets one in; the probe finds it away, and new connections go to the next."""
    url = make_url(galera_urls[0])
    where = {"host": "127.0.0.1", "port": url.port, "user": "root", "database": url.database}
    admin, plain = pymysql.connect(**where), pymysql.connect(**where)
    admin.cursor().execute("SET GLOBAL wsrep_reject_queries=ALL")
    try:
        plain.ping(reconnect=False)
        with pytest.raises(pymysql.Error, match="1047"):
            thd_probe(plain, "x")
        assert ImmediateDatabase(engine, CLOCK).now(thd_node) == "g2"
    finally:
        admin.cursor().execute("SET GLOBAL wsrep_reject_queries=NONE")
        plain.close()
        admin.close()


def test_when_no_node_answers_the_store_is_out(galera_urls):
    """Nobody listens anywhere: an outage, not a bug."""
    nowhere = [url.replace("127.0.0.1", "127.0.0.9") for url in galera_urls]
    engine = make_engine(nowhere[0], nodes=nowhere[1:])
    with pytest.raises(OperationalError), engine.connect():
        pass
    assert cluster_of(engine).away(2)
    engine.dispose()


def test_a_commit_lost_in_flight_is_decided_by_the_request_key(galera_urls, engine):
    """The connection dies with the commit's answer: the function runs again, finds its own row and writes no second one."""
    store = ImmediateDatabase(engine, CLOCK)
    runs = []

    def thd_once(conn):
        runs.append(1)
        if conn.execute(select(stock.c.version).where(stock.c.hospital_id == 9)).first() is not None:
            return "found"
        conn.execute(insert(stock).values(hospital_id=9, version=1))
        if len(runs) == 1:
            lose_the_answer(conn.connection.dbapi_connection)
        return "made"

    assert store.now(thd_once) == "found"
    assert len(runs) == 2


def lose_the_answer(connection) -> None:
    """COMMIT reaches the server; its answer does not come back."""
    commit = connection.commit

    def lost():
        commit()
        connection._sock.close()
        raise pymysql.OperationalError(2013, "Lost connection to MySQL server during query")

    connection.commit = lost
