"""Rows of a price list: what the hospital may charge for a clinic type, item by item, from a day on. Pure, as ``verdicts``."""

from __future__ import annotations

import re

from booking.money.fees import FeeItem
from booking.money.ledger import INCOME
from hotline.importing.cells import Refused, day_of, fen, filled, short
from hotline.importing.sheet import Sheet
from hotline.importing.verdicts import Fields, Judged, judge

FEE_COLUMNS = {
    "clinic_type": ("号别", "clinic_type"),
    "item": ("项目", "收费项目", "item"),
    "amount": ("金额", "价格", "amount"),
    "since": ("起", "开始日期", "from"),
    "until": ("止", "结束日期", "to"),
    "name": ("名称", "项目名称", "name"),
}
_OPTIONAL = frozenset({"until", "name"})
_ITEMS = {
    "挂号费": "registration",
    "诊查费": "consultation",
    "诊察费": "consultation",
    "病历本": "record-book",
    "病历本费": "record-book",
}
_CODE = re.compile(r"[a-z][a-z-]{1,19}")


def judge_fees(sheet: Sheet) -> Judged[FeeItem]:
    """A price holds from ``起`` until ``止``, or until the same item's next price begins."""

    def read(row: Fields) -> tuple[str, FeeItem]:
        clinic_type = filled(row["clinic_type"], "号别", 20)
        item = _ITEMS.get(row["item"], row["item"].lower())
        if not _CODE.fullmatch(item):
            raise Refused("项目应为 挂号费、诊查费、病历本，或小写字母的代码")
        if not row["amount"]:
            raise Refused("金额是空的；不收费请写 0")
        since = day_of(row["since"])
        until = day_of(row["until"]) if row["until"] else None
        if until is not None and until < since:
            raise Refused("“止”早于“起”")
        fee = FeeItem(
            clinic_type=clinic_type,
            item=item,
            name=short(row["name"], "名称", 40) or row["item"],
            amount_fen=fen(row["amount"]),
            account=f"{INCOME}{item}",
            from_day=since,
            to_day=until,
        )
        return f"{clinic_type} {item} {since}", fee

    return judge(sheet, FEE_COLUMNS, _OPTIONAL, read)
