"""A caller who knows beforehand what to key. Pure.

The script is what is keyed at one question after the other, separated by commas: ``1,1,00868#,07150830#,1``. An empty place is
silence, ``x`` hangs up, and so does the end of the script. Keys that one question did not take fall into the next one, as
from a finger that goes on: a ``#`` after a number that was already full is heard by the next question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from hotline.dialer.media import KEYS
from hotline.dialer.peer import Peer

HANG_UP = "x"


class BadScript(ValueError):
    """The message says which part is wrong."""


def parse_script(text: str) -> list[str]:
    """The parts of a script; spaces and line ends count for nothing but separate parts as a comma does where there is none."""
    if not text.strip():
        return []
    parts = [part.strip() for part in re.split(r",|\n", text.strip())]
    for part in parts:
        if part != HANG_UP and set(part) - set(KEYS):
            raise BadScript(f"{part!r} is not keyed on a telephone: 0-9, * and #, x hangs up, nothing is silence")
    return parts


class ScriptedCaller:
    """Answers a peer's questions from the script, at once; ``pressed`` is what was keyed at each, and ``show`` is told of each key."""

    def __init__(self, parts: Iterable[str], show: Callable[[str], None] = lambda _key: None) -> None:
        self._parts = list(parts)
        self._show = show
        self._held = ""
        self.pressed: list[str] = []

    def attend(self, peer: Peer) -> None:
        """Answers what ``peer`` now asks: afterwards nothing is asked, or the caller has hung up."""
        while peer.question is not None:
            if not peer.question.most:
                peer.lapse()
            elif self._held or (self._parts and self._parts[0] != HANG_UP):
                self._key(peer)
            else:
                peer.hang_up()

    def _key(self, peer: Peer) -> None:
        question = peer.question
        if not self._held:
            self._held = self._parts.pop(0)
        keyed = ""
        while self._held and peer.question is question:
            keyed, self._held = keyed + self._held[0], self._held[1:]
            self._show(keyed[-1])
            peer.press(keyed[-1])
        self.pressed.append(keyed)
        if peer.question is question:
            peer.lapse()
