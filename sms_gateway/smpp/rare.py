"""The PDUs that are not worth a codec of our own, read and written by smpplib behind this one door.

smpplib sees only whole frames of bounded length, and what it says is checked: its optional-parameter reader is never
entered (it raises on legal parameters and silently misreads others), and a mandatory part that does not read back to
the very bytes that came is refused (it accepts cut bodies). Exceptions become values here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from smpplib import consts, smpp
from smpplib.ptypes import ostr

from sms_gateway.smpp import status as st
from sms_gateway.smpp.decoding import read_tlvs
from sms_gateway.smpp.encoding import Unencodable, write_tlvs
from sms_gateway.smpp.values import Address, DeliverSm, Malformed, Other, Tlv

DATA_SM: Final = 0x103
ALERT_NOTIFICATION: Final = 0x102
INCOMING: Final = frozenset({DATA_SM, ALERT_NOTIFICATION})
"""What an SMSC may ask of us beyond the hot PDUs."""

_COMMANDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        DATA_SM: "data_sm",
        0x80000103: "data_sm_resp",
        ALERT_NOTIFICATION: "alert_notification",
        0x03: "query_sm",
        0x80000003: "query_sm_resp",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rare:
    """``fields`` by their SMPP names: numbers, or text as Latin-1."""

    command: str
    sequence: int
    status: int = 0
    fields: Mapping[str, int | str]
    tlvs: tuple[Tlv, ...] = ()


class _Numberless:
    """smpplib wants to be handed sequence numbers; ours are set afterwards."""

    sequence = 0

    def next_sequence(self) -> int:
        return 0


def read_rare(pdu: Other) -> Rare | Malformed:
    """What the PDU says. Malformed with ``why`` "command" when smpplib does not know it."""
    name = _COMMANDS.get(pdu.command)
    if name is None:
        return _malformed(pdu, st.INVALID_COMMAND, "command")
    tail: list[bytes] = []
    parsed: Any = smpp.make_pdu(name, client=_Numberless())
    parsed.parse_optional_params = tail.append
    try:
        parsed.parse(pdu.frame)
        body = _mandatory(parsed)
    except Exception:
        return _malformed(pdu, st.INVALID_COMMAND_LENGTH, "body")
    if body + b"".join(tail) != pdu.frame[16:]:
        return _malformed(pdu, st.INVALID_COMMAND_LENGTH, "body")
    tlvs = read_tlvs(b"".join(tail), 0)
    if tlvs is None:
        return _malformed(pdu, st.BAD_TLV_STREAM, "tlv")
    fields = {field: _plain(getattr(parsed, field)) for field in _mandatory_fields(parsed)}
    return Rare(command=name, sequence=pdu.sequence, status=pdu.status, fields=fields, tlvs=tlvs)


def write_rare(pdu: Rare) -> bytes:
    """The PDU's bytes. Raises Unencodable when smpplib would cut a field, or cannot write it."""
    made: Any = smpp.make_pdu(pdu.command, client=_Numberless(), **dict(pdu.fields))
    made.sequence, made.status = pdu.sequence, pdu.status
    for field in _mandatory_fields(made):
        most = getattr(made.params[field], "max", None)
        if most is not None and len(getattr(made, field) or "") >= most:
            raise Unencodable(field, st.INVALID_PARAMETER_LENGTH)
    try:
        frame: bytes = made.generate()
    except Exception:
        raise Unencodable(pdu.command, st.INVALID_PARAMETER_LENGTH) from None
    tlvs = write_tlvs(pdu.tlvs)
    return (len(frame) + len(tlvs)).to_bytes(4, "big") + frame[4:] + tlvs


def as_delivery(rare: Rare) -> DeliverSm:
    """A data_sm from the SMSC, as the deliver_sm it means: its message stands in the message_payload TLV."""
    field = rare.fields
    return DeliverSm(
        sequence=rare.sequence,
        service_type=str(field["service_type"]),
        source=Address(str(field["source_addr"]), int(field["source_addr_ton"]), int(field["source_addr_npi"])),
        destination=Address(str(field["destination_addr"]), int(field["dest_addr_ton"]), int(field["dest_addr_npi"])),
        esm_class=int(field["esm_class"]),
        registered_delivery=int(field["registered_delivery"]),
        data_coding=int(field["data_coding"]),
        tlvs=rare.tlvs,
    )


def data_sm_resp(sequence: int, status: int) -> bytes:
    """The answer to a data_sm."""
    return write_rare(Rare(command="data_sm_resp", sequence=sequence, status=status, fields={"message_id": ""}))


def _mandatory_fields(parsed: Any) -> list[str]:
    return [field for field in parsed.params_order if field not in consts.OPTIONAL_PARAMS]


def _mandatory(parsed: Any) -> bytes:
    """The mandatory part as its fields say it: an int is its size in bytes, a string ends in NUL."""
    parts = []
    for field in _mandatory_fields(parsed):
        value, param = getattr(parsed, field), parsed.params[field]
        if param.type is int:
            parts.append(value.to_bytes(param.size, "big"))
        else:
            parts.append(value if param.type is ostr else value + b"\0")
    return b"".join(parts)


def _plain(value: int | bytes) -> int | str:
    return value if isinstance(value, int) else value.decode("latin-1")


def _malformed(pdu: Other, status: int, why: str) -> Malformed:
    return Malformed(command=pdu.command, sequence=pdu.sequence, status=status, why=why)
