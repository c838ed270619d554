"""Small numbers written in Chinese (``十五``, ``二十八``, ``三〇``): telephones that take dictation write dates so."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_TEN: Final = "十"
_LONGEST: Final = 4


def read_numeral(text: str, at: int) -> tuple[int, int] | None:
    """The number from 0 to 99 written at ``at`` and where it ends, or None. ``八`` is 8, ``十五`` 15, ``二〇`` 20, ``零五`` 5."""
    end = at
    while end < len(text) and end - at < _LONGEST and (text[end] in _DIGITS or text[end] == _TEN):
        end += 1
    value = _value(text[at:end])
    return None if value is None else (value, end)


def _value(numeral: str) -> int | None:
    tens, ten, units = numeral.partition(_TEN)
    if not ten:
        return _DIGITS[tens[0]] * 10 + _DIGITS[tens[1]] if len(tens) == 2 else _DIGITS.get(tens)
    if len(tens) > 1 or len(units) > 1 or _TEN in units:
        return None
    return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(units, 0)
