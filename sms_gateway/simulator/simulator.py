"""A small SMSC: binds the hotline and patients' phones, and carries texts between them. For the demo, tests and benchmarks.

A peer binds as an account (system_id and password: the hotline, served under its service number) or as a phone (system_id
``phone``, its number as address_range, no password). What one submits is delivered to the number it is addressed to, when
somebody is bound there, else kept (``mailbox``). A delivery refused with a temporary error, or not answered before the link
drops, is delivered again; message ids count up; a receipt follows when it was asked for. ``faults`` may be changed at any time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from twisted.internet.protocol import Factory
from twisted.logger import Logger

from sms_gateway.simulator.faults import Faults
from sms_gateway.simulator.mailbox import Letter, Mailbox, Mailboxes, subscriber
from sms_gateway.simulator.receipts import make_receipt
from sms_gateway.smpp import events as ev
from sms_gateway.smpp import status as st
from sms_gateway.smpp.pdu import Address, Bind, BindTransmitter, DeliverSm, DeliverSmResp, SubmitSm
from sms_gateway.smpp.session import Role, Session
from sms_gateway.smpp.vigil import Patience
from sms_gateway.smpp.wire import SmppWire

PHONE: Final = "phone"
"""The system_id of a simulated phone."""
_AGAIN: Final = 1.0
"""Seconds after which a delivery that was refused for now is tried again."""
_PATIENCE: Final = Patience(enquire=0, response=30, bind=30, inactivity=300, rest=10)


class Simulator(Factory):
    """``accounts``: passwords by system_id. ``window``: deliveries in flight to one peer."""

    noisy = False
    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        *,
        service_number: str = "12580",
        accounts: Mapping[str, str] | None = None,
        faults: Faults | None = None,
        window: int = 50,
    ) -> None:
        self.service_number = service_number
        self.faults = faults or Faults()
        self.boxes = Mailboxes()
        self.lines: list[Line] = []
        self.submitted = 0
        self.reactor = reactor
        self._accounts = accounts if accounts is not None else {"hotline": "hotline"}
        self._window = window
        self._watchers: list[Callable[[SubmitSm], None]] = []

    def buildProtocol(self, addr: object) -> SmppWire:
        session = Session(Role.SMSC, self.reactor.seconds(), window=self._window, patience=_PATIENCE)
        line = Line(self, session)
        return SmppWire(session, self.reactor, line)

    def watch(self, watcher: Callable[[SubmitSm], None]) -> None:
        """``watcher`` is shown every submission that is accepted."""
        self._watchers.append(watcher)

    def verdict(self, bind: Bind) -> int:
        """The command_status a bind is answered with."""
        if self.faults.refuse_binds:
            return self.faults.refuse_binds
        if bind.system_id == PHONE:
            return st.OK if bind.address_range.digits else st.INVALID_SYSTEM_ID
        if bind.system_id not in self._accounts:
            return st.INVALID_SYSTEM_ID
        return st.OK if self._accounts[bind.system_id] == bind.password else st.INVALID_PASSWORD

    def carry(self, pdu: SubmitSm, source: Address, message_id: str) -> None:
        """Puts a submission into the box of the number it is for, and lets it go on if somebody is there."""
        for watcher in self._watchers:
            watcher(pdu)
        delivery = DeliverSm(
            service_type=pdu.service_type,
            source=source,
            destination=pdu.destination,
            esm_class=pdu.esm_class & 0xC0,
            protocol_id=pdu.protocol_id,
            data_coding=pdu.data_coding,
            short_message=pdu.short_message,
            tlvs=pdu.tlvs,
        )

        def settle(taken: bool) -> None:
            if pdu.registered_delivery & 1:
                self.put(Letter(pdu=make_receipt(pdu, message_id, delivered=taken)))

        self.put(Letter(pdu=delivery, settle=settle))

    def put(self, letter: Letter) -> None:
        """Into the addressee's box; delivered at once when somebody is bound there."""
        number = subscriber(letter.pdu.destination.digits)
        self.boxes.of(number).put(letter)
        self.pump(number)

    def pump(self, number: str) -> None:
        """Delivers what the number's lines have room for, by turns."""
        box = self.boxes.of(number)
        lines = deque(line for line in self.lines if line.number == number)
        while box and lines:
            if lines[0].room:
                lines[0].deliver(box)
                lines.rotate(-1)
            else:
                lines.popleft()

    def drop(self) -> None:
        """Cuts every connection, as a crash would; what was kept stays kept."""
        for line in list(self.lines):
            line.cut()

    def next_id(self) -> str:
        self.submitted += 1
        return f"{self.submitted:08x}"


class Line:
    """One connection to the simulator (the ``wire.Owner`` of its SmppWire)."""

    def __init__(self, simulator: Simulator, session: Session) -> None:
        self.number = ""
        self._simulator = simulator
        self._session = session
        self._wire: SmppWire | None = None
        self._account = ""
        self._sent: dict[int, Letter] = {}

    @property
    def room(self) -> bool:
        return self._session.may_send

    def deliver(self, box: Mailbox) -> None:
        """Sends the box's first letter. Ask ``room`` first."""
        letter = box.take()
        if letter is None or self._wire is None:
            return
        self._sent[self._session.send(letter.pdu, self._simulator.reactor.seconds())] = letter
        self._wire.flush()

    def cut(self) -> None:
        if self._wire is not None:
            self._wire.abort()

    def opened(self, wire: SmppWire) -> None:
        self._wire = wire
        self._simulator.lines.append(self)

    def told(self, wire: SmppWire, event: ev.Event) -> None:
        match event:
            case ev.BindAsked(pdu):
                self._bind(wire, pdu)
            case ev.MessageCame(SubmitSm() as pdu):
                self._submitted(wire, pdu)
            case ev.Answered(sequence, _, response):
                status = response.status if isinstance(response, DeliverSmResp) else st.PERMANENT_APPLICATION_ERROR
                self._settled(self._sent.pop(sequence), status)
            case ev.Unanswered(sequence, _, _):
                self._settled(self._sent.pop(sequence), st.TEMPORARY_APPLICATION_ERROR)
            case _:
                pass

    def ended(self, wire: SmppWire) -> None:
        self._wire = None
        if self in self._simulator.lines:
            self._simulator.lines.remove(self)

    def _bind(self, wire: SmppWire, pdu: Bind) -> None:
        status = self._simulator.verdict(pdu)
        if status:
            self._session.refuse_bind(pdu, status)
            return
        self._session.accept_bind(pdu, "simulator", self._simulator.reactor.seconds())
        self._account = pdu.system_id
        if not isinstance(pdu, BindTransmitter):
            self.number = self._own_number(pdu)
            self._simulator.reactor.callLater(0, self._simulator.pump, self.number)

    def _own_number(self, pdu: Bind) -> str:
        return subscriber(pdu.address_range.digits) if self._account == PHONE else self._simulator.service_number

    def _submitted(self, wire: SmppWire, pdu: SubmitSm) -> None:
        if self._account == PHONE:
            self._session.answer(pdu, message_id=self._carry(pdu, _as_caller(self.number)))
            return
        faults, count = self._simulator.faults, self._simulator.submitted + 1
        if faults.throttle_every and count % faults.throttle_every == 0:
            self._simulator.next_id()
            self._session.answer(pdu, faults.throttle_status)
            return
        message_id = self._carry(pdu, pdu.source)
        if faults.drop_every and count % faults.drop_every == 0:
            self.cut()
        elif not (faults.silent_every and count % faults.silent_every == 0):
            self._answer_after(faults.answer_after, pdu, message_id)

    def _carry(self, pdu: SubmitSm, source: Address) -> str:
        message_id = self._simulator.next_id()
        self._simulator.carry(pdu, source, message_id)
        return message_id

    def _answer_after(self, seconds: float, pdu: SubmitSm, message_id: str) -> None:
        def answer() -> None:
            if self._wire is not None:
                self._session.answer(pdu, message_id=message_id)
                self._wire.flush()

        if seconds:
            self._simulator.reactor.callLater(seconds, answer)
        else:
            answer()

    def _settled(self, letter: Letter, status: int) -> None:
        if status in st.TEMPORARY:
            self._simulator.boxes.of(letter.pdu.destination.digits).put_back(letter)
            self._simulator.reactor.callLater(_AGAIN, self._simulator.pump, self.number)
            return
        letter.settle(status == st.OK)
        if self._resends(letter, status):
            self._simulator.put(Letter(pdu=letter.pdu, repeat=True))
        self._simulator.pump(self.number)

    def _resends(self, letter: Letter, status: int) -> bool:
        wanted = self._simulator.faults.resend_deliveries and self._account != PHONE
        return wanted and status == st.OK and not letter.repeat


def _as_caller(number: str) -> Address:
    """A mainland mobile as operators give it: 86 and eleven digits, international."""
    if len(number) == 11 and number.startswith("1"):
        return Address(f"86{number}", 1, 1)
    return Address(number, 0, 1)
