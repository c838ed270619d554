"""A text into the parts that phones put together again. No part ends within a character, a pair of units, or an ESC pair.

A lone part holds 160 septets or 70 UTF-16 units; with its header 153 or 67 (152 or 66 with a 16-bit reference). What a
reader takes for one character stays in one part unless it is longer than a whole part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sms_gateway.text import gsm7
from sms_gateway.text.coding import Coding
from sms_gateway.text.grapheme import clusters
from sms_gateway.text.udh import concat_8, concat_16

MOST_PARTS: Final = 255
_PLAIN: Final = re.compile("[\n -\u02ff\u2010-\u2027\u3001-\u3020\u4e00-\u9fff\uff01-\uff60]*").fullmatch
"""Nearly every Chinese text: each character is one unit, and none holds on to its neighbour."""
_ROOM: Final = {Coding.GSM7: (160, 153, 152), Coding.UCS2: (70, 67, 66)}


class TooLong(ValueError):
    """The text does not fit into the parts allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """``udh`` is empty for a lone part and for ways of joining that need no header; ``body`` is in ``data_coding``."""

    data_coding: int
    udh: bytes = b""
    body: bytes = field(repr=False)


def split(text: str, ref: int, *, wide: bool = False, most: int = MOST_PARTS) -> list[Segment]:
    """The parts of ``text``, at least one. ``ref`` names the text among others to the same phone; ``wide`` gives it 16
    bits. Raises TooLong beyond ``most`` parts. A lone surrogate, which no wire can carry, becomes U+FFFD."""
    coding, bodies = cut(text, wide=wide)
    total = len(bodies)
    if total > most:
        raise TooLong(f"{total} parts, {most} allowed")
    if total == 1:
        return [Segment(data_coding=coding, body=bodies[0])]
    header = concat_16 if wide else concat_8
    return [Segment(data_coding=coding, udh=header(ref, total, part), body=body) for part, body in enumerate(bodies, 1)]


def cut(text: str, *, wide: bool = False) -> tuple[Coding, list[bytes]]:
    """The bodies alone, each with room for a header."""
    whole = gsm7.encode(text)
    coding, encode = (Coding.GSM7, _septets) if whole is not None else (Coding.UCS2, _units)
    body = whole if whole is not None else _units(text)
    width = 1 if coding is Coding.GSM7 else 2
    alone, narrow_room, wide_room = _ROOM[coding]
    if len(body) <= alone * width:
        return coding, [body]
    room = wide_room if wide else narrow_room
    if coding is Coding.UCS2 and _PLAIN(text):
        return coding, [body[at : at + room * width] for at in range(0, len(body), room * width)]
    return coding, list(_fill(text, room * width, encode))


def _fill(text: str, room: int, encode: Callable[[str], bytes]) -> Iterator[bytes]:
    part = bytearray()
    for piece in _pieces(text, room, encode):
        if len(part) + len(piece) > room:
            yield bytes(part)
            part.clear()
        part += piece
    yield bytes(part)


def _pieces(text: str, room: int, encode: Callable[[str], bytes]) -> Iterator[bytes]:
    """Encoded clusters; one that is longer than a part falls into its characters."""
    for cluster in clusters(text):
        encoded = encode(cluster)
        if len(encoded) <= room:
            yield encoded
        else:
            yield from map(encode, cluster)


def _septets(text: str) -> bytes:
    return gsm7.encode(text) or b""


def _units(text: str) -> bytes:
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text).encode("utf-16-be")
