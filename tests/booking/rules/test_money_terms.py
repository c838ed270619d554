"""How a booking is paid and what of it comes back."""

from datetime import date

import pytest
from told_rules import at, book, number

from booking.rules.payment import pay_terms, payment_opens
from booking.rules.refunds import refund_ruling

OFFER = number("15 09:00")


def test_of_two_makers_the_payment_that_asks_more_holds():
    """Sooner, within less time, by the ways that both take, prepaid where either wants it."""
    rules = book(
        '[payment]\nwhen = "booking"\nways = ["card", "wechat"]\nhold_minutes = 30',
        '[payment]\nwhen = "hold"\nways = ["wechat", "cash"]\nprepaid = true\nhold_minutes = 10',
    )
    terms = pay_terms(rules, OFFER, "phone")
    assert (terms.when, terms.ways, terms.hold_minutes, terms.prepaid) == ("hold", ("wechat",), 10, True)
    house = pay_terms(book(), OFFER, "phone")
    assert (house.when, house.ways, house.hold_minutes, house.prepaid) == ("visit", (), 15, False)
    assert pay_terms(book("", '[payment]\nways = ["cash"]'), OFFER, "phone").ways == ("cash",)


def test_makers_who_take_no_way_in_common_leave_it_to_the_visit():
    """Neither's list is widened: "none" is not "any"."""
    rules = book('[payment]\nwhen = "hold"\nways = ["wechat"]', '[payment]\nways = ["bill"]')
    terms = pay_terms(rules, OFFER, "phone")
    assert (terms.when, terms.ways) == ("visit", None)


def test_payment_is_shut_for_settlement():
    """From 23:40 to 00:10; two makers' hours that touch are one; hours that never end do not go round for ever."""
    rules = book('[payment]\nclosed = ["23:40-00:10"]', '[payment]\nclosed = ["00:10-01:00"]')
    assert payment_opens(rules, at("14 23:39")) == at("14 23:39")
    assert payment_opens(rules, at("14 23:40")) == at("15 01:00")
    assert payment_opens(rules, at("15 01:00")) == at("15 01:00")
    always = book('[payment]\nclosed = ["00:00-12:00", "12:00-24:00"]')
    assert payment_opens(always, at("15 01:00")) > at("20 01:00")


@pytest.mark.parametrize(
    ("text", "ended_by", "now", "answer"),
    [
        ("", "patient", "14 09:00", (5000, "original", None)),
        ("", "noshow", "16 09:00", (0, "none", None)),
        ("", "void", "16 09:00", (0, "none", None)),
        ('unused = "window"', "noshow", "16 09:00", (5000, "window", None)),
        ("workdays = 15", "patient", "14 09:00", (5000, "original", date(2025, 8, 4))),
        ("fee_kept_fen = 300", "patient", "14 09:00", (4700, "original", None)),
        ("fee_kept_fen = 300", "agent", "14 09:00", (4700, "original", None)),
        ("fee_kept_fen = 300", "hospital", "16 09:00", (5000, "original", None)),
        ("fee_kept_fen = 300", "expired", "14 09:00", (5000, "original", None)),
        ("fee_kept_fen = 300", "changed", "14 09:00", (5000, "original", None)),
        ("fee_kept_fen = 6000", "patient", "14 09:00", (0, "none", None)),
        ('deadline = "D 00:00"', "patient", "14 23:59", (5000, "original", None)),
        ('deadline = "D 00:00"', "patient", "15 00:00", (5000, "window", None)),
        ('deadline = "D 00:00"\nafter = "none"', "patient", "15 00:00", (0, "none", None)),
        ('deadline = "D 00:00"\nafter = "none"', "hospital", "15 00:00", (5000, "original", None)),
        ('route = "none"', "patient", "14 09:00", (0, "none", None)),
    ],
)
def test_what_comes_back(text, ended_by, now, answer):
    """Of 50 yuan paid: how much, which way, by when."""
    said = refund_ruling(book(f"[refund]\n{text}"), OFFER, 5000, ended_by, at(now))
    assert (said.amount_fen, said.route, said.deadline) == answer


def test_of_two_makers_the_less_comes_back():
    """The lower amount, the narrower way, the nearer day; nothing of nothing."""
    rules = book("[refund]\nfee_kept_fen = 100\nworkdays = 15", '[refund]\nroute = "window"\nworkdays = 2')
    said = refund_ruling(rules, OFFER, 5000, "patient", at("14 09:00"))
    assert (said.amount_fen, said.route, said.deadline) == (4900, "window", date(2025, 7, 16))
    assert refund_ruling(book(), OFFER, 0, "patient", at("14 09:00")).route == "none"
