"""The parser's work, counted in executed lines rather than in seconds: twice the text may cost twice the lines, never four times."""

from __future__ import annotations

import sys
from datetime import datetime
from types import FrameType
from typing import Any

import pytest

from command_parser.commands import Command, Misread
from command_parser.normal import MAX_TEXT
from command_parser.parse import parse

NOW = datetime.fromisoformat("2026-07-14 09:00")
HEADS = (
    "",
    "GHDH",
    "GHDH00868,07150830,",
    "QX",
    "GQ12345678",
    "CX",
    "ZC",
    "ZC11010519491231002",
    "PJ12345678",
    "TD",
    "TS",
)
MOTIFS = (
    "0", "O", "Ol", "0O", "O,", "1 ", "1-", "1:", "1.", "7月", "7月15日", "8:30", "8点", "2026年",
    "2026-07-15", "十", "十月", "上午", "上", "明天", "周三", "周三,", "张", "张 ", "a", "a ", "a.", "a. ",
    "a'", "张·", "·", "·张", " ", ",", ", ", "*", "0*", "X", "【", "【】", "?", "😀", "谢谢", "谢谢,",
    "thanks", "回复", "请回复，", "我叫", "姓名", "先生", "医生", "女士先生", "有号吗", "的号", "GH", "GHDH", "GHDH,",
    "挂号", "取消", "预约", "CX", "查询", "TS", "投诉", "到", "发到", "发送到1", "\u0301", "e\u0301", "\u200b",
    "ﷺ", "\ud800", "12345678", "1234 5678 ", "13800138000,", "11010519491231002X", "号医生", "欧阳 ",
)  # fmt: skip


def steps(text: str) -> int:
    """How many lines of the parser run for ``text``."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if "command_parser" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        parse(text, NOW)
    finally:
        sys.settrace(before)
    return count


def fill(head: str, motif: str, length: int) -> str:
    return head + motif * (length // len(motif))


@pytest.mark.parametrize("motif", MOTIFS)
def test_twice_the_text_is_at_most_twice_the_work(motif: str) -> None:
    """However a text repeats itself, reading it costs steps in proportion to its length, for every command."""
    for head in HEADS:
        half, whole = steps(fill(head, motif, 200)), steps(fill(head, motif, 400))
        assert whole <= 2.2 * half + 150, (head, motif)


def test_the_work_has_a_ceiling() -> None:
    """A text of any length costs no more than the longest one that is read, because the rest is not looked at."""
    longest = steps("GHDH" + "1-a " * (MAX_TEXT // 4 - 1))
    assert longest < 100 * MAX_TEXT
    assert steps("GHDH" + "1-a " * MAX_TEXT) <= longest + 200
    assert steps("TS" + "太慢" * 500_000) < 100 * MAX_TEXT


def test_counting_sees_the_parser() -> None:
    """The counter counts: a longer text does take more steps."""
    assert 0 < steps("GH") < steps("GHDH00868,07150830,张三")
    assert isinstance(parse("GH", NOW), Command | Misread)
