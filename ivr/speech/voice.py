"""Prompts become the files that Asterisk plays, and files become words again for whoever reads along.

Law: ``files`` answers at once and never raises for want of sound. A fixed prompt is ``<prefix>/<language>/<id>``, spoken
text ``<prefix>/tts/<hash>``; the language stands in the path so that Asterisk cannot silently fall back to another one.
Text without sound is written beside its future sound (``tts/<hash>.txt``), handed to the synthesiser, and until that is done
the caller hears what the flow gave ``instead``. File names carry a hash and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from hashlib import sha1
from pathlib import Path, PurePosixPath
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from ivr.speech.catalog import CATALOG
from ivr.speech.words import Fixed, Prompt

log = Logger()

ATTEMPTS = 3  # a text that cannot be spoken three times is left to its `instead` until the next start


class Synth(Protocol):
    def speak(self, text: str, target: Path) -> Awaitable[None]:
        """Writes ``target`` (a telephone WAV) with ``text`` spoken in Mandarin, whole or not at all; raises when it cannot."""
        ...


def content_name(text: str) -> str:
    """The file name of spoken text: 16 hexadecimal places of its SHA-1."""
    return sha1(text.encode(), usedforsecurity=False).hexdigest()[:16]


class Voice:
    """One hospital's recordings in ``directory``, which Asterisk sees as ``asterisk_prefix``; ``synth`` None: only words, no sound (demo, tests)."""

    def __init__(self, directory: Path, asterisk_prefix: str, language: str = "zh", synth: Synth | None = None) -> None:
        self._directory = directory
        self._prefix = asterisk_prefix.rstrip("/")
        self._language = language
        self._synth = synth
        self._sounding: set[str] = set()
        self._tries: dict[str, int] = {}
        self._in_work: set[str] = set()

    def files(self, prompt: Prompt, language: str | None = None) -> list[str]:
        """What Asterisk is to play, in order, without extensions."""
        return list(self._files(prompt, language or self._language))

    def _files(self, prompt: Prompt, language: str) -> Iterator[str]:
        for piece in prompt:
            if isinstance(piece, Fixed):
                yield f"{self._prefix}/{language}/{piece.id}"
            elif self._sounds(piece.text, content_name(piece.text)):
                yield f"{self._prefix}/tts/{content_name(piece.text)}"
            else:
                yield from self._files(piece.instead, language)

    def prepare(self, *texts: str) -> None:
        """Starts making the sound of these texts where it is missing: call it for all doctors and departments at start."""
        for text in texts:
            self._sounds(text, content_name(text))

    def _sounds(self, text: str, name: str) -> bool:
        """True when there is sound to play (or nobody listens to sound); else its making has begun."""
        if name in self._sounding:
            return True
        if name in self._in_work:
            return False
        target = self._directory / "tts" / f"{name}.wav"
        self._write_words(target.with_suffix(".txt"), text)
        if self._synth is None or target.exists():
            self._sounding.add(name)
            return True
        self._begin(self._synth, text, target)
        return name in self._sounding

    def _begin(self, synth: Synth, text: str, target: Path) -> None:
        name = target.stem
        if self._tries.get(name, 0) >= ATTEMPTS:
            return
        self._tries[name] = self._tries.get(name, 0) + 1
        self._in_work.add(name)
        Deferred.fromCoroutine(self._make(synth, text, target)).addErrback(
            lambda failure: log.failure("Speech {name} could not be made", failure=failure, name=name)
        )

    async def _make(self, synth: Synth, text: str, target: Path) -> None:
        try:
            await synth.speak(text, target)
            self._sounding.add(target.stem)
        finally:
            self._in_work.discard(target.stem)

    @staticmethod
    def _write_words(path: Path, text: str) -> None:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def words(self, file: str) -> str:
        """The words of a file that ``files`` gave (of this or another process); an unknown file is shown by its name."""
        path = PurePosixPath(file)
        if path.parent.name == "tts":
            try:
                return (self._directory / "tts" / f"{path.name}.txt").read_text(encoding="utf-8")
            except FileNotFoundError:
                return path.name
        entry = CATALOG.get(path.name)
        return entry.words(path.parent.name) if entry else path.name
