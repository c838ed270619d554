from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_parser.commands import (
    Answer,
    Book,
    BookMenu,
    Cancel,
    Change,
    Command,
    Complaint,
    ComplaintState,
    Help,
    OptIn,
    OptOut,
    QueryDate,
    QueryDept,
    QueryDoctor,
    QueryOwn,
    Rate,
    Register,
)
from command_parser.identity import check_place
from command_parser.parse import parse
from command_parser.render import render
from command_parser.serial import PAYLOADS, make_serial
from command_parser.when import parse_day, parse_when

NOW = datetime.fromisoformat("2026-07-14 09:00")


def moment(mmddhhmm: str) -> datetime:
    when = parse_when(mmddhhmm, NOW)
    assert when is not None
    return when


def day(mmdd: str) -> date:
    found = parse_day(mmdd, NOW)
    assert found is not None
    return found


leap_days = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda found: f"{found:%m%d}")
moments = st.builds("{}{:02d}{:02d}".format, leap_days, st.integers(0, 23), st.integers(0, 59)).map(moment)
serials = st.integers(0, PAYLOADS - 1).map(make_serial)
doctors = st.integers(0, 99999).map("{:05d}".format)
chinese_names = st.builds(
    "{}{}".format,
    st.sampled_from("赵钱孙李周吴郑王冯陈欧时"),
    st.text(st.sampled_from("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华"), min_size=1, max_size=3),
)
names = st.one_of(
    chinese_names,
    st.sampled_from(
        [
            "买买提·艾力",
            "阿卜杜拉·买买提·艾力",
            "John Smith",
            "O'Brien",
            "J. R. Ewing",
            "Jean-Luc Picard",
            "Oliver",
            "Иван",
            "刘〇",
        ]
    ),
)
identities = st.builds(
    "{}{:%Y%m%d}{:03d}".format,
    st.sampled_from(["110105", "440524", "810000", "911156"]),
    st.dates(date(1900, 1, 1), date(2026, 7, 14)),
    st.integers(0, 999),
).map(lambda seventeen: seventeen + check_place(seventeen))
departments = st.sampled_from(["心血管内科", "B超室", "外科2区", "CT", "高血压 冠心病", "王建国", "儿科"])
bodies = st.sampled_from(["三楼太吵！", "Ａ窗口\n多收１２元", "the nurse was rude", "“滚”", "1号窗口", "GHDH00868没用"])
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Book, doctor=doctors, when=moments, name=names),
    st.builds(Cancel, serial=serials),
    st.builds(Change, serial=serials, when=moments),
    st.builds(QueryDoctor, doctor=doctors),
    st.builds(QueryDept, dept=departments),
    st.builds(QueryDate, date=leap_days.map(day)),
    st.builds(Register, id=identities, name=st.none() | names),
    st.builds(Complaint, text=bodies),
    st.builds(ComplaintState, case=serials),
    st.builds(Rate, serial=serials, score=st.integers(1, 5)),
    st.builds(Answer, value=st.integers(0, 10**17 - 1).map(str) | st.sampled_from("YN")),
    st.sampled_from([BookMenu(), QueryOwn(), Help(), OptOut(), OptIn()]),
)


@given(commands)
def test_a_command_written_out_is_read_as_itself(command: Command) -> None:
    """What the hotline shows as the right way to write something is understood as exactly that."""
    assert parse(render(command), NOW) == command


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (Book(doctor="00868", when=moment("07150830"), name="张三"), "GHDH00868,07150830,张三"),
        (BookMenu(), "GH"),
        (Cancel(serial="12345678"), "QX12345678"),
        (Change(serial="12345678", when=moment("07160900")), "GQ12345678,07160900"),
        (QueryOwn(), "CX"),
        (QueryDoctor(doctor="00868"), "CX00868"),
        (QueryDept(dept="心血管内科"), "CX心血管内科"),
        (QueryDate(date=day("0715")), "CX0715"),
        (Register(id="11010519491231002X", name="张三"), "ZC11010519491231002X,张三"),
        (Register(id="11010519491231002X", name=None), "ZC11010519491231002X"),
        (Complaint(text="太慢"), "TS 太慢"),
        (ComplaintState(case="12345678"), "TS12345678"),
        (Rate(serial="12345678", score=5), "PJ12345678,5"),
        (Help(), "BZ"),
        (OptOut(), "TD"),
        (OptIn(), "DY"),
        (Answer(value="1"), "1"),
    ],
)
def test_the_canonical_words(command: Command, text: str) -> None:
    """Each command has one right spelling, the one on the hotline's notices."""
    assert render(command) == text
