"""What a caller does with what he has, through SIP, Asterisk, daemon and store: move a booking, wait for a number, take it."""

from __future__ import annotations

import pytest
from waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk", "sipp")]


def call(ring, asterisk, *answers):
    telephone = ring(*answers)
    assert telephone.wait(timeout=90) == 0, telephone.stderr.read()
    asterisk.wait_for_silence()


def test_a_caller_moves_his_booking(asterisk, house, first, ring):
    """2, the booking, 3, the first time read out, 1: it stands there under its code, and a text tells both times."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    number, when = house.new_phone(), house.new_time()
    call(ring, asterisk, number, "1", "1", "00868#", f"{when}#", "1", "1")
    (before,) = house.bookings(number)
    call(ring, asterisk, number, "2", "1", "3", "1", "1")
    (after,) = house.bookings(number)
    assert after.code == before.code
    assert after.start != before.start
    words = house.smsc.text_to(number, "改到")
    assert f"预约码仍为{before.code}" in words
    assert first.active() == 0


def test_a_caller_waits_and_takes_the_number_that_is_given_back(asterisk, house, first, ring):
    """Sold out: 1 waits; another gives his back, the text comes; the next call says the offer first, and 1 takes it."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    holder, waiter, start = house.new_phone(), house.new_phone(), house.one_number("00777")
    held = house.book(holder, "00777", start)
    call(ring, asterisk, waiter, "1", "1", "00777#", f"{start:%m%d%H%M}#", "1", "1", "1")
    (place,) = house.places(waiter)
    assert (place.place, place.doctor.number) == (1, "00777")
    assert house.bookings(waiter) == ()
    house.give_back(holder, held.code)
    assert "要请回复Y" in house.smsc.text_to(waiter, "候补有号")
    call(ring, asterisk, waiter, "1")
    found = wait_until(lambda: [one for one in house.bookings(waiter) if one.status == "booked"], why="not booked")
    assert [(one.doctor.number, one.start) for one in found] == [("00777", start)]
    assert house.smsc.text_to(waiter, found[0].code)
    assert first.active() == 0
