"""Rows of the hospital's own list of who came: a booking code, a state, the time. Pure, as ``verdicts``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from hotline.importing.cells import Refused
from hotline.importing.sheet import Line, Sheet
from hotline.importing.verdicts import Fields, Judged, read_rows

ARRIVED, SEEN, ABSENT = "arrived", "seen", "absent"
COLUMNS = {
    "code": ("预约码", "code"),
    "state": ("状态", "state"),
    "at": ("时间", "到诊时间", "就诊时间", "at"),
}
_STATES = {"到诊": ARRIVED, "已到诊": ARRIVED, "就诊": SEEN, "已就诊": SEEN, "未到": ABSENT}
_CODE = re.compile(r"[0-9]{8}")
_DIGITS = 8
_HOUR = re.compile(r"[0-9]{1,2}:[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """``today``: the row is of today (or says no time); ``at``: when, on the hospital's wall, where the row says it."""

    line: Line
    code: str
    state: str
    today: bool
    at: datetime | None = None


def judge_arrivals(sheet: Sheet, now: datetime) -> Judged[Arrival]:
    """``now`` on the hospital's wall; nobody came later than that. A booking may have several rows: he came, then he was seen."""
    accepted, rejected = read_rows(sheet, COLUMNS, {"at"}, lambda line, row: _read(line, row, now))
    return Judged(sheet.header, tuple(accepted), tuple(rejected))


def _read(line: Line, row: Fields, now: datetime) -> Arrival:
    code = row["code"].zfill(_DIGITS)  # a spreadsheet drops leading zeros
    if not _CODE.fullmatch(code):
        raise Refused(f"预约码应为 {_DIGITS} 位数字")
    if row["state"] not in _STATES:
        raise Refused("状态应为 到诊、就诊 或 未到")
    at = _moment(row["at"], now)
    return Arrival(
        line=line, code=code, state=_STATES[row["state"]], today=at is None or at.date() == now.date(), at=at
    )


def _moment(said: str, now: datetime) -> datetime | None:
    if not said:
        return None
    if _HOUR.fullmatch(said):
        said = f"{now:%Y-%m-%d} {said.zfill(5)}"
    try:
        at = datetime.fromisoformat(said.replace("/", "-"))
    except ValueError:
        raise Refused("时间应如 2026-07-15 08:05 或 08:05") from None
    if at.tzinfo is not None or at > now:
        raise Refused("时间在现在之后" if at.tzinfo is None else "时间应如 2026-07-15 08:05 或 08:05")
    return at
