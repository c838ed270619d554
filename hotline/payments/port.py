"""What the house asks of a payment way. The store never speaks to the outside; jobs do, through this port.

Law of this module: a way answers for each errand and never raises for what the network did: what may or may not have arrived is
``unknown``, what certainly did not is ``unheard``, and only that may be put again. An errand that is repeated carries the same number.
A question that does not arrive, or is refused, says nothing of the errand that it is about: ``unknown``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol

from booking.money.payments import Answer, Errand, State
from hotline.payments.http import NoAnswer, NotDelivered, Reply


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


async def heard(asked: Awaitable[Reply], undelivered: State = "unheard") -> Reply | Answer:
    """What came back, or what stands in its place. ``undelivered``: what is known when the request did not arrive."""
    try:
        return await asked
    except NotDelivered as error:
        return Answer(state=undelivered, error=str(error))
    except NoAnswer as error:
        return Answer(state="unknown", error=str(error))


def each(answer: Answer, errands: Sequence[Errand]) -> list[Answer]:
    """The same answer to all of them."""
    return [answer for _ in errands]
