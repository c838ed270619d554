"""Puts the observers of the process in their place. Called once, before anything is said; what was said earlier is told then."""

from __future__ import annotations

from typing import TextIO

from twisted.logger import (
    FileLogObserver,
    FilteringLogObserver,
    ILogObserver,
    LogBeginner,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
)

from hotline.logs.console import as_words
from hotline.logs.line import as_json


def observer(stream: TextIO, *, level: str, form: str) -> ILogObserver:
    """``form``: ``json``, ``console``, or ``auto`` (console when ``stream`` is a terminal)."""
    terminal = stream.isatty()
    if form == "json" or (form == "auto" and not terminal):
        writer = FileLogObserver(stream, as_json)
    else:
        writer = FileLogObserver(stream, lambda event: as_words(event, colour=terminal))
    return FilteringLogObserver(writer, [LogLevelFilterPredicate(LogLevel.levelWithName(level))])


def open_logs(*observers: ILogObserver, beginner: LogBeginner = globalLogBeginner) -> None:
    """From here on every event goes to these observers; warnings of the warnings module too."""
    beginner.beginLoggingTo(observers, redirectStandardIO=False)
