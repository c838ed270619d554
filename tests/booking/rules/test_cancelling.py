"""Giving a booking back and moving it."""

import pytest
from told_rules import at, book, number

from booking.rules.cancelling import cancel_ruling, cancel_until, change_ruling
from booking.rules.ruling import Reason

COUNTS = '[cancel]\ndeadline = "D-1 15:00"\nlate = "counts"\n'
CANCELS = '[[bans]]\ncounts = ["cancel"]\n'
GRABS = '[cancel]\ngrab_minutes = 30\n[[bans]]\ncounts = ["grab"]\n'


@pytest.mark.parametrize(
    ("text", "now", "reason", "counts_as"),
    [
        ('[cancel]\ndeadline = "D-1 15:00"', "14 14:59", "ALLOWED", None),
        ('[cancel]\ndeadline = "D-1 15:00"', "14 15:00", "TOO_LATE_TO_CANCEL", None),
        (COUNTS, "14 14:59", "ALLOWED", None),
        (COUNTS, "14 15:00", "ALLOWED", "late-cancel"),
        (COUNTS, "15 08:59", "ALLOWED", "late-cancel"),
        (COUNTS, "15 09:00", "TOO_LATE_TO_CANCEL", None),
        ('[cancel]\ndeadline = "never"\nlate = "counts"', "01 09:00", "NEVER_CANCELLED", None),
        (CANCELS, "14 23:59", "ALLOWED", "cancel"),
        (CANCELS, "15 00:00", "ALLOWED", "same-day-cancel"),
        (GRABS, "14 09:29", "ALLOWED", "grab"),
        (GRABS, "14 09:30", "ALLOWED", "cancel"),
        ("[[bans]]", "14 09:00", "ALLOWED", None),
        ('[[bans]]\ncounts = ["grab"]', "14 09:00", "ALLOWED", "cancel"),
        ("[cancel]\ngrab_minutes = 30\n" + CANCELS, "14 09:00", "ALLOWED", "cancel"),
    ],
)
def test_until_when_and_what_it_counts_as(text, now, reason, counts_as):
    """A booking made on 14 July at 9:00 for the 15th at 9:00."""
    said = cancel_ruling(book(text), number("15 09:00"), "phone", at(now), booked_at=at("14 09:00"))
    assert (said.ruling.reason, said.counts_as) == (reason, counts_as)


def test_without_its_moment_a_booking_was_not_grabbed():
    """Where nobody knows when it was booked, a cancel is a plain one."""
    assert cancel_ruling(book(GRABS), number(), "phone", at("14 09:00")).counts_as == "cancel"


def test_the_earlier_deadline_of_two_makers_holds():
    """The platform's two working days beat the hospital's half hour; a late cancel that one accepts and counts, counts."""
    rules = book('[cancel]\ndeadline = "30min"', '[cancel]\ndeadline = "D-2wd 08:00"')
    said = cancel_ruling(rules, number("15 09:00"), "phone", at("11 08:00")).ruling
    assert (said.reason, said.rule) == (Reason.TOO_LATE_TO_CANCEL, "platform: cancel.deadline")
    assert cancel_until(rules, number("15 09:00"), "phone") == at("11 08:00")
    rules = book("", COUNTS)
    assert cancel_ruling(rules, number("15 09:00"), "phone", at("14 16:00")).counts_as == "late-cancel"
    assert cancel_until(rules, number("15 09:00"), "phone") == at("15 09:00")


@pytest.mark.parametrize(
    ("text", "now", "reason", "when"),
    [
        ("", "14 09:00", "ALLOWED", None),
        ("[change]\nallowed = false", "14 09:00", "NEVER_CANCELLED", None),
        ('[cancel]\ndeadline = "D-1 09:00"', "14 09:00", "TOO_LATE_TO_CANCEL", None),
        ("[window]\nto = 3", "14 09:00", "NOT_ON_SALE", "15 00:00"),
        ('[window]\nto = 3\n[cancel]\ndeadline = "D-1 23:00"', "14 09:00", "NOT_ON_SALE", None),
    ],
)
def test_a_booking_moves_where_the_old_can_go_and_the_new_be_sold(text, now, reason, when):
    """From the 15th to the 18th."""
    said = change_ruling(book(text), number("15 09:00"), number("18 09:00"), "phone", at(now))
    assert (said.reason, said.when) == (reason, None if when is None else at(when))
