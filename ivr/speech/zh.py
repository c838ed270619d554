"""Digits, codes, numbers, dates, times and money as a caller in China expects to hear them. Pure: values in, prompts out.

The rules: codes digit by digit with 幺 for 1, in groups; numbers by 万 and 亿, one 零 for skipped places, 十 without 一 at
the head, 两 for a counted 2 and before 千, 万, 亿 at the head; dates with 今天, 明天, 后天 and the weekday, the year
only when the month alone could be misunderstood; times in twelve hours after the part of the day.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from ivr.speech.words import Fixed, Pieces

PAUSE = Fixed("pause")
ZERO = Fixed("n0")
TWO_COUNTED = Fixed("liang")

GROUPS = {11: (3, 4, 4), 18: (6, 4, 4, 4)}  # mobile numbers; identity numbers by region, year, day, order
WHOLE = 5  # a doctor's number is said in one breath
GROUP = 4
RELATIVE = ("jintian", "mingtian", "houtian")
NUMBERS_END = 10**12


def digits(text: str) -> Pieces:
    """Digit by digit, 1 as 幺; X is said as the letter, any other character is a pause."""
    return tuple(_digit(char) for char in text)


def code(text: str) -> Pieces:
    """A booking code, doctor's number, phone or identity number in groups with pauses; punctuation in ``text`` separates too."""
    groups = [group for run in re.findall(r"[0-9Xx]+", text) for group in _grouped(run)]
    pieces: list[Fixed] = []
    for group in groups:
        pieces += [PAUSE] if pieces else []
        pieces += map(_digit, group)
    return tuple(pieces)


def _digit(char: str) -> Fixed:
    if char == "1":
        return Fixed("yao")
    if char in "Xx":
        return Fixed("x")
    return Fixed(f"n{char}") if char in "023456789" else PAUSE


def _grouped(run: str) -> Iterator[str]:
    sizes = GROUPS.get(len(run), (len(run),) if len(run) <= WHOLE else (GROUP,) * -(-len(run) // GROUP))
    at = 0
    for size in sizes:
        yield run[at : at + size]
        at += size


def number(value: int) -> Pieces:
    """105 一百零五, 12 十二, 20000 两万. ``value`` from 0 below 10¹², else ValueError."""
    if not 0 <= value < NUMBERS_END:
        raise ValueError(f"cannot be said as a number: {value}")
    if value == 0:
        return (ZERO,)
    pieces: list[Fixed] = []
    skipped = False
    for section, unit in ((value // 10**8, "yi"), (value // 10**4 % 10**4, "wan"), (value % 10**4, "")):
        if section == 0:
            skipped = True
            continue
        pieces += [ZERO] if pieces and (skipped or section < 1000) else []
        pieces += [TWO_COUNTED] if section == 2 and unit and not pieces else _section(section, head=not pieces)
        pieces += [Fixed(unit)] if unit else []
        skipped = False
    return tuple(pieces)


def _section(value: int, *, head: bool) -> list[Fixed]:
    """1 to 9999; ``head``: nothing was said before it."""
    pieces: list[Fixed] = []
    skipped = False
    for place, unit in ((1000, "qian"), (100, "bai"), (10, "shi"), (1, "")):
        digit = value // place % 10
        if digit == 0:
            skipped = bool(pieces)
            continue
        first = head and not pieces
        pieces += [ZERO] if skipped else []
        if not (first and unit == "shi" and digit == 1):
            pieces.append(TWO_COUNTED if first and unit == "qian" and digit == 2 else Fixed(f"n{digit}"))
        pieces += [Fixed(unit)] if unit else []
        skipped = False
    return pieces


def count(value: int) -> Pieces:
    """As ``number``, but a 2 by itself is 两: 两个预约, 两位."""
    return (TWO_COUNTED,) if value == 2 else number(value)


def ordinal(value: int) -> Pieces:
    """第三号: a place in the queue of a session."""
    return (Fixed("di"), *number(value), Fixed("hao"))


def date(day: datetime.date, today: datetime.date) -> Pieces:
    """明天，七月十五日星期三; with the year when ``day`` lies more than twelve months from ``today``."""
    ahead = (day - today).days
    relative = (Fixed(RELATIVE[ahead]), PAUSE) if 0 <= ahead < len(RELATIVE) else ()
    return (
        *relative,
        *(_year(day.year) if _far(day, today) else ()),
        *number(day.month),
        Fixed("yue"),
        *number(day.day),
        Fixed("ri"),
        Fixed(f"w{day.isoweekday()}"),
    )


def _far(day: datetime.date, today: datetime.date) -> bool:
    now = (today.year, today.month, today.day)
    return (day.year - 1, day.month, day.day) > now or (day.year + 1, day.month, day.day) < now


def _year(year: int) -> Pieces:
    """Digit by digit, and here 1 is 一: 二零一九年."""
    return (*(Fixed(f"n{char}") for char in str(year)), Fixed("nian"))


def time(at: datetime.time) -> Pieces:
    """上午八点半, 下午两点零五分, 中午十二点整, 凌晨零点十分. Seconds are not said."""
    hour = at.hour if at.hour <= 12 else at.hour - 12
    return (Fixed(_part_of_day(at.hour)), *count(hour), Fixed("dian"), *_minutes(at.minute))


def _part_of_day(hour: int) -> str:
    for end, name in ((6, "lingchen"), (12, "shangwu"), (13, "zhongwu"), (18, "xiawu")):
        if hour < end:
            return name
    return "wanshang"


def _minutes(minute: int) -> Pieces:
    if minute == 0:
        return (Fixed("zheng"),)
    if minute == 30:
        return (Fixed("ban"),)
    return (*((ZERO,) if minute < 10 else ()), *number(minute), Fixed("fen"))


def moment(at: datetime.datetime, today: datetime.date) -> Pieces:
    """The date, then the time: 明天，七月十五日星期三上午八点半."""
    return (*date(at.date(), today), *time(at.time()))


def money(fen: int) -> Pieces:
    """2550 二十五元五角, 1905 十九元零五分, 200 两元, 0 零元. Negative sums raise ValueError."""
    yuan, rest = divmod(fen, 100)
    jiao, odd = divmod(rest, 10)
    pieces: list[Fixed] = [*count(yuan), Fixed("yuan")] if yuan or not rest else []
    if jiao:
        pieces += [*count(jiao), Fixed("jiao")]
    elif odd and pieces:
        pieces.append(ZERO)
    if odd:
        pieces += [*count(odd), Fixed("fen")]
    return tuple(pieces)
