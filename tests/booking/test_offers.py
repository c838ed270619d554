"""What a patient reads of a number held, offered, or moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from booking import offers
from booking.texts import Letterhead
from booking.views import BookingView, DoctorView, PatientView

HEAD = Letterhead(hospital=1, name="仁和医院", short_name="仁和")
WANG = DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality="")
LI = replace(WANG, number="00123", name="李梅")
PATIENT = PatientView(id=1, name="张三", identity_masked="")
START = datetime.fromisoformat("2026-07-15 08:30")
BOOKING = BookingView(
    code="12345678", status="held", doctor=WANG, start=START, seq=2, place="门诊楼3层", fee_fen=5000, patient=PATIENT
)
NAMELESS = replace(BOOKING, fee_fen=0, place="", patient=replace(PATIENT, name=""))


def test_an_offer_tells_until_when_and_how_to_answer():
    """Who waits reads the time, the price, until when it is his, and the two answers."""
    assert offers.offered(HEAD, BOOKING, START.replace(hour=9, minute=5)) == (
        "【仁和】候补有号：张*7月15日(周三)上午8:30心血管内科王建国主任医师，2号，50元，"
        "为您保留到9:05。要请回复Y，不要请回复N，逾期让给下一位"
    )
    assert "患者7月15日" in offers.offered(HEAD, NAMELESS, START)


def test_what_is_over_is_told():
    """An offer that was not answered, a hold that was not confirmed, a wait in vain."""
    assert "已让给下一位，候补结束" in offers.offer_lapsed(HEAD, BOOKING)
    assert offers.hold_lapsed(HEAD, BOOKING).endswith("再约请回复GHDH00868")
    over = offers.waiting_over(HEAD, "张三", WANG, date(2026, 7, 15), "PM")
    assert over.startswith("【仁和】张*候补的7月15日下午心血管内科王建国主任医师已停止预约")
    assert "患者候补的7月15日心血管内科" in offers.waiting_over(HEAD, "", WANG, date(2026, 7, 15), "?")


@pytest.mark.parametrize(("before", "was"), [(WANG, ""), (LI, "心血管内科李梅主任医师")])
def test_a_moved_booking_tells_both_times_and_its_code(before, was):
    """From when, with whom if that changed, to when; the code stays."""
    told = offers.changed(HEAD, BOOKING, replace(BOOKING, doctor=before, start=START.replace(hour=10)))
    assert told == (
        f"【仁和】张*的预约已由7月15日(周三)上午10:30{was}改到7月15日(周三)上午8:30心血管内科王建国主任医师，2号，门诊楼3层，50元。"
        "预约码仍为12345678，取消请回复QX12345678"
    )
    assert "，2号。预约码仍为" in offers.changed(HEAD, NAMELESS, NAMELESS)


def test_the_doctor_hears_both_times():
    """Who comes when instead of when."""
    told = offers.doctor_changed(HEAD, BOOKING, replace(BOOKING, start=START.replace(hour=10), seq=5))
    assert told == "【仁和】王建国医生：预约改期，张*由7月15日(周三)上午10:30 5号改到7月15日(周三)上午8:30 2号"
