"""A report's lines into a file or onto the screen, one by one: nothing is kept but what a sheet's writer must.

table   for people: columns as wide as their first lines need
csv     UTF-8 with BOM, so that Excel shows Chinese; yuan with two decimals, shares as fractions of 1
xlsx    one sheet, a further one after each million lines; yuan and shares as numbers
json    one object a line, names as in docs/reports.md: money in fen, the program's own words
No cell can be taken for a formula.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from hotline.reports.columns import Column
from hotline.reports.words import said

Line = tuple[Any, ...]
Writer = Callable[[Sequence[Column], Iterable[Line], IO[bytes]], None]

LOOK_AHEAD = 100  # lines by which a table's widths are found
SHEET_LINES = 1_000_000  # Excel ends at 1,048,576
_FORMATS = {"money": "#,##0.00", "rate": "0.0%", "minutes": "0.0"}


def write_table(columns: Sequence[Column], lines: Iterable[Line], out: IO[bytes]) -> None:
    told = ([_spoken(column, cell) for column, cell in zip(columns, line, strict=True)] for line in lines)
    first = [[column.title for column in columns], *islice(told, LOOK_AHEAD)]
    widths = [max(map(_width, texts)) for texts in zip(*first, strict=True)]
    right = [column.kind in ("count", "money", "rate", "minutes") for column in columns]
    for texts in chain(first, told):
        padded = (_padded(text, width, to_right) for text, width, to_right in zip(texts, widths, right, strict=True))
        out.write(("  ".join(padded).rstrip() + "\n").encode())


def write_csv(columns: Sequence[Column], lines: Iterable[Line], out: IO[bytes]) -> None:
    out.write(b"\xef\xbb\xbf")
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([column.title for column in columns])
    for line in lines:
        writer.writerow([_plain(column, cell) for column, cell in zip(columns, line, strict=True)])
    text.detach()


def write_json(columns: Sequence[Column], lines: Iterable[Line], out: IO[bytes]) -> None:
    names = [f"{column.name}_fen" if column.kind == "money" else column.name for column in columns]
    for line in lines:
        out.write(json.dumps(dict(zip(names, line, strict=True)), ensure_ascii=False, default=_iso).encode() + b"\n")


def write_xlsx(columns: Sequence[Column], lines: Iterable[Line], out: IO[bytes]) -> None:
    book = Workbook(write_only=True)
    rest = iter(lines)
    for part in _parts(rest):
        sheet = book.create_sheet()
        sheet.append([column.title for column in columns])
        for line in part:
            sheet.append([_cell(sheet, column, cell) for column, cell in zip(columns, line, strict=True)])
    book.save(out)


WRITERS: dict[str, Writer] = {"table": write_table, "csv": write_csv, "xlsx": write_xlsx, "json": write_json}


def _parts(lines: Iterator[Line]) -> Iterator[Iterator[Line]]:
    """At least one part, each of at most a sheet's lines."""
    first: tuple[Line, ...] = ()
    while True:
        yield chain(first, islice(lines, SHEET_LINES - len(first)))
        first = tuple(islice(lines, 1))
        if not first:
            return


def _spoken(column: Column, cell: Any) -> str:
    if cell is None:
        return ""
    match column.kind:
        case "money":
            return f"{cell / 100:,.2f}"
        case "rate":
            return f"{cell:.1%}"
        case "word":
            return said(cell)
        case _:
            return _text(cell)


def _plain(column: Column, cell: Any) -> str:
    if cell is None:
        return ""
    match column.kind:
        case "money":
            return f"{cell / 100:.2f}"
        case "rate":
            return f"{cell:.4f}"
        case "word":
            return _harmless(said(cell))
        case "count" | "minutes":
            return str(cell)
        case _:
            return _harmless(_text(cell))


def _cell(sheet: Any, column: Column, cell: Any) -> Any:
    match column.kind:
        case _ if cell is None:
            return None
        case "money" | "rate" | "minutes":
            made = WriteOnlyCell(sheet, value=cell / 100 if column.kind == "money" else cell)
            made.number_format = _FORMATS[column.kind]
            return made
        case "count":
            return cell
        case "word":
            return _harmless(said(cell))
        case _ if isinstance(cell, date):
            return cell
        case _:
            return _harmless(str(cell))


def _text(cell: Any) -> str:
    return cell.isoformat(sep=" ", timespec="minutes") if isinstance(cell, datetime) else str(cell)


def _iso(cell: Any) -> str:
    assert isinstance(cell, date), f"a report tells no {type(cell).__name__}"
    return cell.isoformat()


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int, to_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if to_right else text + space
