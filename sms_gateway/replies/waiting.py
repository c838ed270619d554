"""Replies about places on waiting lists and the numbers that are offered to them (候补)."""

from __future__ import annotations

from collections.abc import Sequence

from booking.texts import period_words
from booking.views import WaitingView
from booking.waiting_outcomes import LeftWaiting, NotWaiting, NoWaitingList, StillOpen, Waits
from command_parser.masking import mask_name
from sms_gateway.replies.asked import Asked, words
from sms_gateway.replies.phrases import LINES_MAX, book_example, choices, clock_words, day_words, look_up, moment_words


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
    until = "" if waits.until is None else f"保留到{clock_words(waits.until)}，"
    return f"候补有号：{moment_words(waits.booking.start)}{waits.doctor.name}医生{waits.booking.seq}号，{until}要请回复Y，不要请回复N"


def waiting_lines(waits: Sequence[WaitingView]) -> list[str]:
    """Offers with their answers, then the places under the numbers by which they are given up."""
    offered = [offer_words(one) for one in waits if one.booking is not None]
    places = [one for one in waits if one.booking is None]
    lines = [
        f"{number} {session_words(one)} {mask_name(one.patient.name)} 第{one.place}位"
        for number, one in enumerate(places[:LINES_MAX], start=1)
    ]
    return [*offered, *(["候补中（退出请回复数字）：", *lines] if lines else [])]


@words.register
def _(outcome: StillOpen, asked: Asked) -> str:
    return f"{outcome.doctor.name}医生现在有号，不用候补。{choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: NoWaitingList, asked: Asked) -> str:
    return f"{outcome.doctor.name}医生这个班次不能候补。{look_up(outcome.doctor)}"


@words.register
def _(outcome: NotWaiting, asked: Asked) -> str:
    return "这个候补已经结束。查预约和候补请发 CX"


@words.register
def _(outcome: LeftWaiting, asked: Asked) -> str:
    waited = outcome.waiting
    return f"已取消{session_words(waited)}的候补。再约请发 {book_example(asked, waited.doctor.number)}"
