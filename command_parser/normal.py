"""One spelling for the many ways a text is typed, before anything is read from it.

Full-width letters, ideographic spaces and compatibility forms become plain ones (NFKC); invisible characters go; every kind of
white space is a space, except the line break, which separates fields; the dots people put into minority names become ``·``.
Case and letters stay as typed. ``offset_in`` finds the way back, because a complaint's body is kept as it was sent.
"""

from __future__ import annotations

import unicodedata
from typing import Final

MAX_TEXT: Final = 2000
"""Characters of a text that are read. Nobody types a longer command, and only a complaint keeps what comes after."""

NAME_DOT: Final = "·"

_INVISIBLE: Final = (
    *range(0x00, 0x09), *range(0x0E, 0x1C), 0x7F, 0xAD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180E,
    *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x20E3, 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0,
    *range(0xFFF9, 0xFFFD), *range(0xE0100, 0xE01F0),
)  # fmt: skip
_DROPPED: Final[dict[int, str | None]] = dict.fromkeys(_INVISIBLE)
_UNIFIED: Final[dict[int, str]] = {
    **dict.fromkeys((0x09, 0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0x1680), " "),
    **dict.fromkeys((0x0D, 0x85, 0x2028, 0x2029), "\n"),
    **dict.fromkeys(map(ord, "•・‧∙⋅"), NAME_DOT),
    **dict.fromkeys(map(ord, "‘’`´"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys(map(ord, "∶ː"), ":"),
    ord("〜"): "~",
}
# Characters of rare names that GB 18030 kept in the private use area for years; telephones still send them.
_PRIVATE_NAMES: Final = ("\ue815", "\ue864")


def normalise(text: str) -> str:
    """``text`` in the one spelling; doing it twice changes nothing. Never fails, not even on lone surrogates."""
    if text.isascii() and text.isprintable():
        return text.replace("`", "'")
    return unicodedata.normalize("NFKC", text.translate(_DROPPED)).translate(_UNIFIED)


def offset_in(original: str, count: int) -> int:
    """How many characters of ``original`` make up the first ``count`` characters of its normal form."""
    seen = 0
    for position, char in enumerate(original):
        if seen >= count:
            return position
        seen += len(normalise(char))
    return len(original)


def is_letter(char: str) -> bool:
    """Whether ``char`` may begin a word: a letter or ideograph of any script."""
    return char.isalpha() or char == "〇" or _PRIVATE_NAMES[0] <= char <= _PRIVATE_NAMES[1]


def goes_on(char: str) -> bool:
    """Whether ``char`` may stand inside a word: a letter, or a combining mark, which never stands alone."""
    return is_letter(char) or (char > "\u02ff" and unicodedata.category(char)[0] == "M")


def is_latin(char: str) -> bool:
    """Whether ``char`` is a letter of a script written with spaces between words: Latin, Greek, Cyrillic and their like."""
    return char.isalpha() and char < "\u2e80"


def is_ascii_letter(char: str) -> bool:
    return "a" <= char <= "z" or "A" <= char <= "Z"


def is_digit(char: str) -> bool:
    return "0" <= char <= "9"
