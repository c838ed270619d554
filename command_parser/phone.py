"""Telephone numbers as exchanges and gateways present them, brought to one form: E.164, ``+8613800138000``.

Understood are mobiles with and without ``+86``, ``0086``, ``86`` or a trunk ``0``, landlines with their area code (and without
it, when the exchange's own area is given), 400 and 800 numbers, service numbers (114, 12580), IP-dialling prefixes such as 17951,
and foreign numbers in international form. Nothing is inferred about the operator: numbers are portable. Withheld numbers,
network port numbers (106…), machines' thirteen-digit numbers and everything else that no person answers are None.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

_COUNTRY: Final = "+86"
_RAW_MAX: Final = 64
_IP_PREFIXES: Final = frozenset(
    {"17951", "17950", "17911", "17910", "17909", "17908", "17969", "17968", "17931", "17930", "12593", "11808"}
)
_SCHEMES: Final = ("tel:", "sips:", "sip:")
_DECORATION: Final = str.maketrans("", "", " -()./")
_MOBILE_DIGITS: Final = 11
_SERVICE_DIGITS: Final = range(3, 7)
_LOCAL_DIGITS: Final = range(7, 9)
_MOBILE_TYPES: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


@dataclass(frozen=True, slots=True)
class Phone:
    """``e164``: ``+`` and digits. ``mobile``: a text can reach it; landlines, 400s and service numbers cannot be texted."""

    e164: str
    mobile: bool


def read_phone(raw: str, home_area: str = "") -> Phone | None:
    """The number behind a caller ID; None when it is withheld or of no use.

    ``home_area`` is the exchange's area code, with or without its 0 (``"010"`` or ``"10"``); without it a local number of seven or
    eight digits is None. The raw string is not kept: callers that need it keep it themselves.
    """
    return _read(raw, home_area.lstrip("0")) if len(raw) <= _RAW_MAX else None


@lru_cache(maxsize=4096)
def _read(raw: str, area: str) -> Phone | None:
    number = _bare(raw)
    if number.startswith("+") and not number.startswith(_COUNTRY):
        return _foreign(number)
    return _domestic(_national(number), area)


def _bare(raw: str) -> str:
    """``"sip:0138 0013-8000@10.0.0.1"`` → ``"013800138000"``; ``00…`` becomes ``+…``; anything with other characters becomes ``""``."""
    number = unicodedata.normalize("NFKC", raw).strip().strip("<>").lower()
    for scheme in _SCHEMES:
        number = number.removeprefix(scheme)
    number = number.split("@", 1)[0].split(";", 1)[0].translate(_DECORATION)
    if number.startswith("00"):
        number = "+" + number[2:]
    digits = number.removeprefix("+")
    return number if digits.isascii() and digits.isdigit() else ""


def _national(number: str) -> str:
    """Without country code, IP-dialling prefix and trunk 0: ``+86010…`` → ``10…``."""
    number = number.removeprefix(_COUNTRY)
    if number[:5] in _IP_PREFIXES and len(number) > _MOBILE_DIGITS:
        number = number[5:]
    if number.startswith("86") and len(number) > _MOBILE_DIGITS:
        number = number[2:]
    return number


def _domestic(number: str, area: str) -> Phone | None:
    """The Chinese number ``number``, which may still carry its trunk 0 (then a code follows, and no area is added)."""
    significant = number.removeprefix("0")
    if _is_mobile(significant):
        return Phone(_COUNTRY + significant, mobile=True)
    if significant == number and len(number) in _SERVICE_DIGITS:
        return Phone(_COUNTRY + number, mobile=False)
    if significant == number and len(number) in _LOCAL_DIGITS:
        return _checked(_COUNTRY + area + number) if area else None
    return _checked(_COUNTRY + significant)


def _is_mobile(number: str) -> bool:
    return len(number) == _MOBILE_DIGITS and number[0] == "1" and number[1] in "3456789"


def _checked(number: str) -> Phone | None:
    """``number`` as a Chinese number of a subscriber that is not a mobile, by the numbering plan."""
    found = _parsed(number)
    return None if found is None else Phone(number, mobile=False)


def _foreign(number: str) -> Phone | None:
    found = _parsed(number)
    return None if found is None else Phone(number, mobile=phonenumbers.number_type(found) in _MOBILE_TYPES)


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    return found if phonenumbers.is_valid_number(found) else None
