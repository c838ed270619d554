"""What a visit costs on its day, how long to wait before a try, what an errand shows of itself."""

from __future__ import annotations

from datetime import date, timedelta

from booking.money.fees import FeeItem, plain_share, shares_on
from booking.money.ledger import Share
from booking.money.payments import Errand, pause

DAY = date(2026, 7, 15)


def item(name, fen, since, until=None, clinic="专家"):
    return FeeItem(
        clinic_type=clinic,
        item=name,
        name=name,
        amount_fen=fen,
        account=f"income:{name}",
        from_day=since,
        to_day=until,
    )


def test_the_items_that_hold_on_the_day_make_the_price():
    """A later price replaces an earlier one from its day on; an ended item is not charged, nor another clinic's."""
    items = [
        item("registration", 50, date(2026, 1, 1)),
        item("consultation", 4000, DAY),
        item("consultation", 3000, date(2026, 1, 1)),
        item("record-book", 100, date(2026, 1, 1), until=DAY - timedelta(days=1)),
        item("registration", 999, date(2026, 1, 1), clinic="普通"),
        item("gone", 0, date(2026, 1, 1)),
    ]
    by_item = {share.item: share.amount_fen for share in shares_on(items, "专家", DAY, 1)}
    assert by_item == {"registration": 50, "consultation": 4000}
    before = {share.item: share.amount_fen for share in shares_on(items, "专家", DAY - timedelta(days=1), 1)}
    assert before == {"registration": 50, "consultation": 3000, "record-book": 100}


def test_where_nothing_is_approved_the_fee_that_was_told_is_one_item():
    """A free visit has no share."""
    assert shares_on([], "专家", DAY, 5000) == (
        Share(item="registration", account="income:registration", amount_fen=5000),
    )
    assert plain_share(0) == ()


def test_tries_come_ever_more_rarely_but_at_least_hourly():
    """One minute, two, four … an hour."""
    minutes = [pause(nth) // timedelta(minutes=1) for nth in (0, 1, 2, 3, 6, 7, 8, 1000)]
    assert minutes == [1, 1, 2, 4, 32, 60, 60, 60]


def test_an_errand_is_known_by_our_number_of_it():
    """A refund by its own; the phone is not shown."""
    charge = Errand(kind="charge", id=1, way="bill", trade_no="T1", amount_fen=1, paid_fen=1, phone="+8613800138000")
    refund = Errand(kind="refund", id=1, way="bill", trade_no="T1", refund_no="T1R01", amount_fen=1, paid_fen=1)
    assert (charge.number, refund.number) == ("T1", "T1R01")
    assert "138001" not in repr(charge)
