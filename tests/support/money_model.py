"""A plain model of money beside the real store: the same events on both, then the books are compared.

The model knows four sums and nothing of entries: what came in and went out by each way, what is asked for, what is owed back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from booking.cashier import Cashier
from booking.clock import naive_utc, wall
from booking.money.payments import Answer, Notice, Owed, PaidOut, Returned, Settled, Taken, UnderWay
from booking.rules.payment import PayTerms
from booking.store.keeping.ending import Ending, thd_end
from booking.store.money.charging import Due, thd_charge, trade_no
from booking.store.money.tickets import thd_tickets
from booking.store.schema import appointment, hold, patient, slot

LONG_AGO = datetime.fromisoformat("2026-01-01")
SENT_WAYS = ("bill", "wechat", "alipay")
FEES = {1: 5000, 2: 3000}


def terms(_rules, offer, _channel):
    """Where numbers are counted from 1: see ``Money.terms``."""
    return terms_of(offer.slot)


def terms_of(nth: int) -> PayTerms:
    """Odd numbers go on the phone bill, even ones are held until they are paid."""
    if nth % 2:
        return PayTerms(when="booking", ways=("bill",), hold_minutes=15)
    return PayTerms(when="hold", ways=("wechat",), hold_minutes=15)


@dataclass
class Case:
    """One booking. ``status``: due, waiting, paid or dead; ``left`` is what of its payment may still be owed back."""

    id: int
    amount: int
    held: bool
    live: bool = True
    ended_by: str | None = None
    status: str = "due"
    way: str = "bill"
    robbed: bool = False
    left: int = 0
    providers: dict[str, str] = field(default_factory=dict)
    by_clerk: bool = False
    start: datetime | None = None


@dataclass
class Debt:
    """What is owed back: due, waiting, window, failed or done."""

    refund_no: str
    amount: int
    way: str
    status: str


class Money:
    """``store`` holds the small hospital; ``run`` runs a coroutine. Each method is one event."""

    def __init__(self, store, vault, clock, rules, cashier: Cashier, run):
        self.store, self.vault, self.clock, self.rules, self.cashier, self.run = (
            store,
            vault,
            clock,
            rules,
            cashier,
            run,
        )
        self.cases: dict[int, Case] = {}
        self.debts: dict[str, Debt] = {}
        self.out: dict[str, object] = {}
        self.stands: dict[str, int] = {}
        self.closed = False
        self.start = wall(clock)
        self.slots = self.store.now(lambda conn: list(conn.execute(select(slot.c.id).order_by(slot.c.id)).scalars()))

    def terms(self, _rules, offer, _channel):
        """How the number is paid, by its place among all; whatever its row id is."""
        return terms_of(self.slots.index(offer.slot) + 1)

    def opens(self, _rules, now):
        """Closed hours last until the next midnight but one."""
        return now + timedelta(hours=30) if self.closed else now

    def book(self, nth: int) -> None:
        """Patient ``nth`` gets number ``nth``; it is charged as ``terms`` say."""
        if nth in self.cases:
            return
        case = Case(
            id=nth, amount=FEES[1 if nth <= 6 else 2], held=nth % 2 == 0, way="wechat" if nth % 2 == 0 else "bill"
        )
        self.store.now(self._thd_book, case)
        self.cases[nth] = case

    def _thd_book(self, conn, case):
        at = naive_utc(self.clock)
        made = {"hospital_id": 1, "created_at": at}
        who = {"identity_print": self.vault.fingerprint(str(case.id)), "identity_sealed": self.vault.seal("x" * 18)}
        conn.execute(insert(patient), {"id": case.id, **made, **who, "name_sealed": self.vault.seal("张三")})
        number = conn.execute(select(slot).where(slot.c.id == self.slots[case.id - 1])).one()
        booking = {"id": case.id, "code": f"{case.id:08d}", "slot_id": number.id, "session_id": number.session_id, "doctor_id": number.doctor_id,
                   "patient_id": case.id, "day": date(2026, 7, 15), "status": "held" if case.held else "booked", "live": 1,
                   "channel": "phone", "phone_print": self.vault.fingerprint("p"), "phone_sealed": self.vault.seal("+8613800138000"),
                   "fee_fen": case.amount, "request_key": str(case.id)}  # fmt: skip
        conn.execute(insert(appointment), {**made, **booking})
        conn.execute(update(slot).where(slot.c.id == number.id).values(taken=1))
        if case.held:
            until = at + timedelta(minutes=15)
            conn.execute(insert(hold), {"hospital_id": 1, "appointment_id": case.id, "until_at": until})
        offer = thd_tickets(conn, 1, [case.id])[case.id].offer
        case.start = offer.start
        due = Due(appointment_id=case.id, offer=offer, fee_fen=case.amount, channel="phone")
        thd_charge(conn, 1, [due], self.rules, at, wall(self.clock))

    def end(self, nth: int, by: str) -> None:
        """The booking ends; what was paid is owed back."""
        case = self.cases.get(nth)
        if case is None or not case.live:
            return
        by = by if case.held or by != "expired" else "patient"
        ending = Ending(
            by=by, actor="test", trace="t", at=naive_utc(self.clock), wall=wall(self.clock), rules=self.rules
        )
        self.store.now(lambda conn: len(thd_end(conn, self.vault, 1, [case.id], ending)))
        case.live, case.ended_by = False, by
        if case.status == "due":
            case.status = "dead"
        elif case.status == "paid" and case.left:
            self._owe(case)

    def _owe(self, case: Case, amount: int | None = None, refund_no: str | None = None, way: str | None = None) -> None:
        amount = case.left if amount is None else amount
        case.left -= amount
        status = "window" if (way or case.way) in {"cash", "card"} else "due"
        number = refund_no or f"?{len(self.debts)}"
        self.debts[number] = Debt(refund_no=number, amount=amount, way=way or case.way, status=status)

    def rob(self, nth: int) -> None:
        """Somebody else has got the number that became free."""
        case = self.cases.get(nth)
        if case is not None and not case.live and not case.robbed:
            case.robbed = True
            taken = update(slot).where(slot.c.id == self.slots[nth - 1]).values(taken=1)
            self.store.now(lambda conn: conn.execute(taken).rowcount)

    def pay(self, nth: int, way: str, provider: str) -> None:
        """A notice of a payment way: new, the same again, too late, or a second payment."""
        case = self.cases.get(nth)
        if case is None:
            return
        number = f"{way}-{provider}-{nth}"
        notice = Notice(way=way, trade_no=trade_no(1, nth, 1), provider_no=number, amount_fen=case.amount)
        outcome = self.run(self.cashier.paid(1, notice))
        known = number in case.providers
        assert outcome.again is known, (outcome, case)
        if known:
            assert type(outcome).__name__ == case.providers[number]
            return
        case.providers[number] = type(outcome).__name__
        self.stands[way] = self.stands.get(way, 0) + case.amount
        if case.by_clerk or case.status == "paid" or not self._may_stand(case):
            assert isinstance(outcome, Returned), (outcome, case)
            self._settled_elsewhere(case, way, outcome)
            return
        assert isinstance(outcome, Settled), (outcome, case)
        case.live, case.ended_by, case.held = True, None, False
        case.status, case.way, case.left = "paid", way, case.amount

    def _may_stand(self, case: Case) -> bool:
        in_time = wall(self.clock) < case.start
        return case.live or (case.ended_by == "expired" and not case.robbed and in_time)

    def _settled_elsewhere(self, case: Case, way: str, outcome: Returned) -> None:
        """All of it is owed back; a first payment makes the charge itself paid."""
        if not case.by_clerk and case.status != "paid":
            case.status, case.way = "paid", way
        assert outcome.refund_no is not None
        case.left += case.amount
        self._owe(case, case.amount, outcome.refund_no, way)

    def take(self, nth: int, way: str) -> None:
        """A clerk takes the money."""
        case = self.cases.get(nth)
        if case is None:
            return
        outcome = self.run(self.cashier.take(1, f"{nth:08d}", way, "li"))
        if not case.live or case.status == "paid":
            assert not isinstance(outcome, Taken | UnderWay), (outcome, case)
        elif case.status == "waiting":
            assert isinstance(outcome, UnderWay)
        else:
            assert isinstance(outcome, Taken), (outcome, case)
            self.stands[way] = self.stands.get(way, 0) + case.amount
            case.status, case.way, case.left, case.by_clerk, case.held = "paid", way, case.amount, True, False

    def refund(self, nth: int, amount: int) -> None:
        """A clerk gives back a part."""
        case = self.cases.get(nth)
        if case is None or not case.live or case.status != "paid":
            return
        outcome = self.run(self.cashier.refund(1, f"{nth:08d}", amount, "original", "test", "li"))
        if amount > case.left:
            assert outcome.left_fen == case.left
        else:
            assert isinstance(outcome, Owed)
            self._owe(case, amount, outcome.refund_no)

    def send(self) -> None:
        """The job claims what is due; nothing while payment is closed."""
        errands = self.run(self.cashier.errands(1, ["bill"], SENT_WAYS, 100))
        assert not (self.closed and errands)
        for errand in errands:
            assert errand.number not in self.out
            self.out[errand.number] = errand
            if errand.kind == "charge":
                self.cases[int(errand.trade_no[5:16])].status = "waiting"
            else:
                self._debt(errand).status = "waiting"

    def answer(self, pick: int, state: str) -> None:
        """A way answers one of the errands that are out, perhaps twice."""
        if not self.out:
            return
        number = sorted(self.out)[pick % len(self.out)]
        errand = self.out[number]
        for _ in range(2):
            self.run(self.cashier.answered(1, errand, Answer(state=state, provider_no=f"P{number}", error=state)))
        if state in {"done", "refused", "unheard"}:
            del self.out[number]
        if errand.kind == "refund":
            self._refund_answered(self._debt(errand), state)
        else:
            self._charge_answered(self.cases[int(errand.trade_no[5:16])], state, f"P{number}")

    def _refund_answered(self, debt: Debt, state: str) -> None:
        if state == "done":
            debt.status = "done"
            self.stands[debt.way] -= debt.amount
        elif state in {"refused", "unheard"}:
            debt.status = "failed" if state == "refused" else "due"

    def _charge_answered(self, case: Case, state: str, provider: str) -> None:
        if case.status != "waiting":  # a notice was quicker
            return
        if state == "done":
            case.providers[provider] = "Settled"
            case.status, case.way, case.left, case.held = "paid", "bill", case.amount, False
            self.stands["bill"] = self.stands.get("bill", 0) + case.amount
            if not case.live:
                self._owe(case)
        elif state == "refused":
            case.status = "dead"
        elif state == "unheard":  # put again, unless nobody wants the number any more
            case.status = "due" if case.live else "dead"

    def _debt(self, errand) -> Debt:
        """The debt of this refund; one that a booking's end made is known by its amount and way until it is seen."""
        if errand.refund_no not in self.debts:
            name, debt = next(
                (name, debt)
                for name, debt in self.debts.items()
                if name.startswith("?") and (debt.amount, debt.way) == (errand.amount_fen, errand.way)
            )
            del self.debts[name]
            debt.refund_no = errand.refund_no
            self.debts[errand.refund_no] = debt
        return self.debts[errand.refund_no]

    def pay_out(self, pick: int, way: str) -> None:
        """A clerk pays out what is owed, and once more by mistake."""
        known = [debt for name, debt in sorted(self.debts.items()) if not name.startswith("?")]
        if not known:
            return
        debt = known[pick % len(known)]
        for again in (debt.status == "done", True):
            outcome = self.run(self.cashier.pay_out(1, debt.refund_no, way, "li"))
            if debt.status == "waiting":
                assert isinstance(outcome, UnderWay)
                return
            assert isinstance(outcome, PaidOut)
            assert outcome.again is again
        if debt.status != "done":
            debt.status = "done"
            self.stands[way] = self.stands.get(way, 0) - debt.amount

    def wait(self, hours: int) -> None:
        """Time passes; what is overdue is asked after."""
        self.clock.at += timedelta(hours=hours)
        for errand in self.run(self.cashier.unanswered(1, ["bill"], SENT_WAYS, 100)):
            assert errand.number in self.out

    def compare(self) -> None:
        """Every day balances, every account holds what the model says, errands and books agree, no more went back than came."""
        days: dict[date, int] = {}
        found: dict[str, int] = {}
        for line in self.run(self.cashier.trial_balance(1, date(2026, 1, 1), date(2027, 1, 1))):
            days[line.day] = days.get(line.day, 0) + line.debit_fen - line.credit_fen
            key = "income" if line.account.startswith("income:") else line.account
            found[key] = found.get(key, 0) + line.debit_fen - line.credit_fen
        assert not any(days.values())
        asked = sum(case.amount for case in self.cases.values() if case.status in {"due", "waiting"})
        owed = sum(debt.amount for debt in self.debts.values() if debt.status != "done")
        wanted = {"cash" if way == "cash" else f"clearing:{way}": fen for way, fen in self.stands.items()}
        wanted |= {"receivable": asked, "payable:refunds": -owed}
        wanted["income"] = -sum(wanted.values())
        assert {key: fen for key, fen in found.items() if fen} == {key: fen for key, fen in wanted.items() if fen}
        assert self.run(self.cashier.disagreements(1, LONG_AGO)) == ()
