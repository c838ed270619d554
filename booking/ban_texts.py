"""The words of the text that tells a patient of his ban: why, until when, how to appeal. Pure, short, signed 【hospital】.

Law of this module: no name and no identity number; the phone may have passed to somebody else.
"""

from __future__ import annotations

from datetime import datetime

from booking.rules.facts import Ban
from booking.texts import Letterhead

_CAUSES = {
    "no-show": "多次预约后未按时就诊",
    "cancels": "多次取消预约",
    "blacklist": "医院登记的限制",
    "manual": "医院登记的限制",
}


def cause_words(cause: str) -> str:
    """``no-show`` → 多次预约后未按时就诊."""
    return _CAUSES.get(cause, "医院的预约规则")


def until_words(until: datetime | None) -> str:
    """``至2026年10月15日`` (the last day that is wholly or partly banned), or 恢复时间另行通知 when it must be lifted."""
    return "恢复时间请咨询医院" if until is None else f"至{until.year}年{until.month}月{until.day}日{until:%H:%M}"


def started(head: Letterhead, ban: Ban, phone: str) -> str:
    """The text when a ban starts. ``phone`` is the hospital's number, empty when it has none."""
    where = f"{head.name}相关科室" if ban.department else head.name
    call = f"致电{phone}或" if phone else ""
    return (
        f"【{head.short_name}】因{cause_words(ban.cause)}，您在{where}的预约服务自{ban.since.month}月{ban.since.day}日起暂停，"
        f"{until_words(ban.until)}。如有异议，请{call}回复TS加说明申诉。"
    )
