"""A year of migrations on a real MariaDB, with rows in every table."""

from __future__ import annotations

import pytest
from migration_path import full_house_down_and_up, up_and_down

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
