"""Hot statements: written in SQLAlchemy Core like all others, compiled once, and run on the driver's own cursor.

SQLAlchemy spends about 40 µs on a statement whose compiled form it has in its cache, ten times what SQLite needs to run it; a text
that comes in and is answered takes fourteen. Here the form is compiled once for each dialect, so that a run costs its parameters, its
rows and the driver: about 5 µs. What SQLAlchemy knows stays true: types are converted both ways, errors are its errors, and a
connection found dead is thrown away. Rows are plain tuples in the order of the columns selected.

A list for an ``expanding`` parameter is filled up to the next power of two by repeating its last value, so that lists of all lengths
share a few forms: for ``IN`` that changes nothing. Where values come as literals, one form takes a list of any length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import BINARY, BindParameter, Connection, Dialect, Integer, LargeBinary, func
from sqlalchemy.sql import Delete, Insert, Select, Update
from sqlalchemy.types import TypeEngine

from booking.store.driver import cursor_of
from booking.store.literals import literal, literals

Values = Mapping[str, Any]
Process = Callable[[Any], Any]
Run = Callable[[Values], Sequence[Any]]
"""The values of some places that follow each other."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one parameter of the driver comes from: the value ``name`` (its ``nth`` member), or ``fixed`` for good."""

    key: str
    name: str | None
    nth: int | None
    fixed: Any
    process: Process | None

    def pick(self, values: Values) -> Any:
        if self.name is None:
            return self.fixed
        value = values[self.name] if self.nth is None else values[self.name][self.nth]
        return value if self.process is None else self.process(value)

    def told(self, values: Values) -> str:
        """As SQL text: all members of a list."""
        if self.name is None or self.nth is None:
            return literal(self.pick(values))
        members = values[self.name]
        return literals(tuple(members) if self.process is None else tuple(map(self.process, members)))


@dataclass(frozen=True, slots=True)
class _Form:
    """A compiled statement. ``reads``: which columns of a row are converted, and how; ``runs`` fill the places, in order."""

    sql: str
    positional: bool
    places: tuple[_Place, ...]
    reads: tuple[tuple[int, Process], ...]
    runs: tuple[Run, ...]

    def parameters(self, values: Values) -> Any:
        if self.positional:
            return [value for run in self.runs for value in run(values)]
        return {place.key: place.pick(values) for place in self.places}

    def execute(self, cursor: Any, values: Values) -> None:
        """MariaDB's driver would put the values into the text, too, but slowly: so they come there as literals."""
        if self.positional:
            cursor.execute(self.sql, self.parameters(values))
        else:
            cursor.execute(self.sql % {place.key: place.told(values) for place in self.places})

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        read = list(row)
        for at, process in self.reads:
            read[at] = process(read[at])
        return tuple(read)


class Prepared:
    """One statement. For an insert without ``values`` the keys of the first row say which columns are written."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self.statement = statement
        self._forms: dict[tuple[Any, ...], _Form] = {}

    def rows(self, conn: Connection, values: Values) -> list[tuple[Any, ...]]:
        """All rows of a select. A list in ``values`` must not be empty."""
        form, values = self._form(conn.dialect, values)
        with cursor_of(conn, form.sql) as cursor:
            form.execute(cursor, values)
            found = cursor.fetchall()
        return [form.read(row) for row in found] if form.reads else list(found)

    def change(self, conn: Connection, values: Values) -> int:
        """How many rows were changed."""
        form, values = self._form(conn.dialect, values)
        with cursor_of(conn, form.sql) as cursor:
            form.execute(cursor, values)
            return int(cursor.rowcount)

    def change_each(self, conn: Connection, rows: Sequence[Values]) -> None:
        """Once for each of ``rows``, which have the same keys and no lists."""
        form, _ = self._form(conn.dialect, rows[0])
        with cursor_of(conn, form.sql) as cursor:
            cursor.executemany(form.sql, [form.parameters(row) for row in rows])

    def _form(self, dialect: Dialect, values: Values) -> tuple[_Form, Values]:
        """The form for these values, and what it is run with."""
        lists = {name: value for name, value in values.items() if type(value) is list}
        shape = lists
        if lists and dialect.positional:
            lists = shape = {name: _to_power_of_two(value) for name, value in lists.items()}
        elif lists:
            shape = {name: _first(value) for name, value in lists.items()}
        columns = tuple(values) if isinstance(self.statement, Insert) else ()
        key = (dialect.name, *[(name, len(value)) for name, value in shape.items()], *columns)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = _compiled(self.statement, dialect, {**values, **shape})
        return form, {**values, **lists} if lists else values


class Packed:
    """A select of numbers and bytes, none of them NULL; its rows come in no order.

    MariaDB's driver reads a row in Python, column by column (5 to 10 µs): so there all rows come as one text, which is split.
    """

    def __init__(self, statement: Select[Any]) -> None:
        columns = list(statement.selected_columns)
        numbers = [isinstance(column.type, Integer) for column in columns]
        said = [column if number else func.hex(column) for column, number in zip(columns, numbers, strict=True)]
        one = func.group_concat(func.concat_ws(",", *said))
        self._read: list[Process] = [int if number else bytes.fromhex for number in numbers]
        self._plain = Prepared(statement)
        self._one = Prepared(statement.with_only_columns(func.count(), one, maintain_column_froms=True))

    def rows(self, conn: Connection, values: Values) -> list[tuple[Any, ...]]:
        """All rows. A list in ``values`` must not be empty."""
        if conn.dialect.name == "sqlite":
            return self._plain.rows(conn, values)
        ((count, told),) = self._one.rows(conn, values)
        columns = unpacked(count, told, len(self._read))
        return list(zip(*(map(read, column) for read, column in zip(self._read, columns, strict=True)), strict=True))


def unpacked(count: int, told: str | None, width: int) -> list[list[str]]:
    """The columns of so many rows told as one text with commas everywhere."""
    flat = told.split(",") if told else []
    if len(flat) != count * width:
        raise RuntimeError("rows came back cut off: group_concat_max_len is too small")
    return [flat[nth::width] for nth in range(width)]


def _first(members: list[Any]) -> list[Any]:
    assert members, "nothing can be in an empty list"
    return members[:1]


def _to_power_of_two(members: list[Any]) -> list[Any]:
    assert members, "nothing can be in an empty list"
    wanted = 1 << (len(members) - 1).bit_length()
    return members + members[-1:] * (wanted - len(members))


def _compiled(statement: Any, dialect: Dialect, values: Values) -> _Form:
    columns = list(values) if isinstance(statement, Insert) else None
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    state = compiled.construct_expanded_state(values)
    members = {
        member: (name, nth) for name, found in state.parameter_expansion.items() for nth, member in enumerate(found)
    }
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    plain = [name for name in binds if name not in state.parameter_expansion]
    keys = state.positiontup if compiled.positional else [*plain, *members]
    kinds = [column.type for column in statement.selected_columns] if isinstance(statement, Select) else []
    reads = [_reading(kind, dialect) for kind in kinds]
    places = tuple(_place(key, members.get(key, (key, None)), binds, dialect) for key in keys)
    return _Form(
        sql=state.statement,
        positional=compiled.positional,
        places=places,
        runs=tuple(_runs(places)),
        reads=tuple((at, process) for at, process in enumerate(reads) if process is not None),
    )


def _runs(places: Sequence[_Place]) -> Iterator[Run]:
    """A list's members follow each other and are of one type: they are put in as one, not each by itself."""
    for (name, many), group in groupby(places, lambda place: (place.name, place.nth is not None)):
        some = tuple(group)
        if name is not None and many and [place.nth for place in some] == list(range(len(some))):
            yield partial(_members, name, len(some), some[0].process)
        else:
            yield partial(_each, some)


def _members(name: str, count: int, process: Process | None, values: Values) -> Sequence[Any]:
    members = values[name]
    assert len(members) == count, "a form is made for lists of one length"
    return members if process is None else list(map(process, members))


def _each(places: Sequence[_Place], values: Values) -> Sequence[Any]:
    return [place.pick(values) for place in places]


def _is_bytes(kind: TypeEngine[Any]) -> bool:
    """Bytes are bytes to both drivers already, either way: a call for each of a batch's prints is time for nothing."""
    return isinstance(kind, LargeBinary | BINARY)


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    return None if _is_bytes(kind) else kind.dialect_impl(dialect).result_processor(dialect, None)


def _place(
    key: str, source: tuple[str, int | None], binds: Mapping[str, BindParameter[Any]], dialect: Dialect
) -> _Place:
    name, nth = source
    bind = binds[name]
    process = None if _is_bytes(bind.type) else bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.required:
        return _Place(key, name, nth, None, process)
    return _Place(key, None, None, bind.value if process is None else process(bind.value), None)
