"""Log lines for a person at a terminal: time of day, level, who, message; the trace id at the end when there is one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking.clock import HOSPITAL_ZONE
from hotline.logs.line import record

_COLOURS = {"warn": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31;1m", "debug": "\x1b[2m"}
_PLAIN = "\x1b[0m"


def as_words(event: Mapping[str, Any], *, colour: bool) -> str:
    line = record(event)
    time = datetime.fromisoformat(str(line["time"])).astimezone(HOSPITAL_ZONE)
    level = str(line["level"])
    trace = "" if line["trace"] == "-" else f"  [{line['trace']}]"
    words = f"{time:%H:%M:%S} {level:<5} {line['namespace']}: {line['message']}{trace}"
    if "failure" in line:
        words = f"{words}\n{line['failure']}".rstrip()
    before = _COLOURS.get(level, "") if colour else ""
    return f"{before}{words}{_PLAIN if before else ''}\n"
