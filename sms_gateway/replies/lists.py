"""Replies that list: a doctor's times, doctors with numbers, one's own bookings and places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from booking.search_outcomes import DoctorTimes, FoundDepartment, FoundDoctors, NothingFound
from booking.views import OpenDoctor
from command_parser.commands import QueryDate
from command_parser.masking import mask_name
from sms_gateway.replies.asked import Asked, OwnBookings, words
from sms_gateway.replies.phrases import LINES_MAX, book_example, day_words, moment_words, times_by_day, to_book
from sms_gateway.replies.waiting import waiting_lines


@words.register
def _(outcome: DoctorTimes, asked: Asked) -> str:
    doctor = outcome.doctor
    name = f"{doctor.department}{doctor.name}{doctor.title}"
    if not outcome.open:
        return f"{name}近期没有空号。查同科医生请发 CX{doctor.department}"
    days = times_by_day(outcome.open)
    lines = [f"{day_words(day)}{'、'.join(times)}" for day, times in days.items()][:LINES_MAX]
    example = book_example(asked, doctor.number, outcome.open[0].start)
    return "\n".join([f"{name}余{outcome.total}个号：", *lines, f"预约请发 {example}"])


def _doctor_lines(doctors: Sequence[OpenDoctor], total: int, more: str, day: date | None = None) -> list[str]:
    """``day``: all lines are of this day, which their title names."""
    lines = [
        f"{found.doctor.number} {found.doctor.name} {found.doctor.title} "
        f"{'' if found.day == day else day_words(found.day)}余{found.free}"
        for found in doctors[:LINES_MAX]
    ]
    rest = f"共{total}位，{more}；" if total > len(lines) else ""
    return [*lines, f"{rest}查医生时间请发 CX{doctors[0].doctor.number}"]


@words.register
def _(outcome: FoundDepartment, asked: Asked) -> str:
    department = outcome.department
    if not outcome.doctors:
        return f"{department.name}近期没有空号。查某天有号的医生请发 CX加日期，例如 CX{asked.today + timedelta(days=1):%m%d}"
    more = "逐步选择请发 GH"
    return "\n".join([f"{department.name}可约医生：", *_doctor_lines(outcome.doctors, outcome.total, more)])


@words.register
def _(outcome: FoundDoctors, asked: Asked) -> str:
    if not outcome.doctors:
        return words(NothingFound(words=""), asked)
    day = asked.command.date if isinstance(asked.command, QueryDate) else None
    title = f"{day_words(day)}有号的医生：" if day else "可约医生："
    return "\n".join([title, *_doctor_lines(outcome.doctors, outcome.total, "按科室查请发 CX加科室", day)])


@words.register
def _(outcome: NothingFound, asked: Asked) -> str:
    if isinstance(asked.command, QueryDate):
        return f"{day_words(asked.command.date)}没有可约的号。查科室请发 CX加科室名，例如 CX心血管内科"
    about = f"“{outcome.words}”" if outcome.words else "相关医生"
    return f"没有查到{about}。看全部科室请发 GH，或发 CX加科室名，例如 CX心血管内科"


@words.register
def _(outcome: OwnBookings, asked: Asked) -> str:
    offered = {one.booking.code for one in outcome.waits if one.booking is not None}
    held = [one for one in outcome.bookings if one.code not in offered]  # what is offered is no booking yet
    waits = waiting_lines(outcome.waits)
    if not held and not waits:
        return f"您目前没有预约。{to_book(asked)}"
    if not held:
        return "\n".join(["您目前没有预约。", *waits])
    lines = [
        f"{one.code} {moment_words(one.start)}{one.doctor.department}{one.doctor.name} {one.seq}号 "
        f"{mask_name(one.patient.name)}{'(保留中)' if one.status == 'held' else ''}"
        for one in held[:LINES_MAX]
    ]
    rest = [f"另有{len(held) - LINES_MAX}个，可致电查询"] if len(held) > LINES_MAX else []
    return "\n".join([f"您有{len(held)}个预约：", *lines, *rest, f"取消请发 QX{held[0].code}", *waits])
