"""The words of stop-clinic notices and reminders."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from booking import notices
from booking.texts import Letterhead
from booking.views import BookingView, DoctorView, PatientView
from sms_gateway.text.coding import Coding
from sms_gateway.text.split import cut

HEAD = Letterhead(hospital=1, name="仁和医院", short_name="仁和")
at = datetime.fromisoformat
WANG = DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality="")
CHEN = DoctorView(number="00777", name="陈晓明", title="主任医师", department="心血管内科", speciality="")
AT_830, AT_900 = at("2026-07-15 08:30"), at("2026-07-15 09:00")
BOOKING = BookingView(
    code="12345678", status="booked", doctor=WANG, start=AT_830, seq=2, place="门诊楼3层5诊室", fee_fen=5000,
    patient=PatientView(id=1, name="张三", identity_masked="110105********002X"),
)  # fmt: skip
NOW = at("2026-07-14 16:00")


def all_of(head: Letterhead, booking: BookingView, other: DoctorView) -> dict[str, str]:
    return {
        "released": notices.released(head, booking),
        "substituted": notices.substituted(head, booking, other),
        "moved": notices.moved(head, booking, AT_900),
        "back_released": notices.back_released(head, booking),
        "back_offered": notices.back_offered(head, booking, NOW),
        "back_kept": notices.back_kept(head, booking),
        "waiting_ended": notices.waiting_ended(head, booking.patient.name, booking.doctor, booking.start),
        "reminder": notices.reminder(head, booking, NOW, NOW),
    }


def test_a_released_booking():
    """The patient reads that the doctor does not come, that his money comes back, that it does not count, and what to answer."""
    assert notices.released(HEAD, BOOKING) == (
        "【仁和】停诊通知：张*7月15日(周三)上午8:30心血管内科王建国主任医师停诊，预约码12345678已退号，已付费用退还，不计违约。"
        "回复1改约，2不再约"
    )


def test_a_substitute():
    """The patient reads who comes instead, and that number and code stay."""
    assert notices.substituted(HEAD, replace(BOOKING, doctor=CHEN), WANG) == (
        "【仁和】替诊通知：张*7月15日(周三)上午8:30心血管内科王建国主任医师停诊，由心血管内科陈晓明主任医师接诊，"
        "2号、预约码12345678不变，门诊楼3层5诊室。回复1保留，2退号(不计违约)，3改约"
    )


def test_another_time_or_another_room():
    """The patient reads the old time and the new one, or only the new room."""
    assert "心血管内科王建国主任医师7月15日(周三)上午8:30改为上午9:00，" in notices.moved(
        HEAD, replace(BOOKING, start=AT_900), AT_830
    )
    assert "王建国主任医师7月15日(周三)上午8:30，门诊楼3层5诊室，2号" in notices.moved(HEAD, BOOKING, AT_830)


def test_the_doctor_comes_after_all():
    """The patient reads how he gets his number back, or that all is as before."""
    assert notices.back_offered(HEAD, BOOKING, at("2026-07-14 09:30")).endswith(
        "原号2号为您保留至上午9:30。要请回复Y，不要请回复N"
    )
    assert notices.back_released(HEAD, BOOKING).endswith("请回复GHDH00868")
    assert notices.back_kept(HEAD, BOOKING).endswith("取消请回复QX12345678")


def test_the_reminder():
    """The day before, the patient reads when, where, his number and code, and until when he may give it back."""
    until = at("2026-07-14 23:59")
    assert notices.reminder(HEAD, BOOKING, NOW, until) == (
        "【仁和】就诊提醒：张*明天7月15日(周三)上午8:30心血管内科王建国主任医师，2号，门诊楼3层5诊室，"
        "预约码12345678，不能来请于7月14日23:59前回复QX12345678"
    )
    today = notices.reminder(HEAD, replace(BOOKING, place=""), at("2026-07-15 07:00"), None)
    assert today.endswith("张*今天7月15日(周三)上午8:30心血管内科王建国主任医师，2号，预约码12345678")
    assert "张*7月15日" in notices.reminder(HEAD, BOOKING, at("2026-07-12 07:00"), None)


def test_a_patient_without_a_name():
    """Whoever was booked by identity number alone is 患者."""
    bare = replace(BOOKING, patient=replace(BOOKING.patient, name=""))
    assert all("患者" in text for text in all_of(HEAD, bare, CHEN).values())


@pytest.mark.parametrize("name", sorted(all_of(HEAD, BOOKING, CHEN)))
def test_no_notice_costs_more_than_two_parts(name):
    """Even long names of hospital, department, doctor and room fit two parts; the patient's name and identity stay out."""
    head = Letterhead(hospital=1, name="", short_name="医科大学附属第二医院")
    wang = replace(WANG, department="神经外科重症门诊", name="欧阳建国", title="副主任医师")
    booking = replace(
        BOOKING, doctor=wang, seq=120, place="门诊楼12层B区1205诊室", patient=replace(BOOKING.patient, name="张三丰"),
        start=at("2026-12-25 13:30"),
    )  # fmt: skip
    text = all_of(head, booking, replace(wang, name="诸葛晓明"))[name]
    coding, bodies = cut(text)
    assert (coding, len(bodies) <= 2) == (Coding.UCS2, True), (len(text), text)
    assert "张三" not in text
    assert booking.patient.identity_masked not in text
