"""What a reader takes for one character: an emoji with its skin tone, a flag of two letters, a letter with its accents.

The rules of UAX #29 that matter in texts to phones, from the tables Python has: combining marks, joiners, variation
selectors, skin tones, flags, tag sequences, Hangul syllables in pieces, CR LF. The rare rest (Indic conjuncts,
prepended marks) may be parted; it is never a half character even then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from unicodedata import category

_ZWJ: Final = "\u200d"
_ZWNJ: Final = "\u200c"


def clusters(text: str) -> Iterator[str]:
    """The text in pieces that belong together; joined they are the text."""
    start = 0
    flags = 0  # regional indicators in a row so far
    for at in range(1, len(text) + 1):
        flags = flags + 1 if _is_flag_half(text[at - 1]) else 0
        if at == len(text) or not _holds(text[at - 1], text[at], flags):
            yield text[start:at]
            start = at


def _holds(before: str, after: str, flags: int) -> bool:
    """Whether no cut may fall between the two."""
    if after < "\u0300":
        return before == "\r" and after == "\n"
    if before == _ZWJ:
        return True
    if _is_flag_half(after):
        return flags % 2 == 1
    return _extends(after) or _same_syllable(before, after)


def _extends(char: str) -> bool:
    return (
        char in (_ZWJ, _ZWNJ)
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
        or category(char) in ("Mn", "Me", "Mc")
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _same_syllable(before: str, after: str) -> bool:
    """Hangul: a syllable's leading consonant, vowel and closing consonant may come as three characters."""
    lead, vowel = "\u1100" <= before <= "\u115f", "\u1160" <= before <= "\u11a7"
    whole, close = "\uac00" <= before <= "\ud7a3", "\u11a8" <= before <= "\u11ff"
    if "\u1160" <= after <= "\u11a7":
        return lead or vowel or whole
    if "\u11a8" <= after <= "\u11ff":
        return vowel or whole or close
    return lead and ("\u1100" <= after <= "\u115f" or "\uac00" <= after <= "\ud7a3")
