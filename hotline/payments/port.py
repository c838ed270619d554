"""What the house asks of a payment way. The store never speaks to the outside; jobs do, through this port.

Law of this module: a way answers for each errand and never raises for what the network did: what may or may not have arrived is
``unknown``, what certainly did not is ``unheard``, and only that may be put again. An errand that is repeated carries the same number.
A question that does not arrive, or is refused, says nothing of the errand that it is about: ``unknown``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from booking.money.payments import Answer, Errand


class PayWay(Protocol):
    """``takes``: it is asked to take money (a phone bill); else the payer begins, and a notice comes. ``gives``: it pays back."""

    way: str
    takes: bool
    gives: bool

    async def run(self, errands: Sequence[Errand]) -> list[Answer]:
        """Put these errands; one answer for each, in order."""
        ...

    async def ask(self, errand: Errand) -> Answer:
        """What became of this errand, which was put before."""
        ...


def each(answer: Answer, errands: Sequence[Errand]) -> list[Answer]:
    """The same answer to all of them."""
    return [answer for _ in errands]
