"""What a caller hears: Asterisk writes down each sound that it begins to play, and to whom.

A test that keys when the question is heard need not know how long anything takes.
"""

from __future__ import annotations

import re
from pathlib import Path

from waiting import wait_until

LINE = re.compile(
    r"<(?P<channel>[^<>\s]+)>(?:AGI Tx >> agi_callerid: (?P<number>\S+)| Playing '\S*/(?P<sound>[\w-]+)\.\w+')"
)


class Ear:
    """At the call that ``number`` makes next; without a number at every call."""

    def __init__(self, log: Path, number: str = "") -> None:
        self._log, self._number = log, number
        self._from = log.stat().st_size
        self._heeded = 0

    def hears(self, sound: str) -> None:
        """Returns when this sound begins: after whatever this ear was waiting for before, and not earlier in the call."""
        heard: list[str] = []

        def found() -> bool:
            heard[:] = self._sounds()
            return sound in heard[self._heeded :]

        wait_until(
            found, why=lambda: f"{sound} is not heard after {heard[: self._heeded]}, but {heard[self._heeded :]}"
        )
        self._heeded = heard.index(sound, self._heeded) + 1

    def _sounds(self) -> list[str]:
        """All so far, oldest first."""
        with self._log.open("rb") as log:
            log.seek(self._from)
            lines, _, _ = log.read().rpartition(b"\n")
        channels: set[str] = set()
        sounds: list[str] = []
        for found in LINE.finditer(lines.decode(errors="replace")):
            if found["sound"] is None:
                channels |= {found["channel"]} if found["number"] == self._number else set()
            elif not self._number or found["channel"] in channels:
                sounds.append(found["sound"])
        return sounds
