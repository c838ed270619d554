"""AGI commands as Asterisk reads them: a line into words, words into a command of its table. Pure.

The table holds what this product uses or could; anything else is answered 510, as by an Asterisk that lacks it.
"""

from __future__ import annotations

from dataclasses import dataclass

LINE_MOST = 8191  # bytes; what is longer Asterisk 22 tears in two


@dataclass(frozen=True, slots=True)
class Form:
    """How many arguments a command takes, and the line that a wrong use is answered with."""

    least: int
    most: int
    usage: str


FORMS: dict[str, Form] = {
    "ANSWER": Form(0, 0, "ANSWER"),
    "CHANNEL STATUS": Form(0, 1, "CHANNEL STATUS [<channelname>]"),
    "EXEC": Form(1, 2, "EXEC <application> [<options>]"),
    "GET DATA": Form(1, 3, "GET DATA <file to be streamed> [timeout] [max digits]"),
    "GET FULL VARIABLE": Form(1, 2, "GET FULL VARIABLE <expression> [<channel name>]"),
    "GET VARIABLE": Form(1, 1, "GET VARIABLE <variablename>"),
    "HANGUP": Form(0, 1, "HANGUP [<channelname>]"),
    "NOOP": Form(0, 99, "NoOp"),
    "RECORD FILE": Form(
        4, 7, "RECORD FILE <filename> <format> <escape digits> <timeout> [offset samples] [BEEP] [s=silence]"
    ),
    "SET VARIABLE": Form(2, 2, "SET VARIABLE <variablename> <value>"),
    "STREAM FILE": Form(2, 3, "STREAM FILE <filename> <escape digits> [sample offset]"),
    "VERBOSE": Form(1, 2, "VERBOSE <message> <level>"),
    "WAIT FOR DIGIT": Form(1, 1, "WAIT FOR DIGIT <timeout>"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """A command of the table with its arguments."""

    name: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """510."""


@dataclass(frozen=True, slots=True)
class Misused:
    """520, with the usage line."""

    usage: str


def read(line: str) -> Order | Unknown | Misused:
    """What Asterisk makes of one line (without its line end)."""
    words = split(line)
    for length in (3, 2, 1):
        name = " ".join(words[:length]).upper()
        if len(words) >= length and name in FORMS:
            form = FORMS[name]
            args = tuple(words[length:])
            return Order(name, args) if form.least <= len(args) <= form.most else Misused(form.usage)
    return Unknown()


def split(line: str) -> list[str]:
    """Words at white space; quotation marks keep it, a backslash keeps the next character, ``""`` is an empty word."""
    words: list[str] = []
    word: str | None = None
    quoted = escaped = False
    for char in line:
        if escaped:
            word, escaped = (word or "") + char, False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted, word = not quoted, word or ""
        elif char in " \t" and not quoted:
            words += [] if word is None else [word]
            word = None
        else:
            word = (word or "") + char
    return words if word is None else [*words, word]
