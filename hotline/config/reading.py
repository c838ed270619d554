"""From what was gathered to one frozen ``Config``, or to the list of everything that is wrong. Never half of either."""

from __future__ import annotations

import difflib
import stat
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from hotline.config.sources import Fault, Gathered, Given, Table, gather
from hotline.config.tables import TABLES, Config, SmscTable

DEFAULT_PATH = Path("/etc/hotline/hotline.toml")


@dataclass(frozen=True, slots=True)
class Faults:
    """All that is wrong with a configuration, in reading order."""

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class _Wrong(Exception):
    """A value that cannot be used, and why."""


def read_config(
    path: Path = DEFAULT_PATH, environ: Mapping[str, str] | None = None, options: Iterable[str] = ()
) -> Config | Faults:
    """The configuration in ``path`` with ``conf.d`` beside it, the environment and options (``table.key=value``) over it."""
    gathered = gather(path, environ or {}, options)
    builder = _Builder(gathered, environ or {}, complete=not gathered.faults)
    for name in gathered.tables.keys() - TABLES.keys():
        source = next(iter(gathered.tables[name].values())).source
        builder.wrong(source, f"[{name}]", f"is no table{_meant(name, [*TABLES, 'smsc'])}")
    tables = {name: builder.build(kind, gathered.tables.get(name, {}), f"[{name}]") for name, kind in TABLES.items()}
    builder.payments(tables["payments"], gathered.tables.get("payments", {}))
    smsc = [builder.smsc(name, given) for name, given in gathered.smsc.items()]
    if gathered.faults:
        return Faults(tuple(gathered.faults))
    return Config(**tables, smsc=tuple(smsc))


@dataclass(frozen=True, slots=True)
class _Builder:
    gathered: Gathered
    environ: Mapping[str, str]
    complete: bool  # every file could be read: only then is a key that nobody gave worth a fault

    def wrong(self, source: str, key: str, why: str) -> None:
        self.gathered.faults.append(Fault(source, key, why))

    def build(self, kind: type[Any], given: Table, label: str) -> Any:
        """The table, or None when anything in it is wrong (the faults are noted)."""
        whole = len(self.gathered.faults)
        hints = get_type_hints(kind)
        known = {written_name(field): field for field in fields(kind)}
        for name in given.keys() - known.keys():
            self.wrong(given[name].source, f"{label} {name}", f"is no key here{_meant(name, known)}")
        values = {}
        for name, field in known.items():
            if name in given:
                values[field.name] = self._value(field, hints[field.name], given[name], f"{label} {name}")
            elif field.default is MISSING:
                whole = -1
                if self.complete:
                    self.wrong(self.gathered.main, f"{label} {name}", "is missing")
        return kind(**values) if len(self.gathered.faults) == whole else None

    def smsc(self, name: str, given: Table) -> Any:
        """One account; what SMPP itself does not allow is a fault of the account as a whole."""
        table = self.build(SmscTable, given, f"[[smsc]] {name}")
        try:
            if table is not None:
                table.settings(hospital=0)
        except ValueError as error:
            self.wrong(next(iter(given.values())).source, f"[[smsc]] {name}", str(error))
        return table

    def payments(self, table: Any, given: Table) -> None:
        """A way to pay of which something is missing, or whose key is none, is a fault of the table as a whole."""
        try:
            if table is not None:
                table.settings()
        except ValueError as error:
            source = next((one.source for one in given.values()), self.gathered.main)
            self.wrong(source, "[payments]", str(error))

    def _value(self, field: Field[Any], kind: Any, given: Given, label: str) -> Any:
        try:
            if form := field.metadata["held_as"]:
                return _secret(form, self._file(given))
            value = self._file(given) if kind is Path else (_loosely if given.loose else _strictly)(kind, given.value)
            check: Callable[[Any], str | None] | None = field.metadata["check"]
            if check and (why := check(value)):
                raise _Wrong(why)
        except _Wrong as wrong:
            self.wrong(given.source, label, str(wrong))
            return None
        return value

    def _file(self, given: Given) -> Path:
        if not isinstance(given.value, str) or not given.value:
            raise _Wrong("must be a path in quotes")
        return file_of(given, self.environ)


def file_of(given: Given, environ: Mapping[str, str]) -> Path:
    """Paths are relative to the file they stand in; ``${CREDENTIALS_DIRECTORY}`` and other variables are filled in."""
    return given.base / Path(string.Template(str(given.value)).safe_substitute(environ))


def written_name(field: Field[Any]) -> str:
    """How a key is written in the file: secrets as ``…_file``."""
    return f"{field.name}_file" if field.metadata["held_as"] else field.name


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


_WORDS = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list of texts",
}


def _strictly(kind: Any, value: object) -> object:
    """A TOML value of exactly the key's type; a whole number may stand for a number."""
    plain = getattr(kind, "__origin__", kind)
    if plain is float and type(value) is int:
        return float(value)
    if plain is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if type(value) is not plain:
        raise _Wrong(f"must be {_WORDS[plain]}, not {value!r}")
    return value


def _loosely(kind: Any, value: object) -> object:
    """Text from the environment or an option as the key's type; lists are parted by commas."""
    text = str(value)
    plain = getattr(kind, "__origin__", kind)
    try:
        match plain.__name__:
            case "bool":
                return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.lower()]
            case "tuple":
                return tuple(part.strip() for part in text.split(",") if part.strip())
            case _:
                return plain(text)
    except (ValueError, KeyError):
        raise _Wrong(f"must be {_WORDS[plain]}, not {text!r}") from None


def _secret(form: str, path: Path) -> object:
    """What a secret's file holds. The secret itself is never repeated in a fault."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _Wrong(f"cannot be read: {getattr(error, 'strerror', 'not text')} ({path})") from None
    if form == "line":
        return text
    if mode & stat.S_IROTH:
        raise _Wrong(f"may be read by everybody: chmod 600 {path}")
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise _Wrong(f"must hold 64 hexadecimal digits (openssl rand -hex 32 > {path})")
    return secret
