"""The books: entries with their postings, written once and never changed, and what they add up to.

Law of this module: it inserts and reads, nothing else. An event that is in the books already (``entry.dedupe``) is left out, so
that whoever repeats himself changes nothing. Every posting repeats what reports group by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, insert, select
from sqlalchemy.exc import IntegrityError

from booking.money.ledger import ACCOUNTS, INCOME, Entry, Share
from booking.store.faults import TryAgain
from booking.store.money.turn import Turn
from booking.store.schema import account, entry, posting

_KNOWN = select(entry.c.dedupe).where(
    entry.c.hospital_id == bindparam("hospital"), entry.c.dedupe.in_(bindparam("names", expanding=True))
)
_MADE = select(entry.c.dedupe, entry.c.id).where(
    entry.c.hospital_id == bindparam("hospital"), entry.c.dedupe.in_(bindparam("names", expanding=True))
)
_ACCOUNTS = select(account.c.code).where(
    account.c.hospital_id == bindparam("hospital"), account.c.code.in_(bindparam("codes", expanding=True))
)
_OF_CHARGE = posting.join(entry, entry.c.id == posting.c.entry_id)
_SHARES = (
    select(entry.c.charge_id, posting.c.fee_item, posting.c.account, -func.sum(posting.c.amount_fen))
    .select_from(_OF_CHARGE)
    .where(
        entry.c.hospital_id == bindparam("hospital"),
        entry.c.charge_id.in_(bindparam("charges", expanding=True)),
        posting.c.account.startswith(INCOME),
    )
    .group_by(entry.c.charge_id, posting.c.fee_item, posting.c.account)
    .order_by(entry.c.charge_id, func.min(posting.c.id))
)
_FIRST = _SHARES.where(entry.c.dedupe == bindparam("name"))
_BALANCE = (
    select(
        posting.c.day,
        posting.c.account,
        func.sum(case((posting.c.amount_fen > 0, posting.c.amount_fen), else_=0)),
        func.sum(case((posting.c.amount_fen < 0, -posting.c.amount_fen), else_=0)),
    )
    .where(
        posting.c.hospital_id == bindparam("hospital"),
        posting.c.day >= bindparam("first"),
        posting.c.day <= bindparam("last"),
    )
    .group_by(posting.c.day, posting.c.account)
    .order_by(posting.c.day, posting.c.account)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """What reports group money by, beside fee item and way."""

    clinic_type: str
    category: str
    department_id: int
    doctor_id: int
    clerk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An entry and what it is about."""

    entry: Entry
    labels: Labels
    charge_id: int
    appointment_id: int
    refund_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One account on one day."""

    day: date
    account: str
    debit_fen: int
    credit_fen: int


def thd_record(conn: Connection, turn: Turn, records: Sequence[Record]) -> int:
    """Enter these events; how many were not in the books yet."""
    if not records:
        return 0
    names = [record.entry.dedupe for record in records]
    known = set(conn.execute(_KNOWN, {"hospital": turn.hospital, "names": names}).scalars())
    fresh = [record for record in records if record.entry.dedupe not in known]
    if not fresh:
        return 0
    thd_open_accounts(conn, turn.hospital, [one.account for record in fresh for one in record.entry.postings])
    try:
        conn.execute(insert(entry), [_entry_row(turn, record) for record in fresh])
    except IntegrityError:  # the same event beside us
        raise TryAgain from None
    made = conn.execute(_MADE, {"hospital": turn.hospital, "names": [record.entry.dedupe for record in fresh]})
    ids = {row.dedupe: row.id for row in made}
    rows = [row for record in fresh for row in _posting_rows(turn, ids[record.entry.dedupe], record)]
    conn.execute(insert(posting), rows)
    return len(fresh)


def thd_open_accounts(conn: Connection, hospital_id: int, codes: Sequence[str]) -> None:
    """See that each of these accounts has its row."""
    known = set(conn.execute(_ACCOUNTS, {"hospital": hospital_id, "codes": list(set(codes))}).scalars())
    fresh = sorted(set(codes) - known)
    if fresh:
        rows = [{"hospital_id": hospital_id, "code": code, "name": ACCOUNTS.get(code, code)} for code in fresh]
        try:
            conn.execute(insert(account), rows)
        except IntegrityError:
            raise TryAgain from None


def thd_shares(conn: Connection, hospital_id: int, charges: Sequence[int]) -> dict[int, tuple[Share, ...]]:
    """What is left of each charge's income by fee item, in the order in which it was charged."""
    found: dict[int, tuple[Share, ...]] = {}
    if charges:
        for row in conn.execute(_SHARES, {"hospital": hospital_id, "charges": list(charges)}):
            found[row[0]] = (*found.get(row[0], ()), *_share(row))
    return found


def thd_first_shares(conn: Connection, hospital_id: int, charge_id: int) -> tuple[Share, ...]:
    """The shares as they were charged at first, whatever became of them."""
    wanted = {"hospital": hospital_id, "charges": [charge_id], "name": f"charge:{charge_id}"}
    return tuple(share for row in conn.execute(_FIRST, wanted) for share in _share(row))


def thd_trial_balance(conn: Connection, hospital_id: int, first: date, last: date) -> tuple[Balance, ...]:
    """Each account's debits and credits on each of these days; the debits of a day equal its credits, or somebody changed rows."""
    rows = conn.execute(_BALANCE, {"hospital": hospital_id, "first": first, "last": last})
    return tuple(Balance(day=row[0], account=row[1], debit_fen=int(row[2]), credit_fen=int(row[3])) for row in rows)


def _share(row: Any) -> tuple[Share, ...]:
    _, item, code, amount = row
    return (Share(item=item, account=code, amount_fen=int(amount)),) if amount else ()


def _entry_row(turn: Turn, record: Record) -> dict[str, Any]:
    return {
        "hospital_id": turn.hospital,
        "kind": record.entry.kind,
        "at": turn.at,
        "day": turn.day,
        "dedupe": record.entry.dedupe,
        "charge_id": record.charge_id,
        "refund_id": record.refund_id,
        "appointment_id": record.appointment_id,
        "clerk": record.labels.clerk,
        "trace": turn.trace[:80],
    }


def _posting_rows(turn: Turn, entry_id: int, record: Record) -> list[dict[str, Any]]:
    labels = record.labels
    shared = {
        "hospital_id": turn.hospital,
        "entry_id": entry_id,
        "day": turn.day,
        "clinic_type": labels.clinic_type,
        "category": labels.category,
        "department_id": labels.department_id,
        "doctor_id": labels.doctor_id,
        "clerk": labels.clerk,
    }
    return [
        {
            **shared,
            "account": one.account,
            "amount_fen": one.amount_fen,
            "fee_item": one.fee_item,
            "way": one.way,
        }
        for one in record.entry.postings
    ]
