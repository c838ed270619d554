"""What a text means: ``parse`` turns whatever a patient typed into one command or into one reason why not.

It never raises and its work is linear in the text, of which at most ``MAX_TEXT`` characters are read: a longer text is a complaint, whose
body is kept whole, or nothing. A command is done only when a keyword asks for it; a bare number is an answer, and whether anything was
asked is not this module's to know. One text holds one command: with several, none is done, because half of what was
asked for is worse than a clear word.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from command_parser import hints
from command_parser.atoms import Atom, Kind, split_atoms
from command_parser.commands import (
    Answer,
    Book,
    BookMenu,
    Cancel,
    Change,
    Command,
    Complaint,
    ComplaintState,
    Help,
    Misread,
    OptIn,
    OptOut,
    QueryOwn,
    Rate,
    Reason,
    Register,
)
from command_parser.fields import DOCTOR_DIGITS, Fields, read_fields, take_identity
from command_parser.identity import PLACES, read_identity
from command_parser.names import read_name
from command_parser.normal import MAX_TEXT, is_digit, normalise, offset_in
from command_parser.opening import Opening, holds_second, open_text
from command_parser.query import read_query
from command_parser.serial import SERIAL_DIGITS, is_serial
from command_parser.words import NO, SPOKEN_OF, YES, Verb
from command_parser.written_moment import read_moment

_CASE_TEXT_MAX: Final = 36
_ANSWER_WORDS: Final = frozenset({"确认", "取消"})
_BODY_EDGE: Final = " \t\r\n\u3000\u200b\ufeff,，、。；;：:.#＃+＋*＊"
_CASE_WORDS: Final = ("案件", "查询", "进度", "状态", "编号", "单号")
_TWO_BOOKINGS: Final = 2 * (DOCTOR_DIGITS + 8)


def parse(text: str, now: datetime) -> Command | Misread:
    """The command in ``text``. ``now`` is the hospital's wall clock, naive: it decides the year of a date and builds the examples."""
    head = normalise(text[:MAX_TEXT])
    opening = open_text(head)
    if opening.verb is Verb.COMPLAINT:
        return _complaint(text, opening)
    if len(text) > MAX_TEXT:
        return hints.unknown_too_long(now)
    if opening.verb is None:
        return _unasked(opening.rest, head, now)
    return _READERS[opening.verb](opening.rest, now)


def _book(rest: str, now: datetime) -> Command | Misread:
    fields = read_fields(rest, now.date(), DOCTOR_DIGITS)
    if not any(atom.kind is not Kind.MARK for atom in fields.atoms):
        return BookMenu()
    if holds_second(rest) or len(fields.key or "") + len(fields.tail) >= _TWO_BOOKINGS:
        return hints.misread_booking(Reason.SEVERAL_COMMANDS, now)
    return _booking(fields, now)


def _booking(fields: Fields, now: datetime) -> Book | Misread:
    doctor = fields.key if fields.key and len(fields.key) == DOCTOR_DIGITS else None
    resolved = fields.moment.resolve(fields.tail)
    when = resolved if isinstance(resolved, datetime) else None
    if doctor is None:
        nothing = fields.key is None and not fields.tail and fields.moment.empty
        return hints.misread_booking(Reason.MISSING_ARGS if nothing else Reason.BAD_DOCTOR_NO, now, when=when)
    if not isinstance(resolved, datetime):
        return hints.misread_booking(resolved, now, doctor, _that_morning(fields, now))
    name = read_name(fields.atoms)
    if name is None:
        return hints.misread_booking(Reason.MISSING_NAME, now, doctor, when)
    return Book(doctor=doctor, when=resolved, name=name)


def _that_morning(fields: Fields, now: datetime) -> datetime | None:
    """A right time for the example, on the day that was understood; None where no day was, or it is today's."""
    day = fields.moment.day_in(fields.tail)
    return hints.sample_on(day) if day is not None and day > now.date() else None


def _cancel(rest: str, _: datetime) -> Command | Misread:
    numbers = [atom.text for atom in split_atoms(rest) if atom.kind is Kind.NUMBER]
    if holds_second(rest) or sum(map(is_serial, numbers)) > 1:
        return hints.misread_cancel(Reason.SEVERAL_COMMANDS)
    if not numbers:
        return hints.misread_cancel(Reason.MISSING_SERIAL)
    serial = next(filter(is_serial, numbers), "".join(numbers))
    return Cancel(serial=serial) if is_serial(serial) else hints.misread_cancel(Reason.BAD_SERIAL, serial)


def _change(rest: str, now: datetime) -> Command | Misread:
    if holds_second(rest):
        return hints.misread_change(Reason.SEVERAL_COMMANDS, now)
    fields = read_fields(rest, now.date(), SERIAL_DIGITS)
    serial, tail = fields.key or "", fields.tail
    if not is_serial(serial) and is_serial(tail):
        serial, tail = tail, serial
    resolved = fields.moment.resolve(tail)
    when = resolved if isinstance(resolved, datetime) else None
    if not is_serial(serial):
        return hints.misread_change(Reason.BAD_SERIAL if serial else Reason.MISSING_SERIAL, now, serial, when)
    if not isinstance(resolved, datetime):
        return hints.misread_change(resolved, now, serial)
    return Change(serial=serial, when=resolved)


def _register(rest: str, now: datetime) -> Command | Misread:
    if holds_second(rest):
        return hints.misread_registration(Reason.SEVERAL_COMMANDS)
    written, others = take_identity(split_atoms(rest))
    if not written:
        return hints.misread_registration(Reason.MISSING_ARGS)
    identity = read_identity(written, now.date())
    if isinstance(identity, Reason):
        return hints.misread_registration(identity)
    return Register(id=identity.number, name=read_name(_words(others, now.date())))


def _words(atoms: list[Atom], today: date) -> list[Atom]:
    return [atom for atom in read_moment(atoms, today).rest if atom.kind in (Kind.WORD, Kind.MARK)]


def _rate(rest: str, _: datetime) -> Command | Misread:
    if holds_second(rest):
        return hints.misread_rating(Reason.SEVERAL_COMMANDS)
    digits = "".join(atom.text for atom in split_atoms(rest) if atom.kind is Kind.NUMBER)
    serial, score = digits[:SERIAL_DIGITS], digits[SERIAL_DIGITS:]
    if not is_serial(serial):
        return hints.misread_rating(Reason.BAD_SERIAL if serial else Reason.MISSING_SERIAL, serial)
    if not score:
        return hints.misread_rating(Reason.MISSING_ARGS, serial)
    if score not in ("1", "2", "3", "4", "5"):
        return hints.misread_rating(Reason.BAD_SCORE, serial)
    return Rate(serial=serial, score=int(score))


def _help(_rest: str, _now: datetime) -> Command | Misread:
    return Help()


def _query_own(_rest: str, _now: datetime) -> Command | Misread:
    return QueryOwn()


def _opt_out(rest: str, _: datetime) -> Command | Misread:
    return hints.unknown_opt("TD") if any(map(is_digit, rest)) else OptOut()


def _opt_in(rest: str, _: datetime) -> Command | Misread:
    return hints.unknown_opt("DY") if any(map(is_digit, rest)) else OptIn()


def _complaint(text: str, opening: Opening) -> Command | Misread:
    """The body as it was sent; a body that is only a number asks for that case."""
    if not any(char.isalnum() for char in opening.rest):
        return hints.misread_complaint()
    body = _body(text, opening.end)
    case = _case(body)
    return ComplaintState(case=case) if case else Complaint(text=body)


def _body(text: str, end: int) -> str:
    return text[offset_in(text, end) :].lstrip(_BODY_EDGE).rstrip()


def _case(body: str) -> str | None:
    if len(body) > _CASE_TEXT_MAX:
        return None
    bare = "".join(normalise(body).split()).strip(_BODY_EDGE)
    for word in _CASE_WORDS:
        bare = bare.removeprefix(word).lstrip(_BODY_EDGE)
    return bare if bare.isascii() and bare.isdigit() else None


def _unasked(said: str, head: str, now: datetime) -> Command | Misread:
    """No keyword: an answer, a question mark, or something that reads like a command without its keyword."""
    word = said.lower()
    if word in YES or word in NO:
        return Answer(value="Y" if word in YES else "N")
    if not said:
        return Help() if "?" in head else hints.unknown(now)
    return _answer(said) or _keyword_forgotten(said, now)


def _answer(said: str) -> Answer | None:
    """A number alone, or with the word it stood for (``1确认``); a booking code may be written in groups."""
    atoms = split_atoms(said)
    if len(atoms) > 1 and atoms[-1].kind is Kind.WORD and atoms[-1].text in _ANSWER_WORDS:
        atoms.pop()
    if any(atom.kind not in (Kind.NUMBER, Kind.MARK) for atom in atoms):
        return None
    numbers = [atom.text for atom in atoms if atom.kind is Kind.NUMBER]
    digits = "".join(numbers)
    grouped = len(digits) == SERIAL_DIGITS and all(atom.text == " " or atom.kind is Kind.NUMBER for atom in atoms)
    return Answer(value=digits) if len(digits) < PLACES and (len(numbers) == 1 or grouped) else None


def _keyword_forgotten(said: str, now: datetime) -> Misread:
    booking = _booking(read_fields(said, now.date(), DOCTOR_DIGITS), now)
    if isinstance(booking, Book):
        return hints.unknown_booking(booking.doctor, booking.when)
    written, _ = take_identity(split_atoms(said))
    if len(written) == PLACES:
        return hints.unknown_identity()
    verb = next((verb for word, verb in SPOKEN_OF.items() if word in said), None)
    return hints.unknown(now) if verb is None else hints.unknown_but_spoken_of(verb)


_READERS: Final[dict[Verb, Callable[[str, datetime], Command | Misread]]] = {
    Verb.BOOK: _book,
    Verb.CANCEL: _cancel,
    Verb.CHANGE: _change,
    Verb.QUERY: read_query,
    Verb.QUERY_OWN: _query_own,
    Verb.REGISTER: _register,
    Verb.RATE: _rate,
    Verb.HELP: _help,
    Verb.OPTOUT: _opt_out,
    Verb.OPTIN: _opt_in,
}
