"""The texts on their way out over one link: who waits, who flies, and what became of each.

First come, first sent: a submission waits until the window has room and the pace allows a PDU, and nobody overtakes.
Each gets one outcome. When the session ends, those that left are Unknown, those that still waited are NotBound.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from sms_gateway.smpp import events as ev
from sms_gateway.smpp import status as st
from sms_gateway.smpp.encoding import Unencodable
from sms_gateway.smpp.metrics import LinkMetrics
from sms_gateway.smpp.outcomes import Accepted, NotBound, Refused, SubmitOutcome, Throttled, Unknown
from sms_gateway.smpp.pace import Pace
from sms_gateway.smpp.pdu import Response, SubmitSm, SubmitSmResp
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.smpp.wire import SmppWire
from sms_gateway.text.receipt import normal_id


@dataclass(slots=True, eq=False)
class _Job:
    pdu: SubmitSm
    outcome: Deferred[SubmitOutcome]


class Submissions:
    _log = Logger()

    def __init__(self, settings: SmscSettings, reactor: IReactorTime, metrics: LinkMetrics) -> None:
        self._settings = settings
        self._reactor = reactor
        self._pace = Pace(settings.rate, reactor.seconds())
        self._wire: SmppWire | None = None
        self._waiting: deque[_Job] = deque()
        self._flying: dict[int, _Job] = {}
        self._timer: IDelayedCall | None = None
        self._finished: list[Deferred[None]] = []
        name = settings.name
        self._outcomes = {
            kind: metrics.submits.labels(name, kind.__name__.lower())
            for kind in (Accepted, Refused, Throttled, Unknown, NotBound)
        }
        self._in_flight = metrics.in_flight.labels(name)
        self._queued = metrics.waiting.labels(name)
        self._answer_seconds = metrics.answer_seconds.labels(name)

    @property
    def in_hand(self) -> int:
        """How many have no outcome yet."""
        return len(self._waiting) + len(self._flying)

    def up(self, wire: SmppWire) -> None:
        """Bound: texts may leave by this wire."""
        self._wire = wire

    def down(self) -> None:
        """The session is over; what had left was told of before (``unanswered``)."""
        self._wire = None
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        while self._waiting:
            self._settle(self._waiting.popleft(), NotBound())

    def submit(self, pdu: SubmitSm) -> Deferred[SubmitOutcome]:
        """Cancelling the Deferred takes back a text that has not left; one that has keeps its place in the window."""
        job = _Job(pdu, Deferred(lambda _: self._take_back(job)))
        self._waiting.append(job)
        self.pump()
        return job.outcome

    def finish(self) -> Deferred[None]:
        """Fires when none is in hand."""
        done: Deferred[None] = Deferred()
        self._finished.append(done)
        self._check_finished()
        return done

    def pump(self) -> None:
        """Lets go what may go."""
        wire = self._wire
        if wire is None:
            return
        while self._waiting and wire.session.may_send:
            now = self._reactor.seconds()
            pause = self._pace.wait(now)
            if pause > 0:
                self._try_again_in(pause)
                break
            self._send(wire, self._waiting.popleft(), now)
        self._gauge()
        wire.flush()

    def answered(self, event: ev.Answered) -> None:
        """A submission has its response."""
        self._answer_seconds.observe(event.seconds)
        outcome = self._outcome_of(event.response)
        job = self._flying.pop(event.sequence)
        match outcome:
            case Accepted():
                self._pace.taken()
            case Throttled():
                self._pace.throttled(self._reactor.seconds())
                self._log.warn(
                    "{smsc} throttles: {rate:.0f} PDUs/s now", smsc=self._settings.name, rate=self._pace.rate
                )
        self._settle(job, outcome)

    def unanswered(self, event: ev.Unanswered) -> None:
        """A submission left and its response did not come."""
        self._settle(self._flying.pop(event.sequence), Unknown(event.why.value))

    def _outcome_of(self, response: Response) -> SubmitOutcome:
        if isinstance(response, SubmitSmResp) and response.status == st.OK:
            return Accepted(normal_id(response.message_id, self._settings.resp_id))
        status = response.status or st.UNKNOWN_ERROR
        if status in st.THROTTLING:
            return Throttled(status)
        return Refused(status, status in st.TEMPORARY)

    def _send(self, wire: SmppWire, job: _Job, now: float) -> None:
        try:
            sequence = wire.session.send(job.pdu, now)
        except Unencodable as fault:
            self._settle(job, Refused(fault.status, temporary=False))
            return
        self._pace.spend()
        self._flying[sequence] = job

    def _settle(self, job: _Job, outcome: SubmitOutcome) -> None:
        self._outcomes[type(outcome)].inc()
        if not job.outcome.called:
            job.outcome.callback(outcome)
        self._check_finished()

    def _take_back(self, job: _Job) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
            self._check_finished()

    def _check_finished(self) -> None:
        if not self.in_hand:
            finished, self._finished = self._finished, []
            for done in finished:
                done.callback(None)

    def _try_again_in(self, seconds: float) -> None:
        if self._timer is None or not self._timer.active():
            self._timer = self._reactor.callLater(seconds, self.pump)

    def _gauge(self) -> None:
        self._queued.set(len(self._waiting))
        self._in_flight.set(len(self._flying))
