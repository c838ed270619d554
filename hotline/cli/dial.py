"""``hotline dial``: a telephone in the terminal. It speaks Asterisk's side of FastAGI, shows each prompt's words, takes keys.

Exit codes: 0 the call ended as somebody meant it to (the hotline said how, or the caller hung up), 1 the hotline broke off,
2 a script that cannot be keyed, 3 no hotline answers.
"""

from __future__ import annotations

import json
import os
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.task import react
from twisted.python.failure import Failure
from zope.interface import implementer

from hotline.dialer.caller import BadScript, ScriptedCaller, parse_script
from hotline.dialer.line import Line, PatientCaller
from hotline.dialer.media import Question
from hotline.dialer.peer import Asked, Event, HungUp, Peer, environment
from ivr.speech.voice import Voice

WITHHELD = "withheld"
LEAVE = "qx\x03\x04"  # q, x, Ctrl-C, Ctrl-D


@dataclass(slots=True)
class Screen:
    """Shows the call line by line, or (``quiet``) only collects it."""

    voice: Voice
    quiet: bool
    heard: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    dropped: bool = False
    keying: bool = False

    def spoken(self, question: Question) -> str:
        return "".join(map(self.voice.words, question.files))

    def tell(self, event: Event) -> None:
        match event:
            case Asked(question=question):
                words = self.spoken(question)
                if words:
                    self.heard.append(words)
                    self.line(f"☎  {words}")
            case HungUp():
                self.dropped = True
            case _:
                self.faults.append(event.why)
                self.line(f"!  {type(event).__name__}: {event.why}")

    def line(self, text: str) -> None:
        if not self.quiet:
            click.echo(f"\n{text}" if self.keying else text)
        self.keying = False

    def key(self, key: str) -> None:
        if not self.quiet:
            click.echo(key if self.keying else f"   {key}", nl=False)
        self.keying = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """Where to call, and as whom."""

    caller: str | None
    host: str
    port: int
    script: str
    language: str


@implementer(IReadDescriptor)
class Keyboard:
    """The terminal's keys, one at a time, without their echo."""

    def __init__(self, caller: PatientCaller, screen: Screen) -> None:
        self._caller = caller
        self._screen = screen

    def fileno(self) -> int:
        return sys.stdin.fileno()

    def logPrefix(self) -> str:
        return "keyboard"

    def doRead(self) -> None:
        chars = os.read(self.fileno(), 64).decode(errors="ignore")
        for char in chars or "\x04":
            if char in LEAVE:
                self._caller.hang_up()
            elif self._caller.key(char):
                self._screen.key(char)

    def connectionLost(self, reason: Failure) -> None:
        self._caller.hang_up()


@contextmanager
def _key_by_key() -> Iterator[None]:
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


@click.command()
@click.argument("caller", metavar="[FROM]", default="13800138000")
@click.option(
    "--keys", help="What to key, question by question: 1,1,00868#,07150830#,1,1. An empty place is silence, x hangs up."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=4573, show_default=True, help="The hotline's FastAGI port.")
@click.option("--script", default="hotline", show_default=True, help="The path of the agi:// address.")
@click.option("--language", default="zh", show_default=True, help="The channel's language.")
@click.option(
    "--prompts",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo/prompts"),
    show_default=True,
    help="The folder of recordings, for the words of names.",
)
@click.option("--json", "as_json", is_flag=True, help="The whole call as one JSON object at its end.")
def dial(caller: str, keys: str | None, directory: Path, as_json: bool, **where: Any) -> None:
    """Calls the hotline as FROM (a number, or "withheld"). Without --keys you press them: 0-9 * #, q hangs up."""
    number = Number(caller=None if caller == WITHHELD else caller, **where)
    screen = Screen(Voice(directory, str(directory)), quiet=as_json)
    try:
        script = (
            None if keys is None and sys.stdin.isatty() else parse_script(sys.stdin.read() if keys is None else keys)
        )
    except BadScript as error:
        raise click.UsageError(str(error)) from None

    def main(reactor: Any) -> Deferred[None]:
        return Deferred.fromCoroutine(_call(reactor, number, screen, script, as_json=as_json))

    react(main)


async def _call(reactor: Any, number: Number, screen: Screen, script: list[str] | None, *, as_json: bool) -> None:
    uniqueid = f"{time.time():.6f}"
    peer = Peer(environment(number.caller, uniqueid, number.script, number.language))
    scripted = None if script is None else ScriptedCaller(script, screen.key)
    patient = PatientCaller(reactor, screen.spoken)
    line = patient.line = Line(peer, scripted or patient, screen.tell)
    try:
        await connectProtocol(TCP4ClientEndpoint(reactor, number.host, number.port), line)  # type: ignore[no-untyped-call]
    except (ConnectError, DNSLookupError):
        click.echo(f"Nobody answers at {number.host}:{number.port}. Start the hotline first: make demo", err=True)
        raise SystemExit(3) from None
    if scripted is None:
        with _key_by_key():
            keyboard = Keyboard(patient, screen)
            reactor.addReader(keyboard)
            await line.ended
            reactor.removeReader(keyboard)
    else:
        await line.ended
    raise SystemExit(_tell_end(number, peer, screen, scripted, as_json=as_json))


def _tell_end(number: Number, peer: Peer, screen: Screen, scripted: ScriptedCaller | None, *, as_json: bool) -> int:
    done = peer.variables.get("IVR_DONE")
    hung_up = peer.gone and not screen.dropped
    how = f"IVR_DONE={done}" if done else "the caller hung up" if hung_up else "the hotline broke off"
    screen.line(f"End of call: {how}{' (a person takes over)' if done == 'queue' else ''}")
    if as_json:
        pressed = scripted.pressed if scripted else []
        call = {
            "from": number.caller,
            "heard": screen.heard,
            "keyed": pressed,
            "done": done,
            "end": how,
            "faults": screen.faults,
        }
        click.echo(json.dumps(call, ensure_ascii=False))
    return 0 if (done or hung_up) and not screen.faults else 1
