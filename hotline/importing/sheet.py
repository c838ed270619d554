"""A file as rows of text: CSV in UTF-8 (with or without BOM), GB18030 or "Unicode text" as Excel saves it in China, or XLSX.

Every cell becomes text as a person reads it: 868.0 is ``868``, a date ``2026-11-23``, a time ``08:00``. Limits come first: nobody's roster
has more than 100,000 rows.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 100_000


_UNSEEN = re.compile(r"[\x00-\x20\x7f\xa0\u200b-\u200f\u3000\ufeff]+")
"""Line breaks inside a cell, control characters, the many kinds of space: what nobody sees counts as one space."""


class Unreadable(Exception):
    """The file as a whole cannot be used; the text says why, for the person who made it."""


@dataclass(frozen=True, slots=True)
class Line:
    """``number`` as the spreadsheet shows it (the header is 1); ``cells`` by column, stripped."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    header: tuple[str, ...]
    lines: tuple[Line, ...]


def read_sheet(path: Path) -> Sheet:
    """The first sheet of an XLSX file, or a CSV file; raises Unreadable."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise Unreadable(f"文件超过 {MOST_BYTES // 1024 // 1024} MB")
        if path.suffix.lower() == ".xls":
            raise Unreadable("旧的 .xls 格式不能读，请另存为 XLSX 或“CSV UTF-8”")
        rows = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path.read_bytes())
        return _sheet(rows)
    except OSError as error:
        raise Unreadable(f"文件无法读取：{error.strerror}") from None


def _sheet(rows: Iterable[Iterable[object]]) -> Sheet:
    lines = []
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS + 1:
            raise Unreadable(f"超过 {MOST_ROWS} 行")
        cells = tuple(_text(cell) for cell in row)
        if any(cells):
            lines.append(Line(number, cells))
    if not lines:
        raise Unreadable("文件是空的")
    return Sheet(lines[0].cells, tuple(lines[1:]))


def _csv(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise Unreadable(f"不是正确的 CSV 文件：{error}") from None


def _decoded(data: bytes) -> str:
    unicode_text = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if unicode_text else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("编码无法识别，请另存为“CSV UTF-8”")


def _xlsx(path: Path) -> Iterator[tuple[object, ...]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise Unreadable("不是正确的 XLSX 文件") from None
    try:
        yield from book.worksheets[0].iter_rows(values_only=True)
    finally:
        book.close()


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(sep=" ", timespec="minutes")
        case time():
            return cell.isoformat(timespec="minutes")
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return _UNSEEN.sub(" ", str(cell)).strip().removeprefix("'")
