"""Money in the store: a booking is charged, paid, given back, and the books balance after each step."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from one_booking import BILL, HOLD, TRADE, thd_put_booking
from open_house import open_house
from sqlalchemy import func, insert, select, update

from booking.cashier import Cashier
from booking.clock import naive_utc, wall
from booking.keeping_outcomes import NotPaidYet
from booking.money.fees import FeeItem
from booking.money.payments import (
    AlreadyPaid,
    Answer,
    Free,
    MoreThanPaid,
    NoSuchRefund,
    NoSuchTicket,
    NoSuchTrade,
    Notice,
    Owed,
    PaidOut,
    Returned,
    Settled,
    Taken,
    UnderWay,
    WrongAmount,
)
from booking.requests import Caller, Channel, ConfirmBooking
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.store.keeping.ending import Ending, thd_end
from booking.store.keeping.holding import thd_confirm
from booking.store.money import charging, turn
from booking.store.money.charging import Due, thd_charge, thd_charge_taken
from booking.store.money.fees import thd_put_fee_items
from booking.store.money.ledger import thd_trial_balance
from booking.store.money.refunding import thd_give_back
from booking.store.money.tickets import thd_tickets
from booking.store.schema import (
    appointment,
    audit,
    charge,
    clinic_session,
    entry,
    hold,
    outbox,
    posting,
    refund,
    slot,
)

RULES = house_rules(HousePolicy())
LONG_AGO = datetime.fromisoformat("2026-01-01")


@pytest.fixture
def booked(store, vault, clock):
    """Patient 1 has booked 王建国's first number, by telephone."""
    store.now(thd_put_booking, vault, naive_utc(clock))


@pytest.fixture
def held(store, booked, clock, monkeypatch):
    """The same number is only held, for a quarter of an hour, until it is paid."""
    monkeypatch.setattr(charging, "pay_terms", lambda *_: HOLD)

    def thd_hold(conn):
        conn.execute(update(appointment).values(status="held"))
        until = naive_utc(clock) + timedelta(minutes=15)
        conn.execute(insert(hold), {"hospital_id": 1, "appointment_id": 1, "until_at": until})

    store.now(thd_hold)
    charge_now(store, clock)


@pytest.fixture
def cashier(store, vault, clock):
    return Cashier(open_house(store, vault, clock, rules=StandingRules(RULES)))


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


def test_a_booking_on_the_bill_is_owed_and_no_longer_when_it_is_given_back(*, store, vault, booked, clock, on_the_bill):
    """Charged: the patient owes the fee. Given back unpaid: he owes nothing, by a second entry."""
    charge_now(store, clock)
    assert balances(store) == {"receivable": 5000, "income:registration": -5000}
    for _ in range(2):
        store.now(thd_give_back, vault, 1, [1], "patient", RULES, naive_utc(clock), wall(clock), "phone", "t")
    assert balances(store) == {}
    rows = store.now(lambda conn: [tuple(row) for row in conn.execute(select(charge.c.status, charge.c.live))])
    assert rows == [("void", None)]
    kinds = store.now(lambda conn: list(conn.execute(select(entry.c.kind).order_by(entry.c.id)).scalars()))
    assert kinds == ["charge", "void"]
    assert store.now(lambda conn: conn.execute(select(func.sum(posting.c.amount_fen))).scalar_one()) == 0


def end(store, vault, clock, by):
    """The booking ends, as the store ends bookings."""
    ending = Ending(by=by, actor="test", trace="t", at=naive_utc(clock), wall=wall(clock), rules=RULES)
    store.now(lambda conn: len(thd_end(conn, vault, 1, [1], ending)))
    store.now(thd_give_back, vault, 1, [1], by, RULES, naive_utc(clock), wall(clock), "test", "t")


def one(store, column):
    return store.now(lambda conn: conn.execute(select(column)).scalar_one())


def told(store, vault):
    """What the patient was texted of his refunds."""
    query = select(outbox.c.body_sealed).where(outbox.c.kind == "refund").order_by(outbox.c.id)
    return store.now(lambda conn: [vault.open(body) for body in conn.execute(query).scalars()])


def notice(amount=5000, provider="W1", way="wechat", trade=TRADE):
    return Notice(way=way, trade_no=trade, provider_no=provider, amount_fen=amount)


def agree(store, cashier, result_of):
    """Errands and books say the same."""
    assert result_of(cashier.disagreements(1, LONG_AGO)) == ()
    return balances(store)


def test_an_operator_is_asked_once_and_its_yes_settles(store, booked, cashier, clock, on_the_bill, result_of):
    """The charge goes out once, with the phone to bill; the operator's yes makes it paid, however often it comes."""
    charge_now(store, clock)
    (errand,) = result_of(cashier.errands(1, ["bill"], ["bill"], 10))
    assert (errand.kind, errand.trade_no, errand.amount_fen, errand.phone) == ("charge", TRADE, 5000, "+8613800138000")
    assert "138" not in repr(errand)
    assert result_of(cashier.errands(1, ["bill"], ["bill"], 10)) == []
    for _ in range(2):
        result_of(cashier.answered(1, errand, Answer(state="done", provider_no="B77")))
    assert agree(store, cashier, result_of) == {"clearing:bill": 5000, "income:registration": -5000}
    assert result_of(cashier.bill(1, "12345678")).status == "paid"


def test_a_bill_that_is_refused_is_owed_no_longer_and_may_be_paid_at_the_window(
    store, booked, cashier, clock, on_the_bill, result_of
):
    """No credit on the phone: the booking stands unpaid, and the clerk takes cash."""
    charge_now(store, clock)
    (errand,) = result_of(cashier.errands(1, ["bill"], [], 10))
    assert result_of(cashier.take(1, "12345678", "cash", "li")) == UnderWay(number=TRADE)
    result_of(cashier.answered(1, errand, Answer(state="refused", error="no credit")))
    assert agree(store, cashier, result_of) == {}
    taken = result_of(cashier.take(1, "12345678", "cash", "li"))
    assert taken == Taken(code="12345678", amount_fen=5000, trade_no="000010000000000102")
    again = result_of(cashier.take(1, "12345678", "card", "li"))
    assert again == AlreadyPaid(code="12345678", way="cash", amount_fen=5000)
    assert agree(store, cashier, result_of) == {"cash": 5000, "income:registration": -5000}


def test_what_is_not_known_is_asked_after_and_repeated_only_when_never_heard(
    store, booked, cashier, clock, on_the_bill, result_of
):
    """A lost answer leaves the charge waiting; it goes out again only after the operator said that it has not got it."""
    charge_now(store, clock)
    (errand,) = result_of(cashier.errands(1, ["bill"], [], 10))
    result_of(cashier.answered(1, errand, Answer(state="unknown", error="no answer")))
    assert result_of(cashier.unanswered(1, ["bill"], [], 10)) == []
    clock.at += timedelta(minutes=2)
    assert result_of(cashier.errands(1, ["bill"], [], 10)) == []
    (asked,) = result_of(cashier.unanswered(1, ["bill"], [], 10))
    assert asked.attempts == 2
    result_of(cashier.answered(1, asked, Answer(state="unheard")))
    clock.at += timedelta(hours=2)
    (again,) = result_of(cashier.errands(1, ["bill"], [], 10))
    assert again.number == errand.number
    result_of(cashier.answered(1, again, Answer(state="done", provider_no="B1")))
    assert agree(store, cashier, result_of) == {"clearing:bill": 5000, "income:registration": -5000}


def test_while_payment_is_closed_charges_wait_and_none_is_lost(
    store, booked, cashier, clock, on_the_bill, result_of, monkeypatch
):
    """Charged at night, asked for in the morning."""
    morning = wall(clock).replace(hour=10)
    monkeypatch.setattr(turn, "payment_opens", lambda _, now: max(now, morning))
    charge_now(store, clock)
    assert one(store, charge.c.due_at) == naive_utc(clock) + timedelta(hours=1)
    assert result_of(cashier.errands(1, ["bill"], [], 10)) == []
    clock.at += timedelta(hours=1)
    assert len(result_of(cashier.errands(1, ["bill"], [], 10))) == 1


def test_a_hold_is_a_booking_once_it_is_paid_and_only_once(store, held, cashier, clock, result_of):
    """The payment confirms the held number: the hold is gone, the confirmation is sent; the same notice again changes nothing."""
    assert result_of(cashier.paid(1, notice())) == Settled(code="12345678")
    assert result_of(cashier.paid(1, notice())) == Settled(code="12345678", again=True)
    assert one(store, appointment.c.status) == "booked"
    assert one(store, select(func.count()).select_from(hold).scalar_subquery()) == 0
    kinds = store.now(lambda conn: sorted(conn.execute(select(outbox.c.kind)).scalars()))
    assert kinds == ["confirmation", "doctor"]
    assert agree(store, cashier, result_of) == {"clearing:wechat": 5000, "income:registration": -5000}


def test_a_payment_by_another_way_than_foreseen_is_booked_where_it_came(store, held, cashier, result_of):
    """He chose Alipay: the money stands in Alipay's clearing account."""
    result_of(cashier.paid(1, notice(way="alipay")))
    assert agree(store, cashier, result_of) == {"clearing:alipay": 5000, "income:registration": -5000}


def test_a_wrong_amount_or_number_settles_nothing(store, held, cashier, result_of):
    """Amount and number must match exactly."""
    wrong = result_of(cashier.paid(1, notice(amount=1)))
    assert wrong == WrongAmount(trade_no=TRADE)
    assert (
        one(store, select(audit.c.detail).where(audit.c.action == "wrong-amount").scalar_subquery())
        == "wanted=5000 got=1"
    )
    assert result_of(cashier.paid(1, notice(trade="9"))) == NoSuchTrade(trade_no="9")
    assert one(store, appointment.c.status) == "held"
    assert agree(store, cashier, result_of) == {"receivable": 5000, "income:registration": -5000}


def test_a_late_payment_gets_the_number_back_while_it_is_free(store, vault, held, cashier, clock, result_of):
    """The hold ran out, nobody took the number, the payment came: he has it, and a confirmation."""
    end(store, vault, clock, "expired")
    assert balances(store) == {}
    assert one(store, select(slot.c.taken).where(slot.c.id == 1).scalar_subquery()) == 0
    assert result_of(cashier.paid(1, notice())) == Settled(code="12345678")
    assert result_of(cashier.paid(1, notice())) == Settled(code="12345678", again=True)
    assert one(store, select(slot.c.taken).where(slot.c.id == 1).scalar_subquery()) == 1
    assert store.now(lambda conn: tuple(conn.execute(select(appointment.c.status, appointment.c.live)).one())) == (
        "booked",
        1,
    )
    assert agree(store, cashier, result_of) == {"clearing:wechat": 5000, "income:registration": -5000}


def test_a_late_payment_for_a_number_that_is_gone_is_owed_back_at_once(store, vault, held, cashier, clock, result_of):
    """Somebody else has the number now: the payer is owed all of it, once, by the way it came."""
    end(store, vault, clock, "expired")
    store.now(lambda conn: conn.execute(update(slot).where(slot.c.id == 1).values(taken=1)).rowcount)
    back = result_of(cashier.paid(1, notice()))
    assert back == Returned(code="12345678", refund_no=f"{TRADE}R01")
    assert result_of(cashier.paid(1, notice())) == Returned(code="12345678", refund_no=f"{TRADE}R01", again=True)
    (words,) = told(store, vault)
    assert "付款到账时号已失效，未能约成，50元将" in words
    assert agree(store, cashier, result_of) == {"clearing:wechat": 5000, "payable:refunds": -5000}
    (errand,) = result_of(cashier.errands(1, [], ["wechat"], 10))
    assert (errand.kind, errand.refund_no, errand.provider_no, errand.amount_fen) == (
        "refund",
        f"{TRADE}R01",
        "W1",
        5000,
    )
    for _ in range(2):
        result_of(cashier.answered(1, errand, Answer(state="done", provider_no="R9")))
    assert agree(store, cashier, result_of) == {}


def test_a_second_payment_of_the_same_charge_is_owed_back(store, vault, held, cashier, result_of):
    """Paid with WeChat and with Alipay as well: the booking stands, the second payment goes back, once."""
    result_of(cashier.paid(1, notice()))
    for again in (False, True):
        back = result_of(cashier.paid(1, notice(way="alipay", provider="A2")))
        assert back == Returned(code="12345678", refund_no=f"{TRADE}X01R01", again=again)
    assert ["您重复付了款" in words for words in told(store, vault)] == [True]
    assert agree(store, cashier, result_of) == {
        "clearing:wechat": 5000,
        "clearing:alipay": 5000,
        "payable:refunds": -5000,
        "income:registration": -5000,
    }


def test_a_paid_booking_given_back_is_refunded_by_the_way_it_was_paid(store, vault, held, cashier, clock, result_of):
    """The rule gives all of it back; a refused refund waits for a clerk, who pays it out once."""
    result_of(cashier.paid(1, notice()))
    end(store, vault, clock, "patient")
    assert agree(store, cashier, result_of) == {"clearing:wechat": 5000, "payable:refunds": -5000}
    (words,) = told(store, vault)
    assert "退款通知：张*7月15日(周三)上午8:00心血管内科王建国，50元将" in words
    (errand,) = result_of(cashier.errands(1, [], ["wechat"], 10))
    assert result_of(cashier.pay_out(1, errand.refund_no, "cash", "li")) == UnderWay(number=errand.refund_no)
    result_of(cashier.answered(1, errand, Answer(state="refused", error="account closed")))
    assert one(store, refund.c.status) == "failed"
    for again in (False, True):
        out = result_of(cashier.pay_out(1, errand.refund_no, "cash", "li"))
        assert out == PaidOut(refund_no=errand.refund_no, amount_fen=5000, again=again)
    assert agree(store, cashier, result_of) == {"clearing:wechat": 5000, "cash": -5000}


def test_an_answer_that_comes_after_the_booking_ended_owes_the_money_back(
    store, vault, booked, cashier, clock, on_the_bill, result_of
):
    """The operator was asked, the patient gave the booking back, then the operator said yes: nothing is kept."""
    charge_now(store, clock)
    (errand,) = result_of(cashier.errands(1, ["bill"], [], 10))
    end(store, vault, clock, "patient")
    result_of(cashier.answered(1, errand, Answer(state="done", provider_no="B1")))
    assert agree(store, cashier, result_of) == {"clearing:bill": 5000, "payable:refunds": -5000}


def test_parts_may_be_given_back_but_never_more_than_was_paid(store, vault, booked, cashier, result_of):
    """A clerk gives back in parts; what is over is refused with what is left. Cash goes back at the window."""
    assert result_of(cashier.refund(1, "12345678", 1, "original", "error", "li")) == MoreThanPaid(left_fen=0)
    result_of(cashier.take(1, "12345678", "cash", "li"))
    first = result_of(cashier.refund(1, "12345678", 2000, "original", "error", "li"))
    assert first == Owed(refund_no=f"{TRADE}R01", amount_fen=2000, at_window=True)
    assert result_of(cashier.refund(1, "12345678", 3001, "original", "error", "li")) == MoreThanPaid(left_fen=3000)
    assert result_of(cashier.refund(1, "12345678", 0, "original", "error", "li")) == MoreThanPaid(left_fen=3000)
    result_of(cashier.refund(1, "12345678", 3000, "window", "error", "li"))
    by_hand = "元请带身份证和本短信到窗口领取"
    assert [words.split("王建国，")[1] for words in told(store, vault)] == [f"20{by_hand}", f"30{by_hand}"]
    assert agree(store, cashier, result_of) == {"cash": 5000, "payable:refunds": -5000}
    bill = result_of(cashier.bill(1, "12345678"))
    assert (bill.paid_fen, bill.refunded_fen) == (5000, 5000)


def test_a_visit_costs_its_items_of_the_day_and_each_goes_to_its_account(store, booked, cashier, result_of):
    """Three approved items; the price of one changed on the visit's day. Postings say item, doctor, clerk."""
    day = date(2026, 7, 15)
    items = [
        FeeItem(clinic_type="专家", item=item, name=item, amount_fen=fen, account=f"income:{item}", from_day=since)
        for item, fen, since in (
            ("registration", 50, date(2026, 1, 1)),
            ("consultation", 3000, date(2026, 1, 1)),
            ("consultation", 4000, day),
            ("record-book", 100, date(2026, 1, 1)),
        )
    ]
    assert store.now(thd_put_fee_items, 1, items) == (4, 0)
    assert store.now(thd_put_fee_items, 1, items) == (0, 0)
    result_of(cashier.take(1, "12345678", "card", "li"))
    result_of(cashier.refund(1, "12345678", 100, "window", "error", "li"))
    assert agree(store, cashier, result_of) == {
        "clearing:card": 4150,
        "income:consultation": -3950,
        "income:record-book": -100,
        "payable:refunds": -100,
    }
    seen = store.now(lambda conn: {tuple(row) for row in conn.execute(
        select(posting.c.fee_item, posting.c.way, posting.c.clinic_type, posting.c.doctor_id, posting.c.department_id, posting.c.clerk)
        .where(posting.c.account == "clearing:card"))})  # fmt: skip
    assert seen == {(item, "card", "专家", 1, 1, "li") for item in ("registration", "consultation", "record-book")}


def test_money_for_nothing_is_not_taken(store, booked, cashier, result_of):
    """A free visit, an unknown code, an unknown refund."""
    store.now(lambda conn: conn.execute(update(appointment).values(fee_fen=0)).rowcount)
    store.now(lambda conn: conn.execute(update(clinic_session).values(fee_fen=0)).rowcount)
    assert result_of(cashier.take(1, "12345678", "cash", "li")) == Free(code="12345678")
    assert result_of(cashier.take(1, "87654321", "cash", "li")) == NoSuchTicket(code="87654321")
    assert result_of(cashier.bill(1, "87654321")) == NoSuchTicket(code="87654321")
    assert result_of(cashier.refund(1, "87654321", 1, "original", "error", "li")) == NoSuchTicket(code="87654321")
    assert result_of(cashier.pay_out(1, "R", "cash", "li")) == NoSuchRefund(refund_no="R")
    assert result_of(cashier.bill(1, "12345678")).status == "none"
    with pytest.raises(ValueError, match="at the window"):
        result_of(cashier.take(1, "12345678", "wechat", "li"))


def test_money_at_the_window_pays_a_hold_too(store, held, cashier, result_of):
    """The clerk takes cash for a number that was only held: the on-line charge is dropped, the booking stands."""
    assert result_of(cashier.take(1, "12345678", "cash", "li")).amount_fen == 5000
    assert one(store, appointment.c.status) == "booked"
    assert agree(store, cashier, result_of) == {"cash": 5000, "income:registration": -5000}
    back = result_of(cashier.paid(1, notice()))
    assert isinstance(back, Returned)
    assert agree(store, cashier, result_of)["payable:refunds"] == -5000


def test_a_hand_in_the_tables_shows(store, held, cashier, result_of):
    """A charge marked paid without money in the books is named."""
    store.now(lambda conn: conn.execute(update(charge).values(status="paid")).rowcount)
    found = result_of(cashier.disagreements(1, LONG_AGO))
    assert [(one.what, one.wanted_fen, one.found_fen) for one in found] == [
        ("receivable", 0, 5000),
        ("settled", 5000, 0),
    ]


def test_a_number_held_until_it_is_paid_is_not_had_for_a_word(store, vault, held, cashier, clock, result_of):
    """Saying yes confirms nothing while it is unpaid; once it is paid, yes is true."""
    caller = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS)
    request = ConfirmBooking(caller=caller, code="12345678", key="c1")
    assert isinstance(store.now(thd_confirm, vault, request, naive_utc(clock)), NotPaidYet)
    assert one(store, appointment.c.status) == "held"
    result_of(cashier.paid(1, notice()))
    assert store.now(thd_confirm, vault, request, naive_utc(clock)).again


def test_an_offered_number_that_was_taken_is_charged_as_any(store, booked, clock, on_the_bill):
    """A waiting patient who says yes owes what anybody owes."""
    store.now(thd_charge_taken, 1, 1, RULES, naive_utc(clock))
    assert balances(store) == {"receivable": 5000, "income:registration": -5000}
