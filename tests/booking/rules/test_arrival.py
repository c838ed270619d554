"""Picking up, lateness, and how an unused booking ends."""

import pytest
from told_rules import at, book, number

from booking.rules.arrival import close_at, lateness, marks, may_come_back, pickup_ruling
from booking.rules.rulebook import house_rules

OFFER = number("15 14:00")


@pytest.mark.parametrize(
    ("text", "now", "paid", "reason", "when"),
    [
        ("", "15 23:59", False, "ALLOWED", None),
        ("", "16 00:00", False, "TOO_LATE", None),
        ('deadline = "30min"', "15 13:29", False, "ALLOWED", None),
        ('deadline = "30min"', "15 13:30", False, "TOO_LATE", None),
        ('deadline = "30min"', "15 13:30", True, "TOO_LATE", None),
        ('deadline = "30min"\npaid_exempt = true', "15 13:30", True, "ALLOWED", None),
        ('deadline = "30min"\npaid_exempt = true', "15 13:30", False, "TOO_LATE", None),
        ('deadline = "30min"\nthen = "behind"', "15 13:30", False, "ALLOWED", None),
        ('opens = "PM_OPENS"'.replace("PM_OPENS", "D 12:00"), "15 11:59", False, "TOO_EARLY", "15 12:00"),
        ('opens = "D 12:00"', "15 12:00", False, "ALLOWED", None),
        ('opens = "D 12:00"\ndeadline = "D 12:00"', "15 11:59", False, "TOO_EARLY", None),
    ],
)
def test_a_number_is_picked_up_in_its_time(text, now, paid, reason, when):
    """Opening, deadline, who has paid, who only waits behind."""
    said = pickup_ruling(book(f"[pickup]\n{text}"), OFFER, at(now), paid=paid)
    assert (said.reason, said.when) == (reason, None if when is None else at(when))


@pytest.mark.parametrize(
    ("text", "arrived", "kind", "behind"),
    [
        ("", "15 14:00:59", "on-time", False),
        ("", "15 14:01", "late", False),
        ("[late]\nbehind = true", "15 14:01", "late", True),
        ("[late]\ngrace_minutes = 30", "15 14:30:59", "late", False),
        ("[late]\ngrace_minutes = 30", "15 14:31", "noshow", False),
        ('[late]\ngrace_minutes = 30\nafter_grace = "late"', "15 14:31", "late", False),
        ("[late]\ngrace_minutes = 0", "15 14:00", "on-time", False),
        ("[late]\ngrace_minutes = 0", "15 14:01", "noshow", False),
        ('[pickup]\nreport = "15min"', "15 13:44", "on-time", False),
        ('[pickup]\nreport = "15min"', "15 13:45", "late", True),
    ],
)
def test_how_late_somebody_is(text, arrived, kind, behind):
    """Whole minutes after the start, or after the hour to report by."""
    said = lateness(book(text), OFFER, at(arrived))
    assert (said.kind, said.behind) == (kind, behind)


def test_the_worse_of_two_makers_lateness_holds():
    """Late for the hospital, a no-show for the platform."""
    said = lateness(book("[late]\nbehind = true", "[late]\ngrace_minutes = 5"), OFFER, at("15 14:06"))
    assert (said.kind, said.behind) == ("noshow", True)


@pytest.mark.parametrize(
    ("text", "paid", "ends", "then", "counts"),
    [
        ("", False, "16 00:00", "noshow", True),
        ('[pickup]\ndeadline = "30min"', False, "15 13:30", "void", True),
        ('[pickup]\ndeadline = "30min"\nthen = "release"\ncounts = false', False, "15 13:30", "release", False),
        ('[pickup]\ndeadline = "30min"\nthen = "noshow"', False, "15 13:30", "noshow", True),
        ('[pickup]\ndeadline = "30min"\nthen = "behind"', False, "16 00:00", "noshow", True),
        ('[pickup]\ndeadline = "30min"\npaid_exempt = true', True, "16 00:00", "noshow", True),
        ("[late]\ngrace_minutes = 30", False, "15 14:31", "noshow", True),
        ('[late]\ngrace_minutes = 30\nafter_grace = "late"', False, "16 00:00", "noshow", True),
        ("[late]\nlives_minutes = 45", False, "15 14:45", "noshow", True),
        ('[noshow]\nchannels = ["sms"]', False, "16 00:00", "noshow", False),
        ('[noshow]\nchannels = ["phone"]', False, "16 00:00", "noshow", True),
        ("[noshow]\npaid_counts = false", True, "16 00:00", "noshow", False),
        ("[noshow]\npaid_counts = false", False, "16 00:00", "noshow", True),
    ],
)
def test_how_an_unused_booking_ends(text, paid, ends, then, counts):
    """At its deadline, after its grace, or at midnight; against the patient or not."""
    said = close_at(book(text), OFFER, paid=paid, channel="phone")
    assert (said.at, said.then, said.counts) == (at(ends), then, counts)


@pytest.mark.parametrize(
    ("text", "ends", "then"),
    [
        ("", None, None),
        ("[late]\ngrace_minutes = 30\nlives_minutes = 45", None, None),
        ('[pickup]\ndeadline = "30min"\nthen = "noshow"', None, None),
        ('[pickup]\ndeadline = "30min"', "15 13:30", "void"),
        ('[pickup]\ndeadline = "30min"\nthen = "release"', "15 13:30", "release"),
    ],
)
def test_where_absence_is_not_marked_nobody_is_taken_for_absent(text, ends, then):
    """Only a number that was not picked up in time ends, and that counts against nobody."""
    said = close_at(book(f"{text}\n[noshow]\nmark = false"), OFFER, paid=False, channel="phone")
    assert said is None if ends is None else (said.at, said.then, said.counts) == (at(ends), then, False)


def test_absence_is_marked_where_one_maker_has_it_marked():
    """A house without imported rules marks nobody; a platform that wants it marked is obeyed."""
    no = "[noshow]\nmark = false"
    assert [marks(rules) for rules in (house_rules(), book(no), book(no, ""), book())] == [False, False, True, True]
    assert close_at(house_rules(), OFFER, paid=False, channel="phone") is None
    assert close_at(book(no, ""), OFFER, paid=False, channel="phone").at == at("16 00:00")


def test_the_earliest_end_of_two_makers_holds_and_counts_where_either_counts():
    """Hospital at midnight, platform at the start; both at midnight, one of them counting."""
    assert close_at(book("", '[pickup]\ndeadline = "start"'), OFFER, paid=False, channel="phone").at == at("15 14:00")
    rules = book('[noshow]\nchannels = ["sms"]', "")
    assert close_at(rules, OFFER, paid=False, channel="phone").counts


def test_staff_restores_a_number_where_every_maker_lets_them():
    """Allowed unless a rule says no; of two makers both must say yes."""
    no = "[late]\nreactivate = false"
    assert [may_come_back(rules, OFFER) for rules in (book(), book(no), book("", no), book("", ""))] == [
        True,
        False,
        False,
        True,
    ]
