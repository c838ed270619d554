"""What a patient reads when money goes back to him."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from booking.refund_texts import owed
from booking.texts import Letterhead
from booking.views import BookingView, DoctorView, PatientView

HEAD = Letterhead(hospital=1, name="仁和医院", short_name="仁和")
BOOKING = BookingView(
    code="12345678",
    status="cancelled",
    doctor=DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality=""),
    start=datetime.fromisoformat("2026-07-15 08:30"),
    seq=2,
    place="门诊楼3层",
    fee_fen=5000,
    patient=PatientView(id=7, name="张三", identity_masked="110105********002X"),
)
BY = date(2026, 7, 21)


@pytest.mark.parametrize(
    ("reason", "way", "by", "said"),
    [
        ("patient", "original", BY, "王建国，50元将于7月21日前原路退回"),
        ("patient", "original", None, "王建国，50元将原路退回"),
        ("patient", "window", BY, "王建国，50元请带身份证和本短信到窗口领取"),
        ("late", "original", BY, "王建国，付款到账时号已失效，未能约成，50元将于7月21日前原路退回"),
        ("twice", "original", None, "王建国，您重复付了款，50元将原路退回"),
        ("noshow", "original", None, "王建国，未就诊，50元将原路退回"),
        ("void", "window", None, "王建国，未按时取号，号已作废，50元请带身份证和本短信到窗口领取"),
    ],
)
def test_words_of_a_refund(reason, way, by, said):
    """Which visit, why where that is not plain, how much, which way and by when."""
    text = owed(HEAD, BOOKING, 5000, reason=reason, way=way, by=by)
    assert text == f"【仁和】退款通知：张*7月15日(周三)上午8:30心血管内科{said}"
    assert len(text) <= 134


def test_a_patient_without_a_name():
    """Who was booked by an identity number alone is called the patient."""
    nameless = replace(BOOKING, patient=replace(BOOKING.patient, name=""))
    assert "退款通知：患者7月15日" in owed(HEAD, nameless, 5000, reason="hospital", way="original", by=None)
