"""What a session waits for and until when, and whether its peer is alive. Pure: moments in, on any one steady clock.

A peer is alive while anything comes from it; asked three times in vain, or once in full silence, it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_VAIN_ENQUIRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a session waits, in seconds; 0 means for ever (and no enquire_link).

    ``enquire``: of silence before an enquire_link. ``response``: for any answer. ``bind``: for bind_resp, or at an SMSC for
    the bind. ``inactivity``: without one PDU from the peer. ``rest``: for the rest of a PDU that has begun.
    """

    enquire: float = 30.0
    response: float = 10.0
    bind: float = 30.0
    inactivity: float = 300.0
    rest: float = 10.0


class Vigil:
    """``enquiry`` is the number of the enquire_link under way, 0 when there is none."""

    __slots__ = ("_asked", "_due", "_heard", "_vain", "enquiry", "patience")

    def __init__(self, patience: Patience, now: float) -> None:
        self.patience = patience
        self.enquiry = 0
        self._heard = self._asked = now
        self._vain = 0
        self._due: dict[str, float] = {}

    def expect(self, what: str, seconds: float, now: float) -> None:
        if seconds:
            self._due[what] = now + seconds

    def met(self, what: str) -> None:
        """It has come, or does not matter any more."""
        self._due.pop(what, None)

    def end(self) -> None:
        """Nothing is waited for any more."""
        self._due.clear()

    def heard(self, now: float, *, bound: bool) -> None:
        """Something has come from the peer."""
        self._heard = now
        self.expect("activity", self.patience.inactivity, now)
        if bound and not self.enquiry:
            self.expect("silence", self.patience.enquire, now)

    def begun(self, now: float, *, went_on: bool) -> None:
        """A PDU is there in part; ``went_on``: others came whole before it."""
        if went_on or "rest of a PDU" not in self._due:
            self.expect("rest of a PDU", self.patience.rest, now)

    def enquired(self, sequence: int, now: float) -> None:
        self.enquiry = sequence
        self._asked = now
        self.expect("enquire_link", self.patience.response, now)

    def enquiry_met(self, now: float, *, bound: bool) -> None:
        self.enquiry = self._vain = 0
        self.met("enquire_link")
        self.heard(now, bound=bound)

    def in_vain(self) -> bool:
        """An enquiry was not answered in time: whether the peer is given up."""
        self._vain += 1
        return self._heard <= self._asked or self._vain >= _VAIN_ENQUIRIES

    @property
    def next_due(self) -> float | None:
        return min(self._due.values(), default=None)

    def lapsed(self, now: float) -> Iterator[str]:
        """What was waited for in vain, one by one: what is done about one may be waited for in its turn."""
        for what in [what for what, due in self._due.items() if due <= now]:
            del self._due[what]
            yield what
