"""Rows written many at a time: the ids that come back are theirs, and what an index refuses is not written."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from booking.store import rows
from booking.store.rows import Rows
from booking.store.schema import complaint

NOW = datetime.fromisoformat("2026-07-14 01:00:00.000123")
CASES = Rows(
    complaint,
    shared=("hospital_id", "channel", "status", "created_at"),
    own=("case_no", "text_sealed", "phone_print", "request_key"),
    key="case_no",
)
SHARED = {"hospital_id": 1, "channel": "sms", "status": "received", "created_at": NOW}


def case(n):
    return (f"{n:08d}", b"\x00'\\" + bytes([n]), None, f"键'{n}")


def thd_put(conn, found):
    return CASES.thd_insert_numbered(conn, SHARED, found)


def thd_all(conn):
    return [tuple(row) for row in conn.execute(select(complaint).order_by(complaint.c.id))]


def standing(found):
    return {row[2]: row for row in found}


@pytest.mark.parametrize("most", [1_000, 2])
def test_ids_come_back_in_order(store, monkeypatch, most):
    """Each row is found again under the id that was told, with every byte of it, also when it takes several statements."""
    monkeypatch.setattr(rows, "ROWS_MOST", most)
    ids = store.now(thd_put, [case(n) for n in (3, 1, 2, 5, 4)])
    found = standing(store.now(thd_all))
    assert [found[f"{n:08d}"][0] for n in (3, 1, 2, 5, 4)] == ids
    row = found["00000003"]
    assert (row[1], bytes(row[3]), row[4], row[6], row[9]) == (1, b"\x00'\\\x03", None, "sms", NOW)
    assert row[8] == "键'3"


def test_where_ids_are_not_consecutive_they_are_asked_for(store):
    """As on a cluster, whose nodes count in strides of their own: the rows are told apart by a column that is unique."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("one writer: its ids are consecutive")

    def thd_stride(conn):
        conn.info["consecutive_ids"] = False
        stride = conn.exec_driver_sql("SELECT @@SESSION.auto_increment_increment").scalar_one()
        conn.exec_driver_sql("SET SESSION auto_increment_increment=3")
        try:
            return thd_put(conn, [case(n) for n in (7, 6, 8)])
        finally:
            conn.exec_driver_sql(f"SET SESSION auto_increment_increment={stride}")
            conn.info.pop("consecutive_ids")

    ids = store.now(thd_stride)
    found = standing(store.now(thd_all))
    assert [found[f"{n:08d}"][0] for n in (7, 6, 8)] == ids


def test_one_bad_row_writes_none(store):
    """What a unique index refuses refuses the whole statement."""
    with pytest.raises(IntegrityError):
        store.now(thd_put, [case(1), case(2), case(1)])
    assert store.now(thd_all) == []


def test_both_ways_of_writing_find_each_other(store):
    """A row written by the other way is the same row."""
    store.now(thd_put, [case(1)])

    def thd_other(conn):
        values = dict(zip(("case_no", "text_sealed", "phone_print", "request_key"), case(2), strict=True))
        conn.execute(insert(complaint).values(**SHARED, **values))

    store.now(thd_other)
    one, other = store.now(thd_all)
    assert one[9] == other[9] == NOW
    assert store.now(lambda conn: len(conn.execute(select(complaint).where(complaint.c.created_at == NOW)).all())) == 2
