"""What stays of a text once it is answered: identity numbers are masked, also mistyped ones, everything else is kept as sent."""

from __future__ import annotations

import re

# A run of 14 or more digits, single spaces or dashes allowed between them, with the last place possibly X, × or *: an identity
# number right or wrong. Booking times (8), codes (8) and mobile numbers (11, or 13 with 86) are shorter; full-width digits are \d too.
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){13,}(?:[ -]?[Xx×*＊Ｘｘ])?")
_HEAD, _TAIL = 6, 4


def without_identity(text: str) -> str | None:
    """``text`` with every identity-like number masked (``110105********002X``); None when there is none to mask."""
    masked = _LONG_NUMBER.sub(lambda found: _masked(found.group()), text)
    return masked if masked != text else None


def _masked(number: str) -> str:
    return f"{number[:_HEAD]}{'*' * (len(number) - _HEAD - _TAIL)}{number[-_TAIL:]}"
