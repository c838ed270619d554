"""The words a text is answered with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import get_args

import pytest

from booking.keeping_outcomes import (
    Cancelled,
    CancelOutcome,
    Changed,
    ChangeOutcome,
    ConfirmOutcome,
    HoldOver,
    NeverCancelled,
    NoSuchBooking,
    NotPaidYet,
    TooLateToCancel,
)
from booking.outcomes import (
    AlreadyBooked,
    Blacklisted,
    Booked,
    BookOutcome,
    ClinicStopped,
    Closed,
    Cutoff,
    Full,
    Held,
    Limit,
    NoSuchDoctor,
    NoSuchTime,
    NotAdmitted,
    NotOpenYet,
    NotRegistered,
    WrongChannel,
)
from booking.people_outcomes import (
    CaseState,
    Complained,
    NameMismatch,
    NeedsName,
    NoSuchCase,
    Registered,
    RegisterOutcome,
)
from booking.search_outcomes import DoctorTimes, FoundDepartment, FoundDoctors, NothingFound, SearchOutcome
from booking.views import BookingView, DepartmentView, DoctorView, OpenDoctor, OpenTime, PatientView, WaitingView
from booking.waiting_outcomes import (
    AnswerOutcome,
    LeftWaiting,
    NotWaiting,
    NoWaitingList,
    StillOpen,
    WaitOutcome,
    Waits,
)
from command_parser.commands import Answer, Book, Change, Misread, QueryDate, Rate, Reason, Register
from command_parser.parse import parse
from sms_gateway.replies import (
    Asked,
    CancelledBefore,
    Fault,
    HelpWanted,
    Incomplete,
    NoQuestion,
    NotOffered,
    Opted,
    OwnBookings,
    day_words,
    moment_words,
    reason_of,
    words,
)

TODAY = date(2026, 7, 14)
ASKED = Asked(today=TODAY)
WANG = DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality="高血压")
START = datetime.fromisoformat("2026-07-15 08:30")
OPEN = tuple(OpenTime(start=START.replace(hour=hour), seq=hour) for hour in (8, 9, 10, 11))
PATIENT = PatientView(id=7, name="张三", identity_masked="110105********002X")
BOOKING = BookingView(
    code="12345678", status="booked", doctor=WANG, start=START, seq=2, place="门诊楼3层", fee_fen=5000, patient=PATIENT
)
DEPARTMENT = DepartmentView(code="01", name="心血管内科", location="3层")
FOUND = OpenDoctor(doctor=WANG, day=TODAY, free=6, first=START)

PLACE = WaitingView(id=1, doctor=WANG, day=START.date(), period="AM", patient=PATIENT, place=2)
OFFER = replace(PLACE, place=0, booking=BOOKING, until=datetime.fromisoformat("2026-07-14 09:15"))
CASES = [
    (NoSuchDoctor(number="00999"), "没有工号为00999的医生。查医生请发 CX加科室或姓名，例如 CX心血管内科"),
    (
        NoSuchTime(doctor=WANG, open=OPEN),
        "王建国医生这个时间没有号。可约：7月15日(周三)8:30、9:30、10:30。请发 GHDH00868,07150830,张三",
    ),
    (Full(doctor=WANG, open=()), "王建国医生这个时间已约满。该医生近期没有空号。查同科医生请发 CX心血管内科"),
    (
        Full(doctor=WANG, open=(), others=(FOUND,)),
        "王建国医生这个时间已约满。该医生近期没有空号，同科7月14日(周二)可约：00868王建国8:30。查医生时间请发 CX00868",
    ),
    (
        Cutoff(doctor=WANG, start=START, open=OPEN[:1]),
        "7月15日(周三)8:30已停止预约。可约：7月15日(周三)8:30。请发 GHDH00868,07150830,张三",
    ),
    (ClinicStopped(doctor=WANG, open=()), "王建国医生这个时间停诊。该医生近期没有空号。查同科医生请发 CX心血管内科"),
    (
        NotRegistered(name=None),
        "本手机号还没有登记就诊人。请先发 ZC加身份证号和姓名，例如 ZC11010519491231002X,张三",
    ),
    (
        NotRegistered(name="李四"),
        "本手机号没有登记过“李四”。请先发 ZC加本人身份证号和姓名，例如 ZC11010519491231002X,李四",
    ),
    (
        NotRegistered(name="李四", several=True),
        "本手机号登记了不止一位“李四”，短信分不清是哪一位。请拨打预约电话，按提示选择就诊人",
    ),
    (
        AlreadyBooked(booking=BOOKING),
        "张*已约王建国医生7月15日(周三)8:30，预约码12345678，同一班次不能再约。如要另约请先取消：QX12345678",
    ),
    (
        Limit(what="patient-day", most=2),
        "同一就诊人一天最多预约2个号，已满。查已有预约请发 CX，取消请发 QX加预约码，例如 QX12345678",
    ),
    (
        NotAdmitted(reason="NOT_ADMITTED", rule="platform: mobile.prefixes"),
        "按本院规定，这个号段的手机号不能用于预约，请换用其他手机号，或带有效证件到窗口办理",
    ),
    (
        Limit(what="phone-changes", most=1, when=START),
        "该就诊人近期更换手机号已达1次，现在不能再换，7月15日(周三)8:30起可换。请用已登记的手机号，或到窗口办理",
    ),
    (
        Limit(what="phone-changes", most=0),
        "该就诊人近期更换手机号已达0次，现在不能再换。请用已登记的手机号，或到窗口办理",
    ),
    (
        Limit(what="phone-patients", most=4),
        "一个手机号最多登记4位就诊人，已满。已登记的就诊人可直接预约，例如 GHDH00868,07150830,张三",
    ),
    (
        Limit(what="rule", most=3, scope="department", per="week"),
        "按本院规定，同一科室一周内最多预约3个号，已满。查已有预约请发 CX，取消请发 QX加预约码，例如 QX12345678",
    ),
    (
        Held(booking=BOOKING, until=START.replace(hour=7, minute=5)),
        "张*7月15日(周三)8:30王建国医生2号已保留到07:05，逾期不留，预约码12345678。不要了请发 QX12345678",
    ),
    (
        NotOpenYet(doctor=WANG, start=START, when=datetime.fromisoformat("2026-07-14 15:00")),
        "7月15日(周三)的号7月14日(周二)15:00起放号，届时请发 GHDH00868,07150830,张三",
    ),
    (NotOpenYet(doctor=WANG, start=START, when=None), "7月15日(周三)的号还没有放出。查医生时间请发 CX00868"),
    (
        Closed(when=datetime.fromisoformat("2026-07-15 07:00")),
        "现在不办理预约，7月15日(周三)7:00起可约，届时请发 GHDH00868,07150830,张三",
    ),
    (Closed(when=None), "现在不办理预约。查已有预约请发 CX，取消请发 QX加预约码，例如 QX12345678"),
    (
        WrongChannel(doctor=WANG, open=OPEN[:1]),
        "王建国医生这个时间的号不在短信预约，请到窗口办理。可约：7月15日(周三)8:30。请发 GHDH00868,07150830,张三",
    ),
    (
        Blacklisted(until=datetime.fromisoformat("2026-08-14 00:00"), rule="bans[1]"),
        "按本院规定，该就诊人暂停预约到8月14日(周五)0:00，之后请发 GHDH00868,07150830,张三。如有疑问请到窗口办理",
    ),
    (Blacklisted(until=None, rule="blacklist"), "按本院规定，该就诊人暂停预约。如有疑问请带身份证到窗口办理"),
    (
        NotAdmitted(reason="NEEDS_GUARDIAN", rule="identity.guardian_under"),
        "该就诊人未成年，须由监护人办理预约，请带有效证件到窗口办理。查已有预约请发 CX",
    ),
    (
        NotAdmitted(reason="NOT_ADMITTED", rule="channels.groups"),
        "该就诊人不能用短信预约，请带有效证件到窗口办理。查已有预约请发 CX",
    ),
    (
        CancelledBefore(BOOKING),
        "预约12345678（7月15日(周三)8:30王建国医生）此前已取消。再约请发 GHDH00868,07150830,张三",
    ),
    (Changed(booking=BOOKING, before=replace(BOOKING, start=START.replace(hour=9))), ""),
    (
        Changed(booking=BOOKING, before=BOOKING, again=True),
        "预约12345678就在7月15日(周三)8:30王建国医生，无须改期",
    ),
    (
        HoldOver(booking=BOOKING),
        "为您保留的号（7月15日(周三)8:30王建国医生）已过时限。再约请发 GHDH00868,07150830,张三",
    ),
    (
        LeftWaiting(waiting=WaitingView(id=1, doctor=WANG, day=START.date(), period="AM", patient=PATIENT, place=1)),
        "已取消7月15日(周三)上午王建国医生的候补。再约请发 GHDH00868,07150830,张三",
    ),
    (
        Waits(waiting=PLACE),
        "张*已候补7月15日(周三)上午王建国医生，排第2位。有空号即发短信，到时请回复Y。查看或退出候补请发 CX",
    ),
    (
        Waits(waiting=PLACE, again=True),
        "张*此前已候补7月15日(周三)上午王建国医生，排第2位。有空号即发短信，到时请回复Y。查看或退出候补请发 CX",
    ),
    (
        Waits(waiting=OFFER, again=True),
        "张*候补有号：7月15日(周三)8:30王建国医生2号，保留到9:15，要请回复Y，不要请回复N",
    ),
    (
        StillOpen(doctor=WANG, open=OPEN[:1]),
        "王建国医生现在有号，不用候补。可约：7月15日(周三)8:30。请发 GHDH00868,07150830,张三",
    ),
    (NoWaitingList(doctor=WANG), "王建国医生这个班次不能候补。查医生时间请发 CX00868"),
    (NotWaiting(), "这个候补已经结束。查预约和候补请发 CX"),
    (
        NotPaidYet(booking=BOOKING),
        "7月15日(周三)8:30王建国医生的号已为您保留，付款后才算约成。不要了请发 QX12345678",
    ),
    (NoSuchBooking(code="11112222"), "没有查到您名下的预约码11112222。查我的预约请发 CX"),
    (
        TooLateToCancel(booking=BOOKING),
        "预约12345678（7月15日(周三)8:30）已过取消时限，请按时就诊或到窗口办理。查我的预约请发 CX",
    ),
    (
        TooLateToCancel(booking=BOOKING, until=datetime.fromisoformat("2026-07-14 15:00")),
        "预约12345678（7月15日(周三)8:30）已过取消时限（最晚7月14日(周二)15:00），请按时就诊或到窗口办理。查我的预约请发 CX",
    ),
    (
        NeverCancelled(booking=BOOKING),
        "预约12345678（7月15日(周三)8:30）按本院规定不能取消，请按时就诊。查我的预约请发 CX",
    ),
    (Registered(patient=PATIENT), "登记成功：张* 110105********002X。预约请发 GH，或如 GHDH00868,07150830,张三"),
    (
        Registered(patient=PATIENT, again=True),
        "此前已登记：张* 110105********002X。预约请发 GH，或如 GHDH00868,07150830,张三",
    ),
    (NeedsName(), "首次登记还需要姓名。请发 ZC加身份证号和姓名，例如 ZC11010519491231002X,张三"),
    (
        NameMismatch(),
        "姓名与该证件的登记不符，未作更改。请核对后重发，例如 ZC11010519491231002X,张三；仍不符请转人工办理",
    ),
    (
        DoctorTimes(doctor=WANG, open=OPEN, total=9),
        "心血管内科王建国主任医师余9个号：\n7月15日(周三)8:30、9:30、10:30、11:30\n预约请发 GHDH00868,07150830,张三",
    ),
    (DoctorTimes(doctor=WANG, open=(), total=0), "心血管内科王建国主任医师近期没有空号。查同科医生请发 CX心血管内科"),
    (
        FoundDepartment(department=DEPARTMENT, doctors=(FOUND,), total=1),
        "心血管内科可约医生：\n00868 王建国 主任医师 7月14日(周二)余6\n查医生时间请发 CX00868",
    ),
    (
        FoundDepartment(department=DEPARTMENT, doctors=(FOUND,) * 5, total=9),
        "心血管内科可约医生：\n"
        + "00868 王建国 主任医师 7月14日(周二)余6\n" * 4
        + "共9位，逐步选择请发 GH；查医生时间请发 CX00868",
    ),
    (
        FoundDepartment(department=DEPARTMENT, doctors=(), total=0),
        "心血管内科近期没有空号。查某天有号的医生请发 CX加日期，例如 CX0715",
    ),
    (
        FoundDoctors(doctors=(FOUND,), total=2),
        "可约医生：\n00868 王建国 主任医师 7月14日(周二)余6\n共2位，按科室查请发 CX加科室；查医生时间请发 CX00868",
    ),
    (FoundDoctors(doctors=(), total=0), "没有查到相关医生。看全部科室请发 GH，或发 CX加科室名，例如 CX心血管内科"),
    (NothingFound(words="牙科"), "没有查到“牙科”。看全部科室请发 GH，或发 CX加科室名，例如 CX心血管内科"),
    (OwnBookings(()), "您目前没有预约。预约请发 GH，或如 GHDH00868,07150830,张三"),
    (
        OwnBookings((BOOKING,)),
        "您有1个预约：\n12345678 7月15日(周三)8:30心血管内科王建国 2号 张*\n取消请发 QX12345678",
    ),
    (Complained(case="31415926"), "您的意见已受理，编号31415926，我们会尽快处理。查进度请发 TS31415926"),
    (CaseState(case="31415926", state="received"), "投诉31415926：已受理，等待处理"),
    (CaseState(case="31415926", state="转交医务处"), "投诉31415926：转交医务处"),
    (NoSuchCase(case="1"), "没有查到您的投诉编号1。提交投诉请发 TS加内容，例如 TS候诊时间太长"),
    (Opted(True), "已恢复通知短信。退订请发 TD"),
    (Opted(False), "已退订通知短信；您本人的查询答复和预约短信仍会发送。恢复请发 DY"),
    (NotOffered(), "暂不支持该功能。查看用法请发 BZ"),
    (Incomplete(), "您的长短信没有收全，未作处理。请重发，例如 GHDH00868,07150830,张三"),
    (Fault(), "系统暂时无法处理您的短信，请稍后重发或致电人工。查看用法请发 BZ"),
    (Booked(booking=BOOKING), ""),
    (Cancelled(booking=BOOKING), ""),
]


@pytest.mark.parametrize(("outcome", "said"), CASES, ids=lambda value: type(value).__name__)
def test_words_of_each_outcome(outcome, said):
    """Every outcome is told in one short sentence or a few lines, with one right example where something was refused."""
    assert words(outcome, ASKED) == said


def test_every_outcome_of_the_store_has_words():
    """An outcome that booking learns to give must be given words here."""
    spoken = {type(outcome) for outcome, _ in CASES}
    families = (
        *(BookOutcome, CancelOutcome, ChangeOutcome, ConfirmOutcome, WaitOutcome, AnswerOutcome, RegisterOutcome),
        SearchOutcome,
    )
    assert {member for family in families for member in get_args(family)} <= spoken


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (
            Full(doctor=WANG, open=OPEN[1:2]),
            "王建国医生这个时间已约满。可约：7月15日(周三)9:30。请发 GQ12345678,07150930",
        ),
        (
            NoSuchTime(doctor=WANG, open=OPEN[1:2]),
            "王建国医生7月16日(周四)9:00没有号。可约：7月15日(周三)9:30。请发 GQ12345678,07150930",
        ),
        (
            TooLateToCancel(booking=BOOKING),
            "预约12345678（7月15日(周三)8:30）已过改期时限，请按时就诊或到窗口办理。查我的预约请发 CX",
        ),
        (
            NeverCancelled(booking=BOOKING),
            "预约12345678（7月15日(周三)8:30）按本院规定不能改期，请按时就诊。查我的预约请发 CX",
        ),
    ],
)
def test_who_moves_a_booking_is_shown_how_to_move_it(outcome, said):
    """The right example after a GQ is a GQ, and what cannot be done is called by its name."""
    command = Change(serial="12345678", when=datetime.fromisoformat("2026-07-16 09:00"))
    assert words(outcome, Asked(today=TODAY, command=command)) == said


def test_a_number_that_is_kept_is_no_booking():
    """CX marks what is not confirmed yet."""
    said = words(OwnBookings((replace(BOOKING, status="held"),)), ASKED)
    assert "张*(保留中)" in said


def test_an_outcome_without_words_is_a_bug():
    """Silence would leave a patient without an answer: it fails loudly instead."""

    @dataclass
    class Unheard:
        pass

    with pytest.raises(TypeError, match="Unheard"):
        words(Unheard(), ASKED)


@pytest.mark.parametrize("sent", ["GHDH00868", "QX1", "ZC1", "TS", "PJ", "今天天气不错", "GHDH00868,07150830"])
def test_a_misread_text_is_told_in_the_parsers_words(sent):
    """One reason and one right example: the parser knows what it understood."""
    misread = parse(sent, datetime.fromisoformat("2026-07-14 09:00"))
    assert isinstance(misread, Misread)
    assert words(misread, ASKED) == misread.hint != ""


def test_the_example_is_built_around_what_was_asked():
    """A patient who named Li Si is shown a text for Li Si, at a time that is free."""
    asked = Asked(today=TODAY, command=Book(doctor="00868", when=START, name="李四"))
    assert words(Full(doctor=WANG, open=OPEN[1:]), asked).endswith("请发 GHDH00868,07150930,李四")
    registered = Asked(today=TODAY, command=Register(id="11010519491231002X", name="李四"))
    assert words(Registered(patient=PATIENT), registered).endswith("GHDH00868,07150830,李四")
    unnamed = Asked(today=TODAY, command=Register(id="11010519491231002X", name=None))
    assert words(Registered(patient=PATIENT), unnamed).endswith("GHDH00868,07150830,张三")


def test_a_question_about_a_day_is_answered_about_that_day():
    """CX0716 is answered with that day's doctors, or that there are none."""
    asked = Asked(today=TODAY, command=QueryDate(date=date(2026, 7, 16)))
    there = replace(FOUND, day=date(2026, 7, 16))
    said = words(FoundDoctors(doctors=(there,), total=1), asked)
    assert said.startswith("7月16日(周四)有号的医生：\n00868 王建国 主任医师 余6\n")
    assert words(NothingFound(words="0716"), asked).startswith("7月16日(周四)没有可约的号")


def test_what_is_not_offered_names_the_way_that_works():
    """Moving and rating are not done by text: the answer says what to do instead."""
    rate = Asked(today=TODAY, command=Rate(serial="12345678", score=5))
    assert words(NotOffered(), rate).startswith("暂不能用短信评分")


def test_a_long_list_of_bookings_is_cut_and_says_so():
    """Four bookings are listed, the rest is counted."""
    said = words(OwnBookings((BOOKING,) * 6), ASKED)
    assert said.count("王建国") == 4
    assert "另有2个" in said


def test_help_shows_every_command():
    """BZ lists what can be sent."""
    listed = words(HelpWanted(), ASKED)
    for command in ("GHDH", "GH ", "ZC", "CX", "QX", "TS", "TD"):
        assert command in listed


@pytest.mark.parametrize(
    ("number", "way"),
    [
        ("1", "预约请发 GH，查询发 CX，取消发 QX加预约码，全部用法发 BZ"),
        ("12345678", "取消该预约请发 QX12345678，查我的预约请发 CX"),
        ("12345679", "预约请发 GH，查询发 CX，取消发 QX加预约码，全部用法发 BZ"),
        ("00868", "查该医生的时间请发 CX00868"),
    ],
)
def test_a_bare_number_without_a_question_is_told_what_it_may_be_for(number, way):
    """A number alone never acts; a booking code or a doctor's number is shown with the command that takes it."""
    asked = Asked(today=TODAY, command=Answer(value=number))
    assert words(NoQuestion(), asked) == f"目前没有等您选择的问题。{way}"


def test_the_time_that_was_understood_is_named():
    """GHDH00868,08301127 was meant as 27 November: the patient sees that it was read as 30 August."""
    asked = Asked(
        today=TODAY, command=Book(doctor="00868", when=datetime.fromisoformat("2026-08-30 11:27"), name="李四")
    )
    assert words(NoSuchTime(doctor=WANG, open=()), asked).startswith("王建国医生8月30日(周日)11:27没有号。")


def test_times_of_two_days_are_listed_under_their_days():
    """Each date is written once."""
    times = (*OPEN[:2], OpenTime(start=START.replace(day=16), seq=1))
    said = words(Full(doctor=WANG, open=times), ASKED)
    assert "可约：7月15日(周三)8:30、9:30，7月16日(周四)8:30。" in said


def test_names_and_numbers_leave_masked():
    """No reply about a booking carries a patient's whole name."""
    patient = replace(PATIENT, name="欧阳某某")
    booking = replace(BOOKING, patient=patient)
    for outcome in (AlreadyBooked(booking=booking), OwnBookings((booking,)), Registered(patient=patient)):
        assert "欧阳" not in words(outcome, ASKED)


def test_reasons_are_the_codes_of_refusals():
    """The books show why: a refusal's own code, or OK."""
    assert reason_of(Full(doctor=WANG, open=())) == "FULL"
    assert reason_of(Misread(command=None, reason=Reason.BAD_SERIAL, hint="")) == "BAD_SERIAL"
    assert reason_of(NotOffered()) == "NOT_OFFERED"
    assert reason_of(HelpWanted()) == "OK"


def test_days_and_moments_are_said_with_their_weekday():
    """A date without its weekday is easily mistaken."""
    assert day_words(date(2026, 7, 19)) == "7月19日(周日)"
    assert moment_words(datetime.fromisoformat("2026-07-13 14:05")) == "7月13日(周一)14:05"


@pytest.mark.parametrize(
    ("scope", "per", "what"),
    [
        ("doctor", "7 days", "同一医生7天内最多预约2个号"),
        ("hospital", "3 months", "本院3个月内最多预约2个号"),
        ("departments", "visit-day", "一天内最多预约2个科室"),
        ("session", "ever", "同一班次最多预约2个号"),
        ("all", "ever", "此类预约最多预约2个号"),
    ],
)
def test_a_limit_says_what_is_counted(scope: str, per: str, what: str) -> None:
    """A patient knows which of his bookings stand in the way."""
    assert f"按本院规定，{what}，已满" in words(Limit(what="rule", most=2, scope=scope, per=per), ASKED)
