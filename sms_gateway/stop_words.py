"""The words that answer a choice under a stop-clinic notice: short, one booking named in each. Pure.

The empty string means, as in ``sms_gateway.replies``, that the store has posted the answer itself.
"""

from __future__ import annotations

from booking.stop_clinic import Choice, ChoiceTooLate, Chosen, OpenNotice
from booking.views import BookingView
from command_parser.masking import mask_name
from sms_gateway.replies import moment_words

WITHDRAWN = "该停诊通知已撤销，不需要再选择。查看预约请发 CX"
_OFFERS = {Choice.KEEP: "保留", Choice.GIVE_BACK: "退号", Choice.REBOOK: "改约"}


def chosen(notice: OpenNotice, outcome: Chosen) -> str:
    """What was done: kept, given back (the store has told that), or left after a release."""
    if outcome.choice is Choice.KEEP:
        return f"已保留：{_what(outcome.booking)}，预约码{outcome.booking.code}。不能来请发 QX{outcome.booking.code}"
    if notice.action != "release":
        return ""
    return (
        f"已记录：{_what(outcome.booking)}的预约已退，不再改约，不计违约。再约请发 GHDH{outcome.booking.doctor.number}"
    )


def too_late(outcome: ChoiceTooLate) -> str:
    """There is nothing left to choose."""
    return f"{_what(outcome.booking)}的预约已不能再选择。查看预约请发 CX"


def no_times(booking: BookingView) -> str:
    """Nobody of the department has a free number."""
    return f"{booking.doctor.department}近期没有空号，{_what(booking)}的预约暂时不能改约。稍后可再回复，或发 GH 选择其他科室"


def asked_again(notice: OpenNotice) -> str:
    """The number is none of those that the notice offers."""
    offers = "，".join(f"{number}{_OFFERS[choice]}" for number, choice in enumerate(notice.choices, start=1))
    return f"{_what(notice.booking)}的通知请回复：{offers}"


def _what(booking: BookingView) -> str:
    who = mask_name(booking.patient.name) or "患者"
    return f"{who}{moment_words(booking.start)}{booking.doctor.department}{booking.doctor.name}"
