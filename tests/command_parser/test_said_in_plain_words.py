"""Requests in plain speech, and near misses: nothing is done, and the hint leads to the very thing that was wanted."""

from __future__ import annotations

from datetime import datetime

import pytest

from command_parser.commands import Book, BookMenu, Misread, QueryDept, QueryOwn, Reason
from command_parser.parse import parse

NOW = datetime.fromisoformat("2026-07-14 09:00")


def hint_for(text: str) -> str:
    misread = parse(text, NOW)
    assert isinstance(misread, Misread)
    return misread.hint


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("医生态度很差，我要投诉", "例：TS门诊三楼等候时间太长"),
        ("我不想去了，帮我取消", "例：QX12345678"),
        ("昨天挂的号想退号", "例：QX12345678"),
        ("明天有号吗", "例：CX心血管内科"),
        ("心内科还有号没有", "例：CX心血管内科"),
        ("110101199003076851", "例：ZC11010519491231002X,张三"),
    ],
)
def test_what_was_wanted_is_shown(text: str, example: str) -> None:
    """A sentence without a keyword at its head is answered with the command that it speaks of."""
    assert hint_for(text).endswith(example)


@pytest.mark.parametrize("text", ["挂一个号", "挂个号", "我想挂号", "我想挂一个号"])
def test_wanting_to_book_opens_the_menu(text: str) -> None:
    """People also say 挂 without 号."""
    assert parse(text, NOW) == BookMenu()


def test_the_number_i_hold() -> None:
    """想查一下我挂的号 asks for one's own bookings."""
    assert parse("想查一下我挂的号", NOW) == QueryOwn()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CX王医生", "王"),
        ("查询王建国主任", "王建国"),
        ("CX心血管内科 专家", "心血管内科"),
        ("CX王医生的号", "王"),
        ("CX专家", "专家"),
    ],
)
def test_a_doctor_is_looked_up_without_the_title(text: str, words: str) -> None:
    """People say 王医生; the roster says 王建国."""
    assert parse(text, NOW) == QueryDept(dept=words)


def test_a_booking_may_begin_with_the_bare_verb() -> None:
    """我想挂00868号… is a booking like any other."""
    booked = parse("我想挂00868号王建国医生，7月15日上午8点半，张三，谢谢", NOW)
    assert booked == parse("挂号00868号王建国医生，7月15日上午8点半，张三，谢谢", NOW)
    assert isinstance(booked, Book)


def test_a_wrong_digit_in_a_code_is_not_called_a_wrong_length() -> None:
    """Eight digits that do not add up: the patient is asked to compare them, not to count them."""
    assert hint_for("QX12345679") == "预约码有误，请逐位核对，查预约码请发CX。例：QX12345678"
    assert "8位数字" in hint_for("QX1234567")


def test_a_day_without_a_time_keeps_its_day_in_the_example() -> None:
    """Only the hour is missing, so only the hour is new."""
    misread = parse("GHDH00123,0720,张三", NOW)
    assert isinstance(misread, Misread)
    assert misread.reason is Reason.BAD_DATETIME
    assert misread.hint.endswith("例：GHDH00123,07200830,张三")
    assert hint_for("GHDH00123,0714,张三").endswith("例：GHDH00123,07150830,张三")
