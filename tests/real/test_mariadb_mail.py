"""Two processes and one long text, or one receipt each, on a real MariaDB: what neither can see yet must still come together."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.mail import parts, receipts
from booking.store.mail.arrivals import Concat, Incoming, New, PartKept
from booking.store.mail.inbox import thd_expire_parts, thd_take
from booking.store.mail.outbox import OutgoingText, Sent, thd_claim, thd_post, thd_receipt, thd_settle
from booking.store.schema import inbox, metadata, outbox

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("mariadb")]

NOON = datetime.fromisoformat("2026-07-14 04:00")


@pytest.fixture
def store(mariadb_url, clock):
    engine = make_engine(mariadb_url)
    metadata.create_all(engine)
    yield ImmediateDatabase(engine, clock)
    metadata.drop_all(engine)
    engine.dispose()


def a_part(number, bind):
    return Incoming(
        hospital=1, smsc="cmcc", bind=bind, sequence=number, source="+8613800138000", destination="12580",
        text=str(number), concat=Concat(kind="udh8", ref=7, total=2, part=number), digest=bytes([number]), at=NOON,
    )  # fmt: skip


def meet(monkeypatch, module, name, count=2):
    """The first ``count`` calls of ``module.name`` return only when all of them have been made (or after half a second, when
    one of them has to wait for the other's transaction)."""
    inner, barrier, left = getattr(module, name), threading.Barrier(count), [count]

    def met(*args, **more):
        found = inner(*args, **more)
        if left[0] > 0:
            left[0] -= 1
            with contextlib.suppress(threading.BrokenBarrierError):
                barrier.wait(timeout=0.5)
        return found

    monkeypatch.setattr(module, name, met)


def at_once(*jobs):
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [each.result(timeout=30) for each in [pool.submit(job) for job in jobs]]


def texts(store, vault):
    rows = store.now(lambda conn: [tuple(row) for row in conn.execute(select(inbox.c.text_sealed, inbox.c.complete))])
    return [(vault.open(sealed), complete) for sealed, complete in rows]


def test_two_parts_through_two_binds_at_once_are_joined(store, vault, monkeypatch):
    """Each transaction has its part and cannot see the other's: still the text is joined, once, at once."""
    meet(monkeypatch, parts, "_thd_keep")
    taken = at_once(*(lambda n=n: store.now(thd_take, vault, [a_part(n, f"bind-{n}")])[0] for n in (1, 2)))
    assert {type(each) for each in taken} == {New, PartKept}
    assert texts(store, vault) == [("12", True)]


def test_what_two_sweeps_give_up_at_once_is_answered_once(store, vault, monkeypatch):
    """Every process sweeps; a fragment becomes one text."""
    store.now(thd_take, vault, [a_part(1, "one")])
    meet(monkeypatch, parts, "_thd_bundle")
    sweeps = [lambda: store.now(thd_expire_parts, vault, NOON + timedelta(minutes=5))] * 2
    found = at_once(*sweeps)
    assert sorted(len(each) for each in found) == [0, 1]
    assert texts(store, vault) == [("1", False)]


def test_the_last_part_and_the_sweep_at_once(store, vault, monkeypatch):
    """Whoever is first decides; nothing is handed over twice."""
    store.now(thd_take, vault, [a_part(1, "one")])
    meet(monkeypatch, parts, "_thd_bundle")
    at_once(
        lambda: store.now(thd_expire_parts, vault, NOON + timedelta(minutes=5)),
        lambda: store.now(thd_take, vault, [a_part(2, "one")]),
    )
    assert texts(store, vault) in ([("12", True)], [("1", False)])


def test_two_receipts_of_one_text_at_once(store, vault, monkeypatch):
    """Both parts are delivered at the same moment: the text is delivered, not half of it forever."""
    text = OutgoingText(to="+8613800138000", body="好", kind="answer", lane=0, dedupe="a")
    store.now(thd_post, vault, 1, [text], NOON)
    (letter,) = store.now(thd_claim, vault, (1,), "cmcc", 5, NOON)
    store.now(thd_settle, [Sent(letter.id, ("m1", "m2"))], NOON)
    meet(monkeypatch, receipts, "later_state")
    at_once(*(lambda m=m: store.now(thd_receipt, "cmcc", m, "DELIVRD", NOON) for m in ("m1", "m2")))
    assert store.now(lambda conn: conn.execute(select(outbox.c.receipt)).scalars().all()) == ["DELIVERED"]
