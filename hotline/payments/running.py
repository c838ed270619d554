"""The jobs of money: errands go out, overdue answers are asked for, answer files are taken in.

Law of this module: an errand is claimed in the store before it leaves and answered there afterwards; whatever breaks in between, it is
asked after at its time. What a way raises is its bug: the errand stays unknown, the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter
from twisted.logger import Logger

from booking.cashier import Cashier
from booking.clock import Clock, naive_utc, wall
from booking.money.ledger import ONLINE_WAYS
from booking.money.payments import Answer, Errand, Notice
from hotline.payments.bill_files import BillFiles
from hotline.payments.bill_format import BadFile, Line
from hotline.payments.port import PayWay, each

BATCH = 100
SEND_SECONDS = 10.0
ASK_SECONDS = 60.0
BALANCE_SECONDS = 3600.0
_LOOK_BACK = timedelta(days=10)


class PaymentMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.answers = Counter(
            "hotline_payment_answers_total", "What payment ways said", ["way", "kind", "state"], registry=registry
        )
        self.notices = Counter(
            "hotline_payment_notices_total", "Notices of payment ways", ["way", "outcome"], registry=registry
        )
        self.faults = Counter(
            "hotline_payment_disagreements_total", "Charges whose books say otherwise", registry=registry
        )


class Runner:
    """The errands of one hospital, by these ways."""

    _log = Logger()

    def __init__(
        self, cashier: Cashier, hospital: int, ways: Sequence[PayWay], metrics: PaymentMetrics, clock: Clock
    ) -> None:
        self._cashier = cashier
        self._hospital = hospital
        self._ways: Mapping[str, PayWay] = {way.way: way for way in ways}
        self._takers = [way.way for way in ways if way.takes]
        self._givers = [way.way for way in ways if way.gives]
        self._noticed = [way.way for way in ways if not way.takes]
        self._metrics = metrics
        self._clock = clock

    async def send(self) -> None:
        """Everything that is due, batch by batch."""
        while errands := await self._cashier.errands(self._hospital, self._takers, self._givers, BATCH):
            for way, mine in self._by_way(errands):
                for errand, answer in zip(mine, await self._run(way, mine), strict=True):
                    await self._answered(errand, answer)

    async def ask(self) -> None:
        """Everything whose answer is overdue, once."""
        for errand in await self._cashier.unanswered(self._hospital, self._takers, self._givers, BATCH):
            await self._answered(errand, await self._ask(errand))

    async def ask_payers(self) -> None:
        """What payers pay by themselves and no notice came of, once: whichever way knows of the payment, it is entered as its notice.
        Whatever way a charge names: the rules do not know which of them are set up here.
        """
        ways = ONLINE_WAYS if self._noticed else ()
        for errand in await self._cashier.awaited(self._hospital, ways, BATCH):
            for way in self._noticed:
                answer = await self._ask(errand, way)
                self._metrics.answers.labels(way, errand.kind, answer.state).inc()
                if answer.state == "done":
                    paid = Notice(
                        way=way,
                        trade_no=errand.trade_no,
                        provider_no=answer.provider_no,
                        amount_fen=errand.amount_fen,
                    )
                    self._log.warn("no notice came of the payment of {number} by {way}", number=errand.number, way=way)
                    await self._cashier.paid(self._hospital, paid)

    async def take_in(self, files: BillFiles) -> None:
        """The operator's answer files."""
        for name, lines in files.answers():
            if isinstance(lines, BadFile):
                self._log.error("answer file {name} is refused: {why}", name=name, why=str(lines))
                files.put_away(name, "bad")
                continue
            for line in lines:
                await self._line(name, line)
            files.put_away(name, "done")
            self._log.info("answer file {name}: {lines} lines", name=name, lines=len(lines))

    async def balance(self) -> None:
        """Says aloud when the books of the last days do not balance or disagree with the errands."""
        today = wall(self._clock).date()
        lines = await self._cashier.trial_balance(self._hospital, today - _LOOK_BACK, today)
        for day in sorted({line.day for line in lines}):
            over = sum(line.debit_fen - line.credit_fen for line in lines if line.day == day)
            if over:
                self._log.critical("the books of {day} do not balance: {over} fen over", day=day, over=over)
        found = await self._cashier.disagreements(self._hospital, naive_utc(self._clock) - _LOOK_BACK)
        for one in found:
            self._metrics.faults.inc()
            self._log.critical(
                "charge {charge}: {what} should be {wanted} fen, the books say {found}",
                charge=one.charge_id,
                what=one.what,
                wanted=one.wanted_fen,
                found=one.found_fen,
            )

    async def _line(self, name: str, line: Line) -> None:
        errand = await self._cashier.errand(self._hospital, line.kind, line.number)
        if errand is None or errand.way != "bill":
            self._log.error("answer file {name}: no such number {number}", name=name, number=line.number)
        elif errand.amount_fen != line.amount_fen:
            self._log.error("answer file {name}: wrong amount for {number}", name=name, number=line.number)
        else:
            await self._answered(errand, line.answer)

    async def _run(self, way: PayWay, errands: Sequence[Errand]) -> list[Answer]:
        try:
            return await way.run(errands)
        except Exception:  # whatever broke, these may have gone out: they are asked after
            self._log.failure("the way {way} broke down", way=way.way)
            return each(Answer(state="unknown", error="broke down"), errands)

    async def _ask(self, errand: Errand, way: str | None = None) -> Answer:
        try:
            return await self._ways[way or errand.way].ask(errand)
        except Exception:  # as above
            self._log.failure("the way {way} broke down", way=way or errand.way)
            return Answer(state="unknown", error="broke down")

    async def _answered(self, errand: Errand, answer: Answer) -> None:
        self._metrics.answers.labels(errand.way, errand.kind, answer.state).inc()
        if answer.state in {"refused", "unknown"}:
            self._log.warn(
                "{kind} {number} by {way}: {state} ({error})",
                kind=errand.kind,
                number=errand.number,
                way=errand.way,
                state=answer.state,
                error=answer.error,
            )
        await self._cashier.answered(self._hospital, errand, answer)

    def _by_way(self, errands: Sequence[Errand]) -> list[tuple[PayWay, list[Errand]]]:
        names = dict.fromkeys(errand.way for errand in errands)
        return [(self._ways[name], [errand for errand in errands if errand.way == name]) for name in names]
