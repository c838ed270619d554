from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech import zh
from ivr.speech.catalog import CATALOG, in_words

TUESDAY = date(2026, 7, 14)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("00868", "零零八六八"),
        ("1120", "幺幺二零"),
        ("002X", "零零二X"),
        ("002x", "零零二X"),
        ("1-2", "幺，二"),
        ("", ""),
    ],
)
def test_digits_are_said_one_by_one_with_yao_for_one(text, said):
    """A row of digits is read out singly, 1 as 幺, so that it cannot be taken for 7."""
    assert in_words(zh.digits(text)) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("00868", "零零八六八"),
        ("12345678", "幺二三四，五六七八"),
        ("13800138000", "幺三八，零零幺三，八零零零"),
        ("11010519491231002X", "幺幺零幺零五，幺九四九，幺二三幺，零零二X"),
        ("138-0013 8000", "幺三八，零零幺三，八零零零"),
        ("123456", "幺二三四，五六"),
        ("123456789", "幺二三四，五六七八，九"),
        ("---", ""),
        ("", ""),
    ],
)
def test_codes_are_said_in_groups_with_pauses(text, said):
    """A long code is read in groups as people write it down: mobile 3-4-4, identity number 6-4-4-4, others by fours."""
    assert in_words(zh.code(text)) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (11, "十一"),
        (12, "十二"),
        (20, "二十"),
        (22, "二十二"),
        (100, "一百"),
        (105, "一百零五"),
        (110, "一百一十"),
        (112, "一百一十二"),
        (200, "二百"),
        (1000, "一千"),
        (1005, "一千零五"),
        (1010, "一千零一十"),
        (2000, "两千"),
        (2026, "两千零二十六"),
        (2222, "两千二百二十二"),
        (10000, "一万"),
        (10005, "一万零五"),
        (10010, "一万零一十"),
        (12000, "一万二千"),
        (20000, "两万"),
        (22000, "两万二千"),
        (100000, "十万"),
        (105000, "十万五千"),
        (120000, "十二万"),
        (200000, "二十万"),
        (1000500, "一百万零五百"),
        (20000000, "两千万"),
        (100000000, "一亿"),
        (100000005, "一亿零五"),
        (100010000, "一亿零一万"),
        (100001000, "一亿零一千"),
        (200020002, "两亿零二万零二"),
        (1234567890, "十二亿三千四百五十六万七千八百九十"),
        (999999999999, "九千九百九十九亿九千九百九十九万九千九百九十九"),
    ],
)
def test_numbers_are_said_as_in_mandarin(value, said):
    """Numbers use 十 without 一 at the head, one 零 for skipped places and 两 before 千, 万 and 亿."""
    assert in_words(zh.number(value)) == said


@pytest.mark.parametrize("value", [-1, 10**12])
def test_a_number_that_cannot_be_said_is_refused(value):
    """Negative and huge numbers are an error of the caller of the function, not silence on the line."""
    with pytest.raises(ValueError, match="cannot be said"):
        zh.number(value)


@pytest.mark.parametrize(("value", "said"), [(1, "一"), (2, "两"), (12, "十二"), (102, "一百零二")])
def test_two_things_are_liang(value, said):
    """Counting things, 2 by itself is 两; inside a number it stays 二."""
    assert in_words(zh.count(value)) == said


def test_the_place_in_a_session_is_an_ordinal():
    """The number of a slot is said as 第…号, and 2 stays 二 there."""
    assert in_words(zh.ordinal(2)) == "第二号"


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 7, 14), "今天，七月十四日星期二"),
        (date(2026, 7, 15), "明天，七月十五日星期三"),
        (date(2026, 7, 16), "后天，七月十六日星期四"),
        (date(2026, 7, 17), "七月十七日星期五"),
        (date(2026, 7, 18), "七月十八日星期六"),
        (date(2026, 7, 19), "七月十九日星期日"),
        (date(2026, 7, 20), "七月二十日星期一"),
        (date(2026, 7, 13), "七月十三日星期一"),
        (date(2026, 12, 31), "十二月三十一日星期四"),
        (date(2027, 7, 14), "七月十四日星期三"),
        (date(2027, 7, 15), "二零二七年七月十五日星期四"),
        (date(2028, 2, 29), "二零二八年二月二十九日星期二"),
        (date(2025, 7, 14), "七月十四日星期一"),
        (date(2025, 7, 13), "二零二五年七月十三日星期日"),
        (date(2019, 10, 1), "二零一九年十月一日星期二"),
    ],
)
def test_dates_name_the_near_day_and_the_weekday(day, said):
    """Today, tomorrow and the day after are named, the weekday always, the year only beyond twelve months."""
    assert in_words(zh.date(day, TUESDAY)) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (time(0, 0), "凌晨零点整"),
        (time(0, 10), "凌晨零点十分"),
        (time(2, 0), "凌晨两点整"),
        (time(5, 59), "凌晨五点五十九分"),
        (time(6, 0), "上午六点整"),
        (time(8, 30), "上午八点半"),
        (time(9, 5), "上午九点零五分"),
        (time(11, 45), "上午十一点四十五分"),
        (time(12, 0), "中午十二点整"),
        (time(12, 30), "中午十二点半"),
        (time(13, 2), "下午一点零二分"),
        (time(14, 0), "下午两点整"),
        (time(17, 20), "下午五点二十分"),
        (time(18, 0), "晚上六点整"),
        (time(23, 59), "晚上十一点五十九分"),
    ],
)
def test_times_are_said_by_part_of_day(at, said):
    """A time is heard in twelve hours after 凌晨, 上午, 中午, 下午 or 晚上, with 整, 半 and 零."""
    assert in_words(zh.time(at)) == said


def test_a_moment_is_the_date_and_the_time():
    """The moment of a booking is one sentence."""
    assert (
        in_words(zh.moment(datetime.fromisoformat("2026-07-15 08:30"), TUESDAY)) == "明天，七月十五日星期三上午八点半"
    )


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (0, "零元"),
        (200, "两元"),
        (1200, "十二元"),
        (2500, "二十五元"),
        (2550, "二十五元五角"),
        (2555, "二十五元五角五分"),
        (1905, "十九元零五分"),
        (220, "两元两角"),
        (50, "五角"),
        (2, "两分"),
        (200000, "两千元"),
    ],
)
def test_money_is_said_in_yuan_jiao_fen(fen, said):
    """Fees are heard in 元, 角 and 分, and two of each is 两."""
    assert in_words(zh.money(fen)) == said


def test_a_negative_fee_is_refused():
    """A negative sum is a bug and is not read out."""
    with pytest.raises(ValueError, match="cannot be said"):
        zh.money(-100)


@given(st.integers(0, 10**12 - 1))
def test_every_number_is_said_from_the_catalogue_and_reads_back(value):
    """Whatever the number, its words mean that number again and each piece is a known prompt."""
    prompt = zh.number(value)
    assert all(piece.id in CATALOG for piece in prompt)
    assert _read(in_words(prompt)) == value


@given(st.datetimes(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_moment_is_said_from_the_catalogue(at, today):
    """Any date and time has its words, whatever today is."""
    assert all(piece.id in CATALOG for piece in zh.moment(at, today))


@given(st.text())
def test_any_text_can_be_read_as_a_code(text):
    """A code with strange characters is still read, by its digits only."""
    digits = "".join(char for char in text.upper() if char in "0123456789X")
    assert in_words(zh.code(text)).replace("，", "") == in_words(zh.digits(digits))
    assert all(piece.id in CATALOG for piece in zh.digits(text))


def _read(words: str) -> int:
    """Mandarin numerals back to an integer, by the grammar and not by our renderer."""
    total = section = digit = 0
    for char in words.replace("两", "二"):
        if char in "零一二三四五六七八九":
            digit = "零一二三四五六七八九".index(char)
        elif char in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            total += (section + digit) * {"万": 10**4, "亿": 10**8}[char]
            section = digit = 0
    return total + section + digit
