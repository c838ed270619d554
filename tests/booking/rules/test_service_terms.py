"""Reminders, stops, the waiting list, unlocking, and who may register."""

import pytest
from told_rules import at, book, number

from booking.rules.facts import Where
from booking.rules.registering import counts_changes, phone_change_ruling, phone_ruling, register_ruling
from booking.rules.service import reminder_at, stop_terms, unlock_terms, waiting_terms


def test_a_reminder_comes_the_day_before_at_six_unless_the_rules_say_otherwise():
    """The hospital's hour, or never; the platform has no say."""
    offer = number("15 09:00", department="眼科")
    assert reminder_at(book("", "[reminder]\non = false"), offer) == at("14 18:00")
    assert reminder_at(book('[reminder]\ndays_before = 2\nat = "09:30"'), offer) == at("13 09:30")
    assert reminder_at(book('[[layers]]\ndepartment = "眼科"\nreminder.on = false'), offer) is None


@pytest.mark.parametrize("practice", ["rebook", "phone-first", "substitute", "release"])
def test_a_stopped_doctor_is_met_by_the_hospitals_practice(practice):
    """One of the four; approval where either maker wants it; a department may do otherwise."""
    terms = stop_terms(book(f'[stop]\npractice = "{practice}"', "[stop]\napproval = true"))
    assert (terms.practice, terms.approval) == (practice, True)
    layered = book(f'[[layers]]\ndepartment = "眼科"\nstop.practice = "{practice}"')
    assert stop_terms(layered, Where(department="眼科")).practice == practice
    assert stop_terms(layered).approval is False


def test_the_waiting_list_is_open_where_both_makers_open_it():
    """With the shorter time to answer."""
    assert (waiting_terms(book()).open, waiting_terms(book()).answer_minutes) == (True, 15)
    both = waiting_terms(book("[waiting]\nanswer_minutes = 30", "[waiting]\nopen = false"))
    assert (both.open, both.answer_minutes) == (False, 15)


def test_a_ban_is_lifted_by_whom_every_maker_names():
    """The agent by default; nobody where the makers name nobody in common."""
    assert (unlock_terms(book()).who, unlock_terms(book()).automatic) == (("agent",), True)
    both = unlock_terms(
        book(
            '[unlock]\nwho = ["agent", "appeal"]\nanswer_workdays = 5', '[unlock]\nwho = ["appeal"]\nautomatic = false'
        )
    )
    assert (both.who, both.automatic, both.answer_workdays) == (("appeal",), False, 5)
    assert unlock_terms(book("[unlock]\nwho = []")).who == ()


def test_a_phone_registers_so_many_patients():
    """The lower number of two makers; none is no limit."""
    rules = book("[mobile]\npatients = 3", "[mobile]\npatients = 2")
    assert register_ruling(rules, 1).allowed
    said = register_ruling(rules, 2)
    assert (said.rule, said.most, said.scope) == ("platform: mobile.patients", 2, "phone-patients")
    assert register_ruling(rules, 3).most == 2
    assert register_ruling(book('[mobile]\npatients = "none"'), 99).allowed


def test_only_some_phones_are_taken():
    """By the prefix of the operator or the region."""
    rules = book('[mobile]\nprefixes = ["134", "135"]')
    assert phone_ruling(rules, "+8613500000000").allowed
    assert phone_ruling(rules, "+8613600000000").rule == "mobile.prefixes"
    assert phone_ruling(book(), "+8613600000000").allowed


def test_a_phone_changes_so_often():
    """Once in half a year: the next time when the first change is half a year old."""
    rules = book("[mobile]\nchanges = 1")
    assert phone_change_ruling(rules, [], at("15 09:00")).allowed
    said = phone_change_ruling(rules, [at("2025-03-01 10:00")], at("15 09:00"))
    assert (said.rule, said.most, said.when) == ("mobile.changes", 1, at("2025-09-01 10:00"))
    assert not phone_change_ruling(rules, [at("2025-03-01 10:00")], at("2025-09-01 09:59")).allowed
    assert phone_change_ruling(rules, [at("2025-03-01 10:00")], at("2025-09-01 10:00")).allowed
    assert phone_change_ruling(book(), [at("2025-07-01 10:00")] * 9, at("15 09:00")).allowed
    twice = [at("2025-03-01 10:00"), at("2025-04-01 10:00"), at("2025-05-01 10:00")]
    assert phone_change_ruling(book("[mobile]\nchanges = 2"), twice, at("15 09:00")).when == at("2025-10-01 10:00")
    assert phone_change_ruling(book("[mobile]\nchanges = 0"), [], at("15 09:00")).when is None
    later = book("[mobile]\nchanges = 1", '[mobile]\nchanges = 1\nchange_span = "12 months"')
    assert phone_change_ruling(later, twice[:1], at("15 09:00")).when == at("2026-03-01 10:00")


def test_changes_of_a_phone_are_counted_only_where_a_maker_limits_them():
    """Nothing is read of a patient's phones where nobody asks."""
    assert not counts_changes(book("", ""))
    assert counts_changes(book("", "[mobile]\nchanges = 1"))
