"""What delivery receipts say about a text: per part, never back from a final state; a message is as well off as its worst part.

State names are those of SMPP 3.4 (5.2.28); the seven-letter ones of receipt texts (appendix B) are taken as well. A state that
nobody knows counts as UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = {"DELIVRD": "DELIVERED", "UNDELIV": "UNDELIVERABLE", "ACCEPTD": "ACCEPTED", "REJECTD": "REJECTED"}
_FINAL = frozenset({"DELIVERED", "EXPIRED", "DELETED", "UNDELIVERABLE", "REJECTED"})
_WORST_FIRST = (
    "REJECTED",
    "UNDELIVERABLE",
    "EXPIRED",
    "DELETED",
    "UNKNOWN",
    "SCHEDULED",
    "ENROUTE",
    "ACCEPTED",
    "DELIVERED",
)
WAITING = "ENROUTE"
"""How a part counts of which nothing was heard yet."""


def state_name(state: str) -> str:
    """The state's long name: ``DELIVRD`` → ``DELIVERED``; anything unheard of → ``UNKNOWN``."""
    upper = state.strip().upper()
    name = _SHORT.get(upper, upper)
    return name if name in _WORST_FIRST else "UNKNOWN"


def later_state(old: str | None, new: str) -> str:
    """The state of a part that was ``old`` when a receipt says ``new`` (long names): a final state stays."""
    return old if old is not None and old in _FINAL else new


def worst_state(parts: Iterable[str | None]) -> str:
    """The state of a message of these parts (at least one); None is a part of which nothing was heard."""
    return min((part or WAITING for part in parts), key=_WORST_FIRST.index)
