"""Who holds what while a batch is judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from booking.rules.facts import Holding
from booking.rules.holdings import Holdings

ONE = Holding(session=3, day=date(2026, 7, 15), channel="sms")


def test_what_was_read_and_what_was_granted_count_alike():
    """A patient who held one and is granted another holds both, in that order."""
    holdings = Holdings()
    other = replace(ONE, session=4)
    holdings.enter(7, ONE)
    holdings.grant(7, b"phone", other)
    assert holdings.of_patient(7) == (ONE, other)
    assert holdings.of_patient(8) == ()


def test_a_phone_has_what_was_booked_from_it():
    """Whoever the patients are; a withheld number has nothing and gathers nothing."""
    holdings = Holdings()
    holdings.enter_phone(b"phone", ONE)
    holdings.grant(7, b"phone", replace(ONE, session=4))
    holdings.grant(8, None, ONE)
    assert [each.session for each in holdings.of_phone(b"phone")] == [3, 4]
    assert holdings.of_phone(b"other") == holdings.of_phone(None) == ()


def test_a_channels_share_grows_with_its_grants_only():
    """A session's telephone quota is filled by calls, not by texts; its capacity by both."""
    holdings = Holdings()
    holdings.count(3, "phone", 5)
    holdings.grant(7, None, replace(ONE, channel="phone"))
    holdings.grant(8, None, ONE)
    assert (holdings.sold_by(3, "phone"), holdings.sold_by(3, "sms"), holdings.sold_by(4, "sms")) == (6, 1, 0)
    assert (holdings.sold(3), holdings.sold(4)) == (7, 0)
