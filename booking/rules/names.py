"""When two spellings are one patient's name, and which numbers a text can reach.

A stray space or another middle dot must not make a patient a stranger; a homophone must.
"""

from __future__ import annotations

import re

from command_parser.normal import normalise

_DOTS = str.maketrans(dict.fromkeys(".・ᐧ", "·"))
_MOBILE = re.compile(r"\+861[3-9]\d{9}")


def normal_name(name: str) -> str:
    """The name as it is kept and compared: NFKC, nothing invisible, no white space, one kind of middle dot, Latin letters upper."""
    return "".join(normalise(name).translate(_DOTS).split()).upper()


def same_name(one: str, other: str) -> bool:
    """Whether two spellings name the same person."""
    return normal_name(one) == normal_name(other)


def can_text(phone: str | None) -> bool:
    """Whether a text can reach this E.164 number: a Chinese mobile, or any number abroad (a Chinese landline cannot)."""
    if phone is None:
        return False
    return not phone.startswith("+86") or _MOBILE.fullmatch(phone) is not None
