"""Each row is taken or refused by itself, with one reason."""

from __future__ import annotations

from datetime import date, time

import pytest

from booking.store.conduct.blacklist import BlacklistRow
from booking.store.roster.roster import DepartmentRow, DoctorRow, SessionRow
from hotline.importing.blacklist import identities_in, judge_blacklist
from hotline.importing.holidays import judge_holidays
from hotline.importing.roster import judge_departments, judge_doctors, judge_sessions
from hotline.importing.sheet import Line, Sheet, Unreadable

TODAY = date(2026, 7, 14)


def sheet(header: str, *rows: str) -> Sheet:
    lines = tuple(Line(number, tuple(row.split("|"))) for number, row in enumerate(rows, 2))
    return Sheet(tuple(header.split("|")), lines)


def doctors(*rows: str, header: str = "工号|姓名|职称|科室编码|专长|手机") -> list[str | DoctorRow]:
    """For each row the doctor, or the reason; accepted ones first."""
    judged = judge_doctors(sheet(header, *rows), {"01"}, "010")
    return [*judged.accepted, *(row.reason for row in judged.rejected)]


def sessions(*rows: str) -> list[str | SessionRow]:
    header = "医生编号|日期|时段|开始时间|每号分钟|号数|诊室|挂号费|号别"
    judged = judge_sessions(sheet(header, *rows), {"00868"}, TODAY)
    return [*judged.accepted, *(row.reason for row in judged.rejected)]


def test_departments_need_code_and_name() -> None:
    """A department is its code, its name and, if given, where it is; two of the same code are both refused."""
    judged = judge_departments(
        sheet("Code|NAME|其他", "01|心血管内科|x", "|消化内科", "02|", "01|骨科", f"03|{'长' * 61}", "04", "05|骨科")
    )
    assert judged.accepted == (DepartmentRow(code="05", name="骨科"),)
    assert [(row.line.number, row.reason) for row in judged.rejected] == [
        (2, "与第 5 行编号相同、内容不同，请只留一行"),
        (3, "科室编码是空的"),
        (4, "科室名称是空的"),
        (5, "与第 2 行编号相同、内容不同，请只留一行"),
        (6, "科室名称超过 60 个字"),
        (7, "科室名称是空的"),
    ]


def test_missing_columns_are_named_all_at_once() -> None:
    """A file without the columns it must have is refused as a whole; optional columns may be missing."""
    with pytest.raises(Unreadable, match="缺少列：姓名、职称"):
        judge_doctors(sheet("工号|科室编码", "1|01"), {"01"}, "")


def test_a_doctor_is_read_with_leading_zeros_restored() -> None:
    """868 is 00868 after a spreadsheet had it, and a mobile number comes in its normal form."""
    assert doctors("868|王建国|主任医师|01|高血压|138 0013 8000") == [
        DoctorRow(
            number="00868",
            name="王建国",
            title="主任医师",
            department_code="01",
            speciality="高血压",
            phone="+8613800138000",
        )
    ]
    assert doctors("1|李|医师|01", header="工号|姓名|职称|科室编码") == [
        DoctorRow(number="00001", name="李", title="医师", department_code="01")
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("8688888|王|医师|01||", "医生编号应为 5 位数字，例如 00868"),
        ("八六八|王|医师|01||", "医生编号应为 5 位数字，例如 00868"),
        ("868|王|医师|09||", "没有编码为“09”的科室"),
        ("868||医师|01||", "姓名是空的"),
        ("868|王||01||", "职称是空的"),
        (f"868|王|医师|01|{'长' * 301}|", "专长超过 300 个字"),
        ("868|王|医师|01||1.38E+10", "手机号被表格软件改成了科学计数法，请把该列设为文本"),
        ("868|王|医师|01||62280000", "手机号不正确，例如 13800138000"),
        ("868|王|医师|01||abc", "手机号不正确，例如 13800138000"),
    ],
)
def test_a_doctor_row_is_refused_with_its_reason(row: str, why: str) -> None:
    """One reason, with the right form beside it."""
    assert doctors(row) == [why]


@pytest.mark.parametrize(
    ("day", "period", "first"),
    [
        ("2026-07-15", "上午", "08:00"),
        ("2026/7/15", "am", "8:00"),
        ("20260715", "AM", "0800"),
        ("2026年7月15日", "上午", "8:00:00"),
    ],
)
def test_a_session_is_read_in_every_usual_form(day: str, period: str, first: str) -> None:
    """Dates and times as different spreadsheets write them mean the same session."""
    assert sessions(f"868|{day}|{period}|{first}|15|16|201 诊室|50.5元|专家") == [
        SessionRow(
            doctor="00868",
            day=date(2026, 7, 15),
            period="AM",
            first=time(8),
            minutes_per_slot=15,
            slots=16,
            place="201 诊室",
            fee_fen=5050,
            clinic_type="专家",
        )
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("999|2026-07-15|上午|08:00|15|16|||", "没有编号为 00999 的医生"),
        ("868|2026-02-30|上午|08:00|15|16|||", "日期不正确，例如 2026-07-15"),
        ("868|明天|上午|08:00|15|16|||", "日期不正确，例如 2026-07-15"),
        ("868|2026-07-13|上午|08:00|15|16|||", "日期 2026-07-13 已过"),
        ("868|2026-07-15|早上|08:00|15|16|||", "时段应为 上午、下午 或 夜间"),
        ("868|2026-07-15|上午|25:00|15|16|||", "开始时间不正确，例如 08:00"),
        ("868|2026-07-15|上午|八点|15|16|||", "开始时间不正确，例如 08:00"),
        ("868|2026-07-15|上午|08:00|0|16|||", "每号分钟应为 1 到 240 的整数"),
        ("868|2026-07-15|上午|08:00|15|许多|||", "号数应为 1 到 200 的整数"),
        ("868|2026-07-15|上午|08:00|15|16||五十|", "费用应为元，最多两位小数，例如 50 或 12.5"),
        ("868|2026-07-15|下午|08:00|15|16|||", "开始时间 08:00 不在下午，请核对时段"),
        ("868|2026-07-15|上午|14:00|15|16|||", "开始时间 14:00 不在上午，请核对时段"),
        ("868|2026-07-15|夜间|08:00|15|16|||", "开始时间 08:00 不在夜间，请核对时段"),
        ("868|2028-07-15|上午|08:00|15|16|||", "日期 2028-07-15 在一年以后，请核对"),
        ("868|2026-07-15|夜间|22:00|30|10|||", "按开始时间和每号分钟推算，最后一号已过午夜"),
    ],
)
def test_a_session_row_is_refused_with_its_reason(row: str, why: str) -> None:
    """One reason, with the right form beside it."""
    assert sessions(row) == [why]


def test_the_same_session_twice_is_refused() -> None:
    """Doctor, day and period name a session: a row that repeats another is passed over."""
    row = "868|2026-07-15|下午|14:00|15|16|||"
    taken, why = sessions(row, row)
    assert isinstance(taken, SessionRow)
    assert why == "与第 2 行重复"


def test_two_rows_that_contradict_each_other_are_both_refused() -> None:
    """Importing the refused rows again changes nothing either, until somebody has decided which one is right."""
    row = "868|2026-07-15|下午|14:00|15|16|||"
    assert sessions(row, row.replace("14:00", "15:00")) == [
        "与第 3 行编号相同、内容不同，请只留一行",
        "与第 2 行编号相同、内容不同，请只留一行",
    ]


def test_a_name_loses_the_space_that_lines_it_up() -> None:
    """钱 二 is found as 钱二, and so are departments; a name of two Latin words keeps its space."""
    taken = doctors("868|钱 二|医师|01||", "869|Anna Li|医师|01||")
    assert [row.name for row in taken if isinstance(row, DoctorRow)] == ["钱二", "Anna Li"]
    [department] = judge_departments(sheet("编码|code|name", "|01|心血管 内科")).accepted
    assert department.name == "心血管内科"


def test_a_fee_may_carry_its_sign() -> None:
    """¥50 is fifty yuan."""
    [taken] = sessions("868|2026-07-15|上午|08:00|15|16||¥50|")
    assert isinstance(taken, SessionRow)
    assert taken.fee_fen == 5000


def test_a_session_may_reserve_limit_and_bundle_numbers() -> None:
    """Numbers for the window, the telephone's quota, several numbers a start; each only as far as it makes sense."""
    header = "医生编号|日期|时段|开始时间|每号分钟|号数|窗口预留|提前放开分钟|电话限号|每时段号数"
    rows = [
        "868|2026-07-15|上午|8:00|60|50|10|30|20|25",
        "868|2026-07-16|上午|8:00|60|5||||",
        "868|2026-07-17|上午|8:00|60|5|||0|",
        "868|2026-07-18|上午|8:00|60|5|6|||",
        "868|2026-07-19|上午|8:00|60|5||30||",
        "868|2026-07-20|上午|8:00|60|5|||多|",
        "868|2026-07-21|上午|8:00|60|5||||0",
        "868|2026-07-22|夜间|20:00|60|5||||",
        "868|2026-07-23|夜间|20:00|60|5||||2",
    ]

    judged = judge_sessions(sheet(header, *rows), {"00868"}, TODAY)
    seen = [(row.window, row.window_minutes, row.phone_most, row.per_start) for row in judged.accepted]
    assert seen == [(10, 30, 20, 25), (0, None, None, 1), (0, None, 0, 1), (0, None, None, 2)]
    assert [row.reason for row in judged.rejected] == [
        "窗口预留多于号数",
        "没有窗口预留，不必写提前放开分钟",
        "电话限号应为 1 到 200 的整数",
        "每时段号数应为 1 到 200 的整数",
        "按开始时间和每号分钟推算，最后一号已过午夜",
    ]


def test_holidays() -> None:
    """A day off or a worked weekend day; a working day that is marked as worked is a mistake; two words for a day are both refused."""
    rows = [
        "2026-10-01|休|国庆节",
        "2026/10/10|班|",
        "2026-10-09|班|",
        "2026-13-01|休|",
        "2026-10-03|半天|",
        "2030-10-01|休|",
        "2026-01-01|放假|元旦",
        f"2026-10-04|休|{'长' * 41}",
        "2026-10-05|休|a",
        "2026-10-05|休|b",
    ]
    judged = judge_holidays(sheet("日期|类型|名称", *rows), TODAY)
    assert [(row.day, row.works, row.name) for row in judged.accepted] == [
        (date(2026, 10, 1), False, "国庆节"),
        (date(2026, 10, 10), True, ""),
        (date(2026, 1, 1), False, "元旦"),
    ]
    assert [row.reason for row in judged.rejected] == [
        "2026-10-09 不是周末，本来就上班，不必标“班”",
        "日期不正确，例如 2026-07-15",
        "类型应为 休 或 班",
        "日期 2030-10-01 离今天两年以上，请核对",
        "名称超过 40 个字",
        "与第 11 行编号相同、内容不同，请只留一行",
        "与第 10 行编号相同、内容不同，请只留一行",
    ]


def test_a_blacklist() -> None:
    """An identity number, a name, a reason, perhaps days and a department; whatever cannot be right is refused."""
    rows = [
        "11010519491231002x|张三|倒号|2026-07-01|2026-12-31|01",
        "440524188001010014|李四|倒号|||",
        "11010519491231002|王五|倒号|||",
        "1.10105E+17|王五|倒号|||",
        "440524188001010014||倒号|||",
        "440524188001010014|李四|||||",
        "440524188001010014|李四|倒号|||77",
        "440524188001010014|李四|倒号|2026-08-01|2026-07-31|",
        "440524188001010014|李四|倒号||2026-07-13|",
        "110105491231002|王五|倒号|||",
    ]
    header = "身份证号|姓名|原因|起|止|科室"
    names = {"11010519491231002X": "张 三"}
    judged = judge_blacklist(sheet(header, *rows), {"01"}, names, TODAY)
    assert judged.accepted == (
        BlacklistRow(
            identity="11010519491231002X",
            name="张三",
            reason="倒号",
            since=date(2026, 7, 1),
            until=date(2026, 12, 31),
            department="01",
        ),
        BlacklistRow(identity="440524188001010014", name="李四", reason="倒号"),
    )
    assert [row.reason for row in judged.rejected] == [
        "身份证号不正确",
        "身份证号被表格软件改成了科学计数法，请把该列设为文本",
        "姓名是空的",
        "原因是空的",
        "没有编码为“77”的科室",
        "“止”早于“起”，或已经过去",
        "“止”早于“起”，或已经过去",
        "姓名与该身份证号的就诊登记不一致，请核对",
    ]
    found = identities_in(sheet(header, *rows), TODAY)
    assert set(found) == {"11010519491231002X", "440524188001010014"}
