"""A command's fields cut into atoms: numbers, words, the units and day words of a date, and the marks between them.

One pass from left to right; every character is looked at a small, fixed number of times. The letters ``O``, ``o`` count as 0 and
``I``, ``l`` as 1 only beside digits: a run without any digit is a word, and letters that touch a further letter belong to that word.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from command_parser.normal import NAME_DOT, goes_on, is_ascii_letter, is_digit, is_latin, is_letter
from command_parser.numerals import read_numeral
from command_parser.words import DAYS, PERIODS, by_first


class Kind(Enum):
    NUMBER = auto()
    WORD = auto()
    UNIT = auto()
    PERIOD = auto()
    DAY = auto()
    MARK = auto()
    WHEN = auto()
    """Left by ``command_parser.written_moment`` where a date or a time stood."""


@dataclass(frozen=True, slots=True)
class Atom:
    """``text``: a number's ASCII digits; a word as typed; the unit; AM, PM or NOON; days ahead; ``" "``, ``","`` or a mark that
    means something in dates and identity numbers (``- / : . ~ * ×``)."""

    kind: Kind
    text: str


SPACE: Final = Atom(Kind.MARK, " ")
COMMA: Final = Atom(Kind.MARK, ",")

_LOOKS_LIKE: Final = str.maketrans("OoIl", "0011")
_NUMBER_LETTERS: Final = frozenset("OoIl")
_UNITS: Final = frozenset("年月日号点时分刻岁星")
_HOURS: Final = frozenset("点时")
_AFTER_HOUR: Final = frozenset("半整钟")
_MARKS: Final = frozenset(" -/:.~*×")
_DAY_WORDS: Final = by_first((*PERIODS, *DAYS))
_FIELD_WIDTHS: Final = frozenset({4, 5, 8, 13, 15, 16, 18})
_LATIN_JOINTS: Final = frozenset("'-.")


def split_atoms(text: str) -> list[Atom]:
    """The atoms of a normalised text; runs of spaces are one mark, and so are runs of commas and their like."""
    atoms: list[Atom] = []
    at = 0
    while at < len(text):
        at = _take(text, at, atoms)
    return atoms


def _take(text: str, at: int, atoms: list[Atom]) -> int:
    """Append the atom at ``at``; where it ends."""
    char = text[at]
    if is_digit(char) or char in _NUMBER_LETTERS:
        end = _number_end(text, at)
        if end > at:
            atoms.append(Atom(Kind.NUMBER, text[at:end].translate(_LOOKS_LIKE)))
            return end
    if is_letter(char):
        return _take_letters(text, at, atoms)
    mark = SPACE if char == " " else Atom(Kind.MARK, char) if char in _MARKS else COMMA
    if not (atoms and atoms[-1] == mark and mark in (SPACE, COMMA)):
        atoms.append(mark)
    return at + 1


def _number_end(text: str, at: int) -> int:
    end, digits = at, False
    while end < len(text) and (is_digit(text[end]) or text[end] in _NUMBER_LETTERS):
        digits = digits or is_digit(text[end])
        end += 1
    if not digits:
        return at
    return _without_name(text, at, end) if end < len(text) and is_latin(text[end]) else end


def _without_name(text: str, at: int, end: int) -> int:
    """Where the number ends when a Latin name follows at once: ``07150830OLIVER``. Its O counts as a digit where one is missing."""
    least = end
    while not is_digit(text[least - 1]):
        least -= 1
    if least - at in _FIELD_WIDTHS:
        return least
    return next((stop for stop in range(least + 1, end + 1) if stop - at in _FIELD_WIDTHS), least)


def _take_letters(text: str, at: int, atoms: list[Atom]) -> int:
    last = atoms[-1] if atoms else COMMA
    char = text[at]
    if (last.kind is Kind.NUMBER and char in _UNITS) or _follows_hour(char, last):
        atoms.append(Atom(Kind.UNIT, char))
        return at + 1
    if _is_half_day(text, at) and _after_number(atoms):
        atoms.append(Atom(Kind.PERIOD, text[at : at + 2].upper()))
        return at + 2
    if char in "Tt" and last.kind is Kind.NUMBER and is_digit(text[at + 1 : at + 2] or " "):
        atoms.append(SPACE)  # the T of 2026-07-15T08:30
        return at + 1
    return _take_numeral(text, at, atoms) or _take_day_word(text, at, atoms) or _take_word(text, at, atoms)


def _follows_hour(char: str, last: Atom) -> bool:
    return char in _AFTER_HOUR and last.kind is Kind.UNIT and last.text in _HOURS


def _is_half_day(text: str, at: int) -> bool:
    return text[at : at + 2].lower() in ("am", "pm") and not is_ascii_letter(text[at + 2 : at + 3] or " ")


def _after_number(atoms: list[Atom]) -> bool:
    """Whether a number or its unit stands last, but for a space."""
    before = [atom for atom in atoms[-2:] if atom != SPACE]
    return bool(before) and before[-1].kind in (Kind.NUMBER, Kind.UNIT)


def _take_numeral(text: str, at: int, atoms: list[Atom]) -> int | None:
    """Chinese numerals are a number only where a unit follows, or directly after the month, the hour or 上午."""
    found = read_numeral(text, at)
    if found is None:
        return None
    value, end = found
    dated = bool(atoms) and (
        atoms[-1].kind is Kind.PERIOD or atoms[-1] in (Atom(Kind.UNIT, "月"), Atom(Kind.UNIT, "点"))
    )
    if not dated and text[end : end + 1] not in _UNITS:
        return None
    atoms.append(Atom(Kind.NUMBER, str(value)))
    return end


def _take_day_word(text: str, at: int, atoms: list[Atom]) -> int | None:
    word = _day_word_at(text, at)
    if word is None:
        return None
    atoms.append(Atom(Kind.PERIOD, PERIODS[word]) if word in PERIODS else Atom(Kind.DAY, str(DAYS[word])))
    return at + len(word)


def _day_word_at(text: str, at: int) -> str | None:
    for word in _DAY_WORDS.get(text[at], ()):
        if text.startswith(word, at):
            return word
    return None


def _take_word(text: str, at: int, atoms: list[Atom]) -> int:
    end = at + 1
    while end < len(text):
        if goes_on(text[end]):
            if _day_word_at(text, end) is not None:
                break
            end += 1
        else:
            joint = _joint(text, end)
            if not joint:
                break
            end += joint
    atoms.append(Atom(Kind.WORD, text[at:end]))
    return end


def _joint(text: str, at: int) -> int:
    """How many characters at ``at`` join two parts of one name: the dot of 买买提·艾力, the marks of O'Brien, Jean-Luc, J. Smith."""
    char, before, after = text[at], text[at - 1], text[at + 1 : at + 2] or " "
    if char == NAME_DOT or (char == "." and not is_latin(before)):
        return 1 if is_letter(after) else 0
    if char in _LATIN_JOINTS and is_latin(before):
        if is_latin(after):
            return 1
        if char == "." and after == " " and is_latin(text[at + 2 : at + 3] or " "):
            return 2
    return 0
