"""The hotline's side of one SMSC: keeps a bind alive and passes texts through it, both ways.

It promises: a lost link is tried again at once, then ever more slowly; what is submitted leaves in the order it was
given, within the window and the agreed rate; every submission gets exactly one outcome, at once when the link drops;
a delivery is answered only with what ``deliver`` says about it; beyond ``settings.deliveries`` at a time the SMSC waits.
It retries no message by itself: whether a text of unknown outcome is sent again is its kind's question, not the wire's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, succeed
from twisted.internet.interfaces import IDelayedCall, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.python.failure import Failure

from sms_gateway.smpp import events as ev
from sms_gateway.smpp import status as st
from sms_gateway.smpp.backoff import Backoff
from sms_gateway.smpp.deliveries import Deliver, Deliveries
from sms_gateway.smpp.endpoint import make_endpoint
from sms_gateway.smpp.metrics import LinkMetrics
from sms_gateway.smpp.outcomes import NotBound, SubmitOutcome
from sms_gateway.smpp.pdu import Bind, BindReceiver, BindTransceiver, BindTransmitter, DeliverSm, Malformed, SubmitSm
from sms_gateway.smpp.rare import DATA_SM, INCOMING, as_delivery, data_sm_resp, read_rare
from sms_gateway.smpp.session import Role, Session
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.smpp.submissions import Submissions
from sms_gateway.smpp.vigil import Patience
from sms_gateway.smpp.wire import SmppWire

_BINDS: Final[dict[str, type[Bind]]] = {
    "transceiver": BindTransceiver,
    "transmitter": BindTransmitter,
    "receiver": BindReceiver,
}
_GOODBYE: Final = 2.0
"""Seconds that an unbind may take when the service stops."""


class SmscLink(Service):
    """``endpoint`` replaces the one made from the settings. ``bind_id`` names the present bind (empty when not bound)."""

    _log = Logger()

    def __init__(
        self,
        settings: SmscSettings,
        *,
        reactor: Any,
        deliver: Deliver,
        rng: random.Random,
        metrics: LinkMetrics,
        endpoint: IStreamClientEndpoint | None = None,
    ) -> None:
        self.settings = settings
        self.bind_id = ""
        self._reactor = reactor
        self._rng = rng
        self._metrics = metrics
        self._endpoint = endpoint or make_endpoint(settings, reactor)
        self._backoff = Backoff(rng)
        self._submissions = Submissions(settings, reactor, metrics)
        self._deliveries = Deliveries(settings, deliver, metrics)
        self._wire: SmppWire | None = None
        self._attempt: Deferred[Any] | None = None
        self._retry: IDelayedCall | None = None
        self._watchers: list[Callable[[bool], None]] = []
        self._open = True
        self._cause = ""
        self._told_cause = ""
        self._hopeless = False
        self._gone: list[Deferred[None]] = []

    # For the gateway ----------------------------------------------------------------------------------------------

    @property
    def bound(self) -> bool:
        return bool(self.bind_id)

    def watch(self, watcher: Callable[[bool], None]) -> None:
        """``watcher`` is called with True when bound and False when lost."""
        self._watchers.append(watcher)

    async def submit(self, pdu: SubmitSm) -> SubmitOutcome:
        """Waits for a place in the window and for the pace, sends, waits for the answer. Never raises."""
        if not self.bound or not self._open or self.settings.bind == "receiver":
            return NotBound()
        return await self._submissions.submit(pdu)

    def stop_intake(self) -> None:
        """From now on the SMSC is asked to keep its deliveries (temporary error); submissions go on."""
        self._deliveries.close()

    async def drain(self, seconds: float) -> None:
        """No new texts either way; those under way may finish for ``seconds``; then unbinds, closes, and does not come back."""
        self._open = False
        self._deliveries.close()
        under_way = gatherResults([self._submissions.finish(), self._deliveries.finish()], consumeErrors=True)
        under_way.addTimeout(seconds, self._reactor, onTimeoutCancel=lambda _result, _seconds: None)
        await under_way
        if self.running:
            await self.stopService()

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self._log.info(
            "{smsc}: {host}:{port}, window {window}, {rate:g} PDUs/s at most (0: no limit)",
            smsc=self.settings.name,
            host=self.settings.host,
            port=self.settings.port,
            window=self.settings.window,
            rate=self.settings.rate,
        )
        self._connect()

    def stopService(self) -> Deferred[None]:
        super().stopService()  # type: ignore[no-untyped-call]
        if self._retry is not None and self._retry.active():
            self._retry.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        if self._wire is None:
            return succeed(None)
        gone: Deferred[None] = Deferred()
        self._gone.append(gone)
        wire = self._wire
        timer = self._reactor.callLater(_GOODBYE, wire.close)
        gone.addCallback(lambda _: timer.cancel() if timer.active() else None)
        wire.session.unbind(self._reactor.seconds())
        wire.flush()
        return gone

    # The connection -----------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._attempt = self._endpoint.connect(_Dialling(self._make_wire))
        self._attempt.addCallbacks(self._connected, self._not_connected)

    def _make_wire(self) -> SmppWire:
        settings = self.settings
        patience = Patience(
            enquire=settings.enquire_seconds,
            response=settings.response_seconds,
            bind=settings.bind_seconds,
            inactivity=settings.inactivity_seconds,
        )
        session = Session(
            Role.ESME, self._reactor.seconds(), window=settings.window, patience=patience, others=INCOMING
        )
        return SmppWire(session, self._reactor, self)

    def _connected(self, wire: object) -> None:
        self._attempt = None

    def _not_connected(self, failure: Failure) -> None:
        self._attempt = None
        self._cause = "no connection"
        if self.running:
            self._metrics.binds.labels(self.settings.name, "unreachable").inc()
            self._try_again(failure.getErrorMessage())

    def _try_again(self, detail: str) -> None:
        wait = self._backoff.wait(hopeless=self._hopeless)
        self._hopeless = False
        if self._cause != self._told_cause:  # one line for each change of state, not for each attempt
            self._told_cause = self._cause
            self._log.warn(
                "{smsc} is not bound: {cause} ({detail}); trying again from {wait:.1f} s on",
                smsc=self.settings.name,
                cause=self._cause,
                detail=detail,
                wait=wait,
            )
        self._retry = self._reactor.callLater(wait, self._connect)

    # What the wire tells (wire.Owner) -----------------------------------------------------------------------------

    def opened(self, wire: SmppWire) -> None:
        self._wire = wire
        self._cause = "connection lost"
        settings = self.settings
        wire.session.bind(
            _BINDS[settings.bind](
                system_id=settings.system_id, password=settings.password, system_type=settings.system_type
            ),
            self._reactor.seconds(),
        )

    def told(self, wire: SmppWire, event: ev.Event) -> None:
        _TOLD[type(event)](self, wire, event)

    def ended(self, wire: SmppWire) -> None:
        self._wire = None
        self._metrics.losses.labels(self.settings.name, self._cause).inc()
        if self.bound:
            self.bind_id = ""
            self._metrics.bound.labels(self.settings.name).set(0)
            self._submissions.down()
            self._tell_watchers(bound=False)
        gone, self._gone = self._gone, []
        for waiting in gone:
            waiting.callback(None)
        if self.running:
            self._try_again("session ended")

    def _bound(self, wire: SmppWire, event: ev.Bound) -> None:
        self._backoff.reset()
        self._told_cause = ""
        self.bind_id = f"{self.settings.name}-{self._rng.getrandbits(48):012x}"
        self._metrics.binds.labels(self.settings.name, "bound").inc()
        self._metrics.bound.labels(self.settings.name).set(1)
        self._log.info(
            "bound to {smsc} as {bind}: {bind_id}",
            smsc=self.settings.name,
            bind=self.settings.bind,
            bind_id=self.bind_id,
        )
        self._submissions.up(wire)
        self._tell_watchers(bound=True)

    def _bind_refused(self, wire: SmppWire, event: ev.BindRefused) -> None:
        self._metrics.binds.labels(self.settings.name, "refused").inc()
        self._hopeless = event.status in st.BIND_NEEDS_A_PERSON
        self._cause = f"bind refused 0x{event.status:02x}" if event.status <= st.UNKNOWN_ERROR else "bind refused"

    def _message_came(self, wire: SmppWire, event: ev.MessageCame) -> None:
        assert isinstance(event.pdu, DeliverSm)
        self._deliveries.take(wire, event.pdu, self.bind_id, partial(wire.session.answer, event.pdu))

    def _other_came(self, wire: SmppWire, event: ev.OtherCame) -> None:
        rare = read_rare(event.pdu)
        if isinstance(rare, Malformed):
            self._malformed(rare)
            wire.session.refuse_other(event.pdu, rare.status)
        elif event.pdu.command == DATA_SM:
            self._deliveries.take(
                wire,
                as_delivery(rare),
                self.bind_id,
                lambda status: wire.session.write_frame(data_sm_resp(rare.sequence, status)),
            )
        # alert_notification says that a phone is reachable again; it has no answer, and we hold nothing back for it

    def _answered(self, wire: SmppWire, event: ev.Answered) -> None:
        self._submissions.answered(event)
        self._submissions.pump()

    def _unanswered(self, wire: SmppWire, event: ev.Unanswered) -> None:
        self._submissions.unanswered(event)
        self._submissions.pump()

    def _late(self, wire: SmppWire, event: ev.AnsweredLate) -> None:
        self._metrics.strays.labels(self.settings.name, "late").inc()
        self._log.warn("{smsc} answered a submission it had been given up for", smsc=self.settings.name)

    def _unexpected(self, wire: SmppWire, event: ev.Unexpected) -> None:
        self._metrics.strays.labels(self.settings.name, "unasked").inc()

    def _bad_pdu(self, wire: SmppWire, event: ev.BadPdu) -> None:
        self._malformed(event.bad)

    def _malformed(self, bad: Malformed) -> None:
        self._metrics.malformed.labels(self.settings.name, bad.why).inc()
        self._log.warn(
            "{smsc} sent a PDU that does not read: command 0x{command:08x}, {why}",
            smsc=self.settings.name,
            command=bad.command,
            why=bad.why,
        )

    def _framing_lost(self, wire: SmppWire, event: ev.FramingLost) -> None:
        self._metrics.malformed.labels(self.settings.name, "framing").inc()
        self._cause = "framing lost"

    def _unbind_asked(self, wire: SmppWire, event: ev.UnbindAsked) -> None:
        self._cause = "unbound by the SMSC"

    def _unbound(self, wire: SmppWire, event: ev.Unbound) -> None:
        self._cause = "unbound"

    def _silent(self, wire: SmppWire, event: ev.Silent) -> None:
        self._cause = f"silent: {event.what}"

    def _tell_watchers(self, *, bound: bool) -> None:
        for watcher in self._watchers:
            watcher(bound)


class _Dialling(Factory):
    noisy = False

    def __init__(self, make: Callable[[], SmppWire]) -> None:
        self._make = make

    def buildProtocol(self, addr: object) -> SmppWire:
        return self._make()


_TOLD: Final[dict[type[Any], Callable[[SmscLink, SmppWire, Any], None]]] = {
    ev.Bound: SmscLink._bound,
    ev.BindRefused: SmscLink._bind_refused,
    ev.MessageCame: SmscLink._message_came,
    ev.OtherCame: SmscLink._other_came,
    ev.Answered: SmscLink._answered,
    ev.Unanswered: SmscLink._unanswered,
    ev.AnsweredLate: SmscLink._late,
    ev.Unexpected: SmscLink._unexpected,
    ev.BadPdu: SmscLink._bad_pdu,
    ev.FramingLost: SmscLink._framing_lost,
    ev.UnbindAsked: SmscLink._unbind_asked,
    ev.Unbound: SmscLink._unbound,
    ev.Silent: SmscLink._silent,
}
