"""What the rules say, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from booking.rules.ledger import Ledger, Offer
from booking.rules.policy import HousePolicy
from booking.rules.verdicts import (
    PatientFacts,
    SlotFacts,
    Verdict,
    first_start,
    last_day,
    may_cancel,
    may_register,
    patient_verdict,
    slot_verdict,
)

NOW = datetime.fromisoformat("2026-07-14 09:00")
HOUSE = HousePolicy()
SLOT = SlotFacts(start=NOW + timedelta(hours=1), day=NOW.date(), taken=False, stopped=False)
NOBODY = PatientFacts(in_session=False, on_day=0)


@pytest.mark.parametrize(
    ("policy", "slot", "verdict"),
    [
        (HOUSE, SLOT, Verdict.GRANT),
        (HOUSE, replace(SLOT, start=NOW), Verdict.CUTOFF),
        (HOUSE, replace(SLOT, start=NOW + timedelta(seconds=1)), Verdict.GRANT),
        (HousePolicy(book_minutes_before=60), SLOT, Verdict.CUTOFF),
        (HousePolicy(book_minutes_before=59), SLOT, Verdict.GRANT),
        (HOUSE, replace(SLOT, stopped=True), Verdict.STOPPED),
        (HOUSE, replace(SLOT, stopped=True, start=NOW), Verdict.CUTOFF),
        (HOUSE, replace(SLOT, day=NOW.date() + timedelta(days=10)), Verdict.GRANT),
        (HOUSE, replace(SLOT, day=NOW.date() + timedelta(days=11)), Verdict.NOT_ON_SALE),
        (HousePolicy(window_days=0), replace(SLOT, day=NOW.date() + timedelta(days=1)), Verdict.NOT_ON_SALE),
        (HOUSE, replace(SLOT, taken=True), Verdict.GRANT),
    ],
)
def test_what_can_be_said_of_a_slot(policy, slot, verdict):
    """Not on sale, too late, stopped: in that order."""
    assert slot_verdict(policy, slot, NOW) is verdict


@pytest.mark.parametrize(
    ("patient", "taken", "verdict"),
    [
        (NOBODY, False, Verdict.GRANT),
        (NOBODY, True, Verdict.FULL),
        (replace(NOBODY, on_day=1), False, Verdict.GRANT),
        (replace(NOBODY, on_day=2), False, Verdict.DAY_LIMIT),
        (replace(NOBODY, on_day=2), True, Verdict.DAY_LIMIT),
        (PatientFacts(in_session=True, on_day=2), True, Verdict.ALREADY),
    ],
)
def test_what_can_be_said_of_a_patient(patient, taken, verdict):
    """Already booked, day limit, full: in that order."""
    assert patient_verdict(HOUSE, replace(SLOT, taken=taken), patient) is verdict


def test_the_window():
    """On sale is from now on to the last day of the window."""
    assert last_day(HousePolicy(window_days=3), NOW) == NOW.date() + timedelta(days=3)
    assert first_start(HousePolicy(book_minutes_before=30), NOW) == NOW + timedelta(minutes=30)


def test_cancelling_and_registering():
    """Cancelling ends in time before the slot; a phone takes as many patients as the house allows."""
    start = NOW + timedelta(minutes=60)
    assert may_cancel(HousePolicy(cancel_minutes_before=59), start, NOW)
    assert not may_cancel(HousePolicy(cancel_minutes_before=60), start, NOW)
    assert may_register(HOUSE, 3)
    assert not may_register(HOUSE, 4)


def test_a_batch_counts_what_it_granted():
    """A grant takes the slot, the session and a place of the patient's day for everybody behind it."""
    ledger = Ledger()
    first = Offer(slot=1, session=1, start=SLOT.start, day=SLOT.day)
    offers = [replace(first, slot=number, session=number) for number in range(2, 6)]
    assert ledger.judge(HOUSE, first, 7) is Verdict.GRANT
    assert ledger.judge(HOUSE, first, 7) is Verdict.ALREADY
    assert ledger.judge(HOUSE, first, 8) is Verdict.FULL
    assert ledger.judge(HOUSE, offers[0], 7) is Verdict.GRANT
    assert ledger.judge(HOUSE, offers[1], 7) is Verdict.DAY_LIMIT
    ledger.take(4)
    ledger.hold(8, 5, SLOT.day)
    assert ledger.judge(HOUSE, offers[2], 8) is Verdict.FULL
    assert ledger.judge(HOUSE, offers[3], 8) is Verdict.ALREADY
