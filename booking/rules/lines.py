"""On which line of a TOML text each key stands, for Python's own reader does not tell. Pure; only for texts that it has read well."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

Path = tuple[str | int, ...]
_HEADER = re.compile(r"\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?$")
_PART = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([^\s.=\]]+))\s*')
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')


def lines_of(text: str) -> dict[Path, int]:
    """Path → line from 1: ``("window", "release")``, ``("limits", 0, "most")``, tables and array members included."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in _starts(text):
        if (header := _HEADER.match(line)) is not None and "=" not in _STRING.sub("", line).partition("#")[0]:
            table = _table(header[1] == "[[", _key(header[2]), counts)
            found.setdefault(table, number)
            found.setdefault(table[:-1] if isinstance(table[-1], int) else table, number)
        else:
            path = table + _key(line)
            for length in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:length], number)
    return found


def _starts(text: str) -> Iterator[tuple[int, str]]:
    """The lines on which a key or a table begins: not those in the middle of a value."""
    depth, quote = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not depth and not quote and line.split("#")[0].strip():
            yield number, line
        header = not depth and not quote and line.lstrip().startswith("[")
        after, quote = _open(line, quote)
        depth = 0 if header else depth + after


def _open(line: str, quote: str) -> tuple[int, str]:
    """How many brackets the line leaves open, and the quotation marks of the long string that it ends in."""
    rest, depth = line, 0
    while rest:
        if quote:
            _, closed, rest = rest.partition(quote)
            quote = "" if closed else quote
        elif rest.startswith(('"""', "'''")):
            quote, rest = rest[:3], rest[3:]
        elif (string := _STRING.match(rest)) is not None:
            rest = rest[string.end() :]
        elif rest[0] == "#":
            break
        else:
            depth += (rest[0] in "[{") - (rest[0] in "]}")
            rest = rest[1:]
    return depth, quote


def _table(many: bool, names: Path, counts: dict[Path, int]) -> Path:
    """The path of a header, each array of tables by its latest member."""
    path: Path = ()
    for place, name in enumerate(names, 1):
        path = (*path, name)
        if many and place == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _key(text: str) -> Path:
    """The parts of a dotted key, up to its ``=``."""
    parts: list[str | int] = []
    found = _PART.match(text)
    while found is not None:
        quoted, plain, bare = found.groups()
        parts.append(json.loads(f'"{quoted}"') if quoted is not None else plain if plain is not None else bare)
        at = found.end()
        found = _PART.match(text, at + 1) if text[at : at + 1] == "." else None
    return tuple(parts)
