"""data_coding and bytes to text, and which data_coding a text is sent in. Decoding never raises.

SMPP gives data_coding 0…15 their own meanings (3.4, 5.2.19); above that the GSM groups hold (3GPP TS 23.038, 4). What 0
means is the SMSC's secret ("SMSC default alphabet"), so it and any other number can be overridden for each SMSC.

A phone that cuts a long text may cut between the halves of an emoji, or between ESC and what it escapes. ``decode`` keeps
such halves at the ends of a part as private-use characters, and ``mend`` makes the character of two halves that have met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Final

from sms_gateway.text import gsm7

_UNREADABLE: Final = "\ufffd"
_HALVES: Final = 0xF0000  # plane 15, private use: half D800+n of a pair stands as F0000+n
_CUT_ESCAPE: Final = "\U000f0fff"
_PAIR: Final = re.compile("([\U000f0000-\U000f03ff])([\U000f0400-\U000f07ff])")
_ESCAPED: Final = re.compile("\U000f0fff(.)", re.DOTALL)
_LEFT_OVER: Final = re.compile("[\U000f0000-\U000f07ff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Coding(IntEnum):
    """The two data_codings in which we send."""

    GSM7 = 0
    UCS2 = 8


def choose(text: str) -> Coding:
    """The cheapest coding that holds every character of the text."""
    return Coding.GSM7 if gsm7.encode(text) is not None else Coding.UCS2


def decode(data_coding: int, body: bytes, default: str = "gsm7", alphabets: Mapping[int, str] | None = None) -> str:
    """The text of a message body (its header already taken off).

    ``default`` is the alphabet of data_coding 0, ``alphabets`` of any other number: gsm7, gsm7-packed, ucs2, ucs2-le, or a
    codec that Python knows (latin-1, gb18030, utf-8). Unknown numbers are read as ``default``. Parts joined: ``mend`` them.
    """
    name = (alphabets or {}).get(data_coding) or _alphabet(data_coding) or default
    own = _OWN.get(name)
    if own is not None:
        return own(body)
    try:
        return body.decode(name, "replace")
    except LookupError:
        return gsm7.decode(body)


def mend(text: str) -> str:
    """Joins the halves that ``decode`` kept, after parts were joined; a half that stayed alone becomes U+FFFD."""
    text = _PAIR.sub(_whole, text)
    text = _ESCAPED.sub(lambda found: gsm7.extension(found[1]) or found[1], text)
    return _LEFT_OVER.sub(_UNREADABLE, text).replace(_CUT_ESCAPE, "")


def _whole(found: re.Match[str]) -> str:
    high, low = ord(found[1]) - _HALVES, ord(found[2]) - _HALVES - 0x400
    return chr(0x10000 + (high << 10) + low)


def _alphabet(data_coding: int) -> str | None:
    """The alphabet's name where the number settles it; None means the SMSC's default."""
    if data_coding < 0x10:
        return _SMPP.get(data_coding)
    group = data_coding >> 4
    if group < 0x8:  # general, and marked for deletion: bits 3 and 2 say which, unless the text is compressed
        return (None, "latin-1", "ucs2", None)[data_coding >> 2 & 3]
    if group == 0xF:  # with a class, such as flash texts
        return "latin-1" if data_coding & 0x04 else None
    return {0xE: "ucs2"}.get(group)  # message waiting: 0xC0 and 0xD0 in the default alphabet


_SMPP: Final[dict[int, str]] = {
    1: "ascii",
    2: "latin-1",
    3: "latin-1",
    4: "latin-1",
    5: "shift_jis",
    6: "iso8859-5",
    7: "iso8859-8",
    8: "ucs2",
    9: "shift_jis",
    10: "iso2022_jp",
    13: "euc_jisx0213",
    14: "euc_kr",
    15: "gb18030",  # not in the standard; what Chinese gateways mean by it
}


def _gsm7(body: bytes) -> str:
    if body[-1:] == b"\x1b" and body[-2:-1] != b"\x1b":
        return gsm7.decode(body[:-1]) + _CUT_ESCAPE
    return gsm7.decode(body)


def _packed(body: bytes) -> str:
    return _gsm7(gsm7.unpack(body))


def _utf16(order: str) -> Callable[[bytes], str]:
    def read(body: bytes) -> str:
        if body[:2] == b"\xfe\xff":
            text = _even(body[2:], "utf-16-be")
        elif body[:2] == b"\xff\xfe":
            text = _even(body[2:], "utf-16-le")
        else:
            text = _even(body, order)
        return _keep_end_halves(text)

    return read


def _even(body: bytes, codec: str) -> str:
    """An odd byte at the end is half a character that never came."""
    return body[: len(body) & ~1].decode(codec, "surrogatepass")


def _keep_end_halves(text: str) -> str:
    if not _SURROGATE.search(text):
        return text
    if "\udc00" <= text[0] <= "\udfff" or len(text) == 1:
        text = chr(ord(text[0]) - 0xD800 + _HALVES) + text[1:]
    if "\ud800" <= text[-1] <= "\udbff":
        text = text[:-1] + chr(ord(text[-1]) - 0xD800 + _HALVES)
    return _SURROGATE.sub(_UNREADABLE, text)


_OWN: Final[dict[str, Callable[[bytes], str]]] = {
    "gsm7": _gsm7,
    "gsm7-packed": _packed,
    "ucs2": _utf16("utf-16-be"),
    "ucs2-le": _utf16("utf-16-le"),
}
