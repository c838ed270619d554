"""The main job by telephone, with nothing simulated between the keys and the database: SIP, Asterisk, daemon, store, SMSC."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk", "sipp")]


def calls_ended(daemon):
    return [line for line in daemon.lines() if "commands" in line.get("fields", {})]


def test_a_caller_books_by_keys_and_hangs_up(asterisk, house, first, ring):
    """1, 1, doctor, time, who, confirm: the booking is in the store, the text with its code at the SMSC, nothing left open."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    number, when = house.new_phone(), house.new_time()
    telephone = ring(number, "1", "1", "00868#", f"{when}#", "1", "1")
    assert telephone.wait(timeout=60) == 0, telephone.stderr.read()
    asterisk.wait_for_silence()
    (booking,) = house.bookings(number)
    assert (booking.doctor.number, f"{booking.start:%m%d%H%M}") == ("00868", when)
    words = house.smsc.text_to(number, booking.code)
    assert "王建国" in words
    assert first.active() == 0
