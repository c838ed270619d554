"""Makes recordings by running espeak-ng and sox. ``thd_`` functions block for some 20-60 ms and belong in threads or the command line.

A recording appears whole or not at all: it is made in a private folder and renamed into place.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from twisted.internet.defer import DeferredSemaphore
from twisted.internet.interfaces import IReactorThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from ivr.speech.loudness import levelled
from ivr.speech.recipe import gap_after, readings, silence, speaker, telephone
from ivr.speech.words import Entry

TOOLS = ("espeak-ng", "sox")
SECONDS_MOST = 30.0
AT_ONCE = 1  # speech is made beside live calls: one processor is left to them


class NoSpeech(Exception):
    """The tools are missing or failed; the message names the tool."""


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if which(tool) is None]


def thd_record(entry: Entry, language: str, target: Path) -> None:
    """Makes the recording of a catalogue entry."""
    if entry.silence:
        _in_place(target, lambda _folder, wav: _run(silence(wav, entry.silence)))
    elif language == "en":
        thd_speak(entry.en, target, language="en")
    else:
        thd_speak(entry.zh, target, pinyin=entry.pinyin)


def thd_speak(text: str, target: Path, *, language: str = "zh", pinyin: str | None = None) -> None:
    """Speaks ``text`` into ``target``; raises NoSpeech."""
    script = text if language == "en" else pinyin or readings(text)

    def make(folder: Path, wav: Path) -> None:
        spoken = folder / "spoken.wav"
        _run(speaker(language, spoken), script)
        _run(telephone(spoken, wav, gap_after(text)))
        wav.write_bytes(levelled(wav.read_bytes()))

    _in_place(target, make)


def thd_convert(source: Path, target: Path) -> None:
    """Makes a telephone recording of a studio's file, in any form that sox reads."""

    def make(_folder: Path, wav: Path) -> None:
        _run(telephone(source, wav, 0.0))
        wav.write_bytes(levelled(wav.read_bytes()))

    _in_place(target, make)


def _in_place(target: Path, make: Callable[[Path, Path], None]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent, prefix=".making-") as folder:
        wav = Path(folder, "telephone.wav")
        make(Path(folder), wav)
        os.replace(wav, target)


def _run(command: list[str], text: str = "") -> None:
    try:
        subprocess.run(command, input=text.encode(), capture_output=True, timeout=SECONDS_MOST, check=True)  # noqa: S603 - fixed programs, text on stdin
    except FileNotFoundError as error:
        raise NoSpeech(f"{command[0]} is not installed") from error
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise NoSpeech(f"{command[0]} failed") from error


class ThreadedSynth:
    """Speaks in ``pool``, one text at a time, so that a clinic's worth of new names never crowds out the database's threads."""

    def __init__(self, reactor: IReactorThreads, pool: ThreadPool) -> None:
        self._reactor = reactor
        self._pool = pool
        self._turn = DeferredSemaphore(AT_ONCE)

    async def speak(self, text: str, target: Path) -> None:
        await self._turn.run(deferToThreadPool, self._reactor, self._pool, thd_speak, text, target)
