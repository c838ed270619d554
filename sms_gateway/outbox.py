"""What waits in the outbox goes out over one link.

Law: texts are claimed in the order of their lanes (answers and confirmations first) and only as many as the link can
take on: while it is unbound nothing is claimed, and what was in hand goes back, so that another link may have it or this one
as soon as it is bound again. Each text that was claimed is settled, once: sent, to be tried again at a time, or given up.
What is claimed and not settled at a crash is found at the next start (``reclaim``) and sent again, counted.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger

from booking.clock import Clock, naive_utc
from booking.outcomes import Busy
from booking.store.database import Store
from booking.store.mail.outbox import Failed, Later, Letter, Sent, Settlement, thd_reclaim
from booking.trace import trace_id
from command_parser.masking import mask_phone
from sms_gateway.journal import Claim, Journal
from sms_gateway.metrics import TextMetrics
from sms_gateway.proving import Proving
from sms_gateway.retry import GiveUp, TryAgain, after_refusal, after_silence
from sms_gateway.smpp.link import SmscLink
from sms_gateway.smpp.outcomes import Accepted, NotBound, Refused, SubmitOutcome, Throttled, Unknown
from sms_gateway.smpp.pdu import SubmitSm
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.text.compose import submits

CLAIM_MAX = 100
THROTTLES_MAX = 20
SETTLE_AGAIN_SECONDS = 1.0


class Outbox:
    """``reactor`` is an IReactorTime. A ``journal.Sender``."""

    _log = Logger()

    def __init__(
        self,
        settings: SmscSettings,
        link: SmscLink,
        *,
        reactor: Any,
        journal: Journal,
        clock: Clock,
        rng: random.Random,
        metrics: TextMetrics,
        proving: Proving,
    ) -> None:
        self._settings = settings
        self._link = link
        self._reactor = reactor
        self._journal = journal
        self._clock = clock
        self._rng = rng
        self._metrics = metrics
        self._gauge = metrics.in_hand.labels(settings.name)
        self._proving = proving
        # Twice the window: while one half waits for responses the other may wait for its settlement.
        self._capacity = settings.window * 2
        self._in_hand = 0
        self._promised = 0
        self._open = True
        self._rung = False
        self._emptied: list[Deferred[None]] = []
        link.watch(self._link_changed)
        journal.enlist(self)

    # Claiming

    async def reclaim(self, database: Store) -> None:
        """At the start: what an earlier life had in flight is sent again, and counted. Raises Busy."""
        again = await database.run(thd_reclaim, self._settings.name)
        self._metrics.resent_in_flight.labels(self._settings.name).inc(again)
        if again:
            self._log.warn(
                "{count} texts to {smsc} were in flight and are sent again", count=again, smsc=self._settings.name
            )

    def ring(self) -> None:
        """Something may be waiting: asked for an offer soon. Quiet while unbound; many rings make one claim."""
        self._rung = True
        if self._link.bound and self._open and self._room > 0:
            self._journal.nudge()

    @property
    def _room(self) -> int:
        return min(self._capacity - self._in_hand - self._promised, CLAIM_MAX)

    def offer(self, posted: bool) -> Claim | None:
        """Room to send now; None while unbound, closing or full, or when there is nothing to expect."""
        self._rung = self._rung or posted
        if not (self._rung and self._link.bound and self._open and self._room > 0):
            return None
        self._rung = False
        claim = Claim(smsc=self._settings.name, hospital=self._settings.hospital, limit=self._room)
        self._promised += claim.limit
        return claim

    def take(self, claim: Claim, letters: Sequence[Letter]) -> None:
        """Send what was claimed. A full claim means that there may be more."""
        self._promised -= claim.limit
        self._in_hand += len(letters)
        self._gauge.set(self._in_hand)
        for letter in letters:
            Deferred.fromCoroutine(self._send(letter))
        if len(letters) == claim.limit:
            self.ring()
        self._tell_empty()

    def _link_changed(self, bound: bool) -> None:
        if bound:
            self.ring()

    # Sending

    async def _send(self, letter: Letter) -> None:
        trace_id.set(f"text:{letter.id}")
        try:
            settlement = await self._try(letter)
        except Exception:
            self._log.failure("text {letter} to {phone} cannot be sent", letter=letter.id, phone=mask_phone(letter.to))
            settlement = Failed(letter.id, "unsendable")
        await self._settle(letter, settlement)
        self._in_hand -= 1
        self._gauge.set(self._in_hand)
        if self._rung:
            self.ring()
        self._tell_empty()

    async def _try(self, letter: Letter) -> Settlement:
        """Submit all parts, in their order, without waiting for each; the first that is not accepted decides."""
        pdus = submits(letter.to, letter.body, letter.id, self._settings)
        submitted = [Deferred.fromCoroutine(self._submit(pdu)) for pdu in pdus]
        outcomes = [await outcome for outcome in submitted]
        wanting = [outcome for outcome in outcomes if not isinstance(outcome, Accepted)]
        if wanting:
            return self._judge(letter, _of_all(wanting, len(outcomes)))
        return Sent(letter.id, tuple(outcome.message_id for outcome in outcomes if isinstance(outcome, Accepted)))

    async def _submit(self, pdu: SubmitSm) -> SubmitOutcome:
        """The link slows itself down when it is throttled: asking again waits as long as it must."""
        for _ in range(THROTTLES_MAX):
            leaving = self._proving.leaving(self._link.bind_id)
            outcome = await self._link.submit(pdu)
            if isinstance(outcome, Accepted):
                self._proving.accepted(leaving)
            if not isinstance(outcome, Throttled):
                break
        return outcome

    def _judge(self, letter: Letter, outcome: SubmitOutcome) -> Settlement:
        now = naive_utc(self._clock)
        match outcome:
            case Unknown():
                decision = after_silence(kind=letter.kind, attempts=letter.attempts, now=now)
                if isinstance(decision, TryAgain):
                    self._metrics.resent_in_flight.labels(self._settings.name).inc()
            case Refused(status=status, temporary=temporary):
                decision = after_refusal(
                    temporary=temporary, status=status, attempts=letter.attempts, now=now, rng=self._rng
                )
            case Throttled(status=status):
                decision = after_refusal(
                    temporary=True, status=status, attempts=letter.attempts, now=now, rng=self._rng
                )
            case _:
                decision = TryAgain(now)
        match decision:
            case TryAgain(due=due):
                return Later(letter.id, due)
            case GiveUp(error=error):
                self._log.warn(
                    "text {letter} to {phone} is given up: {error}",
                    letter=letter.id,
                    phone=mask_phone(letter.to),
                    error=error,
                )
                return Failed(letter.id, error)

    # Settling

    async def _settle(self, letter: Letter, settlement: Settlement) -> None:
        """Written down, however long the store is out: what is not settled would be sent again after a restart."""
        self._metrics.settled.labels(self._settings.name, letter.kind, type(settlement).__name__.lower()).inc()
        while True:
            try:
                await self._journal.settle(settlement)
            except Busy:
                await deferLater(self._reactor, SETTLE_AGAIN_SECONDS)
                continue
            except Exception:
                self._log.failure("text {letter} cannot be settled", letter=letter.id)
            break
        if isinstance(settlement, Later):
            self.ring()

    # Ending

    def close(self) -> None:
        """Claim no more; what is in hand is still sent and settled."""
        self._open = False
        self._proving.close()

    def empty(self) -> Deferred[None]:
        """Fires when nothing is promised, in hand, or rung for."""
        waiter: Deferred[None] = Deferred(canceller=self._emptied.remove)
        self._emptied.append(waiter)
        self._tell_empty()
        return waiter

    def _tell_empty(self) -> None:
        if not (self._in_hand or self._promised or (self._rung and self._link.bound and self._open)):
            waiters, self._emptied = self._emptied, []
            for waiter in waiters:
                waiter.callback(None)


def _of_all(wanting: Sequence[SubmitOutcome], parts: int) -> SubmitOutcome:
    """One outcome for a text of several parts, some of which were not accepted: a text that left in part may be seen."""
    left_in_part = len(wanting) < parts and isinstance(wanting[0], NotBound)
    return Unknown("lost") if left_in_part else wanting[0]
