"""Each step laid out with what the store says, and its question in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from booking.texts import period_words
from booking.views import BookingView, DepartmentView, DoctorView, OpenDoctor, OpenTime, PatientView, WaitingView
from command_parser.masking import mask_name
from sms_gateway.dialogue.answers import LEAVE, Next
from sms_gateway.dialogue.pending import NAMED, RATHER_WAIT, Dialogue, Option, Step, page
from sms_gateway.replies import clock_words, day_words, moment_words

_TITLES = {
    Step.DEPARTMENT: "请选择科室",
    Step.DOCTOR: "请选择医生",
    Step.DAY: "请选择日期",
    Step.TIME: "请选择时间",
    Step.WHO: "请选择就诊人",
    Step.INSTEAD: "请选择新的时间",
    Step.LEAVE: "请选择要退出的候补",
}


def question(dialogue: Dialogue, why: str = "") -> str:
    """The question in words, as often as it must be asked."""
    head = f"{why}。" if why else ""
    if dialogue.step is Step.CONFIRM:
        return f"{head}{_read_back(dialogue)}？回复1确认，2取消"
    if dialogue.step is Step.WAIT:
        doctor, start = dialogue.choice(Step.DOCTOR).label, datetime.fromisoformat(dialogue.choice(Step.TIME).value)
        return f"{head}{doctor}医生{moment_words(start)}已约满，要候补吗？回复1候补，2不候补"
    lines = [f"{number} {option.label}" for number, option in enumerate(page(dialogue), start=1)]
    return "\n".join([f"{head}{_TITLES[dialogue.step]}，回复数字（{LEAVE}退出）：", *lines])


def _read_back(dialogue: Dialogue) -> str:
    start = datetime.fromisoformat(dialogue.choice(Step.TIME).value)
    department = dialogue.choice(Step.DEPARTMENT).label
    doctor = dialogue.choice(Step.DOCTOR).label.split(" ")[0]
    patient = dialogue.choice(Step.WHO).label.split(" ")[0]
    return f"为{patient}预约{department}{doctor}医生{moment_words(start)}"


def ask_departments(departments: Sequence[DepartmentView]) -> Dialogue:
    options = tuple(Option(one.name, one.code) for one in departments)
    return Dialogue(step=Step.DEPARTMENT, options=options)


def ask_doctors(after: Next, doctors: Sequence[OpenDoctor]) -> Dialogue:
    """Each doctor once, however many days they are open."""
    found = {one.doctor.number: one.doctor for one in doctors}
    options = tuple(Option(f"{doctor.name} {doctor.title}", doctor.number) for doctor in found.values())
    return Dialogue(step=Step.DOCTOR, options=options, chosen=after.chosen)


def ask_days(after: Next, times: Sequence[OpenTime]) -> Dialogue:
    free: dict[date, int] = {}
    for one in times:
        free[one.start.date()] = free.get(one.start.date(), 0) + 1
    options = tuple(Option(f"{day_words(day)} 余{count}", day.isoformat()) for day, count in free.items())
    return Dialogue(step=Step.DAY, options=options, chosen=after.chosen)


def ask_times(after: Next, times: Sequence[OpenTime]) -> Dialogue:
    options = tuple(Option(clock_words(one.start), one.start.isoformat()) for one in times)
    return Dialogue(step=Step.TIME, options=options, chosen=after.chosen)


def ask_who(after: Next, patients: Sequence[PatientView]) -> Dialogue:
    """Names are masked in the text as everywhere; a single patient needs no question, only the confirmation."""
    options = tuple(Option(f"{mask_name(one.name)} {one.identity_masked}", str(one.id)) for one in patients)
    if len(options) == 1:
        return ask_confirm(Next(Step.CONFIRM, (*after.chosen, (Step.WHO, options[0]))))
    return Dialogue(step=Step.WHO, options=options, chosen=after.chosen)


def ask_instead(booking: BookingView, times: Sequence[tuple[DoctorView, datetime]]) -> Dialogue:
    """Times for a booking that a stop concerns; its patient is known, and is asked for nothing else."""
    options = tuple(
        Option(f"{doctor.department} {doctor.name} {moment_words(start)}", f"{doctor.number}|{start.isoformat()}")
        for doctor, start in times
    )
    who = Option(mask_name(booking.patient.name) or "患者", str(booking.patient.id))
    return Dialogue(
        step=Step.INSTEAD,
        options=options,
        chosen=((Step.WHO, who), (Step.INSTEAD, Option(booking.code, booking.code))),
    )


def ask_confirm(after: Next) -> Dialogue:
    return Dialogue(step=Step.CONFIRM, options=(), chosen=after.chosen)


def ask_times_again(dialogue: Dialogue, times: Sequence[OpenTime], *, may_wait: bool = False) -> Dialogue:
    """The time was sold while the patient was choosing: the same doctor's nearest free ones, everything else kept; and, where the
    session has a waiting list, to wait.
    """
    kept = tuple((step, option) for step, option in dialogue.chosen if step in (Step.DEPARTMENT, Step.DOCTOR, Step.DAY))
    again = ask_times(Next(Step.TIME, kept), times)
    if not may_wait:
        return again
    start = dialogue.choice(Step.TIME)
    wait = Option(f"候补{start.label}", f"{RATHER_WAIT}{start.value}|{dialogue.choice(Step.WHO).value}")
    return replace(again, options=(*again.options, wait))


def ask_wait(doctor: DoctorView, start: datetime, who: int | str) -> Dialogue:
    """Whether the patient would wait for a number of this session."""
    value = f"{NAMED}{who}" if isinstance(who, str) else str(who)
    chosen = (
        (Step.DOCTOR, Option(doctor.name, doctor.number)),
        (Step.TIME, Option(moment_words(start), start.isoformat())),
        (Step.WHO, Option("", value)),
    )
    return Dialogue(step=Step.WAIT, options=(), chosen=chosen)


def ask_leave(places: Sequence[WaitingView]) -> Dialogue:
    """Which of these places to give up, by the numbers under which they are listed."""
    options = tuple(
        Option(
            f"{day_words(one.day)}{period_words(one.period)}{one.doctor.name} {mask_name(one.patient.name)}",
            str(one.id),
        )
        for one in places
    )
    return Dialogue(step=Step.LEAVE, options=options)
