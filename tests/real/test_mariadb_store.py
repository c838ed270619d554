"""The store's contract (tests/contract) once more, on a real MariaDB."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

_CONTRACT = Path(__file__).parents[1] / "contract"


def _adopt() -> None:
    """Every test and fixture of the contract's modules becomes one of this module; the fixtures below are theirs, too."""
    mine: dict[str, str] = {}
    for path in sorted(_CONTRACT.glob("test_store_*.py")):
        name = f"mariadb_{path.stem}"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        for key, value in vars(module).items():
            is_test, is_fixture = key.startswith("test_"), type(value).__name__ == "FixtureFunctionDefinition"
            if is_test or is_fixture:
                assert key not in mine, f"{mine[key]} and {path.name} both have {key}"
                mine[key] = path.name
                globals()[key] = value


_adopt()


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
        for table in metadata.sorted_tables:
            if conn.execute(select(table.c.id).limit(1)).first() is not None:
                conn.execute(text(f"TRUNCATE TABLE {table.name}"))
        conn.execute(text("SET FOREIGN_KEY_CHECKS=1"))

    database = ImmediateDatabase(mariadb, clock)
    database.now(thd_empty)
    return database


@pytest.fixture
def store(bare, thd_furnish):
    """The small hospital on MariaDB."""
    assert bare.now(thd_furnish) == 1
    return bare
