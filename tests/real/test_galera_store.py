"""The store's contract (tests/contract) on a Galera cluster of three nodes: what sells, keeps, stops and pays, and all races.

Every job is written on the first node, every second look is read on the second: what was committed here is there. CI runs the families in
``FEW``; ``GALERA_CONTRACT=all`` runs all of them (two minutes). Ids come in the cluster's strides: no test names a row by the one before it.
"""

from __future__ import annotations

import os

import pytest
from adopted import COUNTED, adopt
from sqlalchemy import event, text

from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("galera")]

FEW = ("between", "holding", "races", "waiting")

adopt(globals(), "galera", None if os.environ.get("GALERA_CONTRACT") == "all" else FEW)


def count_from_one(engine):
    """The first row of a table has id 1, as the first hospital is named; the next ones follow in the cluster's strides."""

    @event.listens_for(engine, "connect")
    def _connected(connection, _record):
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION auto_increment_offset=1")

    return engine


class TwoNodes(ImmediateDatabase):
    """Writes on the first node; of looks, every second is asked of the second node, which must have heard of all."""

    def __init__(self, engine, other, clock):
        super().__init__(engine, clock)
        self._other = ImmediateDatabase(other, clock)
        self._looks = 0

    async def look(self, thd, *args, name=None):
        self._looks += 1
        if self._looks % 2:
            return await super().look(thd, *args, name=name)

        def thd_in_step(conn, *args):
            conn.execute(text("SET SESSION wsrep_sync_wait=1"))
            return thd(conn, *args)

        return await self._other.look(thd_in_step, *args, name=name)


@pytest.fixture(scope="module")
def two_nodes(galera):
    """Engines on the first and the second node of a database with our tables."""
    galera.wait_synced()
    with galera.database() as urls:
        first, second = (count_from_one(make_engine(url)) for url in urls[:2])
        metadata.create_all(first)
        yield first, second
        first.dispose()
        second.dispose()


@pytest.fixture
def bare(two_nodes, clock):
    """Tables without a row in them."""
    first, second = two_nodes

    def thd_empty(conn):
        conn.execute(text("SET FOREIGN_KEY_CHECKS=0"))
        for name in conn.execute(COUNTED).scalars().all():
            conn.execute(text(f"TRUNCATE TABLE {name}"))
        conn.execute(text("SET FOREIGN_KEY_CHECKS=1"))

    database = TwoNodes(first, second, clock)
    database.now(thd_empty)
    return database


@pytest.fixture
def store(bare, thd_furnish):
    """The small hospital on the cluster."""
    assert bare.now(thd_furnish) == 1
    return bare
