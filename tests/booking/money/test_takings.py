"""A day's takings always balance: money alone, in any order of events, beside a plain model."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from money_model import Money, terms
from open_house import open_house
from sqlalchemy import insert
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from booking.cashier import Cashier
from booking.clock import FixedClock
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import clinic_session, department, doctor, hospital, metadata, slot
from booking.vault import Vault

VAULT = Vault(bytes(range(32)))
numbers = st.integers(1, 4)
picks = st.integers(0, 9)
online = st.sampled_from(["wechat", "alipay"])
windows = st.sampled_from(["cash", "card"])


def thd_small(conn):
    """One doctor with six numbers."""
    day = FixedClock.at_wall("2026-07-15 00:00").at.replace(tzinfo=None)
    conn.execute(
        insert(hospital), {"code": "renhe", "name": "仁和医院", "short_name": "仁和", "address": "", "phone": ""}
    )
    conn.execute(insert(department), {"hospital_id": 1, "code": "01", "name": "内科", "location": ""})
    who = {"number": "00868", "name": "王建国", "title": "主任医师", "department_id": 1, "speciality": ""}
    conn.execute(insert(doctor), {"hospital_id": 1, **who})
    half = {"doctor_id": 1, "day": day.date(), "period": "AM", "place": "", "fee_fen": 5000, "clinic_type": "专家"}
    conn.execute(insert(clinic_session), {"hospital_id": 1, **half, "status": "open"})
    places = [
        {"session_id": 1, "doctor_id": 1, "start": day.replace(hour=8, minute=seq), "seq": seq} for seq in range(6)
    ]
    conn.execute(insert(slot), [{"hospital_id": 1, "taken": 0, **place} for place in places])


def result_of(coroutine):
    results = []
    Deferred.fromCoroutine(coroutine).addBoth(results.append)
    if isinstance(results[0], Failure):
        results[0].raiseException()
    return results[0]


class Takings(RuleBasedStateMachine):
    """Every rule is an event of a day at the till."""

    @initialize()
    def open(self):
        self.engine = make_engine("sqlite://")
        metadata.create_all(self.engine)
        clock, rules = FixedClock.at_wall("2026-07-14 09:00"), house_rules()
        store = ImmediateDatabase(self.engine, clock)
        store.now(thd_small)
        cashier = Cashier(open_house(store, VAULT, clock, rules=StandingRules(rules)))
        self.money = Money(store, VAULT, clock, rules, cashier, result_of)
        self.patches = [
            patch("booking.store.money.charging.pay_terms", terms),
            patch("booking.store.money.turn.payment_opens", self.money.opens),
        ]
        for one in self.patches:
            one.start()

    def teardown(self):
        if hasattr(self, "patches"):
            for one in self.patches:
                one.stop()
            self.engine.dispose()

    @rule(nth=numbers)
    def book(self, nth):
        self.money.book(nth)

    @rule(nth=numbers, way=online, provider=st.sampled_from("AB"))
    def pay(self, nth, way, provider):
        self.money.pay(nth, way, provider)

    @rule(nth=numbers, by=st.sampled_from(["patient", "hospital", "expired"]))
    def end(self, nth, by):
        self.money.end(nth, by)

    @rule(nth=numbers)
    def rob(self, nth):
        self.money.rob(nth)

    @rule(nth=numbers, way=windows)
    def take(self, nth, way):
        self.money.take(nth, way)

    @rule(nth=numbers, amount=st.integers(1, 5001))
    def refund(self, nth, amount):
        self.money.refund(nth, amount)

    @rule()
    def send(self):
        self.money.send()

    @precondition(lambda self: self.money.out)
    @rule(pick=picks, state=st.sampled_from(["done", "refused", "unheard", "unknown", "pending"]))
    def answer(self, pick, state):
        self.money.answer(pick, state)

    @precondition(lambda self: self.money.debts)
    @rule(pick=picks, way=windows)
    def pay_out(self, pick, way):
        self.money.pay_out(pick, way)

    @rule(closed=st.booleans(), hours=st.integers(0, 40))
    def wait(self, closed, hours):
        self.money.closed = closed
        self.money.wait(hours)

    @invariant()
    def books_balance(self):
        if hasattr(self, "money"):
            self.money.compare()


class TestTakings(Takings.TestCase):
    """Whatever the order: each day's debits equal its credits, receivables are the unpaid charges, nobody gets back more than he paid."""

    settings = settings(deadline=None, max_examples=25, stateful_step_count=25)
