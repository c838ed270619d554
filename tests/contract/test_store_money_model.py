"""Money in any order of events, beside a plain model: the books balance and agree after each."""

from __future__ import annotations

import random

import pytest
from money_model import Money
from open_house import open_house

from booking.cashier import Cashier
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.money import charging, turn

NUMBERS = [1, 2, 4, 6, 7, 8, 10]


@pytest.mark.parametrize("seed", range(6))
def test_a_days_takings_balance_whatever_happens(store, vault, clock, result_of, monkeypatch, seed):
    """Sixty events in a random order: booked, paid, paid twice, refused, ended, given back in parts, in closed hours."""
    rules, chance = house_rules(), random.Random(seed)
    cashier = Cashier(open_house(store, vault, clock, rules=StandingRules(rules)))
    money = Money(store, vault, clock, rules, cashier, result_of)
    monkeypatch.setattr(charging, "pay_terms", money.terms)
    monkeypatch.setattr(turn, "payment_opens", money.opens)
    for nth in NUMBERS:
        money.book(nth)
    for _ in range(60):
        event(money, chance)
        money.compare()


def event(money, chance):
    nth, way = chance.choice(NUMBERS), chance.choice(["wechat", "alipay"])
    pick, window = chance.randrange(10), chance.choice(["cash", "card"])
    match chance.choice("eeeeppppprttfssaaaow"):
        case "e":
            money.end(nth, chance.choice(["patient", "hospital", "expired", "expired"]))
        case "p":
            money.pay(nth, way, chance.choice("AB"))
        case "r":
            money.rob(nth)
        case "t":
            money.take(nth, window)
        case "f":
            money.refund(nth, chance.choice([1, 1000, 2999, 5000]))
        case "s":
            money.send()
        case "a":
            money.answer(pick, chance.choice(["done", "refused", "unheard", "unknown", "pending"]))
        case "o":
            money.pay_out(pick, window)
        case _:
            money.closed = chance.random() < 0.3
            money.wait(chance.choice([0, 1, 3]))
