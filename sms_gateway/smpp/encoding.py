"""Values in, bytes out, and the total always equals command_length.

What the standard has no room for is refused (``Unencodable``), never cut: a shortened number would take the text to
somebody else. The limits are SMPP 3.4's (section 4), checked for the fields this side fills.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any, Final

from sms_gateway.smpp import status as st
from sms_gateway.smpp.values import (
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
    HeaderOnly,
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

_HEADER: Final = Struct(">IIII")
_TLV: Final = Struct(">HH")
_ADDRESS_MOST: Final = 20
_SHORT_MESSAGE_MOST: Final = 254


class Unencodable(ValueError):
    """A field does not fit on the wire. ``status`` is what an SMSC would have answered to it."""

    def __init__(self, field: str, status: int) -> None:
        super().__init__(f"{field} does not fit an SMPP field")
        self.field = field
        self.status = status


def encode(pdu: Pdu) -> bytes:
    """The PDU's bytes. Raises Unencodable when a field is too long, holds a NUL, or is not Latin-1 or in range."""
    return _WRITERS[type(pdu)](pdu)


def encode_message(pdu: Message, sequence: int) -> bytes:
    """The same, with another sequence number than the value carries: a session numbers what it sends."""
    source, destination, body = pdu.source, pdu.destination, pdu.short_message
    if len(body) > _SHORT_MESSAGE_MOST:
        raise Unencodable("short_message", st.INVALID_MESSAGE_LENGTH)
    try:
        tail = b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b\0%b\0%c%c%c%c%c%b%b" % (
            _text(pdu.service_type, 5, "service_type", st.INVALID_SERVICE_TYPE) if pdu.service_type else b"",
            source.ton,
            source.npi,
            _text(source.digits, _ADDRESS_MOST, "source", st.INVALID_SOURCE),
            destination.ton,
            destination.npi,
            _text(destination.digits, _ADDRESS_MOST, "destination", st.INVALID_DESTINATION),
            pdu.esm_class,
            pdu.protocol_id,
            pdu.priority,
            _text(pdu.schedule, 16, "schedule", st.INVALID_SCHEDULE) if pdu.schedule else b"",
            _text(pdu.validity, 16, "validity", st.INVALID_VALIDITY) if pdu.validity else b"",
            pdu.registered_delivery,
            pdu.replace,
            pdu.data_coding,
            pdu.default_msg_id,
            len(body),
            body,
            write_tlvs(pdu.tlvs) if pdu.tlvs else b"",
        )
    except OverflowError:
        raise Unencodable("a one-byte field", st.INVALID_PARAMETER_LENGTH) from None
    return _HEADER.pack(16 + len(tail), pdu.command, 0, sequence) + tail


def _message(pdu: Message) -> bytes:
    return encode_message(pdu, pdu.sequence)


def _message_resp(pdu: MessageResp) -> bytes:
    if isinstance(pdu, SubmitSmResp) and pdu.status and not pdu.message_id:
        return _frame(pdu, b"")  # SMPP 3.4, 4.4.2: no body when the submission failed
    message_id = _text(pdu.message_id, 64, "message_id", st.INVALID_MESSAGE_ID)
    return _frame(pdu, message_id + b"\0" + write_tlvs(pdu.tlvs))


def _bind(pdu: Bind) -> bytes:
    head = (
        _text(pdu.system_id, 15, "system_id", st.INVALID_SYSTEM_ID),
        _text(pdu.password, 8, "password", st.INVALID_PASSWORD),
        _text(pdu.system_type, 12, "system_type", st.INVALID_SYSTEM_TYPE),
        _octets(pdu.interface_version, pdu.address_range.ton, pdu.address_range.npi),
    )
    digits = _text(pdu.address_range.digits, 40, "address_range", st.INVALID_SOURCE)
    return _HEADER.pack(16 + sum(map(len, head)) + 4 + len(digits), pdu.command, 0, pdu.sequence) + (
        b"\0".join(head) + digits + b"\0"
    )


def _bind_resp(pdu: BindResp) -> bytes:
    return _frame(pdu, _text(pdu.system_id, 15, "system_id", st.INVALID_SYSTEM_ID) + b"\0" + write_tlvs(pdu.tlvs))


def _header_only(pdu: HeaderOnly) -> bytes:
    return _HEADER.pack(16, pdu.command, pdu.status, pdu.sequence)


def _other(pdu: Other) -> bytes:
    return pdu.frame


def write_tlvs(tlvs: tuple[Tlv, ...]) -> bytes:
    """The TLVs' bytes, in their order."""
    for tlv in tlvs:
        if not 0 <= tlv.tag <= 0xFFFF or len(tlv.value) > 0xFFFF:
            raise Unencodable("tlv", st.BAD_TLV_STREAM)
    return b"".join(_TLV.pack(tlv.tag, len(tlv.value)) + tlv.value for tlv in tlvs)


def nack(bad: Malformed | Other, status: int) -> bytes:
    """What to answer to a PDU that cannot be taken: its own kind of response where it has one, else generic_nack."""
    command = _OWN_RESPONSE.get(bad.command, 0x80000000)
    body = b"\0" if command in _WITH_ID else b""
    return _HEADER.pack(16 + len(body), command, status, bad.sequence) + body


_OWN_RESPONSE: Final = {command: 0x80000000 | command for command in (0x01, 0x02, 0x04, 0x05, 0x09)}
_WITH_ID: Final = frozenset({0x80000005})


def _frame(pdu: MessageResp | BindResp, body: bytes) -> bytes:
    return _HEADER.pack(16 + len(body), pdu.command, pdu.status, pdu.sequence) + body


def _octets(*numbers: int) -> bytes:
    try:
        return bytes(numbers)
    except ValueError:
        raise Unencodable("a one-byte field", st.INVALID_PARAMETER_LENGTH) from None


def _text(text: str, most: int, field: str, status: int) -> bytes:
    if len(text) > most or "\0" in text:
        raise Unencodable(field, status)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise Unencodable(field, status) from None


_WRITERS: Final[dict[type[Any], Callable[[Any], bytes]]] = {
    **dict.fromkeys((DeliverSm, SubmitSm), _message),
    **dict.fromkeys((DeliverSmResp, SubmitSmResp), _message_resp),
    **dict.fromkeys((BindReceiver, BindTransmitter, BindTransceiver), _bind),
    **dict.fromkeys((BindReceiverResp, BindTransmitterResp, BindTransceiverResp), _bind_resp),
    **dict.fromkeys((EnquireLink, EnquireLinkResp, Unbind, UnbindResp, GenericNack), _header_only),
    Other: _other,
}
