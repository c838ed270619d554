"""The fields behind a keyword: its key number (a doctor, a booking code), date and time, and what else was written.

Fields may come in any order and with anything or nothing between them, as long as their widths tell them apart. Spaces inside a number
do not matter. A telephone number, an identity number or an age that was added to a booking is no field and is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from command_parser.atoms import Atom, Kind, split_atoms
from command_parser.identity import OLD_PLACES, PLACES, read_identity
from command_parser.moment import Moment
from command_parser.written_moment import read_moment

DOCTOR_DIGITS: Final = 5
_MOBILE_DIGITS: Final = 11
_TIME_DIGITS: Final = (8, 12)
_ALL_TIME_DIGITS: Final = (0, 4, *_TIME_DIGITS)
_ID_JOINTS: Final = frozenset(" -")
_ID_STARS: Final = frozenset("*×")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """``key``: the digits where the key number should be, right width or not, None when there is none; ``tail``: the digits left over."""

    key: str | None
    tail: str
    moment: Moment
    atoms: tuple[Atom, ...]


def read_fields(text: str, today: date, width: int) -> Fields:
    """The fields in ``text`` for a command whose key number has ``width`` digits."""
    moment = read_moment(split_atoms(text), today, width)
    atoms = tuple(atom for atom in moment.rest if not _added(atom))
    key, tail = split_key([atom.text for atom in atoms if atom.kind is Kind.NUMBER], width)
    return Fields(key=key, tail=tail, moment=moment, atoms=atoms)


def split_key(numbers: list[str], width: int) -> tuple[str | None, str]:
    """Tell the key number from the digits of a time: ``["00868", "0715", "0830"]`` → ``("00868", "07150830")``."""
    if not numbers:
        return None, ""
    first, *others = numbers
    joined = "".join(numbers)
    if len(first) == width:
        return first, "".join(others)
    if others and len(numbers[-1]) == width and len(joined) - width in _ALL_TIME_DIGITS:
        return numbers[-1], "".join(numbers[:-1])
    if len(joined) - width in _ALL_TIME_DIGITS:
        return joined[:width], joined[width:]
    for at, number in enumerate(numbers):
        if len(number) == 8 or (
            len(number) == 12 and number.startswith("20")
        ):  # a whole time: the key is what stands beside it, of whatever width
            return "".join(numbers[:at] + numbers[at + 1 :]) or None, number
    return (joined[:width], joined[width:]) if len(first) > width else (first, "".join(others))


def _added(atom: Atom) -> bool:
    """Whether the number is somebody's mobile or identity number."""
    if atom.kind is not Kind.NUMBER:
        return False
    mobile = len(atom.text) == _MOBILE_DIGITS and atom.text[0] == "1" and atom.text[1] in "3456789"
    return mobile or (len(atom.text) in (OLD_PLACES, PLACES) and not isinstance(read_identity(atom.text), str))


def take_identity(atoms: list[Atom]) -> tuple[str, list[Atom]]:
    """The identity number as written (digits, and an X in place 18 whatever it was typed as; ``""`` without digits) and the other atoms."""
    runs = _runs(atoms)
    if not runs:
        return "", atoms
    start, end = next(
        (run for run in runs if len(_digits(atoms[slice(*run)])) in (PLACES, PLACES - 1, OLD_PLACES)), runs[0]
    )
    digits = _digits(atoms[start:end])
    before, after = atoms[:start], atoms[end:]
    if len(digits) != PLACES - 1:
        return digits, before + after
    letter, after = _take_x(after)
    return digits + letter, before + after


def _digits(atoms: list[Atom]) -> str:
    return "".join(atom.text for atom in atoms if atom.kind is Kind.NUMBER)


def _runs(atoms: list[Atom]) -> list[tuple[int, int]]:
    """Stretches of numbers with nothing but spaces and hyphens between them, as ``(start, end)``; mobiles are left out."""
    runs: list[tuple[int, int]] = []
    joined = False
    for at, atom in enumerate(atoms):
        if atom.kind is Kind.NUMBER:
            if joined:
                runs[-1] = (runs[-1][0], at + 1)
            else:
                runs.append((at, at + 1))
            joined = True
        elif atom.kind is not Kind.MARK or atom.text not in _ID_JOINTS:
            joined = False
    return runs


def _take_x(atoms: list[Atom]) -> tuple[str, list[Atom]]:
    """The check letter at the head of ``atoms``, a space before it or not; the name may be glued to it."""
    skip = 1 if atoms and atoms[0].text == " " else 0
    if len(atoms) == skip:
        return "", atoms
    head = atoms[skip]
    if head.kind is Kind.MARK and head.text in _ID_STARS:
        return "X", atoms[skip + 1 :]
    if head.kind is Kind.WORD and head.text[0] in "Xx" and _ends_number(head.text, glued=not skip):
        return "X", [*split_atoms(head.text[1:]), *atoms[skip + 1 :]]
    return "", atoms


def _ends_number(word: str, *, glued: bool) -> bool:
    """Whether the X of ``word`` is the number's: always when glued to it, else when no Latin name begins so (Xavier)."""
    return glued or not word[1:2].isascii() or len(word) == 1
