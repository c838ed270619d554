"""One call, as a flow sees it: coroutines that send a command and give back its meaning.

Law: a flow awaits each command before the next. Every command may raise ``CallEnded`` (``CallerHungUp`` above all) and
``CommandFailed``; both may pass through a flow: the server settles what they mean for the dialplan.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from twisted.internet.defer import Deferred

from ivr.agi.ends import CallerHungUp, CommandFailed
from ivr.agi.environment import AgiEnvironment
from ivr.agi.protocol import AgiProtocol
from ivr.agi.wire import COMMAND_MOST, BadArgument, Reply, command
from ivr.variables import KEYS, PAUSE_SOUND, READ_STATUS

# Seconds that Asterisk may take for a command of each class.
QUICK = 5.0  # variables, NOOP, VERBOSE
ANSWERING = 15.0
MEDIA = 180.0  # a prompt list and the caller's thinking

SETTLING = 0.25  # a hang-up's HANGUP line follows its -1 after about 45 ms
_FILE = re.compile(r"[A-Za-z0-9_./:-]+").fullmatch
_ASK_READ = command("GET FULL VARIABLE", f"${{{READ_STATUS}}}/${{{KEYS}}}")
_LIST_MOST = COMMAND_MOST - 100


class ReadStatus(StrEnum):
    """How ``Read`` ended: OK (``#``, or all digits keyed), TIMEOUT (``keys`` may hold a part), ERROR (a prompt is missing)."""

    OK = "OK"
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Read:
    status: ReadStatus
    keys: str


def play_list(files: Sequence[str]) -> str:
    """``a&b&c``. Raises ``BadArgument`` on a name that would mean something else in an application's arguments."""
    for file in files:
        if _FILE(file) is None:
            raise BadArgument("not a sound's name")
    return "&".join(files)


class Call:
    """``trace`` names this call in logs, in the store's keys and on the agent's screen."""

    __slots__ = ("_line", "ask", "env", "trace")

    def __init__(self, line: AgiProtocol, env: AgiEnvironment, trace: str) -> None:
        self._line = line
        self.env = env
        self.trace = trace
        self.ask: Callable[[bytes, float], Deferred[Reply]] = line.ask
        """Sends a line made by ``ivr.agi.wire.command``, to be answered within so many seconds."""

    @property
    def draining(self) -> bool:
        """The house is closing: end at the next step, and let another server go on."""
        return self._line.draining

    async def answer(self) -> None:
        await self._media(command("ANSWER"), ANSWERING)

    def set_variable(self, name: str, value: str) -> Awaitable[object]:
        return self.ask(command("SET VARIABLE", name, value), QUICK)

    async def play(self, files: Sequence[str]) -> None:
        """Plays the files in order, to the end; keys are not heard."""
        await self._media(command("EXEC", "Playback", play_list(files)), MEDIA)

    async def read(self, files: Sequence[str], digits: int, timeout_s: float | None = None) -> Read:
        """Plays the files until a key comes, then takes up to ``digits`` keys; ``#`` ends them and is not among them.

        Without ``timeout_s`` the channel's own limits hold (``TIMEOUT(response)``, ``TIMEOUT(digit)``); with it, it is both. A
        list too long for one command is played in parts, and a key in any part counts.
        """
        *parts, last = _parts(files)
        for part in parts:
            heard = await self._read(part, digits, "0.05")
            if heard.keys:
                if heard.status is ReadStatus.OK:
                    return heard
                rest = await self._read("", digits - len(heard.keys), "")
                return Read(rest.status, heard.keys + rest.keys)
        return await self._read(last, digits, "" if timeout_s is None else f"{timeout_s:g}")

    async def _read(self, files: str, digits: int, seconds: str) -> Read:
        await self.ask(command("EXEC", "Read", f"{KEYS},{files},{digits},,1,{seconds}"), MEDIA)
        reply = await self.ask(_ASK_READ, QUICK)
        status, _, keys = (reply.data or "").partition("/")
        if status == "HANGUP":
            raise CallerHungUp
        if status not in ReadStatus.__members__:
            raise CommandFailed(reply)
        # After an error the variable still holds the keys of an earlier question.
        return Read(ReadStatus(status), "" if status == ReadStatus.ERROR else keys)

    async def _media(self, line: bytes, seconds: float) -> None:
        """A ``-1`` is a hang-up if HANGUP or the end follows; else the command failed. ``-2``: there is no such application."""
        reply = await self.ask(line, seconds)
        if reply.result in ("-1", "-2"):
            await self._line.hangup_within(SETTLING)
            raise CommandFailed(reply)


def _parts(files: Sequence[str]) -> list[str]:
    """The play lists that each fit into one command."""
    parts: list[list[str]] = [[]]
    for file in files:
        name = play_list([file])
        if len("&".join([*parts[-1], name])) > _LIST_MOST:
            parts[-1], rest = _broken_off(parts[-1])
            parts.append(rest)
        parts[-1].append(name)
    return ["&".join(part) for part in parts]


def _broken_off(names: list[str]) -> tuple[list[str], list[str]]:
    """What goes into this command and what is left for the next: broken off after the last silence of the second half, if there is one."""
    for at in range(len(names), len(names) // 2, -1):
        if names[at - 1].rpartition("/")[2] == PAUSE_SOUND:
            return names[:at], names[at:]
    return names, []
