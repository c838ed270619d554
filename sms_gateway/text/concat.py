"""Whether a delivery is one part of a long text, and which. All three ways in use: 8-bit and 16-bit headers, SAR TLVs.

The reference alone names nothing: two phones may use the same one at the same moment. Whoever joins parts keys them by
sender, receiver, SMSC, kind, reference and total, and takes them in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sms_gateway.smpp.values import (
    ESM_UDHI,
    TLV_SAR_PART,
    TLV_SAR_REFERENCE,
    TLV_SAR_TOTAL,
    Message,
)
from sms_gateway.text.coding import decode
from sms_gateway.text.udh import CONCAT_8, CONCAT_16, part_off


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat:
    """``kind`` is udh8, udh16 or sar; ``part`` counts from 1 to ``total``."""

    kind: str
    ref: int
    total: int
    part: int


def concat_of(message: Message) -> Concat | None:
    """Which part of a long text this is; None for a whole text, also when the numbers make no sense (part 0, part 5 of 3)."""
    found = _from_header(message) if message.esm_class & ESM_UDHI else None
    found = found or _from_tlvs(message)
    if found is None or found.total < 2 or not 1 <= found.part <= found.total:
        return None
    return found


def body_of(message: Message) -> bytes:
    """The message's bytes without its header."""
    payload = message.payload
    return part_off(payload)[1] if message.esm_class & ESM_UDHI else payload


def text_of(message: Message, default: str = "gsm7", alphabets: Mapping[int, str] | None = None) -> str:
    """The message's words; for a part, see ``coding.mend``."""
    return decode(message.data_coding, body_of(message), default, alphabets)


def _from_header(message: Message) -> Concat | None:
    for element in part_off(message.payload)[0]:
        if element.id == CONCAT_8 and len(element.value) == 3:
            ref, total, part = element.value
            return Concat(kind="udh8", ref=ref, total=total, part=part)
        if element.id == CONCAT_16 and len(element.value) == 4:
            high, low, total, part = element.value
            return Concat(kind="udh16", ref=high << 8 | low, total=total, part=part)
    return None


def _from_tlvs(message: Message) -> Concat | None:
    """Lengths differ from the standard's in the wild: any number of bytes is read as one big-endian number."""
    values = [message.tlv(tag) for tag in (TLV_SAR_REFERENCE, TLV_SAR_TOTAL, TLV_SAR_PART)]
    if not all(values):
        return None
    ref, total, part = (int.from_bytes(value or b"", "big") for value in values)
    return Concat(kind="sar", ref=ref & 0xFFFF, total=total, part=part)
