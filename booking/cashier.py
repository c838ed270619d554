"""The requests that have to do with money: what a booking costs and whether it is paid, money at the window, notices, refunds, errands.

Law of this module: every answer is a value of ``booking.money.payments``; the only exception is ``Busy``. What happened, its entry in
the books and its audit row are one transaction. Nothing here speaks to the outside: errands are handed out, answers taken in.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import uuid4

from booking.house import House
from booking.money.ledger import WINDOW_WAYS
from booking.money.payments import (
    Answer,
    Bill,
    Errand,
    NoSuchTicket,
    Notice,
    NoticeOutcome,
    PayOutOutcome,
    RefundOutcome,
    TakeOutcome,
)
from booking.store.money.agreement import Disagreement, thd_disagreements
from booking.store.money.awaiting import thd_awaited
from booking.store.money.errands import thd_answer, thd_claim, thd_errand, thd_unanswered
from booking.store.money.ledger import Balance, thd_trial_balance
from booking.store.money.paying import thd_paid
from booking.store.money.turn import Turn
from booking.store.money.window import thd_bill, thd_pay_out, thd_refund, thd_take_money
from booking.trace import trace_id

Ways = Collection[str]


class Cashier:
    """One for all doors of a process. It is told who the clerk is; it does not ask whether he may."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def bill(self, hospital: int, code: str) -> Bill | NoSuchTicket:
        """What the booking of this code costs, and how it stands."""
        return await self._house.database.look(thd_bill, hospital, code, name="bill")

    async def take(self, hospital: int, code: str, way: str, clerk: str) -> TakeOutcome:
        """The clerk took what the visit costs, in cash or by card. A second time is ``AlreadyPaid``."""
        _at_window(way)
        turn = self._turn(hospital, clerk=clerk)
        outcome = await self._house.database.run(thd_take_money, self._house.vault, turn, code, way, name="take-money")
        self._house.bell.ring()
        return outcome

    async def refund(  # noqa: PLR0917 - what, how much, how, and by whom
        self, hospital: int, code: str, amount_fen: int, route: str, reason: str, clerk: str
    ) -> RefundOutcome:
        """Owe the patient all or part of what he paid; ``route``: ``original`` or ``window``. Asking twice owes twice; but one whose
        commit was not heard of, and that is run again, owes once.
        """
        turn = self._turn(hospital, clerk=clerk)
        asked = (turn, code, amount_fen, (route, reason), uuid4().hex)
        return await self._house.database.run(thd_refund, *asked, name="refund")

    async def pay_out(self, hospital: int, refund_no: str, way: str, clerk: str) -> PayOutOutcome:
        """The clerk gave the patient what was owed; twice is once."""
        _at_window(way)
        turn = self._turn(hospital, clerk=clerk)
        return await self._house.database.run(thd_pay_out, turn, refund_no, way, name="pay-out")

    async def paid(self, hospital: int, notice: Notice) -> NoticeOutcome:
        """Money has come, and who says so was checked. The same notice again changes nothing."""
        turn = self._turn(hospital, actor=notice.way)
        outcome = await self._house.database.run(thd_paid, self._house.vault, turn, notice, name="paid")
        self._house.bell.ring()
        return outcome

    async def errands(self, hospital: int, takers: Ways, givers: Ways, most: int) -> list[Errand]:
        """Errands to run now, marked as under way; ``takers`` are the ways asked to take money, ``givers`` to pay it back."""
        turn = self._turn(hospital)
        return await self._house.database.run(
            thd_claim, self._house.vault, turn, (takers, givers), most, name="errands"
        )

    async def unanswered(self, hospital: int, takers: Ways, givers: Ways, most: int) -> list[Errand]:
        """Errands whose answer is overdue, to be asked after."""
        turn = self._turn(hospital)
        return await self._house.database.run(
            thd_unanswered, self._house.vault, turn, (takers, givers), most, name="unanswered"
        )

    async def awaited(self, hospital: int, ways: Ways, most: int) -> list[Errand]:
        """Charges that payers pay by themselves by one of these ways, and of which nothing was heard: to be asked after."""
        return await self._house.database.run(thd_awaited, self._turn(hospital), ways, most, name="awaited")

    async def errand(self, hospital: int, kind: str, number: str) -> Errand | None:
        """The charge or refund of this number of ours."""
        return await self._house.database.look(thd_errand, self._house.vault, hospital, kind, number, name="errand")

    async def answered(self, hospital: int, errand: Errand, answer: Answer) -> None:
        """What the way said of this errand."""
        turn = self._turn(hospital, actor=errand.way)
        await self._house.database.run(thd_answer, self._house.vault, turn, errand, answer, name="errand-answered")
        self._house.bell.ring()

    async def trial_balance(self, hospital: int, first: date, last: date) -> tuple[Balance, ...]:
        """Each account on each of these days."""
        return await self._house.database.run_slow(thd_trial_balance, hospital, first, last, name="trial-balance")

    async def disagreements(self, hospital: int, since: datetime) -> tuple[Disagreement, ...]:
        """Charges whose status and books say different things: none, or a person looks."""
        return await self._house.database.run_slow(thd_disagreements, hospital, since, name="disagreements")

    def _turn(self, hospital: int, *, clerk: str = "", actor: str = "") -> Turn:
        return Turn(
            hospital=hospital,
            at=self._house.naive_utc(),
            wall=self._house.wall(),
            rules=self._house.rules.of(hospital),
            trace=trace_id.get(),
            clerk=clerk,
            actor=actor,
            vault=self._house.vault,
        )


def _at_window(way: str) -> None:
    if way not in WINDOW_WAYS:
        raise ValueError(f"{way} is no way to pay at the window")
