"""The main job by telephone, with nothing simulated between the keys and the database: SIP, Asterisk, daemon, store, SMSC."""

from __future__ import annotations

import pytest
from waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk", "sipp")]


def commands_of_hung_up_calls(daemon, after):
    """How many commands each call had that ended by the caller's hanging up, in the log lines from ``after`` on."""
    ended = [line for line in daemon.lines()[after:] if line["message"].startswith("Call ended: hangup")]
    return sorted(line["commands"] for line in ended)


def test_a_caller_books_by_keys_and_hangs_up(asterisk, house, first, ring):
    """1, 1, doctor, time, who, confirm: the booking is in the store, the text with its code at the SMSC, nothing left open."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    number, when = house.new_phone(), house.new_time()
    telephone = ring(number)
    telephone.answers(("main-menu", "1"), ("book-menu", "1"), ("key-doctor", "00868"))
    telephone.keys("#", at="key-when")  # many end the doctor's number so; the question is put again
    telephone.answers(("key-when", when), ("who", "1"), ("you-book", "1"))
    telephone.hangs_up(at="booked")
    asterisk.wait_for_silence()
    (booking,) = house.bookings(number)
    assert (booking.doctor.number, f"{booking.start:%m%d%H%M}") == ("00868", when)
    words = house.smsc.text_to(number, booking.code)
    assert "王建国" in words
    first.wait_idle()


def test_hanging_up_at_any_step_leaves_nothing_half_done(asterisk, house, first, ring):
    """Six callers at once, each hangs up a question later than the one before: no booking, no call left open, the numbers still free."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    lines_before, free_before = len(first.lines()), house.free()
    when = house.new_time()
    answers = [("main-menu", "1"), ("book-menu", "1"), ("key-doctor", "00868"), ("key-when", when), ("who", "1")]
    numbers = [house.new_phone() for _ in range(len(answers) + 1)]
    telephones = [ring(number) for number in numbers]
    for question, keys in answers:
        telephones.pop(0).hangs_up(at=question)
        for telephone in telephones:
            telephone.keys(keys, at=question)
    telephones.pop().hangs_up(at="you-book")
    asterisk.wait_for_silence()
    first.wait_idle()
    commands = wait_until(
        lambda: len(found := commands_of_hung_up_calls(first, lines_before)) == len(numbers) and found
    )
    assert len(set(commands)) == len(commands), "each caller was a step further than the one before"
    assert [house.bookings(number) for number in numbers] == [()] * len(numbers)
    assert house.free() == free_before
