"""Rows of the hospital's own blacklist. Pure, as ``verdicts``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from booking.reasons import kept_reason
from booking.rules.names import same_name
from booking.store.conduct.blacklist import BlacklistRow
from command_parser.identity import Identity, read_identity
from hotline.importing.cells import Refused, day_of, filled, identity_number, unspaced
from hotline.importing.sheet import Sheet
from hotline.importing.verdicts import Fields, Judged, judge, places_of

BLACKLIST_COLUMNS = {
    "identity": ("身份证号", "身份证", "identity"),
    "name": ("姓名", "name"),
    "reason": ("原因", "事由", "reason"),
    "since": ("起", "开始日期", "since"),
    "until": ("止", "结束日期", "until"),
    "department": ("科室", "科室编码", "department"),
}
_BLACKLIST_OPTIONAL = frozenset({"since", "until", "department"})


def identities_in(sheet: Sheet, today: date) -> list[str]:
    """The identity numbers of the file that are ones, in normal form."""
    place = places_of(sheet.header, BLACKLIST_COLUMNS, _BLACKLIST_OPTIONAL)["identity"]
    cells = [line.cells[place] for line in sheet.lines if place is not None and place < len(line.cells)]
    return [found.number for cell in cells if isinstance(found := read_identity(cell, today), Identity)]


def judge_blacklist(
    sheet: Sheet, departments: Collection[str], names: Mapping[str, str], today: date
) -> Judged[BlacklistRow]:
    """``departments``: the codes on the roster; ``names``: under which the hospital knows these identity numbers. Another name
    on the list means that one of the two is wrong, and nobody is banned by mistake.
    """

    def read(row: Fields) -> tuple[str, BlacklistRow]:
        identity = identity_number(row["identity"], today)
        name = filled(unspaced(row["name"]), "姓名", 40)
        if identity in names and not same_name(names[identity], name):
            raise Refused("姓名与该身份证号的就诊登记不一致，请核对")
        if row["department"] and row["department"] not in departments:
            raise Refused(f"没有编码为“{row['department']}”的科室")
        since = day_of(row["since"]) if row["since"] else None
        until = day_of(row["until"]) if row["until"] else None
        if until is not None and until < (since or today):
            raise Refused("“止”早于“起”，或已经过去")
        listed = BlacklistRow(
            identity=identity,
            name=name,
            reason=kept_reason(filled(row["reason"], "原因", 100)),
            since=since,
            until=until,
            department=row["department"],
        )
        return f"{identity} {row['department']}", listed

    return judge(sheet, BLACKLIST_COLUMNS, _BLACKLIST_OPTIONAL, read)
