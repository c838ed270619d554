"""``CX`` and what may follow it: nothing (my bookings), a doctor's number, a day, or words that the store looks up.

A booking code asks for my bookings, among which it is. Where a number of a doctor and other things were written, the doctor is
meant; words beside a date are looked up without the date.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from command_parser import hints
from command_parser.atoms import Kind
from command_parser.commands import Command, Misread, QueryDate, QueryDept, QueryDoctor, QueryOwn, Reason
from command_parser.fields import DOCTOR_DIGITS, Fields, read_fields
from command_parser.names import clean_name
from command_parser.normal import goes_on, is_digit, is_letter
from command_parser.opening import holds_second, past_repeats, without_thanks
from command_parser.serial import is_serial
from command_parser.words import DOCTOR_TITLES, OWN_BOOKINGS, Verb

WORDS_MAX: Final = 40
"""Longer than any department's name; what is longer was a sentence."""

_STRIPPED_MAX: Final = 4 * WORDS_MAX
_INSIDE: Final = frozenset("·-'")
_ENDINGS: Final = ("有号吗", "的号", "有没有号")


def read_query(rest: str, now: datetime) -> Command | Misread:
    """The query in what follows ``CX``."""
    words = _tidy(rest)
    if not words or words in OWN_BOOKINGS:
        return QueryOwn()
    if holds_second(rest):
        return hints.misread_query(Reason.SEVERAL_COMMANDS)
    fields = read_fields(rest, now.date(), DOCTOR_DIGITS)
    if fields.key and len(fields.key) == DOCTOR_DIGITS and len(fields.tail) != 3:
        return QueryDoctor(doctor=fields.key)
    said = [atom.text for atom in fields.atoms if atom.kind is Kind.WORD and clean_name(atom.text)]
    if said or not (any(map(is_digit, words)) or fields.moment.day):
        return _look_up(words if fields.moment.empty else _tidy(" ".join(said)), rest, now)
    return _by_number(fields, now)


def _look_up(words: str, rest: str, now: datetime) -> Command | Misread:
    """Words to look up, once tidying changes nothing more: then they mean the same however they come again."""
    if len(words) > WORDS_MAX:
        return hints.misread_query(Reason.MISSING_ARGS)
    return QueryDept(dept=words) if words == rest else read_query(words, now)


def _by_number(fields: Fields, now: datetime) -> Command | Misread:
    digits = (fields.key or "") + fields.tail
    day = fields.moment.day_in(digits)
    if day is not None:
        return QueryDate(date=day)
    if is_serial(digits):
        return QueryOwn()
    of_date = not fields.moment.empty or len(digits) in (4, 8)
    return hints.misread_date_query(now) if of_date else hints.misread_doctor_query()


def _tidy(text: str) -> str:
    """The words with single spaces for everything between them, and without the question they were part of."""
    kept = "".join(char if is_digit(char) or goes_on(char) or char in _INSIDE else " " for char in text)
    words = kept[past_repeats(Verb.QUERY, kept, 0) :]
    start = next((at for at, char in enumerate(words) if is_digit(char) or is_letter(char)), len(words))
    tidy = without_thanks(" ".join(words[start:].split()))
    while len(tidy) <= _STRIPPED_MAX and tidy.endswith(_ENDINGS):
        tidy = without_thanks(tidy.removesuffix(next(filter(tidy.endswith, _ENDINGS))))
    return _without_title(tidy)


def _without_title(words: str) -> str:
    """王医生 is looked up as 王; a title alone stays, it may be part of a department's name."""
    title = next(filter(words.endswith, DOCTOR_TITLES), "")
    return words.removesuffix(title).strip() or words
