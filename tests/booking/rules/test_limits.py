"""How many bookings a patient, phone or client may have."""

import pytest
from told_rules import at, book, held, number

from booking.rules.facts import PatientFacts
from booking.rules.onsale import patient_ruling
from booking.rules.ruling import Reason

NOW = at("01 09:00")


def judge(text, *holdings, phone=(), ip=(), offer=None):
    facts = PatientFacts(holdings=holdings, phone_holdings=phone, ip_holdings=ip)
    return patient_ruling(book(text), offer or number(department="A", doctor="1"), "phone", facts, NOW)


@pytest.mark.parametrize(
    ("per", "days", "allowed"),
    [
        ("visit-day", ["15"], False),
        ("visit-day", ["14", "16"], True),
        ("week", ["14"], False),
        ("week", ["20"], False),
        ("week", ["13", "21"], True),
        ("month", ["01"], False),
        ("month", ["2025-08-15", "2024-07-15", "2025-06-30"], True),
        ("ever", ["2020-01-01"], False),
        ("7 days", ["09"], False),
        ("7 days", ["08"], True),
        ("7 days", ["21"], False),
        ("7 days", ["22"], True),
        ("1 day", ["14", "16"], True),
        ("3 months", ["2025-04-16"], False),
        ("3 months", ["2025-04-15"], True),
        ("3 months", ["2025-10-14"], False),
        ("3 months", ["2025-10-15"], True),
    ],
)
def test_a_window_reaches_so_far(per, days, allowed):
    """One booking in each window, on both sides of its edge; rolling windows before and after the visit."""
    assert judge(f'[[limits]]\nper = "{per}"', *(held(day) for day in days)).allowed is allowed


def test_a_rolling_window_counts_its_fullest_place():
    """Three in seven days: two before and two after do not add up when no seven days hold three of them with the new one."""
    text = '[[limits]]\nper = "7 days"\nmost = 3'
    assert judge(text, held("09"), held("11"), held("19"), held("21")).allowed
    said = judge(text, held("11"), held("13"), held("17"))
    assert (said.reason, said.most, said.scope, said.per) == (Reason.LIMIT, 3, "all", "7 days")


@pytest.mark.parametrize(
    ("scope", "other", "allowed"),
    [
        ("all", {}, False),
        ("hospital", {}, False),
        ("department", {"department": "A"}, False),
        ("department", {"department": "B"}, True),
        ("doctor", {"doctor": "1", "department": "B"}, False),
        ("doctor", {"doctor": "2", "department": "A"}, True),
        ("session", {"session": 2, "doctor": "1", "department": "A"}, True),
    ],
)
def test_a_scope_counts_what_lies_in_it(scope, other, allowed):
    """Department, doctor, or everything."""
    assert judge(f'[[limits]]\nscope = "{scope}"', held("15", **other)).allowed is allowed


def test_one_session_is_booked_once_unless_the_rules_say_otherwise():
    """A second number of the same session is refused as already booked; where allowed, a session's limit may still hold."""
    assert judge("", held(session=1)).reason is Reason.ALREADY_BOOKED
    assert judge("[booking]\none_per_session = false", held(session=1)).allowed
    said = judge('[booking]\none_per_session = false\n[[limits]]\nscope = "session"', held(session=1))
    assert said.reason is Reason.LIMIT


def test_limits_by_phone_client_address_and_together():
    """Each key counts its own bookings; several together those that all of them have."""
    one, two = held("15", 8), held("15", 9)
    assert judge('[[limits]]\nkey = ["phone"]', one).allowed
    assert not judge('[[limits]]\nkey = ["phone"]', phone=(one,)).allowed
    assert not judge('[[limits]]\nkey = ["client"]', phone=(one,)).allowed
    assert judge('[[limits]]\nkey = ["ip"]', phone=(one,)).allowed
    assert not judge('[[limits]]\nkey = ["ip"]', ip=(one,)).allowed
    both = '[[limits]]\nkey = ["patient", "phone"]'
    assert judge(both, one, phone=(two,)).allowed
    assert not judge(both, one, phone=(two, one)).allowed


def test_different_departments_of_one_day():
    """Two departments a day: the third is refused, a further number of one of the two is not; other days do not count."""
    text = "[booking]\ndifferent_departments_per_day = 2"
    b, c = held("15", 7, department="B"), held("15", 8, department="C")
    assert judge(text, b).allowed
    said = judge(text, b, c)
    assert (said.rule, said.most) == ("booking.different_departments_per_day", 2)
    assert judge(text, b, held("15", 8, department="A")).allowed
    assert judge(text, b, held("16", 8, department="C")).allowed


def test_the_second_limit_is_named():
    """The answer says which limit it was."""
    assert (
        judge('[[limits]]\nmost = 5\n[[limits]]\nscope = "department"', held("15", department="A")).rule == "limits[2]"
    )
