"""The hospital's approved fee items, and what a visit costs by them on its day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from booking.money.fees import FeeItem, shares_on
from booking.money.ledger import Share
from booking.store.money.ledger import thd_open_accounts
from booking.store.schema import fee_item

_COLUMNS = (
    fee_item.c.clinic_type,
    fee_item.c.item,
    fee_item.c.name,
    fee_item.c.amount_fen,
    fee_item.c.account,
    fee_item.c.from_day,
    fee_item.c.to_day,
)
_HERE = fee_item.c.hospital_id == bindparam("hospital")
_ALL = select(*_COLUMNS).where(_HERE).order_by(fee_item.c.clinic_type, fee_item.c.id)
_OF_TYPES = (
    select(*_COLUMNS)
    .where(_HERE, fee_item.c.clinic_type.in_(bindparam("types", expanding=True)))
    .order_by(fee_item.c.clinic_type, fee_item.c.id)
)
_KEYS = select(fee_item.c.id, *_COLUMNS).where(_HERE)


def thd_fee_items(conn: Connection, hospital_id: int) -> tuple[FeeItem, ...]:
    """All items, by clinic type, in the order in which they were first given."""
    return tuple(_item(row) for row in conn.execute(_ALL, {"hospital": hospital_id}))


def thd_items_of(conn: Connection, hospital_id: int, clinic_types: Collection[str]) -> tuple[FeeItem, ...]:
    """The items of these clinic types."""
    wanted = {"hospital": hospital_id, "types": sorted(clinic_types)}
    return tuple(_item(row) for row in conn.execute(_OF_TYPES, wanted)) if clinic_types else ()


def thd_cost(
    conn: Connection, hospital_id: int, clinic_type: str, day: date, session_fee_fen: int
) -> tuple[Share, ...]:
    """What a visit costs on its day by fee item; the session's own fee where its clinic type has no items."""
    return shares_on(thd_items_of(conn, hospital_id, {clinic_type}), clinic_type, day, session_fee_fen)


def thd_put_fee_items(conn: Connection, hospital_id: int, items: Sequence[FeeItem]) -> tuple[int, int]:
    """Put each item by clinic type, item and first day; how many were new and how many changed."""
    standing = {_key(_item(row)): row for row in conn.execute(_KEYS, {"hospital": hospital_id})}
    new = [item for item in items if _key(item) not in standing]
    changed = [item for item in items if _key(item) in standing and _item(standing[_key(item)]) != item]
    if new:
        conn.execute(insert(fee_item), [{"hospital_id": hospital_id, **_row(item)} for item in new])
    for item in changed:
        conn.execute(update(fee_item).where(fee_item.c.id == standing[_key(item)].id), _row(item))
    if items:
        thd_open_accounts(conn, hospital_id, [item.account for item in items])
    return len(new), len(changed)


def _key(item: FeeItem) -> tuple[str, str, date]:
    return item.clinic_type, item.item, item.from_day


def _row(item: FeeItem) -> dict[str, Any]:
    return {name: getattr(item, name) for name in FeeItem.__dataclass_fields__}


def _item(row: Any) -> FeeItem:
    return FeeItem(**{name: getattr(row, name) for name in FeeItem.__dataclass_fields__})
