"""Texts as patients really type them. ``NOW`` is Tuesday 14 July 2026, nine in the morning."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from command_parser.as_json import as_json
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
    Misread,
    OptIn,
    OptOut,
    QueryDate,
    QueryDept,
    QueryDoctor,
    QueryOwn,
    Rate,
    Reason,
    Register,
)
from command_parser.parse import parse
from command_parser.render import render


def at(wall: str) -> datetime:
    """A moment on the hospital's wall, without a zone."""
    return datetime.fromisoformat(wall)


NOW = at("2026-07-14 09:00")
MORNING = at("2026-07-15 08:30")
AFTERNOON = at("2026-07-15 14:30")
ZHANG = Book(doctor="00868", when=MORNING, name="张三")
IDENTITY = "11010519491231002X"


@pytest.mark.parametrize(
    "text",
    [
        "GHDH00868,07150830,张三",
        "GH00868,07150830,张三",
        "YYGH00868,07150830,张三",
        "挂号00868,07150830,张三",
        "预约00868,07150830,张三",
        "預約00868,07150830,张三",
        # separators, or none
        "ghdh00868，07150830，张三",
        "GHDH00868、07150830、张三",
        "GHDH00868。07150830。张三。",
        "GHDH00868；07150830；张三",
        "GHDH：00868：07150830：张三",
        "GHDH.00868.07150830.张三",
        "GHDH#00868#07150830#张三#",
        "GHDH+00868+07150830+张三",
        "GHDH*00868*07150830*张三",
        "GHDH-00868-07150830-张三",
        "GHDH00868,,07150830,,张三,,",
        "GHDH 00868 07150830 张三",
        "GHDH\n00868\r\n07150830\n张三",
        "GHDH0086807150830张三",
        # forms of the characters
        "ｇｈｄｈ００８６８，０７１５０８３０，张三",
        "ＧＨＤＨ００８６８　０７１５０８３０　张三",
        "GHDH\u200b00868\ufeff,0715\u200d0830,张三",
        "GhDh00868,07150830,张三",
        "GHDHOO868,O715O83O,张三",
        "GHDHoo868,o7l5o83o,张三",
        # spaces inside numbers and names
        "GHDH 008 68, 0715 0830, 张 三",
        "GHDH 0 0 8 6 8 07 15 08 30 张　三",
        # dates written out
        "GHDH00868,7月15日8:30,张三",
        "GHDH00868，7月15日8：30，张三",
        "GHDH00868 7月15号8点30分 张三",
        "GHDH00868,7月15日8点半,张三",
        "GHDH00868,7月15日8点2刻,张三",
        "GHDH00868,7月15日 8时30分,张三",
        "GHDH00868,7月15 8:30分,张三",
        "GHDH00868,07-15 08:30,张三",
        "GHDH00868,7-15 8:30,张三",
        "GHDH00868,7/15 8:30,张三",
        "GHDH00868 7.15 8.30 张三",
        "GHDH00868.07.15.08.30.张三",
        "GHDH00868,07-15-08-30,张三",
        "GHDH00868,0715 8:30,张三",
        "GHDH00868,0715 8点半,张三",
        "GHDH00868,07158:30,张三",
        "GHDH008687月15日8:30张三",
        "GHDH0086807-15 08:30 张三",
        "GHDH008687月15日8点半张三",
        "GHDH00868071508:30张三",
        "GHDH00868,7月15日0830,张三",
        "GHDH00868,7月15日 830,张三",
        "GHDH00868,2026-07-15 08:30,张三",
        "GHDH00868,2026-07-15T08:30:00,张三",
        "GHDH00868,2026/7/15 8:30,张三",
        "GHDH00868,2026.7.15 8:30,张三",
        "GHDH008682026-07-15 08:30张三",
        "GHDH00868,2026年7月15日8:30,张三",
        "GHDH00868,2026年 7月 15日 8:30,张三",
        "GHDH008682026年7月15日8:30张三",
        "GHDH00868,26年7月15日8:30,张三",
        "GHDH00868,202607150830,张三",
        "GHDH00868,20260715 8:30,张三",
        "GHDH00868,20260715 0830,张三",
        "GHDH00868,7月15日上午8:30,张三",
        "GHDH00868,7月15日早上8点半,张三",
        "GHDH00868,上午8:30 7月15日,张三",
        "GHDH00868,7月15日(周三)上午8:30,张三",
        "GHDH00868,7月15日，星期三，8:30,张三",
        "GHDH00868,7月15日8:30-9:00,张三",
        "GHDH00868,7月15日8:30 ~ 9:00,张三",
        "GHDH00868,7月15日8:30-张三",
        "GHDH00868,7月15日8:30-9,张三",
        "GHDH00868,07150830AM,张三",
        "GHDH00868,07-15 8:30 am,张三",
        "GHDH00868,明天上午8:30张三",
        "GHDH00868,张三明天上午8:30",
        "GHDH00868,8:30-7/15,张三",
        "GHDH00868,明天8:30,张三",
        "GHDH00868 明天上午八点半 张三",
        "GHDH00868 七月十五日八点三十分 张三",
        "GHDH00868 七月十五上午八点三十 张三",
        # fields in another order
        "GHDH00868,张三,07150830",
        "GHDH00868张三07150830",
        "GHDH张三,00868,07150830",
        "GHDH07150830,00868,张三",
        "GHDH00868,7月15日,张三,8:30",
        # what is copied or said around it
        "“GHDH00868”，“07150830”，“张三”",
        '"GHDH00868,07150830,张三"',
        "「GHDH00868,07150830,张三」",
        "你好，GHDH00868,07150830,张三，谢谢！",
        "医生您好 请帮我挂号00868,07150830,张三 辛苦了",
        "hi GHDH00868,07150830,张三 Thanks!",
        "回复GHDH00868,07150830,张三",
        "请回复：GHDH00868,07150830,张三",
        "回GHDH00868,07150830,张三",
        "例：GHDH00868,07150830,张三",
        "编辑短信GHDH00868,07150830,张三发送到12580",
        "【仁和医院】回复 GHDH00868,07150830,张三",
        "我要挂号：GHDH00868,07150830,张三",
        "GH DH 00868 07150830 张三",
        "GHDH00868,07150830,张三😀👍",
        # more than was asked for
        "GHDH医生编号00868,时间07150830,姓名张三",
        "GHDH00868医生,07150830,姓名：张三",
        "GHDH00868号,07150830,我叫张三",
        "GHDH00868王建国主任,07150830,张三",
        "GHDH00868王建国,07150830,张三",
        "GHDH00868,07150830,张三先生",
        "GHDH00868,07150830,张三,男,35岁",
        "GHDH00868,07150830,张三,13800138000",
        "GHDH00868,07150830,张三,440524188001010014",
        "GHDH00868,07150830,张三,110105491231002",
    ],
)
def test_a_booking_however_it_is_typed(text: str) -> None:
    """Doctor, time and name are found whatever stands between, around and inside them."""
    assert parse(text, NOW) == ZHANG


@pytest.mark.parametrize(
    "text",
    [
        "GHDH00868,7月15日下午2:30,张三",
        "GHDH00868,7月15日下午2点半,张三",
        "GHDH00868,7月15日下午14:30,张三",
        "GHDH00868,7月15日 下午 0230,张三",
        "GHDH00868,07150230PM,张三",
        "GHDH00868,07-15 2:30 pm 张三",
        "GHDH00868,07-15 2:30pm张三",
        "GHDH00868,7月15日14:30-15:00,张三",
        "GHDH00868,7月15日14点30分,张三",
        "GHDH00868,7月15日下午2点30至3点,张三",
        "GHDH00868,明天下午两点半,张三",
    ],
)
def test_afternoon_hours(text: str) -> None:
    """Afternoon is told by the hour or by the word."""
    assert parse(text, NOW) == Book(doctor="00868", when=AFTERNOON, name="张三")


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("7月15日中午12点", at("2026-07-15 12:00")),
        ("7月15日中午1点", at("2026-07-15 13:00")),
        ("7月15日中午11:40", at("2026-07-15 11:40")),
        ("7月15日下午12:10", at("2026-07-15 12:10")),
        ("7月15日8点", at("2026-07-15 08:00")),
        ("7月15日8点整", at("2026-07-15 08:00")),
        ("7月15日8点钟", at("2026-07-15 08:00")),
        ("7月15日8点一刻", at("2026-07-15 08:15")),
        ("今天16:00", at("2026-07-14 16:00")),
        ("后天9:00", at("2026-07-16 09:00")),
        ("大后天9:00", at("2026-07-17 09:00")),
        ("01050900", at("2027-01-05 09:00")),
        ("07140800", at("2026-07-14 08:00")),
        ("二月二十九日九点", at("2028-02-29 09:00")),
    ],
)
def test_times_in_words(written: str, when: datetime) -> None:
    """Noon, quarters, today and tomorrow; the year is the nearest."""
    assert parse(f"GHDH00868,{written},张三", NOW) == Book(doctor="00868", when=when, name="张三")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("买买提·艾力", "买买提·艾力"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提.艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("买买提・艾力", "买买提·艾力"),
        ("阿卜杜拉·买买提·艾力", "阿卜杜拉·买买提·艾力"),
        ("John Smith", "John Smith"),
        ("OLIVER", "OLIVER"),
        ("Oliver O'Neil", "Oliver O'Neil"),
        ("J. R. Ewing", "J. R. Ewing"),
        ("Jean-Luc", "Jean-Luc"),
        ("José", "José"),
        ("Иван Петров", "Иван Петров"),
        ("欧阳 娜娜", "欧阳娜娜"),
        ("张 三 丰", "张三丰"),
        ("李 小龙", "李小龙"),
        ("时迁", "时迁"),
        ("年华", "年华"),
        ("周三", "周三"),
        ("一凡", "一凡"),
        ("刘〇", "刘〇"),
        ("𠀀𠀁", "𠀀𠀁"),
        ("王\ue863", "王\ue863"),
        ("张三 Tom", "张三"),
        ("Tom 张三", "Tom"),
        ("Tom. 张三", "Tom"),
        ("Tom.", "Tom"),
        ("Tom-张三", "Tom"),
        ("张三，李四", "张三"),
        ("患者姓名：张三女士", "张三"),
        ("王小明妈妈", "王小明妈妈"),
    ],
)
def test_names_are_kept_whole(typed: str, name: str) -> None:
    """A name keeps its dots, letters and spaces as names have them; O stays O in it."""
    assert parse(f"GHDH00868,07150830,{typed}", NOW) == Book(doctor="00868", when=MORNING, name=name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("GHDH0086807150830OLIVER", "OLIVER"),
        ("GHDH00868O715O83OOLIVER", "OLIVER"),
        ("GHDH00868OLIVER07150830", "OLIVER"),
        ("GHDH00868,Oliver,07150830", "Oliver"),
        ("GHDHzhangsan,00868,07150830", "zhangsan"),
        ("GHDH0086807150830时迁", "时迁"),
        ("GHDH00868,8:30,7月15日,周三", "周三"),
    ],
)
def test_names_glued_to_numbers(text: str, name: str) -> None:
    """Letters that look like digits go to the number only where it lacks them."""
    assert parse(text, NOW) == Book(doctor="00868", when=MORNING, name=name)


@pytest.mark.parametrize(
    "text", ["GH", "gh。", "挂号", "我要挂号", "我想预约！", "请帮我挂号，谢谢", "GHDH", "挂号 预约", "“GH”"]
)
def test_the_keyword_alone_opens_the_menu(text: str) -> None:
    """Who says only that he wants to book is led step by step."""
    assert parse(text, NOW) == BookMenu()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("QX12345678", Cancel(serial="12345678")),
        ("qx 1234 5678", Cancel(serial="12345678")),
        ("QX:12-34-56-78", Cancel(serial="12345678")),
        ("QXl2345678", Cancel(serial="12345678")),
        ("QX“12345678”谢谢", Cancel(serial="12345678")),
        ("取消12345678", Cancel(serial="12345678")),
        ("取消预约QX12345678", Cancel(serial="12345678")),
        ("我要取消预约，预约码12345678", Cancel(serial="12345678")),
        ("退号12345678", Cancel(serial="12345678")),
        ("QX12345678,13800138000", Cancel(serial="12345678")),
        ("GQ12345678,07160900", Change(serial="12345678", when=at("2026-07-16 09:00"))),
        ("GQ1234567807160900", Change(serial="12345678", when=at("2026-07-16 09:00"))),
        ("GQ 1234 5678 0716 0900", Change(serial="12345678", when=at("2026-07-16 09:00"))),
        ("GQ07160900,12345678", Change(serial="12345678", when=at("2026-07-16 09:00"))),
        ("改期12345678改到7月16日上午9点", Change(serial="12345678", when=at("2026-07-16 09:00"))),
        ("改期123456787月16日9点", Change(serial="12345678", when=at("2026-07-16 09:00"))),
        ("CX", QueryOwn()),
        ("查询", QueryOwn()),
        ("查询我的预约", QueryOwn()),
        ("我的预约", QueryOwn()),
        ("CX12345678", QueryOwn()),
        ("CX00868", QueryDoctor(doctor="00868")),
        ("CX 008 68", QueryDoctor(doctor="00868")),
        ("CXOO868", QueryDoctor(doctor="00868")),
        ("查询00868医生", QueryDoctor(doctor="00868")),
        ("CX00868王建国", QueryDoctor(doctor="00868")),
        ("CX00868,0715", QueryDoctor(doctor="00868")),
        ("CX心血管内科", QueryDept(dept="心血管内科")),
        ("CX 心血管内科的号", QueryDept(dept="心血管内科")),
        ("请问查询心血管内科还有号吗？", QueryDept(dept="心血管内科还")),
        ("CX，高血压 冠心病。", QueryDept(dept="高血压 冠心病")),
        ("CX王建国", QueryDept(dept="王建国")),
        ("CXB超", QueryDept(dept="B超")),
        ("cxct", QueryDept(dept="ct")),
        ("CX外科2区", QueryDept(dept="外科2区")),
        ("CX心血管内科7月15日", QueryDept(dept="心血管内科")),
        ("CX医生", QueryDept(dept="医生")),
        ("CX买买提·艾力", QueryDept(dept="买买提·艾力")),
        ("CX0715", QueryDate(date=date(2026, 7, 15))),
        ("CX 07-15", QueryDate(date=date(2026, 7, 15))),
        ("CX7月15日", QueryDate(date=date(2026, 7, 15))),
        ("CX20260715", QueryDate(date=date(2026, 7, 15))),
        ("CX07150830", QueryDate(date=date(2026, 7, 15))),
        ("CX明天", QueryDate(date=date(2026, 7, 15))),
        ("CX0714", QueryDate(date=date(2026, 7, 14))),
        ("CX0713", QueryDate(date=date(2027, 7, 13))),
        (f"ZC{IDENTITY},张三", Register(id=IDENTITY, name="张三")),
        (f"ZC{IDENTITY}", Register(id=IDENTITY, name=None)),
        (f"ZC{IDENTITY}张三", Register(id=IDENTITY, name="张三")),
        (f"zc{IDENTITY.lower()}张三", Register(id=IDENTITY, name="张三")),
        (f"ZC张三{IDENTITY}", Register(id=IDENTITY, name="张三")),
        (f"ZC姓名张三，身份证号{IDENTITY}", Register(id=IDENTITY, name="张三")),
        ("ZC11010519491231002*张三", Register(id=IDENTITY, name="张三")),
        ("ZC11010519491231002×张三", Register(id=IDENTITY, name="张三")),
        ("ZC11010519491231002*", Register(id=IDENTITY, name=None)),
        ("ZC*11010519491231002*张三", Register(id=IDENTITY, name="张三")),
        ("ZC 110105 1949 1231 002 X 张三", Register(id=IDENTITY, name="张三")),
        ("ZC11010519491231002 X张三", Register(id=IDENTITY, name="张三")),
        ("ZC11010519491231002XXavier", Register(id=IDENTITY, name="Xavier")),
        ("ZC11O1O519491231OO2X张三", Register(id=IDENTITY, name="张三")),
        ("ZC110105491231002张三", Register(id=IDENTITY, name="张三")),
        ("ZC110105491231002*张三", Register(id=IDENTITY, name="张三")),
        ("ZC13800138000,440524188001010014,李 四", Register(id="440524188001010014", name="李四")),
        ("ZC440524188001010014Oliver", Register(id="440524188001010014", name="Oliver")),
        ("注册440524188001010014买买提.艾力", Register(id="440524188001010014", name="买买提·艾力")),
        (f"实名登记 {IDENTITY} 李 四", Register(id=IDENTITY, name="李四")),
        ("PJ12345678,5", Rate(serial="12345678", score=5)),
        ("PJ123456785", Rate(serial="12345678", score=5)),
        ("评价 1234 5678 4分", Rate(serial="12345678", score=4)),
        ("BZ", Help()),
        ("bz 谢谢", Help()),
        ("?", Help()),
        ("？？？", Help()),
        ("“？”", Help()),
        ("帮助", Help()),
        ("help", Help()),
        ("TD", OptOut()),
        ("td。", OptOut()),
        ("T", OptOut()),
        ("r", OptOut()),
        ("Ｔ", OptOut()),
        ("退订", OptOut()),
        ("回复TD退订", OptOut()),
        ("拒收请回复R", OptOut()),
        ("我要退订，谢谢", OptOut()),
        ("STOP", OptOut()),
        ("DY", OptIn()),
        ("订阅", OptIn()),
        ("TS12345678", ComplaintState(case="12345678")),
        ("TS 1234 5678", ComplaintState(case="12345678")),
        ("投诉进度：12345678", ComplaintState(case="12345678")),
    ],
)
def test_every_other_command(text: str, command: Command) -> None:
    """Each command in its printed form, in Chinese, and as people mistype it."""
    assert parse(text, NOW) == command


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        ("１", "1"),
        ("①", "1"),
        ("1️⃣", "1"),
        ("1。", "1"),
        ("#1#", "1"),
        ("回复1", "1"),
        ("选2", "2"),
        ("1确认", "1"),
        ("2，取消", "2"),
        ("1O", "10"),
        ("00868", "00868"),
        ("07150830", "07150830"),
        ("12345678", "12345678"),
        ("1234 5678", "12345678"),
        ("Y", "Y"),
        ("y!", "Y"),
        ("是", "Y"),
        ("是的", "Y"),
        ("好的，谢谢", "Y"),
        ("确认", "Y"),
        ("确定", "Y"),
        ("N", "N"),
        ("否", "N"),
        ("不是。", "N"),
        ("回复N", "N"),
    ],
)
def test_bare_answers(text: str, value: str) -> None:
    """A number or a yes or no alone is an answer, never an action; eight digits alone are no cancellation either."""
    assert parse(text, NOW) == Answer(value=value)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("TS三楼太吵！", "三楼太吵！"),
        ("ts 护士　态度差 ～", "护士　态度差 ～"),
        ("ＴＳ：ＡＢＣ窗口收费不对，多收１２元", "ＡＢＣ窗口收费不对，多收１２元"),
        ("你好，我要投诉：\n等了3小时\n没人管", "等了3小时\n没人管"),
        ("TS“医生说‘滚’”", "“医生说‘滚’”"),
        ("TS投诉挂号GHDH00868,07150830,张三没成功", "投诉挂号GHDH00868,07150830,张三没成功"),
        ("\u200bT\u200bS\u200b太慢", "太慢"),
        ("TS ﬁne ½", "ﬁne ½"),
        ("TS 12345678号单子没人管", "12345678号单子没人管"),
        ("TS太差😡谢谢", "太差😡谢谢"),
    ],
)
def test_a_complaint_is_kept_as_sent(text: str, body: str) -> None:
    """Nothing of a complaint's words is changed, full-width letters and other commands in it included."""
    assert parse(text, NOW) == Complaint(text=body)


@pytest.mark.parametrize(
    ("text", "command", "reason"),
    [
        ("GHDH00868", "BOOK", Reason.MISSING_DATETIME),
        ("GHDH00868,张三", "BOOK", Reason.MISSING_DATETIME),
        ("GHDH00868,07150830", "BOOK", Reason.MISSING_NAME),
        ("GHDH00868,07150830,医生", "BOOK", Reason.MISSING_NAME),
        ("GHDH00868,07150830,谢 谢", "BOOK", Reason.MISSING_NAME),
        ("GHDH00868,07150830," + "很长" * 30, "BOOK", Reason.MISSING_NAME),
        ("GHDH00868,07150830," + "很" * 100, "BOOK", Reason.MISSING_NAME),
        ("GHDH00868,07150830," + "very " * 30, "BOOK", Reason.MISSING_NAME),
        ("GHDH868,07150830,张三", "BOOK", Reason.BAD_DOCTOR_NO),
        ("GHDH008681,07150830,张三", "BOOK", Reason.BAD_DOCTOR_NO),
        ("GHDH868,202607150830,张三", "BOOK", Reason.BAD_DOCTOR_NO),
        ("GHDH07150830,张三", "BOOK", Reason.BAD_DOCTOR_NO),
        ("GHDH868", "BOOK", Reason.BAD_DOCTOR_NO),
        ("我想预约明天王建国主任的号", "BOOK", Reason.BAD_DOCTOR_NO),
        ("GHDH张三", "BOOK", Reason.MISSING_ARGS),
        ("挂号看心血管内科", "BOOK", Reason.MISSING_ARGS),
        ("挂号费多少钱？", "BOOK", Reason.MISSING_ARGS),
        ("GHDH00868,13450830,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,02300830,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,07152400,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,0715,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,071508,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH008680715083张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,7月15日,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,2月30日8:30,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,7月,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,15日8:30,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,8:30,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,上午,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,明天,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,7月15日上午14:30,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,7月15日8:30 10:30,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,7月15日8:30 0930,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,7月15日8:30 9,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,8:30 07150830,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,2025-07-15 08:30,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,20270715 0830,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,2026年7月,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,123月8:30,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,7月15日123:45,张三", "BOOK", Reason.BAD_DATETIME),
        ("GHDH00868,07150830,张三;GHDH00123,07160900,李四", "BOOK", Reason.SEVERAL_COMMANDS),
        ("挂号00868,07150830,张三 挂号00123,07160900,李四", "BOOK", Reason.SEVERAL_COMMANDS),
        ("GHDH00868,07150830,张三 00123,07160900,李四", "BOOK", Reason.SEVERAL_COMMANDS),
        ("GHDH00868,7月15日8:30,张三,7月16日9:00,李四", "BOOK", Reason.SEVERAL_COMMANDS),
        ("GHDH00868,07150830,张三 QX12345678", "BOOK", Reason.SEVERAL_COMMANDS),
        ("QX", "CANCEL", Reason.MISSING_SERIAL),
        ("取消我的预约", "CANCEL", Reason.MISSING_SERIAL),
        ("QX1234567", "CANCEL", Reason.BAD_SERIAL),
        ("QX12345679", "CANCEL", Reason.BAD_SERIAL),
        ("QX00868,07150830,张三", "CANCEL", Reason.BAD_SERIAL),
        ("QX12345678,QX12345678", "CANCEL", Reason.SEVERAL_COMMANDS),
        ("QX12345678 12345678", "CANCEL", Reason.SEVERAL_COMMANDS),
        ("GQ", "CHANGE", Reason.MISSING_SERIAL),
        ("改期7月16日9点", "CHANGE", Reason.MISSING_SERIAL),
        ("GQ12345678", "CHANGE", Reason.MISSING_DATETIME),
        ("GQ07160900", "CHANGE", Reason.BAD_SERIAL),
        ("GQ12345678,13160900", "CHANGE", Reason.BAD_DATETIME),
        ("GQ12345678,07160900;QX12345678", "CHANGE", Reason.SEVERAL_COMMANDS),
        ("CX868", "QUERY_DOCTOR", Reason.BAD_DOCTOR_NO),
        ("CX13800138000", "QUERY_DOCTOR", Reason.BAD_DOCTOR_NO),
        ("CX0230", "QUERY_DATE", Reason.BAD_DATETIME),
        ("CX2月30日", "QUERY_DATE", Reason.BAD_DATETIME),
        ("CX8:30", "QUERY_DATE", Reason.BAD_DATETIME),
        ("CX12345679", "QUERY_DATE", Reason.BAD_DATETIME),
        (
            "查询" + "我想知道你们医院心血管内科的王建国主任下个星期到底有没有号因为我上次来没有挂到他的号很着急",
            "QUERY_DEPT",
            Reason.MISSING_ARGS,
        ),
        ("CX00868 CX00123", "QUERY_DEPT", Reason.SEVERAL_COMMANDS),
        ("ZC", "REGISTER", Reason.MISSING_ARGS),
        ("ZC张三", "REGISTER", Reason.MISSING_ARGS),
        ("ZC110105194912310021,张三", "REGISTER", Reason.BAD_ID_CHECKSUM),
        ("ZC110105194913310021,张三", "REGISTER", Reason.BAD_ID_DATE),
        ("ZC110105202707150021,张三", "REGISTER", Reason.BAD_ID_DATE),
        ("ZC11010519491231002,张三", "REGISTER", Reason.BAD_ID_LENGTH),
        ("ZC11010519491231002 Xavier", "REGISTER", Reason.BAD_ID_LENGTH),
        ("ZC11010519491231002", "REGISTER", Reason.BAD_ID_LENGTH),
        ("ZC1101051949", "REGISTER", Reason.BAD_ID_LENGTH),
        ("ZCH12345678,张三", "REGISTER", Reason.BAD_ID_LENGTH),
        (f"ZC{IDENTITY},张三;ZC440524188001010014,李四", "REGISTER", Reason.SEVERAL_COMMANDS),
        ("TS", "COMPLAINT", Reason.MISSING_TEXT),
        ("TS。。。", "COMPLAINT", Reason.MISSING_TEXT),
        ("投诉😡", "COMPLAINT", Reason.MISSING_TEXT),
        ("TS谢谢", "COMPLAINT", Reason.MISSING_TEXT),
        ("PJ", "RATE", Reason.MISSING_SERIAL),
        ("PJ1234", "RATE", Reason.BAD_SERIAL),
        ("PJ12345678", "RATE", Reason.MISSING_ARGS),
        ("PJ12345678,6", "RATE", Reason.BAD_SCORE),
        ("PJ12345678,0", "RATE", Reason.BAD_SCORE),
        ("PJ12345678,5;PJ12345678,4", "RATE", Reason.SEVERAL_COMMANDS),
        ("", None, Reason.UNKNOWN_COMMAND),
        ("   \n", None, Reason.UNKNOWN_COMMAND),
        ("😀😀😀", None, Reason.UNKNOWN_COMMAND),
        ("。。。", None, Reason.UNKNOWN_COMMAND),
        ("谢谢！", None, Reason.UNKNOWN_COMMAND),
        ("你好", None, Reason.UNKNOWN_COMMAND),
        ("你们医院怎么走", None, Reason.UNKNOWN_COMMAND),
        ("我头疼应该看什么科？", None, Reason.UNKNOWN_COMMAND),
        ("GHOST", None, Reason.UNKNOWN_COMMAND),
        ("tsunami", None, Reason.UNKNOWN_COMMAND),
        ("Thanks for all", None, Reason.UNKNOWN_COMMAND),
        ("Read", None, Reason.UNKNOWN_COMMAND),
        ("history", None, Reason.UNKNOWN_COMMAND),
        ("1 2", None, Reason.UNKNOWN_COMMAND),
        ("2个孩子发烧怎么办", None, Reason.UNKNOWN_COMMAND),
        ("1,2", None, Reason.UNKNOWN_COMMAND),
        ("9" * 19, None, Reason.UNKNOWN_COMMAND),
        ("00868,07150830,张三", None, Reason.UNKNOWN_COMMAND),
        (IDENTITY, None, Reason.UNKNOWN_COMMAND),
        ("【仁和医院】您预约的号已成功，回复TD退订", None, Reason.UNKNOWN_COMMAND),
        ("【" + "长" * 60, None, Reason.UNKNOWN_COMMAND),
        ("退订12345678", None, Reason.UNKNOWN_COMMAND),
        ("DY12345678", None, Reason.UNKNOWN_COMMAND),
        ("GHDH00868,07150830,张三" + " " * 2000, None, Reason.UNKNOWN_COMMAND),
    ],
)
def test_every_refusal_has_one_reason(text: str, command: str | None, reason: Reason) -> None:
    """What cannot be done is refused for the first thing wrong with it."""
    read = parse(text, NOW)
    assert isinstance(read, Misread)
    assert (read.command, read.reason) == (command, reason)


def test_a_long_complaint_is_kept_to_its_end() -> None:
    """Only a complaint may be longer than a text that is read."""
    body = "等候时间太长。" * 1000
    assert parse("TS" + body, NOW) == Complaint(text=body)


def test_examples_are_built_around_what_was_understood() -> None:
    """The example in a refusal shows the patient's own doctor, time or code where these were right."""
    assert "GHDH00123,07150830,张三" in hint("GHDH00123")
    assert "GHDH00123,07201000,张三" in hint("GHDH00123,07201000")
    assert "GHDH00868,07201000,张三" in hint("GHDH07201000,李四")
    assert "GQ12345678,07150830" in hint("GQ12345678")
    assert "GQ12345678,07201000" in hint("GQ7月20日10点")
    assert "PJ12345678,5" in hint("PJ12345678")
    assert "GHDH00123,07201000,张三" in hint("00123,07201000,李四")


def test_hints_hold_no_personal_data() -> None:
    """A hint may be logged: it repeats neither the name nor the identity number that was sent."""
    assert "李四" not in hint("GHDH00123,13201000,李四")
    assert "李四" not in hint("00123,07201000,李四")
    assert "440524" not in hint("ZC440524188001010013,李四")
    assert "440524" not in hint("44052418800101001X")


def hint(text: str) -> str:
    read = parse(text, NOW)
    assert isinstance(read, Misread)
    return read.hint


PIECES = st.sampled_from([
    *"GHDQXCZTSPJYNBR0189OoIl年月日号点时分刻半整岁周三十五八张李王谢.,，、。;；:-/#+*× \n·•’\"“”?？!~【】(éŚ̈̇ßﬁ①½\u200b\ufeff\u3000😀\ud800",
    "GHDH", "GH", "QX", "CX", "GQ", "ZC", "TS", "PJ", "挂号", "预约", "取消", "00868", "07150830", "12345678", IDENTITY, "110105491231002", "7月15日",
    "8:30", "2026-07-15",
    "上午", "下午", "中午", "明天",
    "谢谢", "回复", "你好", "我叫", "姓名", "先生", "医生", "的号", "有号吗", "我的预约", "AM", "pm",
    "John Smith", "O'Brien", "买买提·艾力", "发送到12580", "13800138000", "周三", "欧阳", "投诉", "退订", "进度", "5分",
])  # fmt: skip
TYPED = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=14).map("".join),
    st.tuples(
        st.sampled_from(
            ["GHDH", "GHDH00868,07150830,", "CX", "TS", f"ZC{IDENTITY}", "ZC", "QX", "GQ12345678", "PJ12345678"]
        ),
        st.lists(PIECES, max_size=10).map("".join),
    ).map("".join),
)


@given(TYPED, st.datetimes(at("2000-01-01 00:00"), at("2100-01-01 00:00")))
@example("CX4l*AM我的预约Q李9", NOW)
@example("ZC11010519491231002X五年", NOW)
@example("GHDH0086807150830谢\t谢）三", NOW)
def test_anything_is_read_and_means_the_same_again(text: str, now: datetime) -> None:
    """No text whatever raises; what is understood, written out canonically, is understood as the same; what is not has a hint."""
    read = parse(text, now)
    if isinstance(read, Misread):
        assert read.hint
    else:
        assert parse(render(read), now) == read
    json.dumps(as_json(read))


@given(st.text(st.characters(), max_size=3000))
def test_any_characters_at_any_length(text: str) -> None:
    """Control characters, lone surrogates, any script, longer than is read: a command or a reason."""
    assert isinstance(
        parse(text, NOW), Misread | Complaint | ComplaintState | Answer | QueryDept | QueryOwn | OptOut | Help | Command
    )
