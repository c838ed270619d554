"""The jobs of money: what is due goes out once, what is not answered is asked after, answer files are taken in."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from one_booking import BILL, CODE, TRADE, thd_put_booking
from open_house import open_house
from prometheus_client import CollectorRegistry
from sqlalchemy import select, update

from booking.cashier import Cashier
from booking.clock import naive_utc, wall
from booking.money.payments import Answer
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.store.keeping.ending import Ending, thd_end
from booking.store.money import charging
from booking.store.money.charging import Due, thd_charge
from booking.store.money.tickets import thd_tickets
from booking.store.schema import charge, posting, refund
from hotline.payments.bill_api import BillApi
from hotline.payments.bill_files import BillFiles
from hotline.payments.bill_format import Line
from hotline.payments.http import NoAnswer, NotDelivered, Reply
from hotline.payments.running import PaymentMetrics, Runner

RULES = house_rules(HousePolicy())


class Way:
    """A payment way that says what it is told to say; an exception is raised."""

    way = "bill"
    takes = True
    gives = True

    def __init__(self, *answers):
        self.answers = list(answers)
        self.put = []
        self.asked = []

    async def run(self, errands):
        self.put.extend(errand.number for errand in errands)
        return [self._next() for _ in errands]

    async def ask(self, errand):
        self.asked.append(errand.number)
        return self._next()

    def _next(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def cashier(small_hospital, vault, clock):
    return Cashier(open_house(small_hospital, vault, clock, rules=StandingRules(RULES)))


@pytest.fixture
def charged(small_hospital, vault, clock, monkeypatch):
    """A booking that is to be put on the phone bill."""
    monkeypatch.setattr(charging, "pay_terms", lambda *_: BILL)

    def thd(conn):
        thd_put_booking(conn, vault, naive_utc(clock))
        due = Due(appointment_id=1, offer=thd_tickets(conn, 1, [1])[1].offer, fee_fen=5000, channel="phone")
        thd_charge(conn, 1, [due], RULES, naive_utc(clock), wall(clock))

    small_hospital.now(thd)


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def run(cashier, clock, registry, result_of):
    """``run(way)``: a runner with this way."""
    return lambda way: Runner(cashier, 1, [way], PaymentMetrics(registry), clock)


def status(store):
    return store.now(lambda conn: conn.execute(select(charge.c.status)).scalar_one())


def test_what_is_due_goes_out_once(small_hospital, charged, run, registry, result_of):
    """The yes is entered and counted."""
    way = Way(Answer(state="done", provider_no="B1"))
    runner = run(way)
    for _ in range(2):
        result_of(runner.send())
    assert (way.put, status(small_hospital)) == ([TRADE], "paid")
    labels = {"way": "bill", "kind": "charge", "state": "done"}
    assert registry.get_sample_value("hotline_payment_answers_total", labels) == 1


@pytest.mark.parametrize("broken", [RuntimeError("bug"), Answer(state="unknown", error="no answer")])
def test_what_is_not_answered_is_asked_after_before_it_goes_out_again(
    small_hospital, charged, run, clock, result_of, broken
):
    """Also when the way broke down: first the question, then, since it was never heard, the errand again."""
    way = Way(broken, broken, Answer(state="unheard"), Answer(state="done", provider_no="B1"))
    runner = run(way)
    result_of(runner.send())
    for _ in range(2):
        clock.at += timedelta(hours=1)
        result_of(runner.send())
        result_of(runner.ask())
    assert (way.put, way.asked, status(small_hospital)) == ([TRADE], [TRADE, TRADE], "due")
    clock.at += timedelta(hours=1)
    result_of(runner.send())
    assert (way.put, status(small_hospital)) == ([TRADE, TRADE], "paid")


class Silent:
    """The operator's HTTP interface: each answer once, in order; what is no status and JSON is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)

    async def request(self, method, url, headers, body):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Reply(status=answer[0], body=json.dumps(answer[1]).encode())


def test_a_question_that_does_not_arrive_is_not_taken_for_a_no(small_hospital, charged, run, vault, clock, result_of):
    """The operator charged the bill and its yes got lost; the patient gives the number back, and the operator cannot be reached: the
    charge stays open until it says what it did, and the patient gets his money."""
    yes = {"result": "done", "provider_no": "B1", "amount_fen": 5000}
    runner = run(BillApi("https://bill.example", "t", Silent(NoAnswer("late"), NotDelivered("down"), (200, yes))))
    result_of(runner.send())

    def thd(conn):
        by = Ending(by="patient", actor="t", trace="t", at=naive_utc(clock), wall=wall(clock), rules=RULES)
        return len(thd_end(conn, vault, 1, [1], by))

    assert small_hospital.now(thd) == 1
    states = []
    for _ in range(2):
        clock.at += timedelta(hours=1)
        result_of(runner.ask())
        states.append(status(small_hospital))
    assert states == ["waiting", "paid"]
    assert small_hospital.now(lambda conn: conn.execute(select(refund.c.amount_fen)).scalar_one()) == 5000


class Noticed(Way):
    """A way by which the payer pays: it knows of a payment from the moment that it is told."""

    takes = False

    def __init__(self, way, provider_no=""):
        super().__init__()
        self.way = way
        self.provider_no = provider_no

    def _next(self):
        if self.provider_no == "broken":
            raise RuntimeError("bug")
        return Answer(state="done", provider_no=self.provider_no) if self.provider_no else Answer(state="pending")


@pytest.fixture
def awaited(small_hospital, charged):
    """The same booking, to be paid on line by the payer himself."""
    small_hospital.now(lambda conn: conn.execute(update(charge).values(way="alipay")).rowcount)


def test_a_payment_whose_notice_got_lost_is_found(small_hospital, awaited, cashier, clock, registry, result_of):
    """Both ways are asked, not at once and ever more seldom; what one of them knows is entered where it came, once."""
    ways = [Noticed("alipay"), Noticed("wechat")]
    runner = Runner(cashier, 1, ways, PaymentMetrics(registry), clock)
    asked = []
    for _ in range(12):
        result_of(runner.ask_payers())
        asked.append(len(ways[1].asked))
        clock.at += timedelta(minutes=1)
    assert asked == [0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]
    assert ways[0].asked == ways[1].asked
    assert status(small_hospital) == "due"
    ways[0].provider_no, ways[1].provider_no = "broken", "W1"
    for _ in range(2):
        clock.at += timedelta(hours=1)
        result_of(runner.ask_payers())
    assert len(ways[1].asked) == 5
    rows = small_hospital.now(
        lambda conn: [tuple(row) for row in conn.execute(select(charge.c.status, charge.c.way, charge.c.provider_no))]
    )
    assert rows == [("paid", "wechat", "W1")]


def test_the_only_way_there_is_finds_what_was_to_be_paid_by_another(
    small_hospital, awaited, cashier, clock, registry, result_of
):
    """Rules without ways write a charge down as Alipay's; where only WeChat is set up its payer paid there."""
    runner = Runner(cashier, 1, [Noticed("wechat", "W1")], PaymentMetrics(registry), clock)
    clock.at += timedelta(hours=1)
    result_of(runner.ask_payers())
    assert status(small_hospital) == "paid"


def test_who_paid_too_late_is_found_for_some_hours(small_hospital, awaited, cashier, vault, clock, registry, result_of):
    """The booking ended unpaid: a payment that comes to light within three hours is owed back, later ones are left to a person."""

    def end():
        ending = Ending(by="patient", actor="t", trace="t", at=naive_utc(clock), wall=wall(clock), rules=RULES)
        return lambda conn: len(thd_end(conn, vault, 1, [1], ending))

    small_hospital.now(end())
    way = Noticed("alipay")
    runner = Runner(cashier, 1, [way], PaymentMetrics(registry), clock)
    clock.at += timedelta(hours=2)
    result_of(runner.ask_payers())
    assert way.asked == [TRADE]
    way.provider_no = "A1"
    clock.at += timedelta(hours=2)
    result_of(runner.ask_payers())
    assert (way.asked, status(small_hospital)) == ([TRADE], "void")
    clock.at -= timedelta(hours=1, minutes=30)
    result_of(runner.ask_payers())
    assert status(small_hospital) == "paid"
    assert small_hospital.now(lambda conn: conn.execute(select(refund.c.amount_fen)).scalar_one()) == 5000


def test_without_such_a_way_nobody_is_asked(small_hospital, awaited, run, clock, result_of):
    """Phone bills only: nothing to ask a payer's way about."""
    way = Way()
    clock.at += timedelta(hours=1)
    result_of(run(way).ask_payers())
    assert way.asked == []


def test_the_operators_answer_files_are_taken_in(
    small_hospital, charged, run, clock, tmp_path, result_of, cashier, answers_text
):
    """A batch goes out; lines of other numbers and amounts count for nothing; the right one settles, again changes nothing."""
    files = BillFiles(tmp_path, "renhe", clock)
    runner = run(files)
    result_of(runner.send())
    (batch,) = (tmp_path / "out").iterdir()
    assert f"C|{TRADE}|13800138000|5000" in batch.read_text(encoding="utf-8")
    done = Answer(state="done", provider_no="B1")
    wrong = [
        Line(kind="charge", number="T9", amount_fen=5000, answer=done),
        Line(kind="charge", number=TRADE, amount_fen=4999, answer=done),
    ]
    files.answers()
    (tmp_path / "in" / "1.ans").write_text(answers_text("b", wrong), encoding="utf-8")
    (tmp_path / "in" / "2.ans").write_text("rubbish", encoding="utf-8")
    result_of(runner.take_in(files))
    assert status(small_hospital) == "waiting"
    right = [Line(kind="charge", number=TRADE, amount_fen=5000, answer=done)] * 2
    (tmp_path / "in" / "3.ans").write_text(answers_text("b", right), encoding="utf-8")
    result_of(runner.take_in(files))
    assert result_of(cashier.bill(1, CODE)).status == "paid"
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["1.ans", "3.ans"]
    assert [path.name for path in (tmp_path / "bad").iterdir()] == ["2.ans"]
    assert list((tmp_path / "in").iterdir()) == []


def test_books_that_do_not_agree_are_said_aloud(small_hospital, charged, run, registry, result_of):
    """Nothing to say at first; then a hand in the tables."""
    runner = run(Way())
    result_of(runner.balance())
    assert registry.get_sample_value("hotline_payment_disagreements_total") == 0

    def thd(conn):
        conn.execute(update(charge).values(status="paid"))
        conn.execute(update(posting).where(posting.c.account == "receivable").values(amount_fen=1))

    small_hospital.now(thd)
    result_of(runner.balance())
    assert registry.get_sample_value("hotline_payment_disagreements_total") == 2


def test_empty_books_have_no_balance(cashier, result_of):
    """Nothing was ever paid: nothing to tell."""
    assert result_of(cashier.trial_balance(1, date(2026, 1, 1), date(2026, 12, 31))) == ()
