from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.outcomes import (
    AlreadyBooked,
    Blacklisted,
    Booked,
    ClinicStopped,
    Closed,
    Cutoff,
    Full,
    Held,
    Limit,
    NoSuchDoctor,
    NoSuchTime,
    NotOpenYet,
    NotRegistered,
    WrongChannel,
)
from booking.views import BookingView, DoctorView, OpenTime, PatientView
from ivr.note import SIZE_MOST, BadNote, NotAlone, Note, Unproved, read_note, text_for

START = datetime.fromisoformat("2026-07-15 08:30")
FIELDS = {
    "uniqueid": "1.1",
    "caller": "13800138000",
    "keyed": False,
    "doctor": "00868",
    "when": "07150830",
    "language": "zh",
    "at": "2026-07-14T01:00:00+00:00",
}
NOTE = Note(phone="+8613800138000", keyed=False, doctor="00868", start=START)
DOCTOR = DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality="")
PATIENT = PatientView(id=1, name="张三", identity_masked="110105********002X")
BOOKING = BookingView(
    code="12345678", status="booked", doctor=DOCTOR, start=START, seq=2, place="", fee_fen=0, patient=PATIENT
)
FREE = (OpenTime(start=datetime.fromisoformat("2026-07-15 09:00"), seq=3),)
OPENING = "【仁和】您在系统检修时来电预约00868号医生7月15日(周三)上午8:30，"


def reading(**changes):
    return read_note(json.dumps({**FIELDS, **changes}).encode())


def test_a_note_is_read():
    """What the emergency script wrote is what the daemon reads."""
    assert reading() == NOTE


def test_the_year_is_the_nearest_as_of_the_call():
    """A note read weeks later still means the day that its caller meant."""
    assert reading(when="01020900", at="2026-12-31T23:30:00+08:00").start == datetime.fromisoformat("2027-01-02 09:00")


def test_a_keyed_number_proves_nothing():
    """Only a number that the exchange presented, and the script said so, is taken for the caller's own."""
    assert reading(keyed=True).keyed
    assert reading(keyed="no").keyed
    assert read_note(json.dumps({name: value for name, value in FIELDS.items() if name != "keyed"}).encode()).keyed


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"caller": ""}, "no mobile number"),
        ({"caller": "02368000000"}, "no mobile number"),
        ({"caller": None}, "no mobile number"),
        ({"doctor": "868"}, "no doctor's number"),
        ({"doctor": "0086８"}, "no doctor's number"),
        ({"doctor": "0086a"}, "no doctor's number"),
        ({"when": "07320830"}, "no such time"),
        ({"when": "0715"}, "no such time"),
        ({"at": ""}, "no time of the call"),
        ({"at": "2026-07-14T01:00:00"}, "no time of the call"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "no time of the call"),
    ],
)
def test_a_note_with_a_wrong_field_is_bad(changes, why):
    """Each field is checked again; the reason quotes nothing."""
    assert reading(**changes) == BadNote(why)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 4000, "not JSON"),
        (b"[]", "not an object"),
        (b" " * (SIZE_MOST + 1), "too long"),
    ],
)
def test_a_file_that_is_no_note_is_bad(data, why):
    """Broken files are told apart from notes."""
    assert read_note(data) == BadNote(why)


@given(st.binary(max_size=200) | st.dictionaries(st.text(), st.text()).map(lambda fields: json.dumps(fields).encode()))
def test_no_file_breaks_the_reader(data):
    """Whatever lies in the spool is a note or a bad note."""
    assert isinstance(read_note(data), Note | BadNote)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (NotAlone(), "此手机登记了多位就诊人，还没有预约。请回复就诊人，例如：GHDH00868,07150830,张三"),
        (Unproved(), "还没有预约。如需预约请回复，例如：GHDH00868,07150830,张三"),
        (
            NotRegistered(name=None),
            "此手机还没有登记就诊人，没有预约。请先登记，例如：ZC11010519491231002X张三，再回复GHDH00868,07150830,张三",
        ),
        (NoSuchDoctor(number="00868"), "没有这个工号的医生，没有预约。请按科室查询，例如：CX心血管内科"),
        (NoSuchTime(doctor=DOCTOR, open=()), "该时间没有号，没有预约。查询空余时间请回复：CX00868"),
        (Full(doctor=DOCTOR, open=FREE), "该时间已约满，没有预约。可以改约，例如：GHDH00868,07150900,张三"),
        (
            Cutoff(doctor=DOCTOR, start=START, open=FREE),
            "该时间已停止预约，没有预约。可以改约，例如：GHDH00868,07150900,张三",
        ),
        (ClinicStopped(doctor=DOCTOR, open=()), "该时间停诊，没有预约。查询空余时间请回复：CX00868"),
        (AlreadyBooked(booking=BOOKING), "您在该时段已有预约，预约码12345678。取消请回复：QX12345678"),
        (
            NotOpenYet(doctor=DOCTOR, start=NOTE.start, when=None),
            "该日的号还没有放出，没有预约。查询空余时间请回复：CX00868",
        ),
        (
            Closed(when=NOTE.start.replace(hour=7, minute=0)),
            "现在不办理预约，没有预约。7月15日(周三)上午7:00起请回复，例如：GHDH00868,07150830,张三",
        ),
        (
            WrongChannel(doctor=DOCTOR, open=()),
            "该时间的号请到窗口办理，没有预约。查询空余时间请回复：CX00868",
        ),
        (
            Blacklisted(until=None, rule="blacklist"),
            "按本院规定，该就诊人现在不能用电话或短信预约，没有预约。请带身份证到窗口办理",
        ),
        (
            Held(booking=BOOKING, until=NOTE.start.replace(hour=7, minute=0)),
            "号已保留到7月15日(周三)上午7:00，逾期不留，预约码12345678。不要了请回复：QX12345678",
        ),
        (Limit(what="patient-day", most=2), "预约数已达上限2个，没有预约。查询您的预约请回复：CX"),
    ],
)
def test_every_caller_is_told_what_to_do(outcome, words):
    """Each refusal says one reason and shows one right example, for the doctor and time that were keyed."""
    assert text_for(outcome, NOTE, "仁和") == OPENING + words


def test_a_booking_needs_no_further_text():
    """The confirmation is the answer."""
    assert text_for(Booked(booking=BOOKING), NOTE, "仁和") == ""


def test_an_outcome_without_words_is_a_bug():
    """An answer that the store may give some day must get its words here."""
    with pytest.raises(TypeError, match="no words for int"):
        text_for(1, NOTE, "仁和")
