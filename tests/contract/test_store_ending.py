"""Giving a booking back, by the hospital's rules; and how every booking ends, whoever ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk import Desk, at, book_of, caller, thd_balance
from sqlalchemy import select, update

from booking.keeping_outcomes import Cancelled, NeverCancelled, TooLateToCancel
from booking.outcomes import Booked
from booking.requests import RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.keeping.ending import Ending, thd_end
from booking.store.mail.post import NOTICES, OutgoingText, thd_post
from booking.store.roster.stock import thd_version
from booking.store.schema import appointment, audit, conduct, outbox, slot

AT_8, AT_830 = at("2026-07-15 08:00"), at("2026-07-15 08:30")
NOON = '[cancel]\ndeadline = "D-1 14:00"\n'


@pytest.fixture
def ending_desk(store, vault, clock, bell, rng, result_of):
    """``ending_desk(rules)``: the desk of the store under these rules."""
    return lambda rules=None: Desk.over(
        store, vault, clock, bell, rng, result_of, rules or StandingRules(house_rules())
    )


@pytest.fixture
def ending_patient(ending_desk):
    """张三, registered to the first phone."""
    wish = RegisterPhone(caller=caller(), identity="11010519491231002X", name="张三")
    desk = ending_desk()
    return desk.run(desk.reception.register(wish)).patient.id


@pytest.fixture
def ended_by(store, vault, clock):
    """``ended_by("hospital", ids)``: end these as this party, under house rules."""

    def end(by, ids, **more):
        ending = Ending(
            by=by, actor="test", trace="t", at=at("2026-07-14 01:00"), wall=at("2026-07-14 09:00"), rules=house_rules()
        )
        return store.now(lambda conn: thd_end(conn, vault, 1, ids, ending, **more))

    return end


def kinds(store):
    return store.now(lambda conn: list(conn.execute(select(conduct.c.kind).order_by(conduct.c.id)).scalars()))


def test_until_when_it_could_be_given_back(ending_desk, ending_patient, clock, store):
    """After the deadline the patient hears until when it was possible, and keeps his booking."""
    desk = ending_desk(book_of(NOON))
    code = desk.book(AT_830, ending_patient).booking.code
    clock.at = clock.at.replace(hour=14, minute=0)
    refused = desk.cancel(code)
    assert isinstance(refused, TooLateToCancel)
    assert (refused.until, refused.booking.code) == (at("2026-07-14 14:00"), code)
    clock.at = clock.at.replace(hour=13, minute=59)
    assert isinstance(desk.cancel(code), Cancelled)
    store.now(thd_balance)


def test_a_hospital_that_takes_nothing_back(ending_desk, ending_patient):
    """Where bookings cannot be cancelled at all, the patient is told so, however early he asks."""
    desk = ending_desk(book_of('[cancel]\ndeadline = "never"\n'))
    code = desk.book(AT_830, ending_patient).booking.code
    assert isinstance(desk.cancel(code), NeverCancelled)


def test_a_late_cancel_that_is_accepted_counts(ending_desk, ending_patient, clock, store):
    """Where the rules take it back and count it, it is entered as a late cancel, once."""
    desk = ending_desk(book_of(NOON + 'late = "counts"\n'))
    code = desk.book(AT_830, ending_patient).booking.code
    clock.at = clock.at.replace(hour=15)
    assert isinstance(desk.cancel(code), Cancelled)
    assert desk.cancel(code).again
    assert kinds(store) == ["late-cancel"]


def test_cancels_are_counted_by_their_kind(ending_desk, ending_patient, clock, store):
    """A cancel in time and one on the visit's own day are told apart."""
    desk = ending_desk()
    desk.cancel(desk.book(AT_830, ending_patient).booking.code)
    code = desk.book(AT_830, ending_patient).booking.code
    clock.at = clock.at.replace(day=15, hour=7)
    desk.cancel(code)
    assert kinds(store) == ["cancel", "same-day-cancel"]


def test_a_patient_who_has_arrived_gives_nothing_back(ending_desk, ending_patient, store):
    """Once he has checked in, the booking is not cancelled by telephone any more."""
    desk = ending_desk()
    code = desk.book(AT_830, ending_patient).booking.code
    store.now(lambda conn: conn.execute(update(appointment).values(status="arrived")).rowcount)
    refused = desk.cancel(code)
    assert isinstance(refused, TooLateToCancel)


def test_a_hold_let_go_is_no_cancel(ending_desk, ending_patient, store):
    """A number that was only held goes back without a text and without a mark against the patient."""
    desk = ending_desk()
    held = desk.book(AT_830, ending_patient, hold=timedelta(minutes=10))
    assert isinstance(desk.cancel(held.booking.code), Cancelled)
    assert (desk.statuses(), kinds(store)) == ([], [])
    store.now(thd_balance)


def test_what_the_hospital_ends_counts_against_nobody(ending_desk, ending_patient, ended_by, store):
    """A stopped clinic frees its numbers, raises the stock's version, and leaves no mark; ending again ends nothing."""
    desk = ending_desk()
    for start in (AT_8,):
        assert isinstance(desk.book(start, ending_patient), Booked)
    before = store.now(thd_version, 1)
    ended = ended_by("hospital", [1])
    assert [(each.appointment_id, each.was, each.offer.start) for each in ended] == [(1, "booked", AT_8)]
    assert ended[0].booking.status == "cancelled"
    assert ended[0].parties.patient_phones == ("+8613800138000",)
    assert ended[0].parties.doctor_phone == "+8613900000868"
    assert (ended_by("hospital", [1]), ended_by("hospital", [])) == ([], [])
    assert kinds(store) == []
    assert store.now(thd_version, 1) == before + 1
    store.now(thd_balance)
    why = store.now(lambda conn: tuple(conn.execute(select(appointment.c.ended_by, appointment.c.live)).one()))
    assert why == ("hospital", None)
    note = store.now(
        lambda conn: conn.execute(select(audit.c.detail).where(audit.c.action == "cancelled")).scalar_one()
    )
    assert note == "slot=1 by=hospital"


def test_texts_that_are_no_longer_true_stay_unsent(ending_desk, ending_patient, ended_by, store, vault):
    """A reminder of a booking that has ended is not sent; the confirmation of it that waits still is."""
    desk = ending_desk()
    desk.book(AT_830, ending_patient)
    reminder = OutgoingText(
        to="+8613800138000", body="明天", kind="reminder", lane=NOTICES, dedupe="r", appointment_id=1
    )
    store.now(thd_post, vault, 1, [reminder], at("2026-07-14 01:00"))
    ended_by("patient", [1])
    found = store.now(lambda conn: [tuple(row) for row in conn.execute(select(outbox.c.kind, outbox.c.status))])
    assert set(found) == {("confirmation", "pending"), ("doctor", "pending"), ("reminder", "expired")}


def test_only_what_is_still_held_expires(ending_desk, ending_patient, ended_by, store):
    """A booking that was confirmed meanwhile is not ended by who wanted to end a hold."""
    ending_desk().book(AT_830, ending_patient)
    assert ended_by("expired", [1], only_held=True) == []
    assert (
        store.now(
            lambda conn: conn.execute(select(slot.c.taken).where(slot.c.seq == 2, slot.c.doctor_id == 1)).scalar_one()
        )
        == 1
    )
