"""The folder of recordings: ``<language>/<id>.wav``, and ``tts/<hash>.wav`` for spoken text.

Law: beside a recording that was synthesised lies ``<id>.made`` with its checksum and the words it was made from. A recording
that has no such file, or another checksum, came from a studio and is never overwritten: copying it into place is enough. A
synthesised one is made anew when its words change in the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path

from ivr.speech.catalog import CATALOG, LANGUAGES
from ivr.speech.recipe import VERSION
from ivr.speech.sound import faults
from ivr.speech.synth import thd_convert, thd_record
from ivr.speech.words import Entry

Record = Callable[[Entry, str, Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """``kept`` were synthesised earlier, ``studio`` were recorded by people."""

    made: int
    kept: int
    studio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``file`` is relative to the folder, without the extension (``zh/main-menu``)."""

    file: str
    why: str


def script(entry: Entry, language: str) -> str:
    """What a recording was made from: when this changes, a synthesised recording is stale."""
    pinyin = entry.pinyin if entry.pinyin and language == "zh" else ""
    return f"{VERSION}\n{entry.words(language)}\n{pinyin}"


class State(Enum):
    MISSING = "missing"
    STALE = "made from other words"
    MADE = "made"
    STUDIO = "studio"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one prompt's recording in one language belongs."""

    wav: Path
    entry: Entry
    language: str

    @property
    def _note(self) -> Path:
        return self.wav.with_suffix(".made")

    def state(self) -> State:
        if not self.wav.exists():
            return State.MISSING
        note = self._note.read_text(encoding="utf-8") if self._note.exists() else None
        if note == "":  # the making was broken off
            return State.STALE
        checksum = sha256(self.wav.read_bytes()).hexdigest()
        if note is None or not note.startswith(checksum):
            return State.STUDIO
        return State.MADE if note == f"{checksum}\n{script(self.entry, self.language)}" else State.STALE

    def make(self, record: Record) -> None:
        self._note.parent.mkdir(parents=True, exist_ok=True)
        self._note.write_text("", encoding="utf-8")
        record(self.entry, self.language, self.wav)
        checksum = sha256(self.wav.read_bytes()).hexdigest()
        self._note.write_text(f"{checksum}\n{script(self.entry, self.language)}", encoding="utf-8")


class Shelf:
    """``record`` and ``convert`` run the programs; tests give others."""

    def __init__(
        self,
        directory: Path,
        catalog: Mapping[str, Entry] = CATALOG,
        *,
        record: Record = thd_record,
        convert: Callable[[Path, Path], None] = thd_convert,
    ) -> None:
        self._directory = directory
        self._catalog = catalog
        self._record = record
        self._convert = convert

    def _places(self) -> Iterator[Place]:
        for language in LANGUAGES:
            for name, entry in self._catalog.items():
                yield Place(self._directory / language / f"{name}.wav", entry, language)

    def build(self, *, workers: int = 2) -> Built:
        """Makes every recording that is missing or stale, and the spoken texts that have words but no sound yet. Raises NoSpeech."""
        places = [(place, place.state()) for place in self._places()]
        due = [place for place, state in places if state in (State.MISSING, State.STALE)]
        studio = sum(1 for _, state in places if state is State.STUDIO)
        texts = [path for path in (self._directory / "tts").glob("*.txt") if not path.with_suffix(".wav").exists()]
        with ThreadPoolExecutor(workers) as pool:
            made = sum(1 for _ in pool.map(self._make, due)) + sum(1 for _ in pool.map(self._say, texts))
        return Built(made=made, kept=len(places) - len(due) - studio, studio=studio)

    def _make(self, place: Place) -> None:
        place.make(self._record)

    def _say(self, words: Path) -> None:
        text = words.read_text(encoding="utf-8")
        self._record(Entry(zh=text, en=text), "zh", words.with_suffix(".wav"))

    def take(self, studio: Path) -> tuple[str, ...]:
        """Converts a studio's recordings (``<language>/<id>.<any>``) into place; returns the files whose name is no prompt's."""
        unknown = []
        for source in sorted(
            path for language in LANGUAGES for path in (studio / language).glob("*") if path.is_file()
        ):
            if source.stem in self._catalog:
                self._convert(source, self._directory / source.parent.name / f"{source.stem}.wav")
            else:
                unknown.append(f"{source.parent.name}/{source.name}")
        return tuple(unknown)

    def check(self) -> list[Fault]:
        """Every prompt in every language: there, fit for the telephone, saying what the catalogue says now."""
        return [
            Fault(file=f"{place.language}/{place.wav.stem}", why=why)
            for place in self._places()
            for why in _faults_of(place)
        ]


def _faults_of(place: Place) -> list[str]:
    state = place.state()
    if state is State.MISSING:
        return [state.value]
    stale = [state.value] if state is State.STALE else []
    return [*faults(place.wav.read_bytes(), silent=bool(place.entry.silence)), *stale]
