"""Double entry: what cannot balance cannot be made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.money import ledger as books
from booking.money.ledger import ACCOUNTS, Entry, Posting, Share

shares = st.lists(
    st.builds(
        Share,
        item=st.sampled_from(["registration", "consultation", "record-book"]),
        account=st.sampled_from(["income:registration", "income:consultation"]),
        amount_fen=st.integers(1, 10_000_000),
    ),
    min_size=1,
    max_size=5,
).map(tuple)
ways = st.sampled_from(books.WAYS)
MAKERS = [books.charged, books.voided, books.settled, books.refunded, books.paid_back]


def posting(amount, account="cash"):
    return Posting(account=account, amount_fen=amount, fee_item="registration", way="cash")


@pytest.mark.parametrize("postings", [(), (posting(1),), (posting(1), posting(-2)), (posting(0), posting(0))])
def test_an_entry_that_does_not_balance_cannot_be_made(postings):
    """Nothing, one side only, unequal sides, postings of nothing."""
    with pytest.raises(ValueError, match="the entry x"):
        Entry(kind="charge", dedupe="x", postings=postings)


@given(shares, ways, st.sampled_from(MAKERS))
def test_every_event_balances_item_by_item(owed, way, make):
    """Whatever the shares are."""
    entry = make("x", owed, way)
    assert sum(one.amount_fen for one in entry.postings) == 0
    for item in {share.item for share in owed}:
        assert sum(one.amount_fen for one in entry.postings if one.fee_item == item) == 0
    assert all(one.account in ACCOUNTS for one in entry.postings)


@given(shares, ways)
def test_a_charge_and_its_reverse_leave_nothing(owed, way):
    """So do a payment that is given back wholly, and a charge that was voided."""
    for events in (
        [books.charged, books.voided],
        [books.charged, books.settled, books.refunded, books.paid_back],
    ):
        balance = {}
        for make in events:
            for one in make("x", owed, way).postings:
                balance[one.account] = balance.get(one.account, 0) + one.amount_fen
        assert not any(balance.values())


@given(shares, st.data())
def test_a_part_is_exactly_so_much_and_no_more_of_any_item_than_there_is(owed, data):
    """Items are used up in their order."""
    amount = data.draw(st.integers(1, books.total(owed)))
    part = books.part_of(owed, amount)
    assert books.total(part) == amount
    assert all(taken.amount_fen <= share.amount_fen for taken, share in zip(part, owed, strict=False))


@pytest.mark.parametrize("amount", [0, 101, -1])
def test_more_than_there_is_cannot_be_parted(amount):
    """Nor nothing, nor less."""
    with pytest.raises(ValueError, match="cannot be parted"):
        books.part_of((Share(item="a", account="income:a", amount_fen=100),), amount)


def test_money_stands_where_its_way_puts_it():
    """Cash in the till, everything else in the way's clearing account."""
    assert [books.clearing(way) for way in books.WAYS] == [
        "clearing:bill",
        "cash",
        "clearing:card",
        "clearing:alipay",
        "clearing:wechat",
    ]
    with pytest.raises(ValueError, match="no way"):
        books.clearing("barter")
