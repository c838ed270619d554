"""The user data header: the few bytes before a text that say it is one part of several (3GPP TS 23.040, 9.2.3.24).

The header is a length and then elements of id, length, value, in any order and number; it is walked, never matched
against the bytes that usually stand there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CONCAT_8: Final = 0x00
CONCAT_16: Final = 0x08


@dataclass(frozen=True, slots=True)
class Element:
    id: int
    value: bytes


def part_off(payload: bytes) -> tuple[tuple[Element, ...], bytes]:
    """The header's elements and the body behind it. A header that does not add up gives the elements that do; one longer
    than the whole message is taken for text: better a stray character before a patient's words than no words."""
    if not payload or payload[0] >= len(payload):
        return (), payload
    end = 1 + payload[0]
    elements = []
    at = 1
    while at + 2 <= end:
        stop = at + 2 + payload[at + 1]
        if stop > end:
            break
        elements.append(Element(payload[at], payload[at + 2 : stop]))
        at = stop
    return tuple(elements), payload[end:]


def concat_8(ref: int, total: int, part: int) -> bytes:
    """The header of one part, with an 8-bit reference: six bytes."""
    return bytes((5, CONCAT_8, 3, ref & 0xFF, total, part))


def concat_16(ref: int, total: int, part: int) -> bytes:
    """The header of one part, with a 16-bit reference: seven bytes."""
    return bytes((6, CONCAT_16, 4, ref >> 8 & 0xFF, ref & 0xFF, total, part))
