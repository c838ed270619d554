"""The main job by telephone, with nothing simulated between the keys and the database: SIP, Asterisk, daemon, store, SMSC."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk", "sipp")]


def commands_of_hung_up_calls(daemon, after):
    """How many commands each call had that ended by the caller's hanging up, in the log lines from ``after`` on."""
    ended = [line for line in daemon.lines()[after:] if line["message"].startswith("Call ended: hangup")]
    return sorted(line["commands"] for line in ended)


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


def test_hanging_up_at_any_step_leaves_nothing_half_done(asterisk, house, first, ring):
    """Five callers hang up, each a step later than the one before: no booking, no call left open, the numbers still free."""
    asterisk.set(HOTLINE_SERVER_1=first.url)
    lines_before, free_before = len(first.lines()), house.free()
    when = house.new_time()
    answers = ["1", "1", "00868#", f"{when}#", "1"]
    numbers = [house.new_phone() for _ in range(len(answers) + 1)]
    telephones = [ring(number, *answers[:steps]) for steps, number in enumerate(numbers)]
    for telephone in telephones:
        assert telephone.wait(timeout=60) == 0, telephone.stderr.read()
    asterisk.wait_for_silence()
    assert first.active() == 0
    commands = commands_of_hung_up_calls(first, lines_before)
    assert len(commands) == len(set(commands)) == len(numbers), "each caller was a step further than the one before"
    assert [house.bookings(number) for number in numbers] == [()] * len(numbers)
    assert house.free() == free_before
