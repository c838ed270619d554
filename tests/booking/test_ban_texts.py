"""The words about bans, and the reasons that staff give."""

from __future__ import annotations

from datetime import datetime

import pytest

from booking.ban_texts import cause_words, started
from booking.reasons import MOST, kept_reason
from booking.rules.facts import Ban
from booking.texts import Letterhead

HEAD = Letterhead(hospital=1, name="仁和医院", short_name="仁和")
SINCE = datetime.fromisoformat("2026-07-15 09:00")
UNTIL = datetime.fromisoformat("2026-10-15 09:00")


def test_the_text_says_why_until_when_and_how_to_appeal() -> None:
    """Signed, short, without a name; a department's ban says so; a hospital without a number names none."""
    ban = Ban(cause="no-show", since=SINCE, until=UNTIL)
    assert started(HEAD, ban, "12580") == (
        "【仁和】因多次预约后未按时就诊，您在仁和医院的预约服务自7月15日起暂停，至2026年10月15日09:00。"
        "如有异议，请致电12580或回复TS加说明申诉。"
    )
    of_department = Ban(cause="cancels", since=SINCE, until=None, scope="department", department="01")
    assert started(HEAD, of_department, "") == (
        "【仁和】因多次取消预约，您在仁和医院相关科室的预约服务自7月15日起暂停，恢复时间请咨询医院。"
        "如有异议，请回复TS加说明申诉。"
    )


def test_causes_that_nobody_named_have_words_too() -> None:
    """A cause of a later version is still told politely."""
    assert cause_words("manual") == "医院登记的限制"
    assert cause_words("something new") == "医院的预约规则"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("初犯", "初犯"),
        ("身份证 11010519491231002X 误录", "身份证 *** 误录"),
        ("电话 +8613800138000\n已核实", "电话 +*** 已核实"),
        ("  ", ""),
        ("第 12 次", "第 12 次"),
        ("长" * 200, "长" * MOST),
    ],
)
def test_reasons_keep_no_numbers_of_persons(said: str, kept: str) -> None:
    """One line, short, and nothing in it by which somebody could be found."""
    assert kept_reason(said) == kept
