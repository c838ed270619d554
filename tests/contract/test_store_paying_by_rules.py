"""A hospital's own rule book decides what is paid, when, and what comes back: through the doors, from the hold to the books."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import pytest
from desk import Desk, at, book_of, caller, thd_balance
from open_house import open_house
from sqlalchemy import select

from booking.bell import Bell
from booking.cashier import Cashier
from booking.clock import FixedClock
from booking.keeping_outcomes import Cancelled, Changed, NotPaidYet
from booking.money.fees import FeeItem
from booking.money.payments import Answer, Notice, Returned, Settled, Taken, UnderWay
from booking.outcomes import Booked, Held
from booking.requests import Channel, RegisterPhone
from booking.rulebooks import StandingRules
from booking.stop_clinic import Announced, StopPlan
from booking.stops import Stops
from booking.store.money.fees import thd_put_fee_items
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.schema import (
    appointment,
    charge,
    conduct,
    doctor,
    entry,
    outbox,
    patient,
    posting,
    refund,
    stop_notice,
)
from booking.visit_outcomes import Mark, Marked
from booking.visits import Visits

AT_8, AT_830, AT_9 = (at(f"2026-07-15 {clock}") for clock in ("08:00", "08:30", "09:00"))
LI = "440524188001010014"
BILL = '[payment]\nwhen = "booking"\nways = ["bill"]\n'
HOLD = '[payment]\nwhen = "hold"\nways = ["wechat", "alipay"]\nhold_minutes = 15\n'
SHUT = 'closed = ["23:40-00:10"]\n'
GIVEN = '[refund]\nunused = "original"\nfee_kept_fen = 300\n'


@dataclass(kw_only=True)
class PayHouse(Desk):
    """A desk with its cashier, under one rule book."""

    cashier: Cashier
    visits: Visits
    stops: Stops
    clock: FixedClock

    @classmethod
    def under(cls, toml, platform, store, vault, clock, bell, rng, run) -> PayHouse:
        rules: StandingRules = book_of(toml, platform)
        desk = Desk.over(store, vault, clock, bell, rng, run, rules)
        house = open_house(store, vault, clock, bell, rng, rules)
        return cls(
            store=store, vault=vault, run=run, reception=desk.reception, room=desk.room, clock=clock,
            cashier=Cashier(replace(house, bell=Bell())), visits=Visits(house), stops=Stops(house),
        )  # fmt: skip

    def rows(self, *columns):
        query = select(*columns).order_by(columns[0].table.c.id)
        return self.store.now(lambda conn: [tuple(row) for row in conn.execute(query)])

    def books(self):
        """Each account's sum; numbers and errands agree with it."""
        self.store.now(thd_balance)
        assert self.run(self.cashier.disagreements(1, datetime(2026, 1, 1))) == ()  # noqa: DTZ001
        sums: dict[str, int] = {}
        for line in self.run(self.cashier.trial_balance(1, date(2026, 1, 1), date(2027, 1, 1))):
            sums[line.account] = sums.get(line.account, 0) + line.debit_fen - line.credit_fen
        assert sum(sums.values()) == 0
        return {account: fen for account, fen in sums.items() if fen}

    def incomes(self, of="income:"):
        """What each doctor (his number) earned; or what stands under his name in other accounts."""
        numbers = dict(self.rows(doctor.c.id, doctor.c.number))
        found: dict[str, int] = {}
        for earner, account, fen in self.rows(posting.c.doctor_id, posting.c.account, posting.c.amount_fen):
            if account.startswith(of):
                found[numbers[earner]] = found.get(numbers[earner], 0) - fen
        return {number: fen for number, fen in found.items() if fen}

    def patient(self, nth):
        """The row id of who was registered as the nth."""
        return self.rows(patient.c.id)[nth - 1][0]

    def trade(self, nth=-1):
        return self.rows(charge.c.trade_no)[nth][0]

    def pay(self, fen=5000, provider="W1", way="wechat", trade=None):
        notice = Notice(way=way, trade_no=trade or self.trade(), provider_no=provider, amount_fen=fen)
        return self.run(self.cashier.paid(1, notice))

    def operator(self, state="done", provider="B1"):
        """The operator answers everything that is put to it; how many errands there were."""
        errands = self.run(self.cashier.errands(1, ["bill"], ["bill"], 10))
        for nth, errand in enumerate(errands):
            self.run(self.cashier.answered(1, errand, Answer(state=state, provider_no=f"{provider}-{nth}")))
        return [(errand.kind, errand.amount_fen) for errand in errands]

    def wall(self, text):
        self.clock.at = FixedClock.at_wall(text).at


@pytest.fixture
def pay_house(store, vault, clock, bell, rng, result_of):
    """``pay_house(toml)``: the small hospital under these rules, 张三 (1) and 李四 (2) registered."""

    def put(toml, platform=None):
        house = PayHouse.under(toml, platform, store, vault, clock, bell, rng, result_of)
        for phone, identity, name in (
            ("+8613800138000", "11010519491231002X", "张三"),
            ("+8613900139000", LI, "李四"),
        ):
            wish = RegisterPhone(caller=caller(phone), identity=identity, name=name)
            house.run(house.reception.register(wish))
        return house

    return put


def other_time(house, doctor="00868", fee=5000, clinic_type="专家"):
    """Another session of this doctor, two days later."""
    row = SessionRow(
        doctor=doctor, day=date(2026, 7, 17), period="AM", first=time(8), minutes_per_slot=30, slots=3, fee_fen=fee,
        clinic_type=clinic_type,
    )  # fmt: skip
    house.store.now(thd_put_sessions, house.vault, 1, [row])
    return datetime.combine(row.day, time(8))


def test_a_number_is_held_paid_and_booked_with_its_texts(pay_house):
    """Held, no text; confirming is refused until it is paid; the notice books it, patient and doctor are told, the books balance."""
    house = pay_house(HOLD)
    held = house.book(AT_8, 1)
    assert (type(held), held.until) == (Held, at("2026-07-14 09:15"))
    assert isinstance(house.confirm(held.booking.code), NotPaidYet)
    assert house.statuses() == []
    assert house.books() == {"receivable": 5000, "income:registration": -5000}
    assert house.pay() == Settled(code=held.booking.code)
    assert house.pay() == Settled(code=held.booking.code, again=True)
    assert house.statuses() == ["confirmation", "doctor"]
    assert house.books() == {"clearing:wechat": 5000, "income:registration": -5000}
    house.wall("2026-07-14 09:16")
    assert house.run(house.room.expire(1)) == 0
    assert house.rows(appointment.c.status, appointment.c.live) == [("booked", 1)]


def test_a_late_payment_gets_the_free_number_back_or_its_money(pay_house):
    """The hold ran out. The number is still free: he has it. Another has it: all of his money is owed back."""
    house = pay_house(HOLD)
    first = house.book(AT_8, 1).booking.code
    house.wall("2026-07-14 09:15")
    assert house.run(house.room.expire(1)) == 1
    assert house.books() == {}
    assert house.statuses() == ["offer-over"]
    assert house.pay() == Settled(code=first)
    assert house.statuses() == ["offer-over", "confirmation", "doctor"]
    second = house.book(AT_830, house.patient(2), who=caller("+8613900139000")).booking.code
    trade = house.trade()
    house.wall("2026-07-14 09:31")
    assert house.run(house.room.expire(1)) == 1
    assert isinstance(house.cancel(first), Cancelled)
    assert isinstance(house.book(AT_830, 1), Held)
    assert house.pay(provider="W9", trade=trade) == Returned(code=second, refund_no=f"{trade}R01")
    assert house.books() == {
        "clearing:wechat": 10000, "payable:refunds": -10000, "receivable": 5000, "income:registration": -5000,
    }  # fmt: skip


@pytest.mark.parametrize("why", ["another", "begun", "stopped"])
def test_a_late_payment_for_a_free_number_that_is_not_his_to_have(pay_house, why):
    """He has another number of the session by now, the visit's time has come, or the clinic is stopped: his money is owed back."""
    house = pay_house(HOLD)
    code = house.book(AT_8, 1).booking.code
    trade = house.trade()
    house.wall("2026-07-14 09:15")
    house.run(house.room.expire(1))
    if why == "another":
        assert isinstance(house.book(AT_830, 1), Held)
    elif why == "begun":
        house.wall("2026-07-15 08:00")
    else:
        plan = StopPlan(hospital=1, doctor="00868", day=AT_8.date(), period="AM", action="release", by="li")
        assert isinstance(house.run(house.stops.announce(plan)), Announced)
    assert house.pay(trade=trade) == Returned(code=code, refund_no=f"{trade}R01")
    assert house.rows(appointment.c.live)[0] == (None,)
    assert {"clearing:wechat": 5000, "payable:refunds": -5000}.items() <= house.books().items()


def test_the_phone_bill_is_charged_when_payment_opens(pay_house):
    """Booked while payment is shut for settlement: it stands at once; the operator is asked at ten past midnight, once."""
    house = pay_house(BILL + SHUT)
    house.wall("2026-07-14 23:50")
    assert isinstance(house.book(AT_8, 1), Booked)
    assert house.rows(charge.c.due_at) == [(at("2026-07-14 16:10"),)]
    for early in ("2026-07-14 23:50", "2026-07-15 00:09:59"):
        house.wall(early)
        assert house.operator() == []
    house.wall("2026-07-15 00:10")
    assert house.operator() == [("charge", 5000)]
    assert house.operator() == []
    assert house.books() == {"clearing:bill": 5000, "income:registration": -5000}


def test_a_stopped_clinic_gives_all_money_back_and_counts_against_nobody(pay_house):
    """V41 with real charges: one notice a booking; what was paid is owed back in full, what was due is not asked for any more."""
    house = pay_house(BILL + '[refund]\nfee_kept_fen = 300\nworkdays = 15\n[stop]\npractice = "release"\n')
    house.book(AT_8, 1)
    assert house.operator() == [("charge", 5000)]
    house.book(AT_830, house.patient(2), who=caller("+8613900139000"))
    plan = StopPlan(hospital=1, doctor="00868", day=AT_8.date(), period="AM", reason="会诊", action="release", by="li")
    announced = house.run(house.stops.announce(plan))
    assert isinstance(announced, Announced), announced
    house.run(house.stops.finish(1))
    assert house.rows(appointment.c.status, appointment.c.ended_by) == [("cancelled", "hospital")] * 2
    assert len(house.rows(stop_notice.c.id)) == 2
    told = [kind for (kind,) in house.rows(outbox.c.kind) if kind == "stop"]
    assert len(told) == 2
    assert house.rows(conduct.c.id) == []
    assert house.rows(refund.c.amount_fen, refund.c.status, refund.c.reason, refund.c.deadline) == [
        (5000, "due", "hospital", date(2026, 8, 4))
    ]
    assert house.rows(charge.c.status) == [("paid",), ("void",)]
    assert house.operator() == [("refund", 5000)]
    assert house.books() == {}


@pytest.mark.parametrize("then", ["void", "noshow", "release"])
def test_what_was_not_used_comes_back_as_the_rules_say(pay_house, then):
    """A paid number that nobody used: the rules give it back but for the fee, once, whatever becomes of the number."""
    house = pay_house(BILL + GIVEN + f'[pickup]\ndeadline = "30min"\nthen = "{then}"\n')
    house.book(AT_8, 1)
    house.operator()
    house.wall("2026-07-15 07:30")
    assert house.run(house.visits.close_unarrived(1)).closed == 1
    assert house.run(house.visits.close_unarrived(1)).closed == 0
    assert house.rows(refund.c.amount_fen, refund.c.reason) == [(4700, "void" if then == "release" else then)]
    assert house.rows(conduct.c.kind) == [("noshow",)]
    assert house.books() == {"clearing:bill": 5000, "payable:refunds": -4700, "income:registration": -300}


def test_what_was_not_used_is_kept_where_the_rules_say_nothing(pay_house):
    """Not used and not refundable: the money stays, and the number stays paid for who is seen after all."""
    house = pay_house(BILL)
    code = house.book(AT_8, 1).booking.code
    house.operator()
    house.wall("2026-07-16 00:00")
    assert house.run(house.visits.close_unarrived(1)).closed == 1
    assert house.rows(refund.c.id) == []
    assert isinstance(house.run(house.visits.visited(Mark(hospital=1, code=code, actor="li", why="他来过"))), Marked)
    assert house.run(house.cashier.bill(1, code)).status == "paid"
    assert house.books() == {"clearing:bill": 5000, "income:registration": -5000}


def test_who_has_his_money_back_and_is_seen_after_all_pays_at_the_window(pay_house):
    """Taken for absent, refunded, then the doctor saw him: the clerk takes what the visit costs; nothing is given back twice."""
    house = pay_house(BILL + '[refund]\nunused = "original"\n')
    code = house.book(AT_8, 1).booking.code
    house.operator()
    house.wall("2026-07-16 00:00")
    house.run(house.visits.close_unarrived(1))
    mark = Mark(hospital=1, code=code, actor="li", why="他来过")
    assert isinstance(house.run(house.visits.visited(mark)), Marked)
    taken = house.run(house.cashier.take(1, code, "cash", "li"))
    assert (type(taken), taken.amount_fen) == (Taken, 5000)
    assert house.operator() == [("refund", 5000)]
    assert house.books() == {"cash": 5000, "income:registration": -5000}
    assert isinstance(house.run(house.visits.take_back(mark)), Marked)
    house.run(house.visits.close_unarrived(1))
    assert len(house.rows(refund.c.id)) == 2  # the cash, once more unused, waits at the window
    assert house.books() == {"cash": 5000, "payable:refunds": -5000}


def test_an_operators_late_yes_for_an_unused_number_is_given_back(pay_house):
    """The operator was still being asked when the day was over: its yes is owed back by the rule for what was not used."""
    house = pay_house(BILL + GIVEN)
    house.book(AT_8, 1)
    (errand,) = house.run(house.cashier.errands(1, ["bill"], ["bill"], 10))
    house.wall("2026-07-16 00:00")
    house.run(house.visits.close_unarrived(1))
    assert house.rows(refund.c.id) == []
    for _ in range(2):
        house.run(house.cashier.answered(1, errand, Answer(state="done", provider_no="B1")))
    assert house.rows(refund.c.amount_fen) == [(4700,)]
    assert house.books() == {"clearing:bill": 5000, "payable:refunds": -4700, "income:registration": -300}


def test_a_clerk_takes_money_of_who_comes_after_all(pay_house):
    """Marked absent and unpaid, he stands at the window: what he pays there is not given back."""
    house = pay_house(GIVEN)
    code = house.book(AT_8, 1).booking.code
    house.wall("2026-07-16 00:00")
    house.run(house.visits.close_unarrived(1))
    assert isinstance(house.run(house.cashier.take(1, code, "cash", "li")), Taken)
    assert house.rows(refund.c.id) == []


@pytest.mark.parametrize("rules", [BILL, HOLD, ""])
def test_a_payment_goes_along_to_a_number_that_costs_as_much(pay_house, rules):
    """Moved to another hour: nothing is given back and nothing is asked for, however it was paid; given back later, it is refunded."""
    house = pay_house(rules)
    code = house.book(AT_8, 1).booking.code
    if rules == BILL:
        house.operator()
    elif rules == HOLD:
        house.pay()
    else:
        house.run(house.cashier.take(1, code, "cash", "li"))
    before, entries = house.books(), len(house.rows(entry.c.id))
    for start in (AT_830, AT_9):
        assert isinstance(house.change(code, start), Changed)
        assert house.books() == before
    assert (house.rows(refund.c.id), len(house.rows(entry.c.id))) == ([], entries)
    last = house.rows(appointment.c.id)[2][0]
    assert house.rows(charge.c.status, charge.c.live, charge.c.appointment_id) == [("paid", 1, last)]
    assert house.operator() == []
    assert house.run(house.cashier.bill(1, code)).status == "paid"
    assert isinstance(house.cancel(code), Cancelled)
    assert house.rows(refund.c.amount_fen) == [(5000,)]
    assert {"payable:refunds": -5000}.items() <= house.books().items()


def test_to_a_cheaper_doctor_only_the_difference_comes_back(pay_house):
    """50 yuan were paid, the other doctor costs 30: 20 are owed back, and the 30 are the other doctor's income."""
    house = pay_house(BILL)
    code = house.book(AT_8, 1).booking.code
    house.operator()
    assert isinstance(house.change(code, AT_8, doctor="00123"), Changed)
    assert house.rows(refund.c.amount_fen, refund.c.reason) == [(2000, "changed")]
    assert house.incomes() == {"00123": 3000}
    assert house.books() == {"clearing:bill": 5000, "payable:refunds": -2000, "income:registration": -3000}
    assert house.operator() == [("refund", 2000)]
    assert isinstance(house.cancel(code), Cancelled)
    assert house.operator() == [("refund", 3000)]
    assert house.books() == {}
    assert house.incomes() == {}


def test_to_another_doctor_of_the_same_price_the_income_goes_along(pay_house):
    """Each doctor's takings are right after the move, and the fee items are those of the new visit."""
    house = pay_house(BILL)
    items = [
        FeeItem(clinic_type=kind, item=item, name=item, amount_fen=fen, account=f"income:{item}", from_day=date(2026, 1, 1))
        for kind, item, fen in (
            ("专家", "registration", 1000), ("专家", "consultation", 4000), ("普通", "consultation", 5000),
        )
    ]  # fmt: skip
    house.store.now(thd_put_fee_items, 1, items)
    later = other_time(house, doctor="00123", clinic_type="普通")
    code = house.book(AT_8, 1).booking.code
    house.operator()
    assert house.incomes() == {"00868": 5000}
    assert isinstance(house.change(code, later, doctor="00123"), Changed)
    assert (house.incomes(), house.incomes("clearing:")) == ({"00123": 5000}, {"00123": -5000})
    assert house.books() == {"clearing:bill": 5000, "income:consultation": -5000}
    assert house.rows(refund.c.id) == []


def test_an_errand_that_is_out_goes_along_too(pay_house):
    """The operator is still being asked when he moves: he is asked for nothing twice, and the yes pays the new number."""
    house = pay_house(BILL)
    code = house.book(AT_8, 1).booking.code
    (errand,) = house.run(house.cashier.errands(1, ["bill"], [], 10))
    assert isinstance(house.change(code, AT_9), Changed)
    assert house.operator() == []
    assert house.books() == {"receivable": 5000, "income:registration": -5000}
    assert house.run(house.cashier.take(1, code, "cash", "li")) == UnderWay(number=errand.trade_no)
    house.run(house.cashier.answered(1, errand, Answer(state="done", provider_no="B1")))
    assert house.run(house.cashier.bill(1, code)).status == "paid"
    assert house.books() == {"clearing:bill": 5000, "income:registration": -5000}


def test_an_errand_that_is_out_goes_along_to_another_doctor(pay_house):
    """Nothing has come in yet: what is owed is the other doctor's, and so is the income, before and after the operator's yes."""
    house = pay_house(BILL)
    later = other_time(house, doctor="00123")
    code = house.book(AT_8, 1).booking.code
    (errand,) = house.run(house.cashier.errands(1, ["bill"], [], 10))
    assert isinstance(house.change(code, later, doctor="00123"), Changed)
    assert (house.books(), house.incomes()) == (
        {"receivable": 5000, "income:registration": -5000},
        {"00123": 5000},
    )
    assert (house.incomes("receivable"), house.incomes("clearing:")) == ({"00123": -5000}, {})
    house.run(house.cashier.answered(1, errand, Answer(state="done", provider_no="B1")))
    assert (house.books(), house.incomes()) == (
        {"clearing:bill": 5000, "income:registration": -5000},
        {"00123": 5000},
    )


@pytest.mark.parametrize("paid", [True, False])
def test_to_a_dearer_doctor_no_money_is_lost(pay_house, paid):
    """30 yuan were paid or are being asked for, the other costs 50: the 50 are charged, the 30 are owed back, both in the books."""
    house = pay_house(BILL)
    code = house.book(AT_8, 1, doctor="00123").booking.code
    (errand,) = house.run(house.cashier.errands(1, ["bill"], [], 10))
    if paid:
        house.run(house.cashier.answered(1, errand, Answer(state="done", provider_no="B1")))
    assert isinstance(house.change(code, AT_8, doctor="00868"), Changed)
    if not paid:
        house.run(house.cashier.answered(1, errand, Answer(state="done", provider_no="B1")))
    assert house.incomes() == {"00868": 5000}
    assert sorted(house.operator(provider="B2")) == [("charge", 5000), ("refund", 3000)]
    assert house.books() == {"clearing:bill": 5000, "income:registration": -5000}


def test_what_was_paid_twice_is_known_after_a_move(pay_house):
    """Paid by WeChat and by Alipay too, then moved: the second notice once more gives nothing back a second time."""
    house = pay_house(HOLD)
    code = house.book(AT_8, 1).booking.code
    trade = house.trade()
    house.pay()
    back = house.pay(way="alipay", provider="A1", trade=trade)
    assert isinstance(back, Returned)
    assert isinstance(house.change(code, AT_9), Changed)
    again = house.pay(way="alipay", provider="A1", trade=trade)
    assert (again.refund_no, again.again) == (back.refund_no, True)
    third = house.pay(way="alipay", provider="A2", trade=trade)
    assert (third.refund_no, third.again) == (f"{trade}X02R01", False)
    assert house.pay(trade=trade) == Settled(code=code, again=True)
    assert house.books() == {
        "clearing:wechat": 5000, "clearing:alipay": 10000, "payable:refunds": -10000, "income:registration": -5000,
    }  # fmt: skip


def test_a_web_booking_without_a_telephone_is_paid_on_line(pay_house):
    """Where the bill cannot be charged, the next way of the rules is taken."""
    house = pay_house('[payment]\nwhen = "booking"\nways = ["bill", "wechat"]\n')
    house.book(AT_8, 1, who=caller(None, Channel.WEB))
    assert house.rows(charge.c.way) == [("wechat",)]
    assert timedelta(0) == house.rows(charge.c.due_at)[0][0] - house.rows(charge.c.created_at)[0][0]


@pytest.mark.parametrize("toml", [BILL, HOLD])
def test_two_makers_without_a_way_in_common_leave_it_to_the_visit(pay_house, toml):
    """Nobody is charged by a way that one of them does not take, nor is a number held that nobody could pay for."""
    house = pay_house(toml, '[payment]\nways = ["card"]\n')
    house.book(AT_8, 1)
    assert house.rows(appointment.c.status) == [("booked",)]
    assert house.rows(charge.c.way) == []
