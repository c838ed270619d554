"""Asterisk's side of one FastAGI call, without a socket or a clock: commands in, replies and questions out.

Law: one command at a time. Asterisk swallows the reply of a command that another one interrupts, so whatever arrives while a
command runs is a ``Broken`` event and never answered. A command that lets the caller hear or key something becomes a
``Question``; whoever plays the caller answers it with ``press``, ``lapse`` (the prompt is over and nobody keyed in time) or
``hang_up``. Keys pressed between commands are lost, as on the real channel. Replies wait in ``take``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hotline.dialer import media
from hotline.dialer.grammar import LINE_MOST, Misused, Unknown, read
from hotline.dialer.media import Channel, How, Outcome, Question, Running

DEAD = "511 Command Not Permitted on a dead channel or intercept routine"


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question


@dataclass(frozen=True, slots=True)
class Broken:
    """The server broke the protocol."""

    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The server said ``failure``: the dialplan gets AGISTATUS=FAILURE."""

    why: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """The server hung the caller up."""


Event = Asked | Broken | Failed | HungUp

MEDIA: dict[str, Callable[..., Outcome]] = {
    "GET DATA": media.get_data,
    "RECORD FILE": media.record_file,
    "STREAM FILE": media.stream_file,
    "WAIT FOR DIGIT": media.wait_for_digit,
}
APPLICATIONS: dict[str, Callable[[Channel, str], Outcome]] = {
    "answer": lambda _channel, _options: "200 result=0",
    "background": media.background,
    "noop": lambda _channel, _options: "200 result=0",
    "playback": media.playback,
    "read": media.read,
    "wait": media.wait,
}
AT_ONCE = {
    "ANSWER": "200 result=0",
    "CHANNEL STATUS": "200 result=6",
    "NOOP": "200 result=0",
    "VERBOSE": "200 result=1",
}


def environment(caller: str | None, uniqueid: str, script: str = "hotline", language: str = "zh") -> dict[str, str]:
    """What Asterisk 22 tells first; ``caller`` None is a withheld number."""
    return {
        "agi_network": "yes",
        "agi_network_script": script,
        "agi_request": f"agi://127.0.0.1/{script}",
        "agi_channel": "PJSIP/dial-00000001",
        "agi_language": language,
        "agi_type": "PJSIP",
        "agi_uniqueid": uniqueid,
        "agi_version": "22.10.1",
        "agi_callerid": caller or "unknown",
        "agi_calleridname": "unknown",
        "agi_callingpres": "0" if caller else "67",
        "agi_callingani2": "0",
        "agi_callington": "0",
        "agi_callingtns": "0",
        "agi_dnid": "12580",
        "agi_rdnis": "unknown",
        "agi_context": "hotline",
        "agi_extension": "12580",
        "agi_priority": "2",
        "agi_enhanced": "0.0",
        "agi_accountcode": "",
        "agi_threadid": "140000000000000",
    }


class Peer:
    """``has_file`` tells which sounds exist; ``exit_on_hangup`` is AGIEXITONHANGUP, which our dialplan sets."""

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        has_file: Callable[[str], bool] = lambda _file: True,
        exit_on_hangup: bool = True,
    ) -> None:
        opening = "".join(f"{name}: {value}\n" for name, value in env.items())
        self._out = f"{opening}\n".encode()
        self._exit_on_hangup = exit_on_hangup
        self._channel = Channel(has_file)
        self._pending = b""
        self._running: Running | None = None
        self._attempts = 0
        self._events: list[Event] = []
        self.keys = ""
        self.gone = False
        self.closed = False

    @property
    def variables(self) -> dict[str, str]:
        return self._channel.variables

    @property
    def question(self) -> Question | None:
        """What the caller hears now."""
        return self._running.question if self._running else None

    def take(self) -> bytes:
        """Everything to be sent to the server since the last time."""
        out, self._out = self._out, b""
        return out

    def feed(self, data: bytes) -> list[Event]:
        """Reads what the server sent; the events in order. After ``closed`` nothing is read."""
        if self.closed:
            return []
        *lines, self._pending = (self._pending + data).split(b"\n")
        for place, line in enumerate(lines):
            if place or self._running:
                self._events.append(Broken("a second command before the first was answered"))
            elif len(line) <= LINE_MOST:
                self._obey(line.decode(errors="replace"))
        if max(map(len, [*lines, self._pending])) > LINE_MOST:
            self._pending = b""
            self._events.append(Broken("a line longer than Asterisk reads"))
        return self._told()

    def _told(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _obey(self, line: str) -> None:
        if line[:7].lower() == "failure":
            self.closed = True
            self._events.append(Failed(line[7:].strip()))
            return
        match read(line):
            case Unknown():
                self._say("510 Invalid or unknown command")
            case Misused(usage=usage):
                opening = "520-Invalid command syntax.  Proper usage follows:"
                self._say(f"{opening}\nUsage: {usage}\n520 End of proper usage.")
            case order:
                self._run(order.name, order.args)

    def _run(self, name: str, args: tuple[str, ...]) -> None:
        if name in AT_ONCE:
            self._say(AT_ONCE[name])
        elif name in MEDIA:
            self._begin(DEAD if self.gone else MEDIA[name](self._channel, *args))
        elif name == "EXEC":
            self._execute(*args)
        elif name == "HANGUP":
            self._say("200 result=1")
            self._events.append(HungUp())
            self.hang_up()
        else:
            self._say(self._variable(name, *args))

    def _variable(self, name: str, *args: str) -> str:
        if name == "SET VARIABLE":
            self.variables[args[0]] = args[1]
            return "200 result=1"
        if name == "GET FULL VARIABLE":
            value = re.sub(r"\$\{([^{}]*)\}", lambda match: self.variables.get(match[1], ""), args[0])
            return f"200 result=1 ({value})"
        return f"200 result=1 ({self.variables[args[0]]})" if args[0] in self.variables else "200 result=0"

    def _execute(self, application: str, options: str = "") -> None:
        run = APPLICATIONS.get(application.lower())
        if run is None:
            self._say("200 result=-2")
        else:
            self._begin("200 result=-1" if self.gone else run(self._channel, options))

    def _begin(self, outcome: Outcome) -> None:
        if isinstance(outcome, str):
            self._say(outcome)
        else:
            self._running = outcome
            self._attempts = outcome.attempts
            self._events.append(Asked(outcome.question))

    def _say(self, line: str) -> None:
        self._out += f"{line}\n".encode()

    def press(self, key: str) -> bool:
        """One key of the caller's; False when it was lost because nothing listened to it."""
        question = self.question
        if question is None or not question.most:
            return False
        if key in question.ends:
            self._finish(How.KEYS)
        elif key in question.accepts:
            self.keys += key
            if len(self.keys) >= question.most:
                self._finish(How.KEYS)
        return True

    def lapse(self) -> None:
        """What was to be heard has been heard, and the time for (further) keys is over."""
        if self._running:
            self._finish(How.LAPSE)

    def hang_up(self) -> None:
        """The caller hangs up."""
        if self.gone:
            return
        self.gone = True
        if self._running:
            self._finish(How.HANGUP)
        self._say("HANGUP")
        if self._exit_on_hangup:
            self._say("HANGUP")
            self.closed = True

    def _finish(self, how: How) -> None:
        running, keys = self._running, self.keys
        assert running is not None
        self.keys = ""
        self._attempts -= 1
        if not keys and self._attempts > 0 and how is not How.HANGUP:
            return  # the same question again
        self._running = None
        self._say(running.reply(keys, how))
