"""FastAGI on the wire: bytes in, events out; a command's name and arguments in, one line out. No I/O, no clock.

Laws:

* ``feed`` never raises, whatever the bytes and however they are cut, and never keeps more than ``VALUE_MOST`` of them.
* ``HANGUP`` is an event, never a reply, wherever it stands: alone, between the lines of a usage text, or glued to a reply.
* A value is raw text: it may hold parentheses, quotes, ``endpos=`` or line ends. It ends at the *last* ``)``.
* After a ``Fault`` the two sides may be out of step: nothing that follows is read.
* A command is one line. An argument that would make it two is refused, not repaired.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ivr.agi.environment import AgiEnvironment, decode, read_environment

HEADER_LINES = 64
HEADER_MOST = 8 * 1024
LINE_MOST = 8 * 1024  # Asterisk 22 writes at most 8,191 bytes a line
VALUE_MOST = 64 * 1024  # a value or usage text of several lines,
VALUE_LINES = 512  # and how many lines
COMMAND_MOST = 2_000  # Asterisk before 22.10 cuts at 2,047


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. ``result`` and ``data`` are what follows ``result=``: ``200 result=12 (timeout) endpos=80``; ``text`` is the line's
    words when it is no 200 (a usage text keeps its lines)."""

    code: int
    result: str = ""
    data: str | None = None
    endpos: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class EnvironmentRead:
    env: AgiEnvironment


@dataclass(frozen=True, slots=True)
class HangupSeen:
    """The caller is gone. Commands may still be answered (511 for those that need a caller)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What was read is not FastAGI. ``kind``: header-long, header-malformed, line-long, value-long or garbage."""

    kind: str


Event = EnvironmentRead | Reply | HangupSeen | Fault


class _State(Enum):
    HEADER = auto()
    LINES = auto()
    INSIDE = auto()  # a reply of several lines
    ENDED = auto()


_PARTS = re.compile(r"result=(\S*)(?: \((.*)\))?(?: endpos=(\d{1,18}))? *", re.DOTALL)
_INTERIM = "100"
# Nine replies in ten are one of these, alone in their segment: they cost one look into a table.
_USUAL: dict[bytes, tuple[Event, ...]] = {
    b"200 result=%s\n" % result: (Reply(200, result.decode()),) for result in (b"0", b"1", b"-1")
}
_HANGUP = HangupSeen()


class Wire:
    """Asterisk's side of one call, read as it comes."""

    __slots__ = ("_held", "_pending", "_size", "_state")

    def __init__(self) -> None:
        self._pending = b""
        self._held: list[str] = []  # the lines of an unfinished reply,
        self._size = 0  # and their length
        self._state = _State.HEADER

    def feed(self, data: bytes) -> Sequence[Event]:
        """The events that ``data`` completes, in order."""
        if not self._pending and self._state is _State.LINES and data in _USUAL:
            return _USUAL[data]
        self._pending += data
        events: list[Event] = []
        if self._state is _State.HEADER:
            self._read_header(events)
        if self._state is _State.LINES or self._state is _State.INSIDE:
            *lines, self._pending = self._pending.split(b"\n")
            for line in lines:
                self._read_line(line, events)
            if len(self._pending) > LINE_MOST:
                self._fail("line-long", events)
        if self._state is _State.ENDED:
            self._pending = b""
        return events

    @property
    def untouched(self) -> bool:
        """Nothing has been read: whoever connected was only trying the port."""
        return self._state is _State.HEADER and not self._pending

    def _fail(self, kind: str, events: list[Event]) -> None:
        if self._state is not _State.ENDED:
            self._state = _State.ENDED
            events.append(Fault(kind))

    def _read_header(self, events: list[Event]) -> None:
        header, blank, rest = self._pending.replace(b"\r\n", b"\n").partition(b"\n\n")
        if len(header) > HEADER_MOST or header.count(b"\n") >= HEADER_LINES:
            self._fail("header-long", events)
        elif blank:
            self._pending = rest
            env, gone = read_environment(header)
            if env is None:
                self._fail("header-malformed", events)
                return
            self._state = _State.LINES
            events.append(EnvironmentRead(env))
            if gone:
                events.append(_HANGUP)

    def _read_line(self, line: bytes, events: list[Event]) -> None:
        if self._state is _State.ENDED:
            return
        if len(line) > LINE_MOST:
            self._fail("line-long", events)
            return
        text = decode(line).removesuffix("\r")
        if self._state is _State.INSIDE:
            self._read_inside(text, events)
            return
        while text.startswith("HANGUP"):
            events.append(_HANGUP)
            text = text.removeprefix("HANGUP")
        if text:
            self._read_reply(text, events)

    def _read_reply(self, text: str, events: list[Event]) -> None:
        code, rest = text[:3], text[4:]
        if not (code.isascii() and code.isdigit()) or text[3:4] not in (" ", "-", ""):
            self._fail("garbage", events)
        elif code == _INTERIM:
            return
        elif code == "200":
            self._read_result(rest, events)
        elif text[3:4] == "-":
            self._hold(text)
        else:
            events.append(Reply(int(code), text=rest))

    def _read_result(self, rest: str, events: list[Event]) -> None:
        parts = _PARTS.fullmatch(rest)
        if parts is not None:
            result, data, endpos = parts.groups()
            events.append(Reply(200, result, data, None if endpos is None else int(endpos)))
        elif rest.startswith("result=") and " (" in rest:
            self._hold(rest)  # a value that holds a line end
        else:
            self._fail("garbage", events)

    def _hold(self, text: str) -> None:
        self._held = [text]
        self._size = len(text)
        self._state = _State.INSIDE

    def _read_inside(self, text: str, events: list[Event]) -> None:
        if text == "HANGUP" or text.startswith(f"HANGUP{self._held[0][:3]} "):
            events.append(_HANGUP)
            text = text.removeprefix("HANGUP")
            if not text:
                return
        self._held.append(text)
        self._size += len(text) + 1
        first = self._held[0]
        if self._size > VALUE_MOST or len(self._held) > VALUE_LINES:
            self._fail("value-long", events)
        elif first.startswith("result="):
            if ")" in text and _PARTS.fullmatch(whole := "\n".join(self._held)):
                self._state = _State.LINES
                self._read_result(whole, events)
        elif text.startswith(first[:3] + " "):
            self._state = _State.LINES
            events.append(Reply(int(first[:3]), text="\n".join(self._held)))


class BadArgument(ValueError):
    """An argument that cannot stand in a command: it has a line end or NUL, or makes the line too long."""


_FORBIDDEN = re.compile("[\r\n\0]").search
_AWKWARD = re.compile('[\r\n\0"\\\\]').search


def quote(text: str) -> str:
    """``text`` as one argument. Raises ``BadArgument`` on CR, LF or NUL: each would start a second command."""
    if _FORBIDDEN(text):
        raise BadArgument("a line end or NUL in an argument")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def command(name: str, *args: str | int) -> bytes:
    """The line for ``name`` (our own word, such as ``SET VARIABLE``) with its arguments quoted. Raises ``BadArgument``."""
    words = [f'"{a}"' if isinstance(a, str) and not _AWKWARD(a) else _word(a) for a in args]
    data = " ".join((name, *words)).encode("utf-8", "replace") + b"\n"
    if len(data) > COMMAND_MOST:
        raise BadArgument("a command is at most 2,000 bytes")
    return data


def _word(argument: str | int) -> str:
    return quote(argument) if isinstance(argument, str) else str(argument)
