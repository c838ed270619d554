"""What became of a submission, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The SMSC has it, under this message id (in normal form, see ``text.receipt.normal_id``)."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The SMSC (or the wire's limits) said no. ``temporary``: the same message may pass later."""

    status: int
    temporary: bool


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too fast, or the SMSC's queue is full: nothing was sent, the link has slowed down, ask again."""

    status: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """It left, and no answer came: ``why`` is ``late`` or ``lost``. It may have been sent to the patient."""

    why: str


@dataclass(frozen=True, slots=True)
class NotBound:
    """It never left."""


SubmitOutcome = Accepted | Refused | Throttled | Unknown | NotBound
