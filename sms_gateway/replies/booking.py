"""Replies about the number that was asked for: taken, gone, stopped, not on sale yet, or not by text."""

from __future__ import annotations

from booking.outcomes import (
    AlreadyBooked,
    Booked,
    ClinicStopped,
    Closed,
    Cutoff,
    Full,
    Held,
    NoSuchDoctor,
    NoSuchTime,
    NotOpenYet,
    WrongChannel,
)
from command_parser.commands import Book, Change
from command_parser.masking import mask_name
from command_parser.serial import SAMPLE_SERIAL
from sms_gateway.replies.asked import Asked, words
from sms_gateway.replies.phrases import book_example, choices, clock_words, day_words, look_up, moment_words


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
    return f"{outcome.doctor.name}医生{when}没有号。{choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: Full, asked: Asked) -> str:
    full = f"{outcome.doctor.name}医生这个时间已约满。"
    if outcome.open or not outcome.others:
        return f"{full}{choices(asked, outcome.doctor, outcome.open)}"
    others = "、".join(f"{each.doctor.number}{each.doctor.name}{clock_words(each.first)}" for each in outcome.others)
    return f"{full}该医生近期没有空号，同科{day_words(outcome.others[0].day)}可约：{others}。查医生时间请发 CX{outcome.others[0].doctor.number}"


@words.register
def _(outcome: Cutoff, asked: Asked) -> str:
    return f"{moment_words(outcome.start)}已停止预约。{choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: ClinicStopped, asked: Asked) -> str:
    return f"{outcome.doctor.name}医生这个时间停诊。{choices(asked, outcome.doctor, outcome.open)}"


@words.register
def _(outcome: AlreadyBooked, asked: Asked) -> str:
    held = outcome.booking
    line = f"{mask_name(held.patient.name)}已约{held.doctor.name}医生{moment_words(held.start)}，预约码{held.code}"
    return f"{line}，同一班次不能再约。如要另约请先取消：QX{held.code}"


@words.register
def _(outcome: Held, asked: Asked) -> str:
    held = outcome.booking
    line = f"{mask_name(held.patient.name)}{moment_words(held.start)}{held.doctor.name}医生{held.seq}号已保留到{outcome.until:%H:%M}"
    return f"{line}，逾期不留，预约码{held.code}。不要了请发 QX{held.code}"


@words.register
def _(outcome: NotOpenYet, asked: Asked) -> str:
    if outcome.when is None:
        return f"{day_words(outcome.start.date())}的号还没有放出。{look_up(outcome.doctor)}"
    example = book_example(asked, outcome.doctor.number, outcome.start)
    return f"{day_words(outcome.start.date())}的号{moment_words(outcome.when)}起放号，届时请发 {example}"


@words.register
def _(outcome: Closed, asked: Asked) -> str:
    if outcome.when is None:
        return f"现在不办理预约。查已有预约请发 CX，取消请发 QX加预约码，例如 QX{SAMPLE_SERIAL}"
    return f"现在不办理预约，{moment_words(outcome.when)}起可约，届时请发 {book_example(asked)}"


@words.register
def _(outcome: WrongChannel, asked: Asked) -> str:
    return f"{outcome.doctor.name}医生这个时间的号不在短信预约，请到窗口办理。{choices(asked, outcome.doctor, outcome.open)}"
