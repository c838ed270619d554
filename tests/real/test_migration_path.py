"""A year of migrations on a real MariaDB, with rows in every table."""

from __future__ import annotations

import pytest
from migration_path import full_house_down_and_up, up_and_down
from sqlalchemy import text

from booking.store import revision
from booking.store.database import make_engine

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]


@pytest.fixture
def engine(mariadb_url):
    engine = make_engine(mariadb_url)
    yield engine
    engine.dispose()


def test_every_step_keeps_what_a_mariadb_holds(engine):
    """A database of the first program is brought to the newest and back: every row says at the end what it said at first."""
    up_and_down(engine)


def test_a_full_house_on_mariadb_goes_back_without_selling_anything_twice(engine):
    """What the old program cannot say (held, arrived, several at one start) becomes what it can; nothing else changes."""
    full_house_down_and_up(engine)


def test_a_step_may_take_longer_than_a_callers_statement(engine):
    """A big table is rebuilt for minutes: the limit of 20 s that holds for callers does not hold for an upgrade."""
    with engine.connect() as conn:
        assert conn.execute(text("SELECT @@max_statement_time")).scalar_one() == 20
    with revision._moving(engine) as conn:
        assert conn.execute(text("SELECT @@max_statement_time")).scalar_one() == 0
