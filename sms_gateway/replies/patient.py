"""Replies about who asks: registering, and who may not book (unknown, over a limit, banned, not admitted)."""

from __future__ import annotations

from booking.outcomes import Blacklisted, Limit, NotAdmitted, NotRegistered
from booking.people_outcomes import NameMismatch, NeedsName, Registered
from command_parser.commands import Register
from command_parser.hints import SAMPLE_IDENTITY, SAMPLE_REGISTERING
from command_parser.masking import mask_name
from command_parser.render import render
from command_parser.serial import SAMPLE_SERIAL
from sms_gateway.replies.asked import Asked, words
from sms_gateway.replies.phrases import book_example, moment_words, to_book

_NOT_ADMITTED = {
    "TOO_YOUNG": "该就诊人年龄不足，不能自助预约",
    "NEEDS_GUARDIAN": "该就诊人未成年，须由监护人办理预约",
    "NEEDS_OWN_DOCUMENT": "该就诊人须凭本人证件预约",
}
_SCOPES = {"hospital": "本院", "department": "同一科室", "doctor": "同一医生", "session": "同一班次"}
_SPANS = {"visit-day": "一天", "week": "一周", "month": "一个月"}
_UNITS = {"days": "天", "day": "天", "months": "个月", "month": "个月"}


@words.register
def _(outcome: Registered, asked: Asked) -> str:
    patient = outcome.patient
    state = "此前已登记" if outcome.again else "登记成功"
    who = f"{mask_name(patient.name)} {patient.identity_masked}".strip()
    return f"{state}：{who}。{to_book(asked)}"


@words.register
def _(outcome: NeedsName, asked: Asked) -> str:
    return f"首次登记还需要姓名。请发 ZC加身份证号和姓名，例如 {SAMPLE_REGISTERING}"


@words.register
def _(outcome: NameMismatch, asked: Asked) -> str:
    return f"姓名与该证件的登记不符，未作更改。请核对后重发，例如 {SAMPLE_REGISTERING}；仍不符请转人工办理"


@words.register
def _(outcome: NotRegistered, asked: Asked) -> str:
    if outcome.several:
        return f"本手机号登记了不止一位“{outcome.name}”，短信分不清是哪一位。请拨打预约电话，按提示选择就诊人"
    if outcome.name:
        missing = f"本手机号没有登记过“{outcome.name}”"
        return (
            f"{missing}。请先发 ZC加本人身份证号和姓名，例如 {render(Register(id=SAMPLE_IDENTITY, name=outcome.name))}"
        )
    return f"本手机号还没有登记就诊人。请先发 ZC加身份证号和姓名，例如 {SAMPLE_REGISTERING}"


@words.register
def _(outcome: Limit, asked: Asked) -> str:
    if outcome.what == "phone-patients":
        return f"一个手机号最多登记{outcome.most}位就诊人，已满。已登记的就诊人可直接预约，例如 {book_example(asked)}"
    if outcome.what == "phone-changes":
        later = "" if outcome.when is None else f"，{moment_words(outcome.when)}起可换"
        return f"该就诊人近期更换手机号已达{outcome.most}次，现在不能再换{later}。请用已登记的手机号，或到窗口办理"
    what = "同一就诊人一天" if outcome.what == "patient-day" else f"按本院规定，{_limited(outcome)}"
    unit = "科室" if outcome.scope == "departments" else "号"
    return f"{what}最多预约{outcome.most}个{unit}，已满。查已有预约请发 CX，取消请发 QX加预约码，例如 QX{SAMPLE_SERIAL}"


def _limited(outcome: Limit) -> str:
    """The rule's scope and span in words: 同一医生7天内. A limit of another kind is just one of this sort of bookings."""
    count, _, unit = outcome.per.partition(" ")
    span = f"{count}{_UNITS[unit]}" if unit in _UNITS else _SPANS.get(outcome.per, "")
    return f"{_SCOPES.get(outcome.scope, '')}{span}{'内' if span else ''}" or "此类预约"


@words.register
def _(outcome: Blacklisted, asked: Asked) -> str:
    if outcome.until is None:
        return "按本院规定，该就诊人暂停预约。如有疑问请带身份证到窗口办理"
    return f"按本院规定，该就诊人暂停预约到{moment_words(outcome.until)}，之后请发 {book_example(asked)}。如有疑问请到窗口办理"


@words.register
def _(outcome: NotAdmitted, asked: Asked) -> str:
    if outcome.rule.endswith("mobile.prefixes"):
        return "按本院规定，这个号段的手机号不能用于预约，请换用其他手机号，或带有效证件到窗口办理"
    return f"{_NOT_ADMITTED.get(outcome.reason, '该就诊人不能用短信预约')}，请带有效证件到窗口办理。查已有预约请发 CX"
