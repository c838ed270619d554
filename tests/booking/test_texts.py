"""The words that patients and doctors get."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from booking.texts import (
    Letterhead,
    cancelled,
    confirmation,
    doctor_booked,
    doctor_cancelled,
    moment,
    part_of_day,
    yuan,
)
from booking.views import BookingView, DoctorView, PatientView

HEAD = Letterhead(hospital=1, name="仁和医院", short_name="仁和")
BOOKING = BookingView(
    code="12345678",
    status="booked",
    doctor=DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality=""),
    start=datetime.fromisoformat("2026-07-15 08:30"),
    seq=2,
    place="门诊楼3层5诊室",
    fee_fen=5000,
    patient=PatientView(id=1, name="张三", identity_masked="110105********002X"),
)


def test_the_confirmation():
    """The patient reads who, when, with whom, which number, where, the fee, the code and how to cancel."""
    assert confirmation(HEAD, BOOKING) == (
        "【仁和】张*已预约7月15日(周三)上午8:30心血管内科王建国主任医师，2号，门诊楼3层5诊室，50元。"
        "预约码12345678，取消请回复QX12345678"
    )


def test_the_confirmation_of_little():
    """Without a name, a place or a fee the words still read well."""
    bare = replace(BOOKING, place="", fee_fen=0, patient=replace(BOOKING.patient, name=""))
    assert confirmation(HEAD, bare).startswith(
        "【仁和】患者已预约7月15日(周三)上午8:30心血管内科王建国主任医师，2号。预约码"
    )


def test_the_cancellation():
    """The patient reads that the code is void and how to book again."""
    assert cancelled(HEAD, BOOKING) == (
        "【仁和】张*7月15日(周三)上午8:30心血管内科王建国主任医师的预约已取消，预约码12345678作废。再约请回复GHDH00868"
    )


def test_the_doctors_texts():
    """The doctor reads time, number and a masked name."""
    assert doctor_booked(HEAD, BOOKING) == "【仁和】王建国医生：新预约7月15日(周三)上午8:30，2号，张*"
    assert doctor_cancelled(HEAD, BOOKING) == "【仁和】王建国医生：预约取消7月15日(周三)上午8:30，2号，张*"


@pytest.mark.parametrize(
    ("hour", "words"), [("00:00", "上午"), ("11:59", "上午"), ("12:00", "下午"), ("17:59", "下午"), ("18:00", "晚上")]
)
def test_parts_of_the_day(hour, words):
    """Morning, afternoon and evening are said as people say them."""
    assert part_of_day(datetime.fromisoformat(f"2026-07-15 {hour}")) == words


def test_a_sunday_evening():
    """Minutes have two digits, the day of the week its own character."""
    assert moment(datetime.fromisoformat("2026-12-06 18:05")) == "12月6日(周日)晚上18:05"


@pytest.mark.parametrize(
    ("fen", "words"), [(0, "0元"), (5000, "50元"), (1250, "12.5元"), (1205, "12.05元"), (100_000, "1000元")]
)
def test_money(fen, words):
    """Fen are said in yuan without idle noughts."""
    assert yuan(fen) == words
