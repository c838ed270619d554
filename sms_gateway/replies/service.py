"""Replies beside booking: complaints, subscriptions, the manual, and texts that could not be served."""

from __future__ import annotations

from booking.people_outcomes import CaseState, Complained, NoSuchCase
from command_parser.commands import Answer, Command, Misread, Rate
from command_parser.fields import DOCTOR_DIGITS
from command_parser.serial import is_serial
from sms_gateway.replies.asked import Asked, Fault, HelpWanted, Incomplete, NoQuestion, NotOffered, Opted, words
from sms_gateway.replies.phrases import book_example

_CASE_STATES = {"received": "已受理，等待处理", "working": "正在处理", "answered": "已答复", "closed": "已办结"}


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
        f"预约发 {book_example(asked)}（工号,月日时分,姓名），或发 GH 逐步选择\n"
        f"登记发 ZC加身份证号和姓名\n查询发 CX，或 CX加工号、科室、日期\n取消发 QX加预约码，改期发 GQ加码和时间\n"
        "投诉发 TS加内容，退订通知发 TD"
    )


@words.register
def _(outcome: Opted, asked: Asked) -> str:
    if outcome.wants:
        return "已恢复通知短信。退订请发 TD"
    return "已退订通知短信；您本人的查询答复和预约短信仍会发送。恢复请发 DY"


@words.register
def _(outcome: Misread, asked: Asked) -> str:
    """The parser's own sentence: it knows what it did understand."""
    return outcome.hint


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
    return f"您的长短信没有收全，未作处理。请重发，例如 {book_example(asked)}"


@words.register
def _(outcome: Fault, asked: Asked) -> str:
    return "系统暂时无法处理您的短信，请稍后重发或致电人工。查看用法请发 BZ"
