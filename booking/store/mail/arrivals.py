"""The values that pass between a door's intake and the inbox, and when one delivery repeats another.

A delivery repeats an earlier one of the same words (hospital, source, destination, digest) when

* both came in the same bind session under the same sequence number within 10 minutes: the SMSC gave up waiting for us, or
* they came in different bind sessions within 2 minutes, and nothing proves that the SMSC saw the earlier one acknowledged.

The proof: on one TCP connection an acknowledgement leaves before any later submission, so an SMSC that accepted the submission has
read the acknowledgement and will not deliver that text again. What comes then is the patient, who asks a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking.vault import Vault

SAME_BIND = timedelta(minutes=10)
OTHER_BIND = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concat:
    """One part of a long text: ``kind`` tells apart reference spaces (``udh8``, ``udh16``, ``sar``); ``part`` counts from 1."""

    kind: str
    ref: int
    total: int
    part: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A text as an SMSC delivered it. ``source`` in E.164; ``bind`` names one bind session, ``sequence`` counts within it;
    ``digest`` is of the raw body with its headers; ``at`` is UTC without a zone.
    """

    hospital: int
    smsc: str
    bind: str
    sequence: int
    source: str
    destination: str
    text: str
    concat: Concat | None
    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxMessage:
    """A committed text. ``complete`` is False when some of its parts never came."""

    id: int
    hospital: int
    smsc: str
    source: str
    destination: str
    text: str
    received_at: datetime
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A text (or the last part of one) that was never seen before: to be answered."""

    inbox_id: int
    message: InboxMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """The SMSC delivered it before: acknowledge it again, do nothing else."""

    inbox_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartKept:
    """A part of a long text of which others are still to come."""


Taken = New | Repeat | PartKept


def joined(texts: list[str]) -> str:
    """The parts' texts as one; a character that was cut in two between parts is whole again, a lone half becomes U+FFFD."""
    return "".join(texts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class Seen:
    """An earlier delivery of the same words; ``proved_at``: the SMSC has seen whatever of that bind had come by then acknowledged."""

    row_id: int
    bind: str
    sequence: int
    at: datetime
    proved_at: datetime | None = None


def is_repeat(seen: Seen, again: Incoming) -> bool:
    """Whether ``again`` is delivered once more, rather than sent once more, by the rule above."""
    if seen.bind == again.bind:
        return seen.sequence == again.sequence and abs(again.at - seen.at) <= SAME_BIND
    proved = seen.proved_at is not None and seen.at <= seen.proved_at
    return not proved and abs(again.at - seen.at) <= OTHER_BIND


def digest_print(vault: Vault, incoming: Incoming) -> bytes:
    """By which the same words from the same phone to the same number are found: keyed, because a short text could be guessed."""
    return vault.fingerprint(f"{incoming.source} {incoming.destination} {incoming.digest.hex()}")


def inbox_row(vault: Vault, incoming: Incoming, text: str, *, complete: bool) -> dict[str, Any]:
    """The inbox row of a whole text (of ``incoming``, or of the message whose last part it is)."""
    return {
        "hospital_id": incoming.hospital,
        "smsc": incoming.smsc,
        "bind": incoming.bind,
        "sequence": incoming.sequence,
        "source_print": vault.fingerprint(incoming.source),
        "source_sealed": vault.seal(incoming.source),
        "destination": incoming.destination,
        "text_sealed": vault.seal(text),
        "digest_print": digest_print(vault, incoming),
        "complete": complete,
        "status": "new",
        "received_at": incoming.at,
    }


def message_of(inbox_id: int, incoming: Incoming, text: str, *, complete: bool) -> InboxMessage:
    """What the door is given of that row."""
    return InboxMessage(
        id=inbox_id,
        hospital=incoming.hospital,
        smsc=incoming.smsc,
        source=incoming.source,
        destination=incoming.destination,
        text=text,
        received_at=incoming.at,
        complete=complete,
    )
