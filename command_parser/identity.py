"""Identity numbers of mainland China: eighteen places, the last one a check (GB 11643-1999, ISO 7064 MOD 11-2).

Read are the citizen's number, its fifteen-digit forerunner (upgraded), the residence permit for people from Hong Kong, Macao and
Taiwan (areas 810000, 820000, 830000) and the foreigner's permanent residence card of December 2023 on (a leading 9). Only the
province is checked of an area: abolished county codes live on in people's numbers. ``x``, ``×`` and ``*`` mean ``X``, but in
place 18 only.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

from command_parser.commands import Reason

PLACES: Final = 18
OLD_PLACES: Final = 15
CHECK_LETTERS: Final = "Xx×*"

CITIZEN: Final = "citizen"
RESIDENCE_PERMIT: Final = "residence-permit"
FOREIGN_RESIDENT: Final = "foreign-resident"

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_PERMIT_AREAS: Final = frozenset({"810000", "820000", "830000"})
_PROVINCES: Final = frozenset(
    f"{code:02d}"
    for code in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
) | {"71", "81", "82"}
_CENTENARIANS: Final = frozenset({"996", "997", "998", "999"})
_OLDEST_YEAR: Final = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """``number`` in normal form: 18 places, capital X."""

    number: str
    kind: str
    birth: date | None


def read_identity(text: str, today: date | None = None) -> Identity | Reason:
    """The document behind ``text``, or why it is none: BAD_ID_LENGTH, BAD_ID_DATE or BAD_ID_CHECKSUM (also an unknown province).

    Spaces, hyphens and full-width forms do not matter. With ``today``, a birth date after it is a BAD_ID_DATE.
    """
    number = unicodedata.normalize("NFKC", text).replace(" ", "").replace("-", "")
    if len(number) == PLACES and number[-1] in CHECK_LETTERS:
        number = number[:-1] + "X"
    if not _well_formed(number):
        return Reason.BAD_ID_LENGTH
    return _upgrade(number, today) if len(number) == OLD_PLACES else _read(number, today)


def check_place(number: str) -> str:
    """The 18th place for the first seventeen digits of ``number``."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECKS[total % 11]


def _well_formed(number: str) -> bool:
    digits = number[:-1] if len(number) == PLACES and number[-1] == "X" else number
    return len(number) in (PLACES, OLD_PLACES) and digits.isascii() and digits.isdigit()


def _upgrade(old: str, today: date | None) -> Identity | Reason:
    century = "18" if old[-3:] in _CENTENARIANS else "19"
    number = old[:6] + century + old[6:]
    return _read(number + check_place(number), today)


def _read(number: str, today: date | None) -> Identity | Reason:
    birth = _birth(number)
    if birth is None or (today is not None and birth > today):
        return Reason.BAD_ID_DATE
    kind = _kind(number)
    if kind is None or check_place(number) != number[-1]:
        return Reason.BAD_ID_CHECKSUM
    return Identity(number=number, kind=kind, birth=birth)


def _birth(number: str) -> date | None:
    if int(number[6:10]) < _OLDEST_YEAR:
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _kind(number: str) -> str | None:
    if number[:6] in _PERMIT_AREAS:
        return RESIDENCE_PERMIT
    if number[0] == "9":
        return FOREIGN_RESIDENT if number[1:3] in _PROVINCES else None
    return CITIZEN if number[:2] in _PROVINCES else None
