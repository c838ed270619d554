"""What a payment way is asked and what it says, and what became of money that came. Frozen values.

``Notice``: money has come, said (with a proof that the door checked) by whoever took it. ``Errand``: what is to be asked of a way,
``Answer``: what it said. An answer that is not certain is ``unknown``, and such an errand is asked after before it is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Literal

State = Literal["done", "refused", "pending", "unheard", "unknown"]
Kind = Literal["charge", "refund"]

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
_DOUBLINGS = 6


def pause(attempts: int) -> timedelta:
    """How long to wait before the next try: a minute, then twice as long each time, never more than an hour."""
    doublings = min(max(attempts - 1, 0), _DOUBLINGS)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """``trade_no`` is our number of the charge, ``provider_no`` the taker's of the payment."""

    way: str
    trade_no: str
    provider_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Ask ``way`` to take (``charge``) or to pay back (``refund``) this much. ``phone`` is whose bill, E.164."""

    kind: Kind
    id: int
    way: str
    trade_no: str
    amount_fen: int
    paid_fen: int
    refund_no: str = ""
    provider_no: str = ""
    attempts: int = 0
    phone: str = field(default="", repr=False)

    @property
    def number(self) -> str:
        """Our number of what is asked: repeated, it is the same errand."""
        return self.refund_no or self.trade_no


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``done`` and ``refused`` are final. ``pending``: it will say later. ``unheard``: it certainly has not got it, so it may be put
    again. ``unknown``: nobody can say.
    """

    state: State
    provider_no: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The booking is paid; ``again``: it was before, by this very payment."""

    reason: ClassVar[str] = "SETTLED"
    code: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """The money came too late, or twice: it is owed back (``refund_no`` None: the rules give nothing back)."""

    reason: ClassVar[str] = "RETURNED"
    code: str
    refund_no: str | None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAmount:
    """Nothing was settled: a person has to look."""

    reason: ClassVar[str] = "WRONG_AMOUNT"
    trade_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchTrade:
    reason: ClassVar[str] = "NO_SUCH_TRADE"
    trade_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchTicket:
    """No live booking of this code."""

    reason: ClassVar[str] = "NO_SUCH_BOOKING"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyPaid:
    reason: ClassVar[str] = "ALREADY_PAID"
    code: str
    way: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A payment way was asked and has not answered: nobody may take or give the money beside it."""

    reason: ClassVar[str] = "UNDER_WAY"
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Nothing is to be paid."""

    reason: ClassVar[str] = "FREE"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A clerk took the money."""

    reason: ClassVar[str] = "TAKEN"
    code: str
    amount_fen: int
    trade_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """The money is owed to the patient; ``at_window``: he must come for it."""

    reason: ClassVar[str] = "OWED"
    refund_no: str
    amount_fen: int
    at_window: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreThanPaid:
    """``left_fen`` is what may still be given back."""

    reason: ClassVar[str] = "MORE_THAN_PAID"
    left_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOut:
    """The patient has his money; ``again``: he had it before."""

    reason: ClassVar[str] = "PAID_OUT"
    refund_no: str
    amount_fen: int
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchRefund:
    reason: ClassVar[str] = "NO_SUCH_REFUND"
    refund_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """How a booking stands: what it costs, what of it is paid, what was given back; ``trade_no`` is what a payer quotes."""

    code: str
    status: str  # none | due | waiting | paid
    amount_fen: int
    way: str = ""
    trade_no: str = ""
    paid_fen: int = 0
    refunded_fen: int = 0


NoticeOutcome = Settled | Returned | WrongAmount | NoSuchTrade
TakeOutcome = Taken | AlreadyPaid | UnderWay | Free | NoSuchTicket
RefundOutcome = Owed | MoreThanPaid | NoSuchTicket
PayOutOutcome = PaidOut | UnderWay | NoSuchRefund
