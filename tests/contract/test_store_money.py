"""Money in the store: a booking is charged, paid, given back, and the books balance after each step."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, insert, select

from booking.clock import naive_utc, wall
from booking.rules.payment import PayTerms
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.store import charging
from booking.store.charging import Due, thd_charge
from booking.store.ledger import thd_trial_balance
from booking.store.refunding import thd_give_back
from booking.store.schema import appointment, charge, entry, patient, posting
from booking.store.tickets import thd_tickets

RULES = house_rules(HousePolicy())
BILL = PayTerms(when="booking", ways=("bill",), hold_minutes=15)


@pytest.fixture
def booked(store, vault, clock):
    """Patient 1 has booked 王建国's first number, by telephone."""

    def thd_put(conn):
        made = {"hospital_id": 1, "created_at": naive_utc(clock)}
        who = {"identity_print": vault.fingerprint("1"), "identity_sealed": vault.seal("11010519491231002X")}
        conn.execute(insert(patient), {**made, **who, "name_sealed": vault.seal("张三")})
        conn.execute(
            insert(appointment),
            {
                **made,
                "code": "12345678",
                "slot_id": 1,
                "session_id": 1,
                "doctor_id": 1,
                "patient_id": 1,
                "day": date(2026, 7, 15),
                "status": "booked",
                "live": 1,
                "channel": "phone",
                "phone_print": vault.fingerprint("+8613800138000"),
                "phone_sealed": vault.seal("+8613800138000"),
                "fee_fen": 5000,
                "request_key": "k1",
            },
        )

    store.now(thd_put)
    return 1


@pytest.fixture
def on_the_bill(monkeypatch):
    """The hospital's rule: charged to the telephone bill when booked."""
    monkeypatch.setattr(charging, "pay_terms", lambda *_: BILL)


def charge_now(store, clock):
    def thd(conn):
        ticket = thd_tickets(conn, 1, [1])[1]
        due = Due(appointment_id=1, offer=ticket.offer, fee_fen=5000, channel="phone")
        thd_charge(conn, 1, [due], RULES, naive_utc(clock), wall(clock))

    store.now(thd)


def balances(store):
    """Each account's balance; every day's debits equal its credits."""
    days = {}
    found = {}
    for line in store.now(thd_trial_balance, 1, date(2026, 1, 1), date(2027, 1, 1)):
        days[line.day] = days.get(line.day, 0) + line.debit_fen - line.credit_fen
        found[line.account] = found.get(line.account, 0) + line.debit_fen - line.credit_fen
    assert not any(days.values())
    return {account: fen for account, fen in found.items() if fen}


def test_a_visit_that_is_paid_at_the_window_is_not_charged(store, booked, clock):
    """Where the rules want nothing before the visit, nothing is written."""
    charge_now(store, clock)
    assert store.now(lambda conn: conn.execute(select(func.count()).select_from(charge)).scalar_one()) == 0


def test_a_booking_on_the_bill_is_owed_and_no_longer_when_it_is_given_back(store, booked, clock, on_the_bill):
    """Charged: the patient owes the fee. Given back unpaid: he owes nothing, by a second entry."""
    charge_now(store, clock)
    assert balances(store) == {"receivable": 5000, "income:registration": -5000}
    for _ in range(2):
        store.now(thd_give_back, 1, [1], "patient", RULES, naive_utc(clock), wall(clock), "phone", "t")
    assert balances(store) == {}
    rows = store.now(lambda conn: [tuple(row) for row in conn.execute(select(charge.c.status, charge.c.live))])
    assert rows == [("void", None)]
    kinds = store.now(lambda conn: list(conn.execute(select(entry.c.kind).order_by(entry.c.id)).scalars()))
    assert kinds == ["charge", "void"]
    assert store.now(lambda conn: conn.execute(select(func.sum(posting.c.amount_fen))).scalar_one()) == 0
