"""Delivery receipts: what became of a text that was sent. Tolerant of how, strict about whether.

Only esm_class makes a delivery a receipt; a patient's text that looks like one ("id:77 stat:DELIVRD") stays a text. The
TLVs are believed first, then the words, in any order and spelling; a state nobody has heard of is UNKNOWN, not a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sms_gateway.smpp.values import TLV_MESSAGE_STATE, TLV_NETWORK_ERROR, TLV_RECEIPTED_MESSAGE_ID, Message
from sms_gateway.text.concat import text_of

_TYPE_BITS: Final = 0x3C
_RECEIPT_TYPES: Final = frozenset({0x04, 0x08, 0x20})  # SMSC receipt, handset acknowledgement, intermediate notice
_ID_MOST: Final = 64


class DeliveryState(StrEnum):
    """SMPP 3.4, 5.2.28."""

    ENROUTE = "ENROUTE"
    DELIVERED = "DELIVERED"
    EXPIRED = "EXPIRED"
    DELETED = "DELETED"
    UNDELIVERABLE = "UNDELIVERABLE"
    ACCEPTED = "ACCEPTED"
    UNKNOWN = "UNKNOWN"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """``message_id`` is in normal form, empty when none was told. ``error`` is the operator's own code, as it came."""

    message_id: str
    state: DeliveryState
    error: str = ""


def read_receipt(message: Message, id_format: str = "text") -> Receipt | None:
    """The receipt that this delivery is, or None when it is a text. Never raises."""
    if message.esm_class & _TYPE_BITS not in _RECEIPT_TYPES:
        return None
    words = _words(text_of(message, default="latin-1"))
    number = message.tlv(TLV_MESSAGE_STATE)
    state = _BY_NUMBER.get(number[-1]) if number else None
    raw_id = (message.tlv(TLV_RECEIPTED_MESSAGE_ID) or b"").decode("latin-1").strip("\0 ")
    return Receipt(
        message_id=normal_id(raw_id or words.get("id", ""), id_format),
        state=state or _by_word(words.get("stat", "")),
        error=_error(message.tlv(TLV_NETWORK_ERROR)) or words.get("err", ""),
    )


def normal_id(raw: str, id_format: str = "text") -> str:
    """A message id so that the same message has the same one in its submit_sm_resp and in its receipt.

    ``hex`` and ``decimal`` say how the SMSC writes numbers in that place; both become decimal without leading zeros.
    ``text`` drops what SMSCs vary in (leading zeros, case) from ids that are one run of digits and letters a-f; any other id,
    such as a UUID, is taken as it stands. At most 64 characters, as the standard has it.
    """
    text = raw.strip("\0 \t\r\n")[:_ID_MOST]
    base = {"hex": 16, "decimal": 10}.get(id_format)
    if base is not None and _DIGITS[base].fullmatch(text):
        return str(int(text, base))
    if _DIGITS[16].fullmatch(text):
        return text.lower().lstrip("0") or "0"
    return text


_DIGITS: Final = {10: re.compile("[0-9]+"), 16: re.compile("[0-9A-Fa-f]+")}
_KEY: Final = re.compile(r"(?<![A-Za-z])(id|stat(?:us)?|err(?:or)?)\s*[:=]\s*([^\s;,]*)", re.IGNORECASE)
_TAIL: Final = re.compile(r"(?<![A-Za-z])te?xt\s*:", re.IGNORECASE)


def _words(text: str) -> dict[str, str]:
    """id, stat and err as told, the first of each; what follows ``text:`` quotes the message and is not read."""
    found: dict[str, str] = {}
    for key, value in _KEY.findall(_TAIL.split(text, maxsplit=1)[0]):
        name = key.lower()
        found.setdefault("stat" if name == "status" else "err" if name == "error" else name, value)
    return found


def _error(value: bytes | None) -> str:
    return f"{value[0]}:{int.from_bytes(value[1:], 'big')}" if value and len(value) > 1 else ""


def _by_word(word: str) -> DeliveryState:
    """By the first five letters: DELIVRD, DELIVERED and Delivrd are one."""
    return _BY_WORD.get(word.upper()[:5], DeliveryState.UNKNOWN)


_BY_NUMBER: Final = dict(
    enumerate(
        (
            DeliveryState.ENROUTE,
            DeliveryState.DELIVERED,
            DeliveryState.EXPIRED,
            DeliveryState.DELETED,
            DeliveryState.UNDELIVERABLE,
            DeliveryState.ACCEPTED,
            DeliveryState.UNKNOWN,
            DeliveryState.REJECTED,
        ),
        1,
    )
)
_BY_WORD: Final = {
    "ENROU": DeliveryState.ENROUTE,
    "BUFFR": DeliveryState.ENROUTE,
    "BUFFE": DeliveryState.ENROUTE,
    "ACKED": DeliveryState.ACCEPTED,
    "ACCEP": DeliveryState.ACCEPTED,
    "DELIV": DeliveryState.DELIVERED,
    "EXPIR": DeliveryState.EXPIRED,
    "DELET": DeliveryState.DELETED,
    "UNDEL": DeliveryState.UNDELIVERABLE,
    "FAILE": DeliveryState.UNDELIVERABLE,
    "REJEC": DeliveryState.REJECTED,
    "REJCT": DeliveryState.REJECTED,
}
