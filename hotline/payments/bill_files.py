"""Phone bills by file: batches in ``out``, a copy of each in ``sent``, the operator's answers taken from ``in``.

Law of this module: a batch is kept in ``sent`` before the operator can see it, so that what was asked for is known for ever and nothing
is asked twice; a crash between the two is made good at the next run. An answer file is moved to ``done`` when every line of it is
entered, to ``bad`` when it is not to be believed. The files hold telephone numbers: only their owner may read them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from booking.clock import Clock, wall
from booking.money.payments import Answer, Errand
from hotline.payments.bill_format import BadFile, Line, batch_text, holds, read_answers
from hotline.payments.port import each


class BillFiles:
    """The files are small and lie on this machine's disk: they are written where they are asked for."""

    way = "bill"
    takes = True
    gives = True

    def __init__(self, directory: Path, hospital: str, clock: Clock) -> None:
        self._directory = directory
        self._hospital = hospital
        self._clock = clock

    async def run(self, errands: Sequence[Errand]) -> list[Answer]:
        """One batch file with all of them; the operator will say what became of them."""
        if errands:
            self._publish(self._write(errands))
        return each(Answer(state="pending"), errands)

    async def ask(self, errand: Errand) -> Answer:
        """What stands in no batch was never asked for; for all else the operator's file is waited for."""
        for name in self.unpublished():
            self._publish(name)
        asked = any(holds(path.read_text(encoding="utf-8"), errand.number) for path in self._files("sent"))
        return Answer(state="pending") if asked else Answer(state="unheard", error="in no batch")

    def answers(self) -> list[tuple[str, list[Line] | BadFile]]:
        """The answer files that have come, oldest name first."""
        found: list[tuple[str, list[Line] | BadFile]] = []
        for path in self._files("in"):
            try:
                found.append((path.name, read_answers(path.read_text(encoding="utf-8"))))
            except UnicodeDecodeError:
                found.append((path.name, BadFile("is not UTF-8")))
            except BadFile as bad:
                found.append((path.name, bad))
        return found

    def put_away(self, name: str, where: str) -> None:
        """An answer file goes to ``done`` or ``bad``."""
        (self._folder("in") / name).replace(self._folder(where) / name)

    def unpublished(self) -> list[str]:
        """Batches that were kept but that the operator cannot see yet: a crash came between."""
        return [path.name for path in self._files("new") if (self._folder("sent") / path.name).exists()]

    def _write(self, errands: Sequence[Errand]) -> str:
        made = wall(self._clock)
        batch = self._name(f"{made:%Y%m%d%H%M%S}")
        name = f"{batch}.txt"
        new = self._folder("new") / name
        new.write_text("", encoding="utf-8")
        new.chmod(0o600)
        with new.open("w", encoding="utf-8", newline="") as file:
            file.write(batch_text(self._hospital, batch, made, errands))
            file.flush()
            os.fsync(file.fileno())
        os.link(new, self._folder("sent") / name)
        return name

    def _name(self, stamp: str) -> str:
        nth = 1
        while (self._folder("sent") / f"bill-{self._hospital}-{stamp}-{nth:03d}.txt").exists():
            nth += 1
        return f"bill-{self._hospital}-{stamp}-{nth:03d}"

    def _publish(self, name: str) -> None:
        (self._folder("new") / name).replace(self._folder("out") / name)

    def _files(self, folder: str) -> list[Path]:
        return sorted(path for path in self._folder(folder).iterdir() if path.suffix in {".txt", ".ans"})

    def _folder(self, name: str) -> Path:
        folder = self._directory / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
