"""Values as MariaDB's SQL text, safe by their type: what is no harmless word is told in hexadecimal digits.

PyMySQL has no prepared statements: it escapes each parameter in Python, one at a time and slowly. Here a number is its digits, bytes are
``X'…'``, a moment is digits between quotes, and a text stands between quotes only when it is made of ASCII letters, digits
and ``_ . : + = -`` and blanks; any other is its UTF-8 in hexadecimal. Nothing that came from outside can end a quote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

_HARMLESS = re.compile(r"[A-Za-z0-9_.:+= -]*").fullmatch


def literal(value: Any) -> str:
    """``value`` as SQL text; raises TypeError for a type that has no rule."""
    told = _TOLD.get(type(value))
    if told is not None:
        return told(value)
    if isinstance(value, str):  # a StrEnum
        return _text(str(value))
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def literals(values: tuple[Any, ...]) -> str:
    """Some, with commas between them."""
    form, told = _column(values)
    return ",".join([form % each for each in told])


def tuples(same: str, rows: Sequence[tuple[Any, ...]]) -> str:
    """Rows as they stand behind VALUES; each begins with ``same``, which is SQL text already.

    Column by column, because a column is of one type mostly.
    """
    columns = [_column(values) for values in zip(*rows, strict=True)]
    form = f"({same},{','.join([form for form, _ in columns])})"
    return ",".join([form % row for row in zip(*[told for _, told in columns], strict=True)])


def _column(values: tuple[Any, ...]) -> tuple[str, Sequence[Any]]:
    """How each is told in a row, and what is put there."""
    kinds = set(map(type, values))
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind is int:
        return "%d", values
    if kind is bytes:
        return "X'%s'", [value.hex() for value in values]
    if kind is str and _HARMLESS("".join(values)):  # texts are looked through in one go
        return "'%s'", values
    return "%s", [literal(value) for value in values]


def plain(value: Any) -> Any:
    """What SQLite is given for ``value``, which it keeps as a number, text or bytes: as SQLAlchemy's types write it."""
    kind = type(value)
    if kind is datetime:
        return value.isoformat(" ", "microseconds")
    return value.isoformat() if kind is date else value


def _text(value: str) -> str:
    return f"'{value}'" if _HARMLESS(value) else f"_utf8mb4 X'{value.encode().hex()}'"


def _bytes(value: bytes) -> str:
    return f"X'{value.hex()}'"


_TOLD: dict[type, Callable[[Any], str]] = {
    int: str,
    str: _text,
    bytes: _bytes,
    type(None): lambda _: "NULL",
    bool: lambda value: "1" if value else "0",
    datetime: lambda value: f"'{value.isoformat(' ', 'microseconds')}'",
    date: lambda value: f"'{value.isoformat()}'",
}
