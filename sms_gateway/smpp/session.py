"""One SMPP connection as a state machine without I/O: bytes and moments in, events and bytes out.

    OPEN ──bind──▶ BINDING ──bind_resp ok──▶ BOUND ──unbind──▶ UNBINDING ──unbind_resp──▶ CLOSED
                      └── refused, silence, lost framing, the peer's unbind, a lost connection ──▶ CLOSED

The same class is an ESME (it binds, submits, takes deliveries) or an SMSC (it is bound to, delivers, takes submissions),
so that tests and the simulator drive one against the other. It keeps no clock: every entry takes ``now``, in seconds of
any one steady clock, and ``next_wake`` says when ``tick`` is wanted. After every call write ``take_output()``; when
``closed``, close the connection once that is written.

Laws: responses are read before the requests that came with them, so that a busy owner never makes an answer look late.
enquire_link is answered in every state. A PDU that cannot be read is answered and costs nothing else; only lost framing
ends the session. When a peer is given up is the ``vigil``'s to say.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from sms_gateway.smpp import events as ev
from sms_gateway.smpp import status as st
from sms_gateway.smpp.decoding import decode
from sms_gateway.smpp.encoding import encode, encode_message, nack
from sms_gateway.smpp.frame import Framer, Oversized, Undersized
from sms_gateway.smpp.values import (
    RESPONSE,
    TLV_INTERFACE_VERSION,
    Bind,
    BindReceiver,
    BindReceiverResp,
    BindResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Malformed,
    Message,
    MessageResp,
    Other,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Tlv,
    Unbind,
    UnbindResp,
)
from sms_gateway.smpp.vigil import Patience, Vigil
from sms_gateway.smpp.window import Window

_VERSION: Final = 0x34


class State(Enum):
    OPEN = "open"
    BINDING = "binding"
    BOUND = "bound"
    UNBINDING = "unbinding"
    CLOSED = "closed"


class Role(Enum):
    ESME = "esme"
    SMSC = "smsc"


class Session:
    """``others`` are the command ids told as OtherCame; every other unknown request is nacked."""

    def __init__(
        self,
        role: Role,
        now: float,
        *,
        window: int = 10,
        patience: Patience | None = None,
        others: frozenset[int] = frozenset(),
    ) -> None:
        self.role = role
        self.state = State.OPEN
        self._vigil = Vigil(patience or Patience(), now)
        self._others = others
        self._framer = Framer()
        self._out: list[bytes] = []
        self.window: Window[Message] = Window(window, self._vigil.patience.response or float("inf"))
        self._binding = 0
        self._unbinding = 0
        self._mode: type[Bind] = BindTransceiver
        if role is Role.SMSC:
            self._vigil.expect("bind", self._vigil.patience.bind, now)

    # What the owner does ------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        return self.state is State.CLOSED

    @property
    def may_send(self) -> bool:
        """Whether ``send`` may be called now: bound in a mode that lets this side send, and room in the window."""
        deaf = BindReceiver if self.role is Role.ESME else BindTransmitter
        return self.state is State.BOUND and not self.window.full and self._mode is not deaf

    def take_output(self) -> bytes:
        """The bytes to write, once."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def bind(self, pdu: Bind, now: float) -> None:
        """ESME side: asks to be bound. Raises Unencodable; allowed once."""
        assert self.state is State.OPEN
        self._binding = self.window.sequence()
        frame = encode(pdu)
        self._out.append(frame[:12] + self._binding.to_bytes(4, "big") + frame[16:])
        self._mode = type(pdu)
        self.state = State.BINDING
        self._vigil.expect("bind", self._vigil.patience.bind, now)

    def accept_bind(self, pdu: Bind, system_id: str, now: float) -> None:
        """SMSC side: the ESME of this bind is bound."""
        self._mode = type(pdu)
        self.state = State.BOUND
        tlvs = (Tlv(TLV_INTERFACE_VERSION, bytes([_VERSION])),) if pdu.interface_version >= _VERSION else ()
        self._write(_BIND_RESPONSES[type(pdu)](sequence=pdu.sequence, system_id=system_id, tlvs=tlvs))
        self._vigil.met("bind")
        self._vigil.heard(now, bound=self.state is State.BOUND)

    def refuse_bind(self, pdu: Bind, status: int) -> None:
        """SMSC side: the ESME may ask again on this connection."""
        self.state = State.OPEN
        self._write(_BIND_RESPONSES[type(pdu)](sequence=pdu.sequence, status=status))

    def send(self, pdu: Message, now: float) -> int:
        """Sends a message as a request and gives its sequence number. Ask ``may_send`` first. Raises Unencodable."""
        assert self.may_send
        sequence = self.window.sequence()
        self._out.append(encode_message(pdu, sequence))
        self.window.open(sequence, pdu, now)
        return sequence

    def answer(self, request: Message, status: int = st.OK, message_id: str = "") -> None:
        """Answers a message that came. Silently nothing once the session is over: the peer will ask again."""
        if not self.closed:
            kind = DeliverSmResp if isinstance(request, DeliverSm) else SubmitSmResp
            self._write(kind(sequence=request.sequence, status=status, message_id=message_id))

    def write_frame(self, frame: bytes) -> None:
        """Writes a PDU made elsewhere (``smpp.rare``); nothing once the session is over."""
        if not self.closed:
            self._out.append(frame)

    def refuse_other(self, pdu: Other, status: int) -> None:
        """Answers an OtherCame that could not be used."""
        self.write_frame(nack(pdu, status))

    def unbind(self, now: float) -> None:
        """Asks to be let go. Only a bound session asks; any other just ends."""
        if self.state is not State.BOUND:
            self.state = State.CLOSED
            return
        self.state = State.UNBINDING
        self._unbinding = self.window.sequence()
        self._write(Unbind(sequence=self._unbinding))
        self._vigil.expect("unbind", self._vigil.patience.response, now)

    def connection_lost(self) -> list[ev.Event]:
        """The connection is gone: everything in flight stays unanswered."""
        self.state = State.CLOSED
        self._vigil.end()
        return [ev.Unanswered(sequence, request, ev.Why.LOST) for sequence, request in self.window.abandon()]

    # Bytes --------------------------------------------------------------------------------------------------------

    def receive(self, data: bytes, now: float) -> list[ev.Event]:
        """What these bytes mean. Never raises."""
        told: list[ev.Event] = []
        if self.closed:
            return told
        requests: list[Pdu | Malformed] = []
        fault: Undersized | Oversized | None = None
        frames = self._framer.feed(data)
        if frames:
            self._vigil.heard(now, bound=self.state is State.BOUND)
        for frame in frames:
            if isinstance(frame, bytes):
                pdu = decode(frame)
                if pdu.command & RESPONSE:
                    self._read(pdu, now, told)
                else:
                    requests.append(pdu)
            else:
                fault = frame
        for pdu in requests:
            self._read(pdu, now, told)
        if fault is not None:
            self._lose_framing(fault, told)
        self._watch_partial(now, went_on=bool(frames))
        return told

    def _read(self, pdu: Pdu | Malformed, now: float, told: list[ev.Event]) -> None:
        if not self.closed:
            _READERS[type(pdu)](self, pdu, now, told)

    def _lose_framing(self, fault: Undersized | Oversized, told: list[ev.Event]) -> None:
        if not self.closed:
            self._write(GenericNack(status=st.INVALID_COMMAND_LENGTH))
            self.state = State.CLOSED
        told.append(ev.FramingLost(fault))

    def _watch_partial(self, now: float, *, went_on: bool) -> None:
        if not self._framer.partial:
            self._vigil.met("rest of a PDU")
        else:
            self._vigil.begun(now, went_on=went_on)

    # What comes, by kind of PDU -----------------------------------------------------------------------------------

    def _bind_came(self, pdu: Bind, now: float, told: list[ev.Event]) -> None:
        if self.role is Role.ESME:
            self._refuse(pdu.command, pdu.sequence, st.INVALID_COMMAND, "direction", told)
        elif self.state is not State.OPEN:
            self._write(_BIND_RESPONSES[type(pdu)](sequence=pdu.sequence, status=st.ALREADY_BOUND))
        else:
            self.state = State.BINDING
            told.append(ev.BindAsked(pdu))

    def _bind_resp_came(self, pdu: BindResp, now: float, told: list[ev.Event]) -> None:
        if self.state is not State.BINDING or pdu.sequence != self._binding:
            told.append(ev.Unexpected(pdu.command, pdu.status))
        elif pdu.status:
            self._refused(pdu.status, told)
        else:
            self.state = State.BOUND
            self._vigil.met("bind")
            self._vigil.heard(now, bound=self.state is State.BOUND)
            told.append(ev.Bound(pdu.system_id, _version_of(pdu)))

    def _refused(self, status: int, told: list[ev.Event]) -> None:
        self.state = State.CLOSED
        told.append(ev.BindRefused(status))

    def _message_came(self, pdu: Message, now: float, told: list[ev.Event]) -> None:
        ours, deaf = (DeliverSm, BindTransmitter) if self.role is Role.ESME else (SubmitSm, BindReceiver)
        if not isinstance(pdu, ours):
            self._refuse(pdu.command, pdu.sequence, st.INVALID_COMMAND, "direction", told)
        elif self.state is State.UNBINDING:
            self.answer(pdu, st.TEMPORARY_APPLICATION_ERROR)
        elif self.state is not State.BOUND or self._mode is deaf:
            self._refuse(pdu.command, pdu.sequence, st.WRONG_BIND_STATE, "state", told)
        else:
            told.append(ev.MessageCame(pdu))

    def _message_resp_came(self, pdu: MessageResp, now: float, told: list[ev.Event]) -> None:
        self._settle(pdu, now, told)

    def _settle(self, pdu: MessageResp | GenericNack, now: float, told: list[ev.Event]) -> None:
        entry = self.window.close(pdu.sequence)
        if entry is not None:
            told.append(ev.Answered(pdu.sequence, entry.request, pdu, now - entry.sent))
            return
        late = self.window.lapsed(pdu.sequence)
        told.append(ev.Unexpected(pdu.command, pdu.status) if late is None else ev.AnsweredLate(late, pdu))

    def _enquiry_came(self, pdu: EnquireLink, now: float, told: list[ev.Event]) -> None:
        self._write(EnquireLinkResp(sequence=pdu.sequence))

    def _enquiry_answered(self, pdu: EnquireLinkResp, now: float, told: list[ev.Event]) -> None:
        if pdu.sequence != self._vigil.enquiry:
            told.append(ev.Unexpected(pdu.command, pdu.status))
            return
        self._vigil.enquiry_met(now, bound=self.state is State.BOUND)

    def _unbind_came(self, pdu: Unbind, now: float, told: list[ev.Event]) -> None:
        self._write(UnbindResp(sequence=pdu.sequence))
        self.state = State.CLOSED
        told.append(ev.UnbindAsked())

    def _unbind_answered(self, pdu: UnbindResp, now: float, told: list[ev.Event]) -> None:
        if self.state is State.UNBINDING and pdu.sequence == self._unbinding:
            self.state = State.CLOSED
            told.append(ev.Unbound())
        else:
            told.append(ev.Unexpected(pdu.command, pdu.status))

    def _nack_came(self, pdu: GenericNack, now: float, told: list[ev.Event]) -> None:
        if self.state is State.BINDING and self.role is Role.ESME:
            self._refused(pdu.status, told)  # whatever its number: nothing else was asked yet
        elif pdu.sequence and pdu.sequence == self._vigil.enquiry:
            self._enquiry_answered(EnquireLinkResp(sequence=pdu.sequence), now, told)
        else:
            self._settle(pdu, now, told)

    def _other_came(self, pdu: Other, now: float, told: list[ev.Event]) -> None:
        if pdu.command & RESPONSE:
            told.append(ev.Unexpected(pdu.command, pdu.status))
        elif pdu.command not in self._others:
            self._refuse(pdu.command, pdu.sequence, st.INVALID_COMMAND, "command", told)
        elif self.state is not State.BOUND:
            self._refuse(pdu.command, pdu.sequence, st.WRONG_BIND_STATE, "state", told)
        else:
            told.append(ev.OtherCame(pdu))

    def _malformed_came(self, bad: Malformed, now: float, told: list[ev.Event]) -> None:
        self._out.append(nack(bad, bad.status))
        told.append(ev.BadPdu(bad))

    def _refuse(self, command: int, sequence: int, status: int, why: str, told: list[ev.Event]) -> None:
        self._malformed_came(Malformed(command=command, sequence=sequence, status=status, why=why), 0.0, told)

    # Time ---------------------------------------------------------------------------------------------------------

    @property
    def next_wake(self) -> float | None:
        """When ``tick`` is wanted next, on the clock of ``now``."""
        moments = (self._vigil.next_due, self.window.next_due)
        return min((moment for moment in moments if moment is not None), default=None)

    def tick(self, now: float) -> list[ev.Event]:
        """What the passing of time means."""
        told: list[ev.Event] = [ev.Unanswered(number, pdu, ev.Why.LATE) for number, pdu in self.window.expire(now)]
        for what in self._vigil.lapsed(now):
            if not self.closed:
                _OVERDUE[what](self, now, told)
        return told

    def _enquire(self, now: float, told: list[ev.Event]) -> None:
        sequence = self.window.sequence()
        self._write(EnquireLink(sequence=sequence))
        self._vigil.enquired(sequence, now)

    def _enquiry_in_vain(self, now: float, told: list[ev.Event]) -> None:
        if self._vigil.in_vain():
            self._give_up("enquire_link", told)
        else:
            self._enquire(now, told)

    def _unbind_in_vain(self, now: float, told: list[ev.Event]) -> None:
        self.state = State.CLOSED
        told.append(ev.Unbound())

    def _give_up(self, what: str, told: list[ev.Event]) -> None:
        self.state = State.CLOSED
        told.append(ev.Silent(what))

    def _write(self, pdu: Pdu) -> None:
        self._out.append(encode(pdu))


def _version_of(pdu: BindResp) -> int:
    for tlv in pdu.tlvs:
        if tlv.tag == TLV_INTERFACE_VERSION and tlv.value:
            return tlv.value[0]
    return 0x33


_BIND_RESPONSES: Final[dict[type[Bind], type[BindResp]]] = {
    BindReceiver: BindReceiverResp,
    BindTransmitter: BindTransmitterResp,
    BindTransceiver: BindTransceiverResp,
}

_READERS: Final[dict[type[Any], Callable[[Session, Any, float, list[ev.Event]], None]]] = {
    DeliverSm: Session._message_came,
    SubmitSm: Session._message_came,
    DeliverSmResp: Session._message_resp_came,
    SubmitSmResp: Session._message_resp_came,
    **dict.fromkeys(_BIND_RESPONSES, Session._bind_came),
    **dict.fromkeys(_BIND_RESPONSES.values(), Session._bind_resp_came),
    EnquireLink: Session._enquiry_came,
    EnquireLinkResp: Session._enquiry_answered,
    Unbind: Session._unbind_came,
    UnbindResp: Session._unbind_answered,
    GenericNack: Session._nack_came,
    Other: Session._other_came,
    Malformed: Session._malformed_came,
}

_OVERDUE: Final[dict[str, Callable[[Session, float, list[ev.Event]], None]]] = {
    "bind": lambda session, now, told: session._give_up("bind", told),
    "activity": lambda session, now, told: session._give_up("activity", told),
    "rest of a PDU": lambda session, now, told: session._give_up("rest of a PDU", told),
    "silence": Session._enquire,
    "enquire_link": Session._enquiry_in_vain,
    "unbind": Session._unbind_in_vain,
}
