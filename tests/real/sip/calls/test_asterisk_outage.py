"""A daemon dies, or is told to stop, while a caller is with it: the caller goes on with whoever is left, and nothing is lost."""

from __future__ import annotations

import pytest
from waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk", "sipp")]


def test_a_killed_daemon_leaves_its_caller_with_the_second(asterisk, house, first, second, ring):
    """kill -9 in the middle of a call: the second server greets the same caller, who books; the text follows when the first is back."""
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url)
    number, when = house.new_phone(), house.new_time()
    telephone = ring(number)
    telephone.keys("1", at="main-menu")
    telephone.hears("book-menu")
    first.kill()
    telephone.presses(
        "9"
    )  # lost on the dead server: Asterisk notices the death when the question in progress has its key
    telephone.answers(("main-menu", "1"), ("book-menu", "1"), ("key-doctor", "00868"), ("key-when", when))
    telephone.answers(("who", "1"), ("you-book", "1"))
    telephone.hangs_up(at="booked")
    asterisk.wait_for_silence()
    (booking,) = house.bookings(number)
    assert f"{booking.start:%m%d%H%M}" == when
    second.wait_idle()
    first.start()
    first.wait_ready()
    assert house.smsc.text_to(number, booking.code)
    first.wait_idle()


def test_a_stopped_daemon_hands_its_caller_over_and_ends_well(asterisk, first, second):
    """SIGTERM in the middle of a call: exit code 0, and the caller is with the second server, not cut off."""
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url)
    asterisk.call()
    wait_until(first.active)
    assert first.stop() == 0
    wait_until(second.active)
    asterisk.hang_up_all()


def test_what_was_keyed_while_no_server_was_there_is_booked_when_one_returns(asterisk, house, first, ring):
    """kill -9 with nobody to take over: the emergency script notes doctor and time; the daemon's return makes it a booking."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    number, when = house.new_phone(), house.new_time()
    telephone = ring(number)
    telephone.keys("1", at="main-menu")
    telephone.hears("book-menu")
    first.kill()
    telephone.presses("9")  # lost, as above
    telephone.keys("00868", at="emergency-doctor")
    telephone.is_hung_up_on(when, at="emergency-when")
    assert house.bookings(number) == ()
    first.start()
    found = wait_until(lambda: house.bookings(number), why="the note was not imported", every=0.1)
    assert f"{found[0].start:%m%d%H%M}" == when
    assert house.smsc.text_to(number, found[0].code)
    spool = asterisk.run / "spool"
    wait_until(lambda: not list(spool.glob("*.json")), why="the note was not put away")
