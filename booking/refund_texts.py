"""The words that tell a patient that money goes back to him: for which visit, why, how much, which way. Pure.

Law of this module: one text a refund, two parts at most, the name masked; it promises a day only where the hospital's rules do.
"""

from __future__ import annotations

from datetime import date

from booking.texts import Letterhead, moment, yuan
from booking.views import BookingView
from command_parser.masking import mask_name

_WHY = {
    "late": "付款到账时号已失效，未能约成",
    "twice": "您重复付了款",
    "changed": "改期后费用有变",
    "expired": "未能约成",
    "hospital": "因医院原因退号",
    "void": "未按时取号，号已作废",
    "noshow": "未就诊",
}


def owed(head: Letterhead, booking: BookingView, amount_fen: int, *, reason: str, way: str, by: date | None) -> str:
    """``way``: ``window`` where a clerk pays it out, else it goes back the way it came, by that day at the latest."""
    who = mask_name(booking.patient.name) or "患者"
    why = f"，{_WHY[reason]}" if reason in _WHY else ""
    what = f"{who}{moment(booking.start)}{booking.doctor.department}{booking.doctor.name}{why}"
    return f"【{head.short_name}】退款通知：{what}，{yuan(amount_fen)}{_how(way, by)}"


def _how(way: str, by: date | None) -> str:
    if way == "window":
        return "请带身份证和本短信到窗口领取"
    return "将原路退回" if by is None else f"将于{by.month}月{by.day}日前原路退回"
