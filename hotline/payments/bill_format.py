"""The telephone operator's batch files, as text: what we ask to be put on (or taken off) phone bills, and what it answers.

Fields are parted by ``|``, lines end with LF, text is UTF-8, amounts are in fen, times on the hospital's wall. The trailer carries the
SHA-256 (hex) of all bytes before it: a file that is cut or changed on its way is refused as a whole. docs/money.md has the tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.money.payments import Answer, Errand, Kind, State

VERSION = "1"
_KINDS: dict[str, Kind] = {"C": "charge", "R": "refund"}
_RESULTS: dict[str, State] = {"0": "done", "1": "refused", "2": "pending"}
_ANSWER_FIELDS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the operator says of one errand."""

    kind: Kind
    number: str
    amount_fen: int
    answer: Answer


class BadFile(Exception):
    """Not to be believed: no line of it counts. The message holds nothing personal."""


def batch_text(hospital: str, batch: str, made: datetime, errands: Sequence[Errand]) -> str:
    """``H`` header, ``C`` and ``R`` lines, ``T`` trailer."""
    lines = [f"H|{VERSION}|{hospital}|{batch}|{made:%Y-%m-%d %H:%M:%S}|{len(errands)}"]
    lines.extend(_line(errand) for errand in errands)
    sums = [
        str(part)
        for kind in _KINDS.values()
        for part in (
            sum(errand.kind == kind for errand in errands),
            sum(errand.amount_fen for errand in errands if errand.kind == kind),
        )
    ]
    return _closed(lines, sums)


def read_answers(text: str) -> list[Line]:
    """The lines of an answer file, in order; raises BadFile."""
    *lines, trailer = text.removesuffix("\n").split("\n")
    before = "".join(f"{line}\n" for line in lines)
    fields = trailer.split("|")
    if fields[0] != "T" or fields[-1] != _digest(before):
        raise BadFile("the trailer does not fit")
    header = lines[0].split("|") if lines else []
    if header[:2] != ["A", VERSION] or header[-1] != str(len(lines) - 1):
        raise BadFile("the header does not fit")
    return [_read(number, line) for number, line in enumerate(lines[1:], 2)]


def holds(text: str, number: str) -> bool:
    """Whether a batch file asks for this number."""
    return any(line.split("|")[1:2] == [number] for line in text.split("\n") if line[:2] in {"C|", "R|"})


def _line(errand: Errand) -> str:
    phone = errand.phone.removeprefix("+86")
    if errand.kind == "charge":
        return f"C|{errand.trade_no}|{phone}|{errand.amount_fen}"
    return f"R|{errand.refund_no}|{errand.trade_no}|{errand.provider_no}|{phone}|{errand.amount_fen}"


def _read(number: int, line: str) -> Line:
    fields = line.split("|")
    if len(fields) != _ANSWER_FIELDS or fields[0] not in _KINDS or fields[2] not in _RESULTS or not fields[1]:
        raise BadFile(f"line {number} cannot be read")
    kind, own, result, provider_no, amount, error = fields
    if not amount.isdecimal():
        raise BadFile(f"line {number} has no amount")
    answer = Answer(state=_RESULTS[result], provider_no=provider_no, error=error)
    return Line(kind=_KINDS[kind], number=own, amount_fen=int(amount), answer=answer)


def _closed(lines: Sequence[str], sums: Sequence[str]) -> str:
    before = "".join(f"{line}\n" for line in lines)
    return f"{before}T|{'|'.join(sums)}|{_digest(before)}\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
