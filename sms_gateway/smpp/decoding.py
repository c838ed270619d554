"""Bytes in, values out. ``decode`` never raises, whatever the bytes, and never allocates more than a few times their length.

Strict where a mistake would change what a message says (cut bodies, a sm_length beyond the frame, TLVs that do not
add up); tolerant where it would not (bodies missing from responses, message ids without their NUL, addresses up to 64
places, up to three bytes of zero padding at the end). Text fields are Latin-1: every byte has a character.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final, TypeVar

from sms_gateway.smpp import status as st
from sms_gateway.smpp.values import (
    Address,
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
_NUL: Final = b"\0"
_HEADER_SIZE: Final = 16
_ADDRESS_ROOM: Final = 65
_PADDING: Final = frozenset({b"\0", b"\0\0", b"\0\0\0"})


_M = TypeVar("_M", bound=Message)
_Reader = Callable[[bytes, int, int], Pdu]


class _Bad(Exception):
    """Leaves ``_READERS`` only as far as ``decode``. Arguments: status, why."""


def decode(frame: bytes) -> Pdu | Malformed:
    """The PDU in ``frame``, which holds exactly one (see ``smpp.frame``); a frame shorter than a header is Malformed too."""
    if len(frame) < _HEADER_SIZE:
        return Malformed(command=0, sequence=0, status=st.INVALID_COMMAND_LENGTH, why="header")
    length, command, status, sequence = _HEADER.unpack_from(frame)
    if length != len(frame):
        return Malformed(command=command, sequence=sequence, status=st.INVALID_COMMAND_LENGTH, why="length")
    reader = _READERS.get(command)
    if reader is None:
        return Other(command=command, sequence=sequence, status=status, frame=frame)
    try:
        return reader(frame, status, sequence)
    except _Bad as bad:
        return Malformed(command=command, sequence=sequence, status=bad.args[0], why=bad.args[1])
    except (ValueError, IndexError):  # a NUL or a byte looked for past the end
        return Malformed(command=command, sequence=sequence, status=st.INVALID_COMMAND_LENGTH, why="body")


def read_tlvs(frame: bytes, at: int) -> tuple[Tlv, ...] | None:
    """The TLVs from ``at`` to the end, or None when they do not add up."""
    tlvs = []
    size = len(frame)
    while size - at >= 4:
        tag, length = _TLV.unpack_from(frame, at)
        at += 4 + length
        if at > size:
            return None
        tlvs.append(Tlv(tag, frame[at - length : at]))
    if at < size and frame[at:] not in _PADDING:
        return None
    return tuple(tlvs)


def _read_message(kind: type[_M], frame: bytes, sequence: int) -> _M:
    find = frame.index
    end = find(_NUL, 16, 16 + _ADDRESS_ROOM)
    service_type = frame[16:end].decode("latin-1")
    at = end + 3
    end = find(_NUL, at, at + _ADDRESS_ROOM)
    source = Address(frame[at:end].decode("latin-1"), frame[at - 2], frame[at - 1])
    at = end + 3
    end = find(_NUL, at, at + _ADDRESS_ROOM)
    destination = Address(frame[at:end].decode("latin-1"), frame[at - 2], frame[at - 1])
    at = end + 4
    if frame[at : at + 2] == b"\0\0":  # both times are nearly always empty
        schedule = validity = ""
        at += 2
    else:
        end = find(_NUL, at, at + _ADDRESS_ROOM)
        schedule = frame[at:end].decode("latin-1")
        at = end + 1
        end = find(_NUL, at, at + _ADDRESS_ROOM)
        validity = frame[at:end].decode("latin-1")
        at = end + 1
    esm_at = at - 5 - len(schedule) - len(validity)
    registered, replace, coding, default_id, length = frame[at : at + 5]
    at += 5
    end = at + length
    if end > len(frame):
        raise _Bad(st.INVALID_MESSAGE_LENGTH, "message length")
    tlvs = read_tlvs(frame, end) if end < len(frame) else ()
    if tlvs is None:
        raise _Bad(st.BAD_TLV_STREAM, "tlv")
    return kind(
        sequence=sequence,
        service_type=service_type,
        source=source,
        destination=destination,
        esm_class=frame[esm_at],
        protocol_id=frame[esm_at + 1],
        priority=frame[esm_at + 2],
        schedule=schedule,
        validity=validity,
        registered_delivery=registered,
        replace=replace,
        data_coding=coding,
        default_msg_id=default_id,
        short_message=frame[at:end],
        tlvs=tlvs,
    )


def _deliver_sm(frame: bytes, status: int, sequence: int) -> DeliverSm:
    return _read_message(DeliverSm, frame, sequence)


def _submit_sm(frame: bytes, status: int, sequence: int) -> SubmitSm:
    return _read_message(SubmitSm, frame, sequence)


def _bind(kind: type[Bind]) -> _Reader:
    def read(frame: bytes, status: int, sequence: int) -> Bind:
        system_id, at = _text(frame, 16)
        password, at = _text(frame, at)
        system_type, at = _text(frame, at)
        version, ton, npi = frame[at : at + 3]
        digits, at = _text(frame, at + 3)
        return kind(
            sequence=sequence,
            system_id=system_id,
            password=password,
            system_type=system_type,
            interface_version=version,
            address_range=Address(digits, ton, npi),
        )

    return read


def _text(frame: bytes, at: int) -> tuple[str, int]:
    end = frame.index(_NUL, at, at + _ADDRESS_ROOM)
    return frame[at:end].decode("latin-1"), end + 1


def _message_resp(kind: type[MessageResp]) -> _Reader:
    def read(frame: bytes, status: int, sequence: int) -> MessageResp:
        if len(frame) == _HEADER_SIZE:
            return kind(sequence=sequence, status=status)
        message_id, tlvs = _id_and_tlvs(frame)
        return kind(sequence=sequence, status=status, message_id=message_id, tlvs=tlvs)

    return read


def _bind_resp(kind: type[BindResp]) -> _Reader:
    def read(frame: bytes, status: int, sequence: int) -> BindResp:
        system_id, tlvs = _id_and_tlvs(frame)
        return kind(sequence=sequence, status=status, system_id=system_id, tlvs=tlvs)

    return read


def _id_and_tlvs(frame: bytes) -> tuple[str, tuple[Tlv, ...]]:
    """A response's body. The answer counts more than its form: a missing NUL ends with the frame, TLVs that do not read are dropped."""
    end = frame.find(_NUL, _HEADER_SIZE)
    if end < 0:
        end = len(frame)
    tlvs = read_tlvs(frame, end + 1) if end + 1 < len(frame) else ()
    return frame[_HEADER_SIZE:end].decode("latin-1"), tlvs or ()


def _header_only(kind: type[HeaderOnly]) -> _Reader:
    def read(frame: bytes, status: int, sequence: int) -> HeaderOnly:
        return kind(sequence=sequence, status=status)

    return read


_READERS: Final[dict[int, _Reader]] = {
    DeliverSm.command: _deliver_sm,
    SubmitSm.command: _submit_sm,
    **{kind.command: _message_resp(kind) for kind in (DeliverSmResp, SubmitSmResp)},
    **{kind.command: _bind(kind) for kind in (BindReceiver, BindTransmitter, BindTransceiver)},
    **{kind.command: _bind_resp(kind) for kind in (BindReceiverResp, BindTransmitterResp, BindTransceiverResp)},
    **{kind.command: _header_only(kind) for kind in (EnquireLink, EnquireLinkResp, Unbind, UnbindResp, GenericNack)},
}
