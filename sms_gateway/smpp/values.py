"""What an SMPP 3.4 PDU says, as frozen values. No bytes are read or written here.

``sequence`` is the PDU's number in its direction of travel; 0 on a request means "not yet given one" (the session gives
it). ``status`` is the command_status and stands on responses only. TLVs are kept raw, known or not, in their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

RESPONSE: Final = 0x80000000
"""The bit that makes a command_id a response."""

ESM_UDHI: Final = 0x40
"""esm_class: the message begins with a user data header."""

TLV_RECEIPTED_MESSAGE_ID: Final = 0x001E
TLV_SAR_REFERENCE: Final = 0x020C
TLV_SAR_TOTAL: Final = 0x020E
TLV_SAR_PART: Final = 0x020F
TLV_INTERFACE_VERSION: Final = 0x0210
TLV_NETWORK_ERROR: Final = 0x0423
TLV_MESSAGE_PAYLOAD: Final = 0x0424
TLV_MESSAGE_STATE: Final = 0x0427


@dataclass(frozen=True, slots=True)
class Address:
    """``ton`` and ``npi`` as SMPP 5.2.5/5.2.6 number them (1, 1 = international E.164, digits then without ``+``)."""

    digits: str
    ton: int = 0
    npi: int = 0


NOWHERE: Final = Address("")


@dataclass(frozen=True, slots=True)
class Tlv:
    tag: int
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What deliver_sm and submit_sm share: the whole body is the same in both directions."""

    sequence: int = 0
    service_type: str = ""
    source: Address = NOWHERE
    destination: Address = NOWHERE
    esm_class: int = 0
    protocol_id: int = 0
    priority: int = 0
    schedule: str = ""
    validity: str = ""
    registered_delivery: int = 0
    replace: int = 0
    data_coding: int = 0
    default_msg_id: int = 0
    short_message: bytes = field(default=b"", repr=False)
    tlvs: tuple[Tlv, ...] = field(default=(), repr=False)
    command: ClassVar[int]

    @property
    def payload(self) -> bytes:
        """The message's bytes, header included: short_message, or the message_payload TLV when that is empty."""
        return self.short_message or self.tlv(TLV_MESSAGE_PAYLOAD) or b""

    def tlv(self, tag: int) -> bytes | None:
        """The value of the first TLV with this tag."""
        for one in self.tlvs:
            if one.tag == tag:
                return one.value
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSm(Message):
    command: ClassVar[int] = 0x05


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitSm(Message):
    command: ClassVar[int] = 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """``address_range`` is the SMSC's own routing expression; nearly always empty."""

    sequence: int = 0
    system_id: str
    password: str = field(default="", repr=False)
    system_type: str = ""
    interface_version: int = 0x34
    address_range: Address = NOWHERE
    command: ClassVar[int]


class BindReceiver(Bind):
    __slots__ = ()
    command: ClassVar[int] = 0x01


class BindTransmitter(Bind):
    __slots__ = ()
    command: ClassVar[int] = 0x02


class BindTransceiver(Bind):
    __slots__ = ()
    command: ClassVar[int] = 0x09


@dataclass(frozen=True, slots=True, kw_only=True)
class BindResp:
    sequence: int
    status: int = 0
    system_id: str = ""
    tlvs: tuple[Tlv, ...] = ()
    command: ClassVar[int]


class BindReceiverResp(BindResp):
    __slots__ = ()
    command: ClassVar[int] = RESPONSE | 0x01


class BindTransmitterResp(BindResp):
    __slots__ = ()
    command: ClassVar[int] = RESPONSE | 0x02


class BindTransceiverResp(BindResp):
    __slots__ = ()
    command: ClassVar[int] = RESPONSE | 0x09


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageResp:
    """``message_id`` is the SMSC's name for the message; empty in a deliver_sm_resp and in most refusals."""

    sequence: int
    status: int = 0
    message_id: str = ""
    tlvs: tuple[Tlv, ...] = ()
    command: ClassVar[int]


class SubmitSmResp(MessageResp):
    __slots__ = ()
    command: ClassVar[int] = RESPONSE | 0x04


class DeliverSmResp(MessageResp):
    __slots__ = ()
    command: ClassVar[int] = RESPONSE | 0x05


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderOnly:
    """A PDU that is nothing but its header; a body, if one came, is dropped."""

    sequence: int = 0
    status: int = 0
    command: ClassVar[int]


class EnquireLink(HeaderOnly):
    __slots__ = ()
    command: ClassVar[int] = 0x15


class EnquireLinkResp(HeaderOnly):
    __slots__ = ()
    command: ClassVar[int] = RESPONSE | 0x15


class Unbind(HeaderOnly):
    __slots__ = ()
    command: ClassVar[int] = 0x06


class UnbindResp(HeaderOnly):
    __slots__ = ()
    command: ClassVar[int] = RESPONSE | 0x06


class GenericNack(HeaderOnly):
    """ "I could not read that": sequence 0 when not even the other side's number could be read."""

    __slots__ = ()
    command: ClassVar[int] = RESPONSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A whole PDU of a command this codec does not read: ``smpp.rare`` may, else it is nacked."""

    command: int
    sequence: int
    status: int
    frame: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A whole PDU that does not read. ``status`` is what to answer; ``why`` is one of a few fixed words, fit for a metric's label."""

    command: int
    sequence: int
    status: int
    why: str


Request = DeliverSm | SubmitSm | Bind | EnquireLink | Unbind
Response = MessageResp | BindResp | EnquireLinkResp | UnbindResp | GenericNack
Pdu = Message | MessageResp | Bind | BindResp | HeaderOnly | Other
