"""Each row of an import judged by itself: what it puts, or the one reason why it is refused.

Pure: what already stands and today's date are handed in. Column names may be Chinese or English, in any order; columns nobody asks
for are ignored. The reasons are for the person who keeps the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from hotline.importing.cells import Refused
from hotline.importing.sheet import Line, Sheet, Unreadable

Row = TypeVar("Row")
Fields = Mapping[str, str]
Columns = Mapping[str, tuple[str, ...]]
"""Each field's names at the head of a file, the one that we say first."""


@dataclass(frozen=True, slots=True)
class Rejected:
    line: Line
    reason: str


@dataclass(frozen=True, slots=True)
class Judged(Generic[Row]):
    """``accepted`` in file order. ``header`` is the file's own, for the file of rejected rows."""

    header: tuple[str, ...]
    accepted: tuple[Row, ...]
    rejected: tuple[Rejected, ...]


def judge(
    sheet: Sheet, columns: Columns, optional: Collection[str], read: Callable[[Fields], tuple[str, Row]]
) -> Judged[Row]:
    """``read`` gives a row's key and what it puts. Rows of one key that say different things are all refused: which of them is meant,
    only the file's keeper knows.
    """
    rows, rejected = read_rows(sheet, columns, optional, lambda line, fields: (line, *read(fields)))
    accepted, repeated = _told_apart(rows)
    rejected = sorted((*rejected, *repeated), key=lambda row: row.line.number)
    return Judged(sheet.header, tuple(accepted), tuple(rejected))


def read_rows(
    sheet: Sheet, columns: Columns, optional: Collection[str], read: Callable[[Line, Fields], Row]
) -> tuple[list[Row], list[Rejected]]:
    """Each line by itself; a field whose column or cell is missing is empty. Raises Unreadable for a missing column."""
    places = places_of(sheet.header, columns, optional)
    rows, rejected = [], []
    for line in sheet.lines:
        fields = {
            name: line.cells[place] if place is not None and place < len(line.cells) else ""
            for name, place in places.items()
        }
        try:
            rows.append(read(line, fields))
        except Refused as refused:
            rejected.append(Rejected(line, str(refused)))
    return rows, rejected


def _told_apart(rows: Sequence[tuple[Line, str, Row]]) -> tuple[list[Row], list[Rejected]]:
    """The rows that stand, and those that repeat or contradict another of the same key."""
    of_key: dict[str, list[tuple[Line, Row]]] = {}
    for line, key, row in rows:
        of_key.setdefault(key, []).append((line, row))
    accepted, rejected = [], []
    for (first, row), *others in of_key.values():
        if any(other != row for _, other in others):
            rejected.append(Rejected(first, f"与第 {others[0][0].number} 行编号相同、内容不同，请只留一行"))
            rejected += [Rejected(line, f"与第 {first.number} 行编号相同、内容不同，请只留一行") for line, _ in others]
        else:
            accepted.append(row)
            rejected += [Rejected(line, f"与第 {first.number} 行重复") for line, _ in others]
    return accepted, rejected


def places_of(header: tuple[str, ...], columns: Columns, optional: Collection[str]) -> dict[str, int | None]:
    """Where each field stands; None: an optional one that is missing. Raises Unreadable."""
    names = [cell.lower() for cell in header]
    found = {
        field: next((names.index(alias) for alias in aliases if alias in names), None)
        for field, aliases in columns.items()
    }
    missing = [columns[field][0] for field, place in found.items() if place is None and field not in optional]
    if missing:
        raise Unreadable(f"缺少列：{'、'.join(missing)}（列名应在第一行）")
    return found
