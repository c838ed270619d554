"""The audit log shows what was changed in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from booking.outcomes import Busy
from booking.store import audit as audit_log
from booking.store.audit import Note, thd_chain, thd_note, thd_seal
from booking.store.faults import TryAgain
from booking.store.schema import audit

NOON = datetime.fromisoformat("2026-07-14 04:00:00.000001")


def note(nth):
    return Note(
        hospital=1, at=NOON, action="booked", subject="appointment", subject_id=nth, actor="sms", trace="t" * 200
    )


def rows_sealed(store):
    """The ids of the rows, oldest first."""
    return store.now(lambda conn: list(conn.execute(select(audit.c.id).order_by(audit.c.id)).scalars()))


@pytest.fixture
def sealed(store):
    """Three notes, sealed."""
    store.now(lambda conn: thd_note(conn, note(1), note(2), note(3)))
    return store.now(thd_seal, NOON)


def test_sealing_links_what_is_not_linked_yet(store, sealed):
    """Every row is linked once; the head moves with each."""
    assert (sealed.rows, sealed.length) == (3, 3)
    assert store.now(thd_seal, NOON) == audit_log.Sealed(rows=0, length=3, head=sealed.head)
    store.now(thd_note)
    store.now(lambda conn: thd_note(conn, note(4)))
    assert store.now(thd_seal, NOON - timedelta(days=1)).rows == 0
    more = store.now(thd_seal, NOON)
    assert (more.rows, more.length) == (1, 4)
    assert more.head != sealed.head
    assert store.now(thd_chain).broken is None


@pytest.mark.parametrize(
    "tamper",
    [{"action": "cancelled"}, {"detail": "x"}, {"at": NOON + timedelta(seconds=1)}, {"seal": bytes(32)}],
)
def test_a_changed_row_shows(store, sealed, tamper):
    """Whatever is changed in a sealed row, verifying names it."""
    _, second, _ = rows_sealed(store)
    store.now(lambda conn: conn.execute(update(audit).where(audit.c.id == second).values(**tamper)).rowcount)
    assert store.now(thd_chain).broken == second


def test_a_removed_row_shows_at_the_next(store, sealed):
    """A gap in the chain is found at the row after it."""
    _, second, third = rows_sealed(store)
    store.now(lambda conn: conn.execute(delete(audit).where(audit.c.id == second)).rowcount)
    assert store.now(thd_chain).broken == third


def test_a_row_committed_late_is_linked_behind_the_head(store, sealed):
    """An id below the head (its transaction ended later) joins the chain at its end."""
    values = {"id": -5, "hospital_id": 1, "at": NOON, "action": "late", "subject": "x", "subject_id": 1, "actor": "sms",
              "trace": "-", "detail": ""}  # fmt: skip
    store.now(lambda conn: conn.execute(insert(audit).values(values)).rowcount)
    assert store.now(thd_seal, NOON).length == 4
    assert store.now(thd_chain).broken is None


def test_two_sealers_do_not_fork_the_chain(store, sealed, monkeypatch):
    """A sealer that lost the race starts over."""
    store.now(lambda conn: thd_note(conn, note(4)))
    monkeypatch.setattr(audit_log, "_thd_head", lambda conn: (2, bytes(32)))
    with pytest.raises(Busy) as caught:
        store.now(thd_seal, NOON)
    assert isinstance(caught.value.__cause__, TryAgain)
    monkeypatch.undo()
    assert store.now(thd_chain).broken is None
