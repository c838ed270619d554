"""收入: what was charged and what came in, from the postings of the ledger alone (PY4), by the business day of the entry.

charged         credits of income accounts (``income:…``): what patients were asked to pay
reversed        debits of income accounts: charges that fell through (void) and money owed back (refund)
income          charged - reversed
received        debits of money accounts (``cash``, ``clearing:…``): what came in
paid_back       credits of money accounts: what went out to patients
net             received - paid_back
A payment that goes along with its booking to another doctor (``move``) stands in both columns, reversed and paid back of the one, charged and
received of the other: the differences are right.
Income and money differ by what is still owed either way: accounts ``receivable`` and ``payable:refunds``, see ``accounts``.

By account (``accounts``): debit, credit and their difference of every account; over all accounts the difference is nothing, or the books are wrong.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_

from booking.store.schema import posting
from hotline.reports.columns import Column
from hotline.reports.facts import POSTINGS, counted, dims
from hotline.reports.report import Asked, Report
from hotline.reports.sql import here, sum_if

_FEN, _ACCOUNT = posting.c.amount_fen, posting.c.account
INCOME = _ACCOUNT.like("income:%")
MONEY = or_(_ACCOUNT == "cash", _ACCOUNT.like("clearing:%"))
_TAKINGS = {
    "charged": -sum_if(INCOME & (_FEN < 0), _FEN),
    "reversed": sum_if(INCOME & (_FEN > 0), _FEN),
    "income": -sum_if(INCOME, _FEN),
    "received": sum_if(MONEY & (_FEN > 0), _FEN),
    "paid_back": -sum_if(MONEY & (_FEN < 0), _FEN),
    "net": sum_if(MONEY, _FEN),
}
_COLUMNS = (
    Column(name="charged", title="应收", kind="money"),
    Column(name="reversed", title="冲减", kind="money"),
    Column(name="income", title="净收入", kind="money"),
    Column(name="received", title="实收", kind="money"),
    Column(name="paid_back", title="实退", kind="money"),
    Column(name="net", title="净实收", kind="money"),
)
_ACCOUNTS = {"debit": sum_if(_FEN > 0, _FEN), "credit": -sum_if(_FEN < 0, _FEN), "balance": func.sum(_FEN)}
_DIMS = ("day", "month", "clinic-type", "category", "department", "doctor", "clerk", "fee-item", "way")
_counted = counted(POSTINGS)


def _in_period(asked: Asked) -> list[ColumnElement[bool]]:
    return [here(posting.c.hospital_id, asked.hospital), posting.c.day.between(asked.first, asked.last)]


def _takings(asked: Asked) -> Select[Any]:
    return _counted(asked.by, _TAKINGS, [*_in_period(asked), or_(INCOME, MONEY)])


def _accounts(asked: Asked) -> Select[Any]:
    return _counted(asked.by, _ACCOUNTS, _in_period(asked))


def _report(name: str, title: str, about: str, *by: str) -> Report:
    return Report(
        name=name,
        title=title,
        about=about,
        measures=_COLUMNS,
        dims=dims(*_DIMS),
        by=by,
        statement=_takings,
        totals=True,
    )


TAKINGS = _report("takings", "收入", "任意期间，按号别、患者类别、科室、医生、收费员等任意组合。", "clinic-type")
TAKINGS_DAILY = _report("takings-daily", "收入日报", "每天一行。", "day")
TAKINGS_MONTHLY = _report("takings-monthly", "收入月报", "每月一行。", "month")
TAKINGS_ITEMS = _report("takings-items", "收费项目", "按收费项目和支付方式。", "fee-item", "way")
ACCOUNTS = Report(
    name="accounts",
    title="账户发生额",
    about="每个账户的借方、贷方和差额；差额的合计必为零。",
    measures=(
        Column(name="debit", title="借方", kind="money"),
        Column(name="credit", title="贷方", kind="money"),
        Column(name="balance", title="差额", kind="money"),
    ),
    dims=dims("account", *_DIMS),
    by=("account",),
    statement=_accounts,
    totals=True,
)
