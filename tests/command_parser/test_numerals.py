from __future__ import annotations

import pytest

from command_parser.numerals import read_numeral


@pytest.mark.parametrize(
    ("text", "value", "end"),
    [
        ("八点", 8, 1),
        ("十月", 10, 1),
        ("十五日", 15, 2),
        ("二十日", 20, 2),
        ("二十八日", 28, 3),
        ("三〇分", 30, 2),
        ("零五分", 5, 2),
        ("两点", 2, 1),
    ],
)
def test_dictated_numbers(text: str, value: int, end: int) -> None:
    """The numbers of dates and times as they are spoken."""
    assert read_numeral(text, 0) == (value, end)


@pytest.mark.parametrize("text", ["", "张", "十十", "一二三", "一二十", "十一二", "二十十"])
def test_other_runs_are_no_number(text: str) -> None:
    """What nobody says for a number up to 99 is none."""
    assert read_numeral(text, 0) is None
