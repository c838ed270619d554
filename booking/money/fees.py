"""What a visit costs: the hospital's approved items for its clinic type that are valid on the day of the visit, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from booking.money.ledger import INCOME, PLAIN_ITEM, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeItem:
    """``to_day`` is the last day it holds, None: until the next price of the same item begins."""

    clinic_type: str
    item: str
    name: str
    amount_fen: int
    account: str
    from_day: date
    to_day: date | None = None

    def holds(self, day: date) -> bool:
        return self.from_day <= day and (self.to_day is None or day <= self.to_day)


def shares_on(items: Iterable[FeeItem], clinic_type: str, day: date, told_fen: int) -> tuple[Share, ...]:
    """The cost on ``day`` by item, in the order given; of two prices of one item the later begun holds.

    Where the clinic type has no item at all on that day, what the patient was told (``told_fen``) is one item. A free visit has no shares.
    """
    valid: dict[str, FeeItem] = {}
    for item in items:
        if item.clinic_type == clinic_type and item.holds(day):
            standing = valid.get(item.item)
            if standing is None or item.from_day > standing.from_day:
                valid[item.item] = item
    if not valid:
        return plain_share(told_fen)
    return tuple(
        Share(item=item.item, account=item.account, amount_fen=item.amount_fen)
        for item in valid.values()
        if item.amount_fen
    )


def plain_share(amount_fen: int) -> tuple[Share, ...]:
    """An amount that no item explains: the registration fee."""
    return (Share(item=PLAIN_ITEM, account=INCOME + PLAIN_ITEM, amount_fen=amount_fen),) if amount_fen else ()
