"""What is said to a caller, before it is sound: pieces in order.

A ``Fixed`` piece is a recording named in the catalogue; a ``Said`` piece is Chinese text that only the store knows, such as a
doctor's name. Flows build prompts from these and never see a file; ``ivr.speech.voice`` turns pieces into files.

**Personal data is never Said.** Spoken text leaves a recording and its words on disk, so only what the hospital itself
publishes may be said: doctors, titles, departments, places. A patient is told apart by the last four places of the identity
number (``zh.code("002X")``), which are fixed pieces.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fixed:
    """The catalogue's prompt of this id."""

    id: str


Pieces = tuple[Fixed, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Published Chinese text, synthesised once. ``instead`` is heard while its sound is still being made (a doctor's number for the name)."""

    text: str
    instead: Pieces = ()


Prompt = tuple[Fixed | Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One prompt in every language.

    ``pinyin`` (tones as numbers, ``"nin2 hao3"``) overrides what the dictionary makes of ``zh``; write it where a character
    has two readings and the dictionary picks the wrong one. ``silence`` makes the prompt that many seconds of nothing: its
    words are then only what a reader sees.
    """

    zh: str
    en: str
    pinyin: str | None = None
    silence: float = 0.0

    def words(self, language: str) -> str:
        return self.en if language == "en" else self.zh
