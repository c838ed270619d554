"""Where the simulated SMSC keeps what a number has not taken yet. Pure.

A number is a subscriber's (a phone) or a service's (the hotline). Boxes are bounded: a phone that never comes loses its
oldest texts, and of many such phones the one longest without news loses its box.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sms_gateway.smpp.pdu import DeliverSm

TEXTS_MOST: Final = 1_000
BOXES_MOST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """``settle`` is called once: True when it was taken, False when it was lost. ``repeat``: it had been taken before."""

    pdu: DeliverSm
    repeat: bool = False
    settle: Callable[[bool], None] = field(repr=False, default=lambda _taken: None)


class Mailbox:
    def __init__(self, most: int = TEXTS_MOST) -> None:
        self._most = most
        self._letters: deque[Letter] = deque()

    def __len__(self) -> int:
        return len(self._letters)

    def put(self, letter: Letter) -> None:
        """Behind the others; past the bound the oldest is lost."""
        self._letters.append(letter)
        if len(self._letters) > self._most:
            self._letters.popleft().settle(False)

    def put_back(self, letter: Letter) -> None:
        """Before the others: it was taken out and not delivered."""
        self._letters.appendleft(letter)

    def take(self) -> Letter | None:
        return self._letters.popleft() if self._letters else None

    def lose_all(self) -> None:
        while self._letters:
            self._letters.popleft().settle(False)


class Mailboxes:
    def __init__(self, boxes: int = BOXES_MOST, texts: int = TEXTS_MOST) -> None:
        self._most = boxes
        self._texts = texts
        self._boxes: OrderedDict[str, Mailbox] = OrderedDict()

    def of(self, number: str) -> Mailbox:
        """The number's box, made when it has none."""
        key = subscriber(number)
        box = self._boxes.setdefault(key, Mailbox(self._texts))
        self._boxes.move_to_end(key)
        if len(self._boxes) > self._most:
            self._boxes.popitem(last=False)[1].lose_all()
        return box


def subscriber(number: str) -> str:
    """One form for the ways a mainland mobile is written: +8613800138000, 008613…, 8613… and 13… are one phone."""
    digits = number.removeprefix("+").removeprefix("00")
    if len(digits) == 13 and digits.startswith("861"):
        return digits[2:]
    return digits
