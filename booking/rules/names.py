"""When two spellings are one patient's name, and which numbers a text can reach.

A stray space, another middle dot or none must not make a patient a stranger; a homophone must.
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
    return normal_name(one).replace("·", "") == normal_name(other).replace("·", "")


def abbreviates(words: str, name: str) -> bool:
    """Whether ``words`` shorten ``name`` as people do: 心内科 for 心血管内科, 消内 for 消化内科. The first character must be the same."""
    rest = iter(name)
    return len(words) > 1 and words[0] == name[:1] and all(char in rest for char in words)


def can_text(phone: str | None) -> bool:
    """Whether a text can reach this E.164 number: a Chinese mobile, or any number abroad (a Chinese landline cannot)."""
    if phone is None:
        return False
    return not phone.startswith("+86") or _MOBILE.fullmatch(phone) is not None
