"""Reports read on connections of their own: they cannot write, and are broken off when their time is over."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from booking.store.database import make_engine
from booking.store.reading import reading_engine, took_too_long

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/reading.db"
    engine = make_engine(url).execution_options(begin="IMMEDIATE")
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE t (x INTEGER)"))
    engine.dispose()
    return url


def test_a_report_cannot_write(url):
    """Whatever a report's query says, the database refuses to change anything."""
    engine = reading_engine(url, most_s=10, monotonic=lambda: 0.0)
    with engine.connect() as conn, pytest.raises(OperationalError, match="readonly") as refused:
        conn.execute(text("INSERT INTO t VALUES (1)"))
    assert not took_too_long(refused.value)
    engine.dispose()


def test_a_statement_that_takes_too_long_is_broken_off(url):
    """A query that would never end does; the next one has its whole time again."""
    now = iter(range(10_000_000))
    engine = reading_engine(url, most_s=50, monotonic=lambda: next(now))
    with engine.connect() as conn:
        with pytest.raises(OperationalError) as broken:
            conn.execute(text(ENDLESS))
        assert took_too_long(broken.value)
        assert conn.execute(text("SELECT count(*) FROM t")).scalar_one() == 0
    engine.dispose()


def test_other_errors_are_not_taken_for_it():
    """Only the database's own words for it count."""
    assert not took_too_long(ValueError("interrupted"))
    assert not took_too_long(IntegrityError("INSERT", {}, Exception("interrupted")))
    assert took_too_long(OperationalError("SELECT", {}, Exception(1969, "Query execution was interrupted")))


def test_mariadbs_connections_wait_as_long_as_the_statement_may_run():
    """The driver does not give up before the database does; nothing is connected yet."""
    engine = reading_engine("mysql+pymysql://reader@127.0.0.1:1/h", most_s=600, monotonic=lambda: 0.0)
    assert engine.pool.size() == 2
    _, options = engine.dialect.create_connect_args(engine.url)
    assert options["host"] == "127.0.0.1"
