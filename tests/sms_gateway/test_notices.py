"""A bare number answers the stop-clinic notice that a phone got last, whole through the gateway."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from booking.requests import Caller, Channel
from booking.stop_clinic import Announced, StopPlan
from booking.store.roster.roster import DoctorRow, SessionRow, thd_put_doctors, thd_put_sessions
from booking.store.schema import appointment, doctor, stop_notice
from sms_gateway.notices import Notices

DAY = date(2026, 7, 15)


@pytest.fixture
def patient(town):
    """张三's phone, with 8:30 at 王建国's booked; 陈晓明 is of his grade; he sees patients the day after, too."""

    def thd(conn):
        chen = DoctorRow(number="00777", name="陈晓明", title="主任医师", department_code="01")
        thd_put_doctors(conn, town.vault, 1, [chen])
        later = SessionRow(
            doctor="00868", day=DAY + timedelta(days=1), period="AM", first=time(8), minutes_per_slot=30, slots=3
        )
        thd_put_sessions(conn, town.vault, 1, [later])

    town.database.now(thd)
    town.registered()
    assert "已预约" in town.text("GHDH00868,07150830,张三")
    return town


@pytest.fixture
def stop(patient, result_of):
    """``stop("substitute", substitute="00777")``: announced and done; what the patient's phone got."""

    def announce(action="release", **more):
        heard = patient.heard["13800138000"]
        before = len(heard)
        plan = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action=action, by="wang", **more)
        assert isinstance(result_of(patient.stops.announce(plan)), Announced)
        patient.pass_time(2)
        return heard[before:]

    return announce


def bookings(town):
    query = select(appointment.c.status, appointment.c.ended_by, doctor.c.number)
    query = query.join(doctor, doctor.c.id == appointment.c.doctor_id).order_by(appointment.c.id)
    return town.database.now(lambda conn: [tuple(row) for row in conn.execute(query)])


def choices(town):
    return town.database.now(lambda conn: list(conn.execute(select(stop_notice.c.choice)).scalars()))


def test_booking_again_after_a_release(patient, stop):
    """1 shows the nearest times, a number picks one, and only the yes books it; the confirmation is the answer."""
    (notice,) = stop()
    assert "回复1改约，2不再约" in notice
    asked = patient.text("1")
    assert "请选择新的时间" in asked
    assert "1 心血管内科 王建国 7月16日(周四)8:00" in asked
    assert "为张*预约心血管内科王建国医生7月16日(周四)8:00？回复1确认，2取消" in patient.text("1")
    assert choices(patient) == ["none"]
    assert "张*已预约7月16日(周四)上午8:00" in patient.text("1")
    assert bookings(patient) == [("cancelled", "hospital", "00868"), ("booked", None, "00868")]
    assert choices(patient) == ["rebook"]
    assert "目前没有等您选择的问题" in patient.text("1")


def test_leaving_it_at_that(patient, stop):
    """2 is recorded, and the number means nothing any more."""
    stop()
    assert "不再改约，不计违约" in patient.text("2")
    assert choices(patient) == ["giveback"]
    patient.text("2")
    assert len(bookings(patient)) == 1


def test_keeping_a_substitute(patient, stop):
    """1 keeps the number with the other doctor."""
    (notice,) = stop("substitute", substitute="00777")
    assert "回复1保留，2退号(不计违约)，3改约" in notice
    assert "已保留：张*7月15日(周三)8:30心血管内科陈晓明" in patient.text("1")
    assert (choices(patient), bookings(patient)) == (["keep"], [("booked", None, "00777")])


def test_giving_a_moved_number_back(patient, stop):
    """2 gives it back: one text tells of it, and it does not count."""
    stop("move", shift_minutes=30)
    answer = patient.text("2")
    assert "的预约已取消" in answer
    assert "----" not in answer
    assert bookings(patient) == [("cancelled", "hospital", "00868")]


def test_another_number_than_those_offered(patient, stop):
    """The patient is told again what there is to choose."""
    stop("move", place="一楼")
    assert "请回复：1保留，2退号，3改约" in patient.text("7")
    assert "请回复：1保留，2退号，3改约" in patient.text("12345")
    assert choices(patient) == ["none"]


def test_rebooking_what_stands(patient, stop):
    """3 looks for another time; the old number is given up when the new one is booked, not before."""
    stop("substitute", substitute="00777")
    patient.text("3")
    patient.text("2")
    assert bookings(patient) == [("booked", None, "00777")]
    assert "张*已预约7月16日(周四)上午8:30" in patient.text("1")
    assert bookings(patient) == [("cancelled", "hospital", "00777"), ("booked", None, "00868")]


def test_leaving_the_choice_of_a_time(patient, stop):
    """0 leaves; the notice stays open, and may be answered again."""
    stop()
    patient.text("1")
    assert "已退出" in patient.text("0")
    assert "请选择新的时间" in patient.text("1")


def test_withdrawn_while_a_time_is_chosen(patient, stop, result_of):
    """The doctor comes after all before the yes: nothing is booked under a notice that does not stand any more."""
    stop("substitute", substitute="00777")
    patient.text("3")
    patient.text("1")
    result_of(patient.stops.withdraw(1, 1, "wang"))
    patient.pass_time(2)
    assert "该停诊通知已撤销" in patient.text("1")
    assert bookings(patient) == [("booked", None, "00868")]


def test_too_late_while_a_time_is_chosen(patient, stop):
    """The visit's hour comes before the yes: nothing is left to choose."""
    stop("move", place="一楼")
    patient.clock.at += timedelta(hours=23, minutes=25)
    patient.text("3")
    patient.text("2")
    patient.clock.at += timedelta(minutes=6)
    assert "已不能再选择" in patient.text("1")


def test_no_free_time_anywhere(patient, stop):
    """Where nobody of the department has a number, the patient hears that, and may answer again later."""
    gone = "DELETE FROM slot WHERE start > '2026-07-16'"
    patient.database.now(lambda conn: conn.exec_driver_sql(gone).rowcount)
    stop()
    assert "近期没有空号" in patient.text("1")
    assert choices(patient) == ["none"]


def test_a_text_that_is_served_again(patient, stop, result_of):
    """The process died between the choice and its answer: the same text gets the same answer, and nothing is chosen twice."""
    stop("substitute", substitute="00777")
    caller = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS, trace="sms:99")
    first, second = (result_of(Notices(patient.stops).answer("1", caller)) for _ in range(2))
    assert first == second
    assert "已保留" in first.says
    assert result_of(Notices(patient.stops).answer("1", replace(caller, trace="sms:100"))) is None
    assert choices(patient) == ["keep"]


def test_a_number_without_a_notice(patient):
    """Without a notice a bare number is no action."""
    assert "已保留" not in patient.text("1")
    assert bookings(patient) == [("booked", None, "00868")]
