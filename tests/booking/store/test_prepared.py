"""Prepared statements say what SQLAlchemy says: the same values in, the same values out, the same errors."""

from __future__ import annotations

from datetime import datetime

import pymysql.err
import pytest
import sqlalchemy.exc
from sqlalchemy import bindparam, create_engine, insert, select, update

from booking.store.engine import make_engine
from booking.store.faults import is_transient
from booking.store.literals import literal
from booking.store.prepared import Prepared
from booking.store.schema import metadata, outbox

NOON = datetime.fromisoformat("2026-07-14 12:00:00.000500")
ROW = {"hospital_id": 1, "kind": "answer", "lane": 0, "to_print": b"p", "to_sealed": b"s", "body_sealed": b"b",
       "status": "pending", "due_at": NOON, "attempts": 0, "resent": True, "created_at": NOON}  # fmt: skip

_PUT = Prepared(insert(outbox))
_SOME = Prepared(
    select(outbox.c.id, outbox.c.due_at, outbox.c.resent, outbox.c.smsc)
    .where(
        outbox.c.id.in_(bindparam("ids", expanding=True)),
        outbox.c.status == "pending",
        outbox.c.due_at <= bindparam("now"),
    )
    .limit(bindparam("most"))
)
_SENT = Prepared(
    update(outbox).where(outbox.c.id.in_(bindparam("ids", expanding=True))).values(status="sent", smsc=None)
)


@pytest.fixture
def conn():
    engine = make_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as conn, conn.begin():
        yield conn
    engine.dispose()


@pytest.fixture
def filled(conn):
    _PUT.change_each(conn, [{**ROW, "dedupe": str(nth)} for nth in range(5)])
    return conn


@pytest.mark.parametrize("ids", [[1], [1, 2], [1, 2, 3], [5, 4, 3, 2, 1]])
def test_lists_of_any_length(filled, ids):
    """A list finds its members, each once, and moments and truths come back as such."""
    found = _SOME.rows(filled, {"ids": ids, "now": NOON, "most": 9})
    assert found == [(nth, NOON, True, None) for nth in sorted(ids)]


def test_what_sqlalchemy_reads_and_writes_is_the_same(filled):
    """Rows written here are read by SQLAlchemy's own execution, and compare with its own."""
    filled.execute(insert(outbox), {**ROW, "dedupe": "core"})
    rows = filled.execute(select(outbox.c.due_at, outbox.c.resent)).all()
    assert {tuple(row) for row in rows} == {(NOON, True)}
    assert len(_SOME.rows(filled, {"ids": [1, 6], "now": NOON, "most": 9})) == 2


def test_a_change_says_how_many(filled):
    """Values written into the statement hold, NULL among them; the limit counts."""
    assert len(_SOME.rows(filled, {"ids": [1, 2, 3], "now": NOON, "most": 2})) == 2
    assert _SENT.change(filled, {"ids": [1, 2, 9]}) == 2
    assert [row[0] for row in _SOME.rows(filled, {"ids": [1, 2, 3], "now": NOON, "most": 9})] == [3]


def test_lists_share_their_forms(filled):
    """Lists of three and of four are one statement to the driver."""
    for ids in ([1, 2, 3], [1, 2, 3, 4], [4, 3, 2]):
        _SOME.rows(filled, {"ids": ids, "now": NOON, "most": 9})
    fresh = Prepared(_SOME.statement)
    for ids in ([1, 2, 3], [1, 2, 3, 4]):
        fresh.rows(filled, {"ids": ids, "now": NOON, "most": 9})
    assert len(fresh._forms) == 1


def test_a_duplicate_is_sqlalchemys_error(filled):
    """The index refuses, and the error is the one that the store looks for; it does not tell the values."""
    with pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
        _PUT.change_each(filled, [{**ROW, "dedupe": "1", "kind": "geheim"}])
    assert "geheim" not in str(caught.value)


class Dead:
    """The driver of a connection that is gone."""

    def cursor(self):
        return self

    def close(self):
        pass

    def execute(self, *_):
        raise pymysql.err.OperationalError(2013, "lost")


class DeadConnection:
    dialect = create_engine("mysql+pymysql://root@127.0.0.1:1/nowhere").dialect
    connection = Dead()
    thrown_away = False

    def invalidate(self, _error):
        self.thrown_away = True


def test_a_dead_connection_is_thrown_away():
    """A connection found dead is not given to another job, and the job is run again."""
    conn = DeadConnection()
    with pytest.raises(sqlalchemy.exc.OperationalError) as caught:
        _SOME.rows(conn, {"ids": [1, 2, 3], "now": NOON, "most": 9})
    assert conn.thrown_away
    assert is_transient(caught.value)


def test_values_told_as_text():
    """Where values are told as SQL text each name of the statement gets one, and one form takes lists of any length."""
    dialect = DeadConnection.dialect
    form, values = _SOME._form(dialect, {"ids": [1, 2, 3], "now": NOON, "most": 9})
    assert _SOME._form(dialect, {"ids": [4], "now": NOON, "most": 9})[0] is form
    told = {place.key: place.told(values) for place in form.places}
    assert form.sql % told
    assert told == {
        "ids_1": "1,2,3",
        "status_1": "'pending'",
        "now": literal(NOON),
        "most" if "most" in told else "param_1": "9",
    }
    with pytest.raises(AssertionError, match="empty list"):
        _SOME._form(dialect, {"ids": [], "now": NOON, "most": 9})
