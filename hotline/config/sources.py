"""Where settings come from, each with its origin: the file, ``conf.d/*.toml`` beside it, ``HOTLINE_*``, options. Later wins, key by key.

``HOTLINE_DATABASE_URL`` is ``url`` in ``[database]``; ``HOTLINE_SMSC_CMCC_HOST`` is ``host`` of the ``[[smsc]]`` named ``cmcc``. Variables
whose second word is no table (``HOTLINE_SPOOL``, ``HOTLINE_CACHE``) belong to other programs and are left alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotline.config.tables import TABLES

PREFIX = "HOTLINE_"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it was said, which key, why."""

    source: str
    key: str
    why: str

    def __str__(self) -> str:
        return f"{self.source}: {self.key}: {self.why}" if self.key else f"{self.source}: {self.why}"


@dataclass(frozen=True, slots=True)
class Given:
    """A value and who gave it. ``loose``: it came as text (environment, option) and is turned into the key's type."""

    value: object
    source: str
    base: Path = Path()
    loose: bool = False


Table = dict[str, Given]


@dataclass(slots=True)
class Gathered:
    """All that was said. ``smsc`` is by name; ``main`` is the file that a missing key is missing from."""

    main: str
    tables: dict[str, Table] = field(default_factory=dict)
    smsc: dict[str, Table] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def put(self, table: str, key: str, given: Given) -> None:
        self.tables.setdefault(table, {})[key] = given


def gather(path: Path, environ: Mapping[str, str], options: Iterable[str]) -> Gathered:
    """Reads everything; a file that cannot be read is a fault, never an exception. ``options`` are ``table.key=value``."""
    gathered = Gathered(main=path.name)
    for file in (path, *sorted(path.parent.glob("conf.d/*.toml"))):
        _read_file(gathered, file, file.name if file == path else f"conf.d/{file.name}")
    for name, value in sorted(environ.items()):
        _read_variable(gathered, name, value)
    for option in options:
        _read_option(gathered, option)
    return gathered


def _read_file(gathered: Gathered, file: Path, source: str) -> None:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        gathered.faults.append(Fault(source, "", f"cannot be read: {error.strerror} ({file})"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        gathered.faults.append(Fault(source, "", f"is not TOML: {error}"))
    else:
        for name, content in document.items():
            _read_table(gathered, name, content, source, file.parent)


def _read_table(gathered: Gathered, name: str, content: Any, source: str, base: Path) -> None:
    match content:
        case list() if name == "smsc" and all(isinstance(table, dict) for table in content):
            names = [table["name"] for table in content if "name" in table]
            for twice in sorted({str(one) for one in names if names.count(one) > 1}):
                gathered.faults.append(
                    Fault(source, f"[[smsc]] {twice}", "stands twice: every account needs its own name")
                )
            for number, table in enumerate(content, 1):
                given = {key: Given(value, source, base) for key, value in table.items()}
                gathered.smsc.setdefault(str(table.get("name", f"#{number}")), {}).update(given)
        case dict() if name != "smsc":
            for key, value in content.items():
                gathered.put(name, key, Given(value, source, base))
        case _ if name == "smsc":
            gathered.faults.append(Fault(source, "smsc", "is a list: write [[smsc]]"))
        case _:
            gathered.faults.append(Fault(source, name, "stands outside any [table]"))


def _read_variable(gathered: Gathered, name: str, value: str) -> None:
    if not name.startswith(PREFIX):
        return
    table, _, key = name.removeprefix(PREFIX).lower().partition("_")
    given = Given(value, name, loose=True)
    if table in TABLES and key:
        gathered.put(table, key, given)
    elif table == "smsc":
        _put_smsc(gathered, key, given, name)


def _put_smsc(gathered: Gathered, rest: str, given: Given, name: str) -> None:
    """Names may hold underscores: the longest known name that the rest begins with is meant."""
    for smsc in sorted(gathered.smsc, key=len, reverse=True):
        if rest.startswith(f"{smsc.lower()}_"):
            gathered.smsc[smsc][rest[len(smsc) + 1 :]] = given
            return
    gathered.faults.append(
        Fault(name, "", f"no [[smsc]] has a name that fits; known: {', '.join(gathered.smsc) or 'none'}")
    )


def _read_option(gathered: Gathered, option: str) -> None:
    path, equals, value = option.partition("=")
    given = Given(value, f"--set {path}", loose=True)
    match path.split("."):
        case [table, key] if equals and key:
            gathered.put(table, key, given)
        case ["smsc", name, key] if equals and name in gathered.smsc:
            gathered.smsc[name][key] = given
        case _:
            gathered.faults.append(
                Fault(f"--set {option}", "", "write table.key=value, or smsc.NAME.key=value for a known NAME")
            )
