"""What a patient can ask for, as frozen values.

A text (``command_parser.parse``) or a sequence of keys (``ivr.flows``) becomes one of these. They name what is wanted and
nothing about who wants it or whether it may be had: that is ``booking``'s to say.

Doctor numbers are five digits as text (``"00868"``), booking codes ("serials") eight digits as text, identity numbers are
in their normal form (18 places, capital ``X``), and times are the hospital's wall clock without a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why a text could not be understood; each is answered with one sentence and one right example."""

    BAD_DATETIME = "BAD_DATETIME"
    BAD_DOCTOR_NO = "BAD_DOCTOR_NO"
    MISSING_NAME = "MISSING_NAME"
    MISSING_DATETIME = "MISSING_DATETIME"
    MISSING_ARGS = "MISSING_ARGS"
    MISSING_SERIAL = "MISSING_SERIAL"
    BAD_SERIAL = "BAD_SERIAL"
    BAD_ID_CHECKSUM = "BAD_ID_CHECKSUM"
    BAD_ID_DATE = "BAD_ID_DATE"
    BAD_ID_LENGTH = "BAD_ID_LENGTH"
    BAD_SCORE = "BAD_SCORE"
    MISSING_TEXT = "MISSING_TEXT"
    SEVERAL_COMMANDS = "SEVERAL_COMMANDS"
    UNKNOWN_COMMAND = "UNKNOWN_COMMAND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    doctor: str
    when: datetime
    name: str


@dataclass(frozen=True, slots=True)
class BookMenu:
    """``GH`` alone: the step-by-step dialogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    serial: str
    when: datetime


@dataclass(frozen=True, slots=True)
class QueryOwn:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDoctor:
    doctor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDept:
    """A department's name, a speciality word or part of a doctor's name: the store decides which."""

    dept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryDate:
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    id: str
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """``text`` is the body as sent, unnormalised."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintState:
    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    serial: str
    score: int


@dataclass(frozen=True, slots=True)
class Help:
    pass


@dataclass(frozen=True, slots=True)
class OptOut:
    pass


@dataclass(frozen=True, slots=True)
class OptIn:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A bare number, Y/N or 是/否: means something only while a question is pending. ``value`` is digits, ``Y`` or ``N``."""

    value: str


Command = (
    Book
    | BookMenu
    | Cancel
    | Change
    | QueryOwn
    | QueryDoctor
    | QueryDept
    | QueryDate
    | Register
    | Complaint
    | ComplaintState
    | Rate
    | Help
    | OptOut
    | OptIn
    | Answer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A text that is no command: the keyword it seemed to start with (if any), the one reason, one right example."""

    command: str | None
    reason: Reason
    hint: str
