"""The words a text is answered with: an outcome in, one short polite sentence (or a few lines) in Chinese out.

Laws: a refusal names one reason and shows one right example, built around what was asked where that is possible; a list shows
at most ``LINES_MAX`` lines and says how to see more; patients' names and identity numbers leave masked. The empty string means
that the store itself has already posted the text that answers (a booking's confirmation, a cancellation's receipt).
Pure: an outcome, the command that led to it and today's date are all that is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import singledispatch
from typing import ClassVar

from booking.outcomes import (
    AlreadyBooked,
    Blacklisted,
    Booked,
    Cancelled,
    CaseState,
    Changed,
    ClinicStopped,
    Closed,
    Complained,
    Cutoff,
    DoctorTimes,
    FoundDepartment,
    FoundDoctors,
    Full,
    Held,
    HoldOver,
    LeftWaiting,
    Limit,
    NameMismatch,
    NeedsName,
    NeverCancelled,
    NoSuchBooking,
    NoSuchCase,
    NoSuchDoctor,
    NoSuchTime,
    NotAdmitted,
    NothingFound,
    NotOpenYet,
    NotPaidYet,
    NotRegistered,
    NotWaiting,
    NoWaitingList,
    Registered,
    StillOpen,
    TooLateToCancel,
    Waits,
    WrongChannel,
)
from booking.texts import period_words
from booking.views import BookingView, DoctorView, OpenDoctor, OpenTime, WaitingView
from command_parser.commands import Answer, Book, Change, Command, Misread, QueryDate, Rate, Register
from command_parser.fields import DOCTOR_DIGITS
from command_parser.hints import SAMPLE_DOCTOR, SAMPLE_IDENTITY, SAMPLE_NAME
from command_parser.masking import mask_name
from command_parser.serial import SAMPLE_SERIAL, is_serial

LINES_MAX = 4
_WEEKDAYS = "一二三四五六日"
_CASE_STATES = {"received": "已受理，等待处理", "working": "正在处理", "answered": "已答复", "closed": "已办结"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the answer may lean on: today on the hospital's wall, and the command (None when the text was no command)."""

    today: date
    command: Command | None = None


@dataclass(frozen=True, slots=True)
class OwnBookings:
    """What the phone has: its bookings, its places on waiting lists (an offered number comes first), and more to ask if it has any."""

    bookings: tuple[BookingView, ...]
    waits: tuple[WaitingView, ...] = ()


@dataclass(frozen=True, slots=True)
class HelpWanted:
    pass


@dataclass(frozen=True, slots=True)
class Opted:
    wants: bool


@dataclass(frozen=True, slots=True)
class NoQuestion:
    """A bare number while nothing was asked: help, never an action."""

    reason: ClassVar[str] = "NO_QUESTION"


@dataclass(frozen=True, slots=True)
class CancelledBefore:
    """An earlier text (or call) had cancelled it: the store posts nothing, so it is told here."""

    reason: ClassVar[str] = "CANCELLED_BEFORE"
    booking: BookingView


@dataclass(frozen=True, slots=True)
class NotOffered:
    """The command is understood, but this house does not do it by text (yet): say so, and name the way that works."""

    reason: ClassVar[str] = "NOT_OFFERED"


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Parts of a long text never came: nothing is done on half a text."""

    reason: ClassVar[str] = "INCOMPLETE"


@dataclass(frozen=True, slots=True)
class Fault:
    """Our own fault, after all retries."""

    reason: ClassVar[str] = "FAULT"


def reason_of(outcome: object) -> str:
    """The code that the inbox row, logs and metrics carry: a refusal's own, ``OK`` for everything that was granted or told."""
    return str(getattr(outcome, "reason", "OK"))


def day_words(day: date) -> str:
    return f"{day.month}月{day.day}日(周{_WEEKDAYS[day.weekday()]})"


def moment_words(start: datetime) -> str:
    return f"{day_words(start.date())}{start.hour}:{start.minute:02}"


_NOT_ADMITTED = {
    "TOO_YOUNG": "该就诊人年龄不足，不能自助预约",
    "NEEDS_GUARDIAN": "该就诊人未成年，须由监护人办理预约",
    "NEEDS_OWN_DOCUMENT": "该就诊人须凭本人证件预约",
}


@singledispatch
def words(outcome: object, asked: Asked) -> str:
    """The sentence for an outcome; every member of ``booking.outcomes`` and of this module has one (a missing one is a bug)."""
    raise TypeError(f"no words for {type(outcome).__name__}")


def _book_example(asked: Asked, doctor: str = SAMPLE_DOCTOR, start: datetime | None = None) -> str:
    """A text that is right in every field: the booking that is to be moved, or the asked name (or the sample's); a time to come."""
    match asked.command:
        case Change(serial=serial):
            return f"GQ{serial},{start or _tomorrow(asked):%m%d%H%M}"
        case Book(name=str(name)) if name:
            pass
        case Register(name=str(name)) if name:
            pass
        case _:
            name = SAMPLE_NAME
    return f"GHDH{doctor},{start or _tomorrow(asked):%m%d%H%M},{name}"


def _tomorrow(asked: Asked) -> datetime:
    return datetime.combine(asked.today + timedelta(days=1), time(8, 30))


def _to_book(asked: Asked) -> str:
    """Both ways to book: step by step, which works in every house, and in one text by the sample's pattern."""
    return f"预约请发 GH，或如 {_book_example(asked)}"


def _look_up(doctor: DoctorView) -> str:
    return f"查医生时间请发 CX{doctor.number}"


def _choices(asked: Asked, doctor: DoctorView, times: Sequence[OpenTime]) -> str:
    """What can be had instead: the nearest free times with one right example, or where else to look."""
    if not times:
        return f"该医生近期没有空号。查同科医生请发 CX{doctor.department}"
    days = _times_by_day(times[:3])
    listed = "，".join(f"{day_words(day)}{'、'.join(hours)}" for day, hours in days.items())
    return f"可约：{listed}。请发 {_book_example(asked, doctor.number, times[0].start)}"


# What could not be understood


@words.register
def _(outcome: Misread, asked: Asked) -> str:
    """The parser's own sentence: it knows what it did understand."""
    return outcome.hint


# Booking


@words.register
def _(outcome: Booked, asked: Asked) -> str:
    return ""


@words.register
def _(outcome: NoSuchDoctor, asked: Asked) -> str:
    return f"没有工号为{outcome.number}的医生。查医生请发 CX加科室或姓名，例如 CX心血管内科"


@words.register
def _(outcome: NoSuchTime, asked: Asked) -> str:
    # The time as it was understood: so a patient sees at once what was mistyped.
    when = moment_words(asked.command.when) if isinstance(asked.command, Book | Change) else "这个时间"
    return f"{outcome.doctor.name}医生{when}没有号。{_choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: Full, asked: Asked) -> str:
    full = f"{outcome.doctor.name}医生这个时间已约满。"
    if outcome.open or not outcome.others:
        return f"{full}{_choices(asked, outcome.doctor, outcome.open)}"
    others = "、".join(f"{each.doctor.number}{each.doctor.name}{each.first:%-H:%M}" for each in outcome.others)
    return f"{full}该医生近期没有空号，同科{day_words(outcome.others[0].day)}可约：{others}。查医生时间请发 CX{outcome.others[0].doctor.number}"


@words.register
def _(outcome: Cutoff, asked: Asked) -> str:
    return f"{moment_words(outcome.start)}已停止预约。{_choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: ClinicStopped, asked: Asked) -> str:
    return f"{outcome.doctor.name}医生这个时间停诊。{_choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: NotRegistered, asked: Asked) -> str:
    if outcome.several:
        return f"本手机号登记了不止一位“{outcome.name}”，短信分不清是哪一位。请拨打预约电话，按提示选择就诊人"
    if outcome.name:
        missing = f"本手机号没有登记过“{outcome.name}”"
        return f"{missing}。请先发 ZC加本人身份证号和姓名，例如 ZC{SAMPLE_IDENTITY},{outcome.name}"
    return f"本手机号还没有登记就诊人。请先发 ZC加身份证号和姓名，例如 ZC{SAMPLE_IDENTITY},{SAMPLE_NAME}"


@words.register
def _(outcome: AlreadyBooked, asked: Asked) -> str:
    held = outcome.booking
    line = f"{mask_name(held.patient.name)}已约{held.doctor.name}医生{moment_words(held.start)}，预约码{held.code}"
    return f"{line}，同一班次不能再约。如要另约请先取消：QX{held.code}"


@words.register
def _(outcome: Limit, asked: Asked) -> str:
    if outcome.what == "phone-patients":
        return f"一个手机号最多登记{outcome.most}位就诊人，已满。已登记的就诊人可直接预约，例如 {_book_example(asked)}"
    if outcome.what == "phone-changes":
        later = "" if outcome.when is None else f"，{moment_words(outcome.when)}起可换"
        return f"该就诊人近期更换手机号已达{outcome.most}次，现在不能再换{later}。请用已登记的手机号，或到窗口办理"
    what = "同一就诊人一天" if outcome.what == "patient-day" else f"按本院规定，{_limited(outcome)}"
    unit = "科室" if outcome.scope == "departments" else "号"
    return f"{what}最多预约{outcome.most}个{unit}，已满。查已有预约请发 CX，取消请发 QX加预约码，例如 QX{SAMPLE_SERIAL}"


_SCOPES = {"hospital": "本院", "department": "同一科室", "doctor": "同一医生", "session": "同一班次"}
_SPANS = {"visit-day": "一天", "week": "一周", "month": "一个月"}
_UNITS = {"days": "天", "day": "天", "months": "个月", "month": "个月"}


def _limited(outcome: Limit) -> str:
    """The rule's scope and span in words: 同一医生7天内. A limit of another kind is just one of this sort of bookings."""
    count, _, unit = outcome.per.partition(" ")
    span = f"{count}{_UNITS[unit]}" if unit in _UNITS else _SPANS.get(outcome.per, "")
    return f"{_SCOPES.get(outcome.scope, '')}{span}{'内' if span else ''}" or "此类预约"


@words.register
def _(outcome: Held, asked: Asked) -> str:
    held = outcome.booking
    line = f"{mask_name(held.patient.name)}{moment_words(held.start)}{held.doctor.name}医生{held.seq}号已保留到{outcome.until:%H:%M}"
    return f"{line}，逾期不留，预约码{held.code}。不要了请发 QX{held.code}"


@words.register
def _(outcome: NotOpenYet, asked: Asked) -> str:
    if outcome.when is None:
        return f"{day_words(outcome.start.date())}的号还没有放出。{_look_up(outcome.doctor)}"
    example = _book_example(asked, outcome.doctor.number, outcome.start)
    return f"{day_words(outcome.start.date())}的号{moment_words(outcome.when)}起放号，届时请发 {example}"


@words.register
def _(outcome: Closed, asked: Asked) -> str:
    if outcome.when is None:
        return f"现在不办理预约。查已有预约请发 CX，取消请发 QX加预约码，例如 QX{SAMPLE_SERIAL}"
    return f"现在不办理预约，{moment_words(outcome.when)}起可约，届时请发 {_book_example(asked)}"


@words.register
def _(outcome: WrongChannel, asked: Asked) -> str:
    return f"{outcome.doctor.name}医生这个时间的号不在短信预约，请到窗口办理。{_choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: Blacklisted, asked: Asked) -> str:
    if outcome.until is None:
        return "按本院规定，该就诊人暂停预约。如有疑问请带身份证到窗口办理"
    return f"按本院规定，该就诊人暂停预约到{moment_words(outcome.until)}，之后请发 {_book_example(asked)}。如有疑问请到窗口办理"


@words.register
def _(outcome: NotAdmitted, asked: Asked) -> str:
    if outcome.rule.endswith("mobile.prefixes"):
        return "按本院规定，这个号段的手机号不能用于预约，请换用其他手机号，或带有效证件到窗口办理"
    return f"{_NOT_ADMITTED.get(outcome.reason, '该就诊人不能用短信预约')}，请带有效证件到窗口办理。查已有预约请发 CX"


# Cancelling


@words.register
def _(outcome: Cancelled, asked: Asked) -> str:
    return ""


@words.register
def _(outcome: CancelledBefore, asked: Asked) -> str:
    held = outcome.booking
    return f"预约{held.code}（{moment_words(held.start)}{held.doctor.name}医生）此前已取消。再约请发 {_book_example(asked, held.doctor.number)}"


@words.register
def _(outcome: Changed, asked: Asked) -> str:
    """A move is told by the text that the store posts with it; a wish for the time that stands already is answered here."""
    held = outcome.booking
    if outcome.before.start != held.start or outcome.before.doctor.number != held.doctor.number:
        return ""
    return f"预约{held.code}就在{moment_words(held.start)}{held.doctor.name}医生，无须改期"


@words.register
def _(outcome: HoldOver, asked: Asked) -> str:
    held = outcome.booking
    return f"为您保留的号（{moment_words(held.start)}{held.doctor.name}医生）已过时限。再约请发 {_book_example(asked, held.doctor.number)}"


@words.register
def _(outcome: NotPaidYet, asked: Asked) -> str:
    held = outcome.booking
    return f"{moment_words(held.start)}{held.doctor.name}医生的号已为您保留，付款后才算约成。不要了请发 QX{held.code}"


# Waiting


@words.register
def _(outcome: Waits, asked: Asked) -> str:
    """Where he stands, what happens next, and how to leave; an offered number is told with its two answers."""
    waits = outcome.waiting
    if waits.booking is not None:
        return f"{mask_name(waits.patient.name)}{offer_words(waits)}"
    done = "此前已候补" if outcome.again else "已候补"
    what = f"{mask_name(waits.patient.name)}{done}{session_words(waits)}"
    return f"{what}，排第{waits.place}位。有空号即发短信，到时请回复Y。查看或退出候补请发 CX"


def session_words(waits: WaitingView) -> str:
    return f"{day_words(waits.day)}{period_words(waits.period)}{waits.doctor.name}医生"


def offer_words(waits: WaitingView) -> str:
    """An offer in a line: what, until when, the two answers."""
    assert waits.booking is not None, "a number is offered"
    until = "" if waits.until is None else f"保留到{waits.until:%-H:%M}，"
    return f"候补有号：{moment_words(waits.booking.start)}{waits.doctor.name}医生{waits.booking.seq}号，{until}要请回复Y，不要请回复N"


@words.register
def _(outcome: StillOpen, asked: Asked) -> str:
    return f"{outcome.doctor.name}医生现在有号，不用候补。{_choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: NoWaitingList, asked: Asked) -> str:
    return f"{outcome.doctor.name}医生这个班次不能候补。{_look_up(outcome.doctor)}"


@words.register
def _(outcome: NotWaiting, asked: Asked) -> str:
    return "这个候补已经结束。查预约和候补请发 CX"


@words.register
def _(outcome: LeftWaiting, asked: Asked) -> str:
    waited = outcome.waiting
    return f"已取消{session_words(waited)}的候补。再约请发 {_book_example(asked, waited.doctor.number)}"


@words.register
def _(outcome: NoSuchBooking, asked: Asked) -> str:
    return f"没有查到您名下的预约码{outcome.code}。查我的预约请发 CX"


@words.register
def _(outcome: TooLateToCancel, asked: Asked) -> str:
    held = outcome.booking
    until = "" if outcome.until is None else f"（最晚{moment_words(outcome.until)}）"
    return (
        f"预约{held.code}（{moment_words(held.start)}）已过{_verb(asked)}时限{until}，"
        f"请按时就诊或到窗口办理。查我的预约请发 CX"
    )


@words.register
def _(outcome: NeverCancelled, asked: Asked) -> str:
    held = outcome.booking
    return f"预约{held.code}（{moment_words(held.start)}）按本院规定不能{_verb(asked)}，请按时就诊。查我的预约请发 CX"


def _verb(asked: Asked) -> str:
    return "改期" if isinstance(asked.command, Change) else "取消"


# Registering


@words.register
def _(outcome: Registered, asked: Asked) -> str:
    patient = outcome.patient
    state = "此前已登记" if outcome.again else "登记成功"
    who = f"{mask_name(patient.name)} {patient.identity_masked}".strip()
    return f"{state}：{who}。{_to_book(asked)}"


@words.register
def _(outcome: NeedsName, asked: Asked) -> str:
    return f"首次登记还需要姓名。请发 ZC加身份证号和姓名，例如 ZC{SAMPLE_IDENTITY},{SAMPLE_NAME}"


@words.register
def _(outcome: NameMismatch, asked: Asked) -> str:
    example = f"ZC{SAMPLE_IDENTITY},{SAMPLE_NAME}"
    return f"姓名与该证件的登记不符，未作更改。请核对后重发，例如 {example}；仍不符请转人工办理"


# Looking


@words.register
def _(outcome: DoctorTimes, asked: Asked) -> str:
    doctor = outcome.doctor
    name = f"{doctor.department}{doctor.name}{doctor.title}"
    if not outcome.open:
        return f"{name}近期没有空号。查同科医生请发 CX{doctor.department}"
    days = _times_by_day(outcome.open)
    lines = [f"{day_words(day)}{'、'.join(times)}" for day, times in days.items()][:LINES_MAX]
    example = _book_example(asked, doctor.number, outcome.open[0].start)
    return "\n".join([f"{name}余{outcome.total}个号：", *lines, f"预约请发 {example}"])


def _times_by_day(times: Sequence[OpenTime]) -> dict[date, list[str]]:
    days: dict[date, list[str]] = {}
    for free in times:
        days.setdefault(free.start.date(), []).append(f"{free.start.hour}:{free.start.minute:02}")
    return days


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
    waits = _waits_lines(outcome.waits)
    if not held and not waits:
        return f"您目前没有预约。{_to_book(asked)}"
    if not held:
        return "\n".join(["您目前没有预约。", *waits])
    lines = [
        f"{one.code} {moment_words(one.start)}{one.doctor.department}{one.doctor.name} {one.seq}号 "
        f"{mask_name(one.patient.name)}{'(保留中)' if one.status == 'held' else ''}"
        for one in held[:LINES_MAX]
    ]
    rest = [f"另有{len(held) - LINES_MAX}个，可致电查询"] if len(held) > LINES_MAX else []
    return "\n".join([f"您有{len(held)}个预约：", *lines, *rest, f"取消请发 QX{held[0].code}", *waits])


def _waits_lines(waits: Sequence[WaitingView]) -> list[str]:
    """Offers with their answers, then the places under the numbers by which they are given up."""
    offered = [offer_words(one) for one in waits if one.booking is not None]
    places = [one for one in waits if one.booking is None]
    lines = [
        f"{number} {session_words(one)} {mask_name(one.patient.name)} 第{one.place}位"
        for number, one in enumerate(places[:LINES_MAX], start=1)
    ]
    return [*offered, *(["候补中（退出请回复数字）：", *lines] if lines else [])]


# Complaints, subscriptions, the rest


@words.register
def _(outcome: Complained, asked: Asked) -> str:
    return f"您的意见已受理，编号{outcome.case}，我们会尽快处理。查进度请发 TS{outcome.case}"


@words.register
def _(outcome: CaseState, asked: Asked) -> str:
    return f"投诉{outcome.case}：{_CASE_STATES.get(outcome.state, outcome.state)}"


@words.register
def _(outcome: NoSuchCase, asked: Asked) -> str:
    return f"没有查到您的投诉编号{outcome.case}。提交投诉请发 TS加内容，例如 TS候诊时间太长"


@words.register
def _(outcome: HelpWanted, asked: Asked) -> str:
    return (
        f"预约发 {_book_example(asked)}（工号,月日时分,姓名），或发 GH 逐步选择\n"
        f"登记发 ZC加身份证号和姓名\n查询发 CX，或 CX加工号、科室、日期\n取消发 QX加预约码，改期发 GQ加码和时间\n"
        "投诉发 TS加内容，退订通知发 TD"
    )


@words.register
def _(outcome: Opted, asked: Asked) -> str:
    if outcome.wants:
        return "已恢复通知短信。退订请发 TD"
    return "已退订通知短信；您本人的查询答复和预约短信仍会发送。恢复请发 DY"


@words.register
def _(outcome: NoQuestion, asked: Asked) -> str:
    return f"目前没有等您选择的问题。{_meant_by(asked.command)}"


def _meant_by(command: Command | None) -> str:
    """What a bare number may have been meant for: a booking code, a doctor, or the answer to a question long closed."""
    number = command.value if isinstance(command, Answer) else ""
    if is_serial(number):
        return f"取消该预约请发 QX{number}，查我的预约请发 CX"
    if len(number) == DOCTOR_DIGITS:
        return f"查该医生的时间请发 CX{number}"
    return "预约请发 GH，查询发 CX，取消发 QX加预约码，全部用法发 BZ"


@words.register
def _(outcome: NotOffered, asked: Asked) -> str:
    match asked.command:
        case Rate():
            return "暂不能用短信评分。意见和建议请发 TS加内容，例如 TS医生讲解很耐心"
        case _:
            return "暂不支持该功能。查看用法请发 BZ"


@words.register
def _(outcome: Incomplete, asked: Asked) -> str:
    return f"您的长短信没有收全，未作处理。请重发，例如 {_book_example(asked)}"


@words.register
def _(outcome: Fault, asked: Asked) -> str:
    return "系统暂时无法处理您的短信，请稍后重发或致电人工。查看用法请发 BZ"
