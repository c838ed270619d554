"""The texts on their way in over one link: taken, asked about, answered.

A delivery is answered only with what ``deliver`` says about it; beyond ``settings.deliveries`` at a time the SMSC waits. What comes after
``close`` the SMSC is asked to keep.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from sms_gateway.smpp import status as st
from sms_gateway.smpp.metrics import LinkMetrics
from sms_gateway.smpp.pdu import DeliverSm
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.smpp.wire import SmppWire

Deliver = Callable[[DeliverSm, str], Awaitable[int]]
"""Takes a delivery and the bind's id; its command_status is what the SMSC is answered."""

Answer = Callable[[int], None]
"""Writes the answer with this command_status."""


class Deliveries:
    _log = Logger()

    def __init__(self, settings: SmscSettings, deliver: Deliver, metrics: LinkMetrics) -> None:
        self._settings = settings
        self._deliver = deliver
        self._metrics = metrics
        self._under_way = 0
        self._open = True
        self._finished: list[Deferred[None]] = []

    def close(self) -> None:
        """From now on the SMSC is asked to keep its deliveries (temporary error)."""
        self._open = False

    def take(self, wire: SmppWire, pdu: DeliverSm, bind_id: str, answer: Answer) -> None:
        if not self._open:
            self._answer(wire, answer, st.TEMPORARY_APPLICATION_ERROR)
            return
        self._under_way += 1
        if self._under_way >= self._settings.deliveries:
            wire.stop_reading("deliveries")
        taking = Deferred.fromCoroutine(self._ask(pdu, bind_id))
        taking.addCallback(lambda status: self._taken(wire, answer, status))
        taking.addErrback(lambda failure: self._log.failure("answering a delivery failed", failure))

    def finish(self) -> Deferred[None]:
        """When none is under way."""
        finished: Deferred[None] = Deferred()
        self._finished.append(finished)
        self._check_finished()
        return finished

    async def _ask(self, pdu: DeliverSm, bind_id: str) -> int:
        try:
            return await self._deliver(pdu, bind_id)
        except Exception:
            self._log.failure("a delivery from {smsc} could not be taken", smsc=self._settings.name)
            return st.TEMPORARY_APPLICATION_ERROR

    def _taken(self, wire: SmppWire, answer: Answer, status: int) -> None:
        self._under_way -= 1
        self._answer(wire, answer, status)
        if self._under_way < self._settings.deliveries:
            wire.read_on("deliveries")
        self._check_finished()

    def _answer(self, wire: SmppWire, answer: Answer, status: int) -> None:
        self._metrics.deliveries.labels(self._settings.name, "ok" if status == st.OK else "refused").inc()
        answer(status)
        wire.flush()

    def _check_finished(self) -> None:
        if not self._under_way:
            finished, self._finished = self._finished, []
            for waiting in finished:
                waiting.callback(None)
