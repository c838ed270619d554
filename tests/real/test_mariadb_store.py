"""The store's contract (tests/contract) once more, on a real MariaDB."""

from __future__ import annotations

import pytest
from adopted import COUNTED, adopt
from sqlalchemy import text

from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

adopt(globals(), "mariadb")


@pytest.fixture(scope="module")
def mariadb(new_mariadb):
    """An engine on a database with our tables."""
    with new_mariadb() as url:
        engine = make_engine(url)
        metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def bare(mariadb, clock):
    """Tables without a row in them, ids counted from 1."""

    def thd_empty(conn):
        conn.execute(text("SET FOREIGN_KEY_CHECKS=0"))
        for name in conn.execute(COUNTED).scalars().all():
            conn.execute(text(f"TRUNCATE TABLE {name}"))
        conn.execute(text("SET FOREIGN_KEY_CHECKS=1"))

    database = ImmediateDatabase(mariadb, clock)
    database.now(thd_empty)
    return database


@pytest.fixture
def store(bare, thd_furnish):
    """The small hospital on MariaDB."""
    assert bare.now(thd_furnish) == 1
    return bare
