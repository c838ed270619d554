"""Takes in what callers keyed while no server answered: ``scripts/emergency-agi`` left one file per call.

Law: a file leaves the spool only after what it asks for is committed, and asking twice changes nothing (the booking's key and
the text's name are the file's name). A caller whose number came from the exchange and has exactly one patient is booked;
everyone else is texted what to do. ``done/`` keeps what became of each note, the caller's number masked; what cannot be read
goes to ``bad/`` as it is, with a line in the log.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVarTuple

from twisted.logger import Logger

from booking.bell import Bell
from booking.clock import Clock, naive_utc
from booking.outcomes import Booked, BookOutcome, NotRegistered
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Known
from booking.store.database import Store
from booking.store.mail.outbox import ANSWERS, OutgoingText, thd_post
from booking.store.roster.pictures import thd_letterhead
from booking.vault import Vault
from command_parser.masking import mask_phone
from ivr.note import SIZE_MOST, BadNote, NotAlone, Note, Unproved, read_note, text_for

log = Logger()
Ts = TypeVarTuple("Ts")

AT_ONCE = 200  # files a round: the rest waits for the next
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
PRIVATE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    booked: int = 0
    texted: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spool:
    directory: Path
    reception: Reception
    database: Store
    vault: Vault
    clock: Clock
    bell: Bell
    hospital: int

    async def take_in(self) -> Imported:
        """Every note that lies there now, oldest name first. Raises Busy when the store cannot be asked; the rest stays."""
        booked = texted = bad = 0
        for path in self._waiting():
            note = _read(path)
            if isinstance(note, BadNote):
                bad += 1
                log.error("A note of the emergency script cannot be read: {file}: {why}", file=path.name, why=note.why)
                _away(self._bury, path)
                continue
            outcome = await self._settle(path.stem, note)
            log.info("A note of {caller}: {outcome}", caller=mask_phone(note.phone), outcome=type(outcome).__name__)
            booked, texted = (booked + 1, texted) if isinstance(outcome, Booked) else (booked, texted + 1)
            _away(self._keep, path, note, outcome)
        return Imported(booked=booked, texted=texted, bad=bad)

    def _waiting(self) -> Iterator[Path]:
        found = sorted(self.directory.glob("*.json"), key=lambda path: path.name)
        return iter(found[:AT_ONCE])

    async def _settle(self, name: str, note: Note) -> BookOutcome | NotAlone | Unproved:
        outcome = await self._book(f"spool:{name}", note)
        if not isinstance(outcome, Booked):
            await self._text(f"spool:{name}", note, outcome)
        return outcome

    async def _book(self, key: str, note: Note) -> BookOutcome | NotAlone | Unproved:
        if note.keyed:
            return Unproved()
        caller = Caller(hospital=self.hospital, phone=note.phone, channel=Channel.PHONE, trace=key)
        patients = await self.reception.patients_of(caller)
        if not patients:
            return NotRegistered(name=None)
        if len(patients) > 1:
            return NotAlone()
        who = Known(patients[0].id)
        return await self.reception.book(
            BookSlot(caller=caller, doctor=note.doctor, start=note.start, who=who, key=key)
        )

    async def _text(self, name: str, note: Note, outcome: object) -> None:
        head = await self.database.look(thd_letterhead, self.hospital)
        body = text_for(outcome, note, head.short_name)
        text = OutgoingText(to=note.phone, body=body, kind="emergency", lane=ANSWERS, dedupe=name)
        await self.database.run(thd_post, self.vault, self.hospital, [text], naive_utc(self.clock), name="spool")
        self.bell.ring()

    def _folder(self, name: str) -> Path:
        folder = self.directory / name
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        return folder

    def _bury(self, path: Path) -> None:
        os.replace(path, self._folder("bad") / path.name)

    def _keep(self, path: Path, note: Note, outcome: object) -> None:
        kept = {
            "caller": mask_phone(note.phone),
            "keyed": note.keyed,
            "doctor": note.doctor,
            "start": note.start.isoformat(),
            "outcome": type(outcome).__name__,
        }
        (self._folder("done") / path.name).write_text(json.dumps(kept), encoding="utf-8")
        path.unlink()


def _away(put: Callable[[Path, *Ts], None], path: Path, *args: *Ts) -> None:
    """A note that cannot be put away is met again in the next round, where it changes nothing."""
    try:
        put(path, *args)
    except FileNotFoundError:
        return  # another daemon of the house was quicker
    except OSError as error:
        log.error("The emergency script's note {file} stays: {why}", file=path.name, why=error.strerror)


def _read(path: Path) -> Note | BadNote:
    """Whoever may write into the spool may not make us read another file: no links, no devices, no strange names."""
    if NAME.fullmatch(path.stem) is None:
        return BadNote("strange name")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            return read_note(file.read(SIZE_MOST + 1))
    except OSError as error:
        return BadNote(error.strerror or "unreadable")


async def import_spool(
    directory: Path,
    reception: Reception,
    *,
    database: Store,
    vault: Vault,
    clock: Clock,
    bell: Bell,
    hospital: int,
) -> Imported:
    """One round of ``Spool.take_in``: a spool that does not exist is empty. Raises Busy."""
    spool = Spool(
        directory=directory,
        reception=reception,
        database=database,
        vault=vault,
        clock=clock,
        bell=bell,
        hospital=hospital,
    )
    return await spool.take_in()
