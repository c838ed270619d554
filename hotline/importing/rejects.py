"""The rows that were refused, in a file beside the one they came from, each with its reason: to be put right there and imported again."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from hotline.importing.verdicts import Rejected

REASON = "原因"


def rejects_path(source: Path) -> Path:
    """``doctors.xlsx`` → ``doctors.rejected.csv``."""
    return source.with_name(f"{source.stem.removesuffix('.rejected')}.rejected.csv")


def write_rejects(path: Path, header: tuple[str, ...], rejected: Iterable[Rejected]) -> None:
    """UTF-8 with BOM, so that Excel shows Chinese; no cell can be taken for a formula.

    Readable by its owner only: rows of a blacklist hold identity numbers.
    """
    columns = [name for name in header if name != REASON]
    with open(path, "w", encoding="utf-8-sig", newline="", opener=_private) as file:
        writer = csv.writer(file)
        writer.writerow([*columns, REASON])
        for row in rejected:
            cells = dict(zip(header, row.line.cells, strict=False))
            writer.writerow([*(_harmless(cells.get(name, "")) for name in columns), row.reason])


def _private(path: str, flags: int) -> int:
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)  # an older file may have been open to others
    return descriptor


def _harmless(cell: str) -> str:
    """A leading apostrophe makes text of what a spreadsheet would compute; reading takes it off again."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell
