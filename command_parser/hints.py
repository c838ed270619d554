"""What a patient is told when a text could not be read: one reason, one right example, short enough for one text message.

An example is built around what was understood: the doctor, the time, the booking code. It never repeats a name or an identity number, so
that a hint holds no personal data wherever it is logged. Sample data (00868, 张三) stand where nothing was understood.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from command_parser.commands import Book, Change, Misread, QueryDate, Reason, Register
from command_parser.render import render
from command_parser.serial import SAMPLE_SERIAL, SERIAL_DIGITS, is_serial
from command_parser.words import Verb

SAMPLE_DOCTOR: Final = "00868"
SAMPLE_NAME: Final = "张三"
SAMPLE_DEPARTMENT: Final = "心血管内科"
SAMPLE_IDENTITY: Final = "11010519491231002X"
"""The standard's own example number: nobody's."""

SAMPLE_REGISTERING: Final = render(Register(id=SAMPLE_IDENTITY, name=SAMPLE_NAME))

_BOOK: Final = {
    Reason.MISSING_ARGS: "预约请写医生编号、时间和姓名，或只发GH按提示选",
    Reason.BAD_DOCTOR_NO: "请写5位医生编号，可发CX加科室名查编号",
    Reason.MISSING_DATETIME: "请写就诊时间，月日时分共8位数字",
    Reason.BAD_DATETIME: "就诊时间不对，请写月日时分共8位数字",
    Reason.MISSING_NAME: "请写就诊人姓名",
    Reason.SEVERAL_COMMANDS: "一条短信只能办一件事，请分开发送",
}
_CODE: Final = {
    Reason.MISSING_SERIAL: "请写8位预约码，查预约码请发CX",
    Reason.BAD_SERIAL: "预约码不对，应为8位数字，请核对",
    Reason.MISSING_DATETIME: "请写新的就诊时间，月日时分共8位数字",
    Reason.BAD_DATETIME: "新的时间不对，请写月日时分共8位数字",
    Reason.MISSING_ARGS: "请在预约码后写1至5分",
    Reason.BAD_SCORE: "评分应为1至5",
    Reason.SEVERAL_COMMANDS: "一条短信只能办一件事，请分开发送",
}
_REGISTER: Final = {
    Reason.MISSING_ARGS: "登记请写身份证号和姓名",
    Reason.BAD_ID_LENGTH: "身份证号应为18位，请核对",
    Reason.BAD_ID_DATE: "身份证号中的出生日期不对，请核对",
    Reason.BAD_ID_CHECKSUM: "身份证号不对，请核对",
    Reason.SEVERAL_COMMANDS: "一条短信只能办一件事，请分开发送",
}

BOOK_REASONS: Final = tuple(_BOOK)
REGISTER_REASONS: Final = tuple(_REGISTER)
"""Every reason a booking, or a registration, may be refused for."""


def sample_when(now: datetime) -> datetime:
    """Tomorrow morning: a time that an example may always show."""
    return sample_on(now.date() + timedelta(days=1))


def sample_on(day: date) -> datetime:
    return datetime.combine(day, time(8, 30))


def booking_text(doctor: str, when: datetime, name: str = SAMPLE_NAME) -> str:
    """A booking as it is best texted."""
    return render(Book(doctor=doctor, when=when, name=name))


def misread_booking(reason: Reason, now: datetime, doctor: str | None = None, when: datetime | None = None) -> Misread:
    example = booking_text(doctor or SAMPLE_DOCTOR, when or sample_when(now))
    return Misread(command=Verb.BOOK.value, reason=reason, hint=_said(_BOOK[reason], example))


def misread_cancel(reason: Reason, written: str = "") -> Misread:
    """``written``: the digits where the code should be."""
    return Misread(
        command=Verb.CANCEL.value, reason=reason, hint=_said(_of_code(reason, written), f"QX{SAMPLE_SERIAL}")
    )


def misread_change(reason: Reason, now: datetime, serial: str = "", when: datetime | None = None) -> Misread:
    """``serial``: the digits where the code should be, right or not."""
    right = serial if is_serial(serial) else SAMPLE_SERIAL
    example = render(Change(serial=right, when=when or sample_when(now)))
    return Misread(command=Verb.CHANGE.value, reason=reason, hint=_said(_of_code(reason, serial), example))


def misread_rating(reason: Reason, serial: str = "") -> Misread:
    """``serial``: the digits where the code should be, right or not."""
    right = serial if is_serial(serial) else SAMPLE_SERIAL
    return Misread(command=Verb.RATE.value, reason=reason, hint=_said(_of_code(reason, serial), f"PJ{right},5"))


def _of_code(reason: Reason, written: str) -> str:
    """Eight digits that do not add up are to be compared, not counted."""
    mistyped = reason is Reason.BAD_SERIAL and len(written) == SERIAL_DIGITS
    return "预约码有误，请逐位核对，查预约码请发CX" if mistyped else _CODE[reason]


def misread_registration(reason: Reason) -> Misread:
    return Misread(command=Verb.REGISTER.value, reason=reason, hint=_said(_REGISTER[reason], SAMPLE_REGISTERING))


def misread_complaint() -> Misread:
    return Misread(
        command=Verb.COMPLAINT.value, reason=Reason.MISSING_TEXT, hint=_said("请写投诉内容", "TS门诊三楼等候时间太长")
    )


def misread_doctor_query() -> Misread:
    return Misread(
        command="QUERY_DOCTOR", reason=Reason.BAD_DOCTOR_NO, hint=_said("医生编号应为5位数字", f"CX{SAMPLE_DOCTOR}")
    )


def misread_date_query(now: datetime) -> Misread:
    hint = _said("日期不对，请写月日共4位数字", render(QueryDate(date=sample_when(now).date())))
    return Misread(command="QUERY_DATE", reason=Reason.BAD_DATETIME, hint=hint)


def misread_query(reason: Reason) -> Misread:
    said = (
        "一条短信只能办一件事，请分开发送"
        if reason is Reason.SEVERAL_COMMANDS
        else "查询内容太长，请写科室、专长或医生姓名"
    )
    return Misread(command="QUERY_DEPT", reason=reason, hint=_said(said, f"CX{SAMPLE_DEPARTMENT}"))


def unknown(now: datetime) -> Misread:
    """Nothing in the text is a command."""
    return _unknown(f"没看懂您的短信。预约请发{booking_text(SAMPLE_DOCTOR, sample_when(now))}；全部用法请发BZ")


def unknown_too_long(now: datetime) -> Misread:
    return _unknown(f"短信太长，没有处理。预约请发{booking_text(SAMPLE_DOCTOR, sample_when(now))}；投诉请以TS开头")


def unknown_booking(doctor: str, when: datetime) -> Misread:
    """It reads like a booking, but no keyword says so."""
    return _unknown(_said("要预约请在前面加GHDH", booking_text(doctor, when)))


def unknown_identity() -> Misread:
    """It reads like an identity number, but no keyword says so."""
    return _unknown(_said("要登记请在身份证号前加ZC，后写姓名", SAMPLE_REGISTERING))


def unknown_but_spoken_of(verb: Verb) -> Misread:
    """No keyword opens it, but it speaks of cancelling, complaining or looking for numbers."""
    return _unknown(_SPOKEN_OF[verb])


def unknown_opt(code: str) -> Misread:
    """Subscription words with a number: perhaps a booking was meant to be cancelled, so nothing is done."""
    return _unknown(f"{'退订' if code == 'TD' else '订阅'}短信请只发{code}；取消预约请发预约码，例：QX{SAMPLE_SERIAL}")


def _unknown(hint: str) -> Misread:
    return Misread(command=None, reason=Reason.UNKNOWN_COMMAND, hint=hint)


def _said(reason: str, example: str) -> str:
    return f"{reason}。例：{example}"


_SPOKEN_OF: Final = {
    Verb.COMPLAINT: _said("投诉请以TS开头", "TS门诊三楼等候时间太长"),
    Verb.CANCEL: _said("取消预约请发QX加8位预约码，查预约码请发CX", f"QX{SAMPLE_SERIAL}"),
    Verb.QUERY: _said("查有没有号请发CX加科室、医生或日期", f"CX{SAMPLE_DEPARTMENT}"),
}
