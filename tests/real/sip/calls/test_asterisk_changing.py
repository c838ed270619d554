"""What a caller does with what he has, through SIP, Asterisk, daemon and store: move a booking, wait for a number, take it."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk", "sipp")]


def test_a_caller_moves_his_booking(asterisk, house, first, ring):
    """2, the booking, 3, the first time read out, 1: it stands there under its code, and a text tells both times."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    number, when = house.new_phone(), house.new_time()
    telephone = ring(number)
    telephone.answers(("main-menu", "1"), ("book-menu", "1"), ("key-doctor", "00868"), ("key-when", when))
    telephone.answers(("who", "1"), ("you-book", "1"))
    telephone.hangs_up(at="booked")
    (before,) = house.bookings(number)
    telephone = ring(number)
    telephone.answers(("main-menu", "2"), ("you-have", "1"), ("you-cancel", "3"), ("free-times", "1"))
    telephone.keys("1", at="you-move")
    telephone.hangs_up(at="moved")
    (after,) = house.bookings(number)
    assert after.code == before.code
    assert after.start != before.start
    words = house.smsc.text_to(number, "改到")
    assert f"预约码仍为{before.code}" in words
    first.wait_idle()


def test_a_caller_waits_and_takes_the_number_that_is_given_back(asterisk, house, first, ring):
    """Sold out: 1 waits; another gives his back, the text comes; the next call says the offer first, and 1 takes it."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    holder, waiter, start = house.new_phone(), house.new_phone(), house.one_number("00777")
    held = house.book(holder, "00777", start)
    telephone = ring(waiter)
    telephone.answers(
        ("main-menu", "1"), ("book-menu", "1"), ("key-doctor", "00777"), ("key-when", f"{start:%m%d%H%M}")
    )
    telephone.answers(("sold-out", "1"), ("who", "1"), ("you-wait", "1"))
    telephone.hangs_up(at="waits")
    (place,) = house.places(waiter)
    assert (place.place, place.doctor.number) == (1, "00777")
    assert house.bookings(waiter) == ()
    house.give_back(holder, held.code)
    assert "要请回复Y" in house.smsc.text_to(waiter, "候补有号")
    telephone = ring(waiter)
    telephone.keys("1", at="offer-is")
    telephone.hangs_up(at="booked")
    (found,) = [one for one in house.bookings(waiter) if one.status == "booked"]
    assert (found.doctor.number, found.start) == ("00777", start)
    assert house.smsc.text_to(waiter, found.code)
    first.wait_idle()
