"""One event of ``twisted.logger`` as one plain record: when, how bad, who says it, what, on which call's or text's behalf.

A message is made with the event's own format; every other field that the event carries is kept beside it, so that lines can be searched
by field. Texts pass the scrub; whatever is no plain value becomes its ``str``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from twisted.logger import formatEvent
from twisted.python.failure import Failure

from booking.trace import trace_id
from hotline.logs.scrub import scrub

_OURS = frozenset({"time", "level", "namespace", "message", "trace", "failure"})


def record(event: Mapping[str, Any]) -> dict[str, object]:
    """The event as values that JSON can carry. ``time`` is UTC; a failure's traceback is under ``failure``."""
    level = event.get("log_level")
    line: dict[str, object] = {
        "time": datetime.fromtimestamp(event.get("log_time", 0.0), UTC).isoformat(timespec="milliseconds"),
        "level": level.name if level is not None else "info",
        "namespace": str(event.get("log_namespace", "-")),
        "message": scrub(formatEvent(dict(event))),
        "trace": scrub(str(event.get("trace", trace_id.get()))),
    }
    for name, value in event.items():
        if not name.startswith("log_") and name not in _OURS and name not in {"format", "isError", "system"}:
            line[name] = _plain(value)
    failure = event.get("log_failure")
    if isinstance(failure, Failure):
        line["failure"] = scrub(failure.getTraceback())
    return line


def as_json(event: Mapping[str, Any]) -> str:
    return json.dumps(record(event), ensure_ascii=False) + "\n"


def _plain(value: object) -> object:
    match value:
        case None | bool() | float():
            return value
        case int():
            masked = scrub(str(value))
            return value if masked == str(value) else masked
        case _:
            return scrub(str(value))
