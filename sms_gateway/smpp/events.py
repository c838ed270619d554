"""What a session tells its owner, as frozen values named for what happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sms_gateway.smpp.frame import Fault
from sms_gateway.smpp.values import Bind, Malformed, Message, Other, Response


@dataclass(frozen=True, slots=True)
class BindAsked:
    """SMSC side: answer with ``accept_bind`` or ``refuse_bind``."""

    pdu: Bind


@dataclass(frozen=True, slots=True)
class Bound:
    """``version`` is the SMSC's interface version where it said one, else 0x33: then it gets no TLVs."""

    system_id: str
    version: int


@dataclass(frozen=True, slots=True)
class BindRefused:
    status: int


@dataclass(frozen=True, slots=True)
class MessageCame:
    """A deliver_sm (ESME side) or submit_sm (SMSC side): owes an ``answer``."""

    pdu: Message


@dataclass(frozen=True, slots=True)
class OtherCame:
    """A request that ``smpp.rare`` reads."""

    pdu: Other


@dataclass(frozen=True, slots=True)
class Answered:
    """``seconds`` is how long the answer took. A generic_nack answers too."""

    sequence: int
    request: Message
    response: Response
    seconds: float


class Why(StrEnum):
    """Why a request will not be answered: its outcome is unknown either way."""

    LATE = "late"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Unanswered:
    sequence: int
    request: Message
    why: Why


@dataclass(frozen=True, slots=True)
class AnsweredLate:
    """The answer to a request that was given up: ``Unanswered`` had been told."""

    request: Message
    response: Response


@dataclass(frozen=True, slots=True)
class Unexpected:
    """A response to nothing that was asked."""

    command: int
    status: int


@dataclass(frozen=True, slots=True)
class BadPdu:
    """A PDU that could not be taken. It was answered; the session goes on."""

    bad: Malformed


@dataclass(frozen=True, slots=True)
class FramingLost:
    """The stream cannot be read any more. The session is over."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class UnbindAsked:
    """The peer unbinds. It was answered; the session is over."""


@dataclass(frozen=True, slots=True)
class Unbound:
    """Our unbind was answered, or waited for in vain. The session is over."""


@dataclass(frozen=True, slots=True)
class Silent:
    """The peer does not answer or does not go on; ``what`` it owes: bind, enquire_link, activity, rest of a PDU."""

    what: str


Event = (
    BindAsked
    | Bound
    | BindRefused
    | MessageCame
    | OtherCame
    | Answered
    | Unanswered
    | AnsweredLate
    | Unexpected
    | BadPdu
    | FramingLost
    | UnbindAsked
    | Unbound
    | Silent
)
