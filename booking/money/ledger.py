"""Double entry: what each event of a charge's life puts into the books, balanced by construction.

Law of this module: an ``Entry`` whose postings do not sum to zero cannot be made. Nothing here changes an entry: a charge that
fell through is another entry, the reverse of the first. Debits are positive, credits negative, all in fen; every posting carries
its fee item, so that each account can be told by item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RECEIVABLE = "receivable"
PAYABLE = "payable:refunds"
INCOME = "income:"
PLAIN_ITEM = "registration"

Sides = tuple[str | None, str | None]
"""The accounts debited and credited; None stands for each share's own income account."""

WAYS = ("bill", "cash", "card", "alipay", "wechat")
WINDOW_WAYS = ("cash", "card")
ONLINE_WAYS = ("alipay", "wechat")

ACCOUNTS: Mapping[str, str] = {
    RECEIVABLE: "应收挂号款",
    PAYABLE: "应退挂号款",
    "cash": "库存现金",
    "clearing:bill": "话费代收待清算",
    "clearing:card": "银行卡待清算",
    "clearing:alipay": "支付宝待清算",
    "clearing:wechat": "微信支付待清算",
    "income:registration": "挂号费收入",
    "income:consultation": "诊查费收入",
    "income:record-book": "病历本收入",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    account: str
    amount_fen: int
    fee_item: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``dedupe`` names the event: the same event twice is one entry."""

    kind: str
    dedupe: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        total = sum(posting.amount_fen for posting in self.postings)
        if total or not self.postings:
            raise ValueError(f"the entry {self.dedupe} does not balance: {total} fen over")
        if not all(posting.amount_fen for posting in self.postings):
            raise ValueError(f"the entry {self.dedupe} holds a posting of nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one fee item has in a sum of money, and the income account that it belongs to."""

    item: str
    account: str
    amount_fen: int


def clearing(way: str) -> str:
    """Where money that came by this way stands until the bank has it: the till, or the way's clearing account."""
    if way not in WAYS:
        raise ValueError(f"{way} is no way to pay")
    return "cash" if way == "cash" else f"clearing:{way}"


def total(shares: Sequence[Share]) -> int:
    return sum(share.amount_fen for share in shares)


def charged(dedupe: str, shares: Sequence[Share], way: str) -> Entry:
    """The patient owes: receivable to income, item by item."""
    return _moved("charge", dedupe, shares, (RECEIVABLE, None), way)


def voided(dedupe: str, shares: Sequence[Share], way: str) -> Entry:
    """He owes no longer (failed, expired, given back unpaid): the reverse of ``charged``."""
    return _moved("void", dedupe, shares, (None, RECEIVABLE), way)


def settled(dedupe: str, shares: Sequence[Share], way: str) -> Entry:
    """He has paid by this way."""
    return _moved("settle", dedupe, shares, (clearing(way), RECEIVABLE), way)


def refunded(dedupe: str, shares: Sequence[Share], way: str) -> Entry:
    """We owe him: income to payable."""
    return _moved("refund", dedupe, shares, (None, PAYABLE), way)


def paid_back(dedupe: str, shares: Sequence[Share], way: str) -> Entry:
    """He has it back by this way."""
    return _moved("payback", dedupe, shares, (PAYABLE, clearing(way)), way)


def moved_out(dedupe: str, shares: Sequence[Share], account: str, way: str) -> Entry:
    """Its booking moved to another doctor: out of his income, and out of ``account``, where its money stands or is owed."""
    return _moved("move", dedupe, shares, (None, account), way)


def moved_in(dedupe: str, shares: Sequence[Share], account: str, way: str) -> Entry:
    """Into the other one's income, over the same account: the counterpart of ``moved_out``."""
    return _moved("move", dedupe, shares, (account, None), way)


def part_of(shares: Sequence[Share], amount_fen: int) -> tuple[Share, ...]:
    """``amount_fen`` of these shares, taken from the first items first; raises ValueError for more than there is."""
    left, parts = amount_fen, []
    for share in shares:
        take = min(left, share.amount_fen)
        left -= take
        if take > 0:
            parts.append(Share(item=share.item, account=share.account, amount_fen=take))
    if left or not parts:
        raise ValueError(f"{amount_fen} fen cannot be parted from {total(shares)}")
    return tuple(parts)


def _moved(kind: str, dedupe: str, shares: Sequence[Share], sides: Sides, way: str) -> Entry:
    postings = []
    for share in shares:
        for account, sign in zip(sides, (1, -1), strict=True):
            amount = sign * share.amount_fen
            postings.append(Posting(account=account or share.account, amount_fen=amount, fee_item=share.item, way=way))
    return Entry(kind=kind, dedupe=dedupe, postings=tuple(postings))
