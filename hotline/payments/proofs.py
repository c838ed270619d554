"""What a message from a payment way may be, beside a notice that is believed."""

from __future__ import annotations

from dataclasses import dataclass

from booking.money.payments import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """Not proved to be from the way: refused and counted. ``why`` holds nothing of the message."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Proved, but it changes nothing for us."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNotice:
    """What became of a refund that we asked for."""

    refund_no: str
    answer: Answer
