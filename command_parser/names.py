"""A patient's name among the words of a text, in the one form in which names are compared.

A Chinese name is written together (``张 三`` → ``张三``), a minority name keeps its dots as ``·``, a Latin name stays as it was typed.
Labels (姓名), titles and other words that are nobody's name are passed over. The name behind date and time is preferred to one
before them: between the doctor's number and the time people also write the doctor's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from command_parser.atoms import SPACE, Atom, Kind, split_atoms
from command_parser.normal import NAME_DOT, is_latin
from command_parser.opening import without_thanks
from command_parser.words import COMPOUND_SURNAMES, DOCTOR_TITLES, NAME_LABELS, NAME_TITLES, NOT_NAMES

NAME_MAX: Final = 40
"""Longer than any registered name; what is longer was a sentence."""

_WORD_MAX: Final = 2 * NAME_MAX
"""A name with its labels and titles; also bounds the work of taking these off."""

_LABELS: Final = tuple(sorted(NAME_LABELS, key=len, reverse=True))


def read_name(atoms: Sequence[Atom]) -> str | None:
    """The name in ``atoms``, or None."""
    last = max((at for at, atom in enumerate(atoms) if atom.kind in (Kind.NUMBER, Kind.WHEN)), default=-1)
    return _first_name(atoms[last + 1 :]) or _first_name(atoms[: last + 1])


def clean_name(word: str) -> str:
    """One word without labels, titles and thanks; ``""`` when nothing is left that could be a name."""
    if len(word) > _WORD_MAX:
        return ""
    cleaned = _stripped(word)
    while cleaned != word:
        word, cleaned = cleaned, _stripped(cleaned)
    return "" if word.upper() in NOT_NAMES or _is_doctor(word) else _dotted(word)


def _stripped(word: str) -> str:
    for label in _LABELS:
        if word.startswith(label):
            word = word[len(label) :]
            break
    for title in NAME_TITLES:
        word = word.removesuffix(title)
    return without_thanks(word).strip(NAME_DOT)


def _is_doctor(word: str) -> bool:
    return word.endswith(DOCTOR_TITLES)


def _dotted(word: str) -> str:
    """The full stop between two parts of a name is its dot; a Latin initial (J. Smith) keeps it."""
    parts = word.split(".")
    dotted = parts[0]
    for part in parts[1:]:
        dotted += ("." if is_latin(dotted[-1:] or " ") else NAME_DOT) + part
    return dotted


def _first_name(atoms: Sequence[Atom]) -> str | None:
    name = last = ""
    for atom in atoms:
        word = clean_name(atom.text) if atom.kind is Kind.WORD else ""
        if len(name) > NAME_MAX or (name and atom.kind is not Kind.WORD and atom != SPACE):
            break
        if word and name and not _go_together(last, word):
            break
        if word:
            name += f" {word}" if name and is_latin(word[0]) else word
            last = word
    return name if 0 < len(name) <= NAME_MAX and _stands(name) else None


def _stands(name: str) -> bool:
    """Whether ``name`` by itself would be read as that name again: ``十分`` is a time, and ``谢 谢`` are thanks."""
    return without_thanks(name) == name and all(
        atom == SPACE or (atom.kind is Kind.WORD and clean_name(atom.text) == atom.text) for atom in split_atoms(name)
    )


def _go_together(last: str, word: str) -> bool:
    """Whether the space between them stood inside one name: Latin words, a single character or a surname of two before it."""
    if is_latin(last[-1]) or is_latin(word[0]):
        return is_latin(last[-1]) and is_latin(word[0])
    return len(last) == 1 or last in COMPOUND_SURNAMES
