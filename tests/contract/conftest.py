"""The store that the contract runs on here: SQLite in memory. tests/real runs the same contract on MariaDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from booking.clock import FixedClock
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata


@pytest.fixture
def store(small_hospital: ImmediateDatabase) -> ImmediateDatabase:
    """The small hospital on SQLite."""
    return small_hospital


@pytest.fixture
def bare(clock: FixedClock) -> Iterator[ImmediateDatabase]:
    """Tables without a row in them."""
    engine = make_engine("sqlite://")
    metadata.create_all(engine)
    yield ImmediateDatabase(engine, clock)
    engine.dispose()
