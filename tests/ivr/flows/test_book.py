"""Booking by keys, from the caller's side."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from booking.requests import Caller, Channel, RegisterPhone

PHONE = "+8613800138000"
IDENTITY = "11010519491231002X"
OTHER_IDENTITY = "440524188001010014"
CALLER = Caller(hospital=1, phone=PHONE, channel=Channel.SMS)
BOOK = ["1", "1", "00868"]


def result(coroutine):
    return Deferred.fromCoroutine(coroutine).result


@pytest.fixture
def registered(reception):
    """13800138000 has one patient."""
    return result(reception.register(RegisterPhone(caller=CALLER, identity=IDENTITY, name="张三")))


@pytest.fixture
def bookings(reception):
    return lambda caller=CALLER: result(reception.bookings_of(caller))


def test_registered_caller(dial, registered, bookings) -> None:
    """Doctor, time, patient, 1: booked, and the code is said twice."""
    call = dial().key([*BOOK, "07150830", "1", "1", ""])
    (booking,) = bookings()
    assert booking.start.isoformat() == "2026-07-15T08:30:00"
    assert call.variables["IVR_DONE"] == "done"
    spoken = "预约号是" + "，".join((booking.code[:4], booking.code[4:])).replace("1", "幺")
    digits = str.maketrans("023456789", "零二三四五六七八九")
    assert call.heard[-2].count(spoken.translate(digits)[4:]) == 2
    assert "预约成功" in call.heard[-2]
    assert "再见" in call.heard[-1]


def test_read_back_before_commit(dial, registered, bookings) -> None:
    """Whoever hangs up at the read-back has booked nothing, and has heard doctor, time and whose identity number it is."""
    call = dial().key([*BOOK, "07150830", "1", "x"])
    assert bookings() == ()
    assert (
        "您要预约的是心血管内科，王建国主任医师，明天，七月十五日星期三上午八点半，就诊人身份证尾号零零二X"
        in call.heard[-1]
    )
    assert "IVR_DONE" not in call.variables


def test_hangs_up_after_one(dial, registered, bookings) -> None:
    """From the confirming 1 on the booking stands, even if the caller does not wait for the code."""
    dial().key([*BOOK, "07150830", "1", "1", "x"])
    assert len(bookings()) == 1


def test_two_is_again(dial, registered, bookings) -> None:
    """2 at the read-back begins again at the doctor's number."""
    call = dial().key([*BOOK, "07150830", "1", "2", "00123", "07150900", "1", "1", ""])
    assert call.variables["IVR_DONE"] == "done"
    assert bookings()[0].doctor.number == "00123"


def test_hashes_never_hurt(dial, registered, bookings) -> None:
    """A # after every field is accepted, though the fields were already full."""
    dial().key(["1#", "1#", "00868#", "07150830#", "1#", "1#", ""])
    assert len(bookings()) == 1


def test_identity_number_is_keyed(dial, bookings, reception) -> None:
    """A caller who is not registered keys an identity number, X as *; the booking is found under the telephone."""
    dial().key([*BOOK, "07150830", "11010519491231002*", "1", ""])
    (booking,) = bookings()
    assert booking.patient.identity_masked.endswith("002X")


def test_withheld_number(dial, reception) -> None:
    """A caller without a number keys the identity number and is told the code; no text is promised."""
    call = dial(caller=None).key([*BOOK, "07150830", "11010519491231002*", "1", ""])
    assert "预约成功" in call.heard[-2]
    assert "短信" not in call.heard[-2]
    times = result(reception.times(1, "00868", None, 10))
    assert times.total == 5


def test_someone_else(dial, registered, bookings) -> None:
    """8 books for another patient; * there leads back to the choice."""
    dial().key([*BOOK, "07150830", "8", "*", "8", OTHER_IDENTITY, "1", ""])
    assert bookings()[0].patient.identity_masked.endswith("0014")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("123456#", "身份证号应为十八位"),
        ("110105194912310021", "核对不上"),
        ("110105194913310021", "出生日期不对"),
    ],
)
def test_wrong_identity_numbers(dial, keys, words) -> None:
    """A wrong identity number is answered with what is wrong with it."""
    call = dial().key([*BOOK, "07150830", keys, "x"])
    assert words in call.heard[-1]


def test_day_then_a_time_read_out(dial, registered, bookings) -> None:
    """Four digits name a day; its free times are read out four at a time, 9 for more."""
    call = dial().key([*BOOK, "0715#", "9", "2", "1", "1", ""])
    assert "空余时间：明天，七月十五日星期三，上午八点整，请按一" in call.heard[4]
    assert bookings()[0].start.hour == 10
    assert bookings()[0].start.minute == 30


def test_time_that_is_not_there(dial, registered, bookings) -> None:
    """A time without a place offers the free times of that day; 8 lets another be keyed."""
    call = dial().key([*BOOK, "07151530", "8", "07150900", "1", "1", ""])
    assert "这个时间没有号" in call.heard[4]
    assert bookings()[0].start.hour == 9


def test_day_without_clinic(dial, registered) -> None:
    """A day without clinic offers the nearest times instead."""
    call = dial().key([*BOOK, "0716", "x"])
    assert "当天没有空余的号" in call.heard[4]
    assert "七月十五日" in call.heard[4]


def test_nothing_free_at_all(dial, registered, clock) -> None:
    """A doctor with nothing free leads back to the choice of the doctor."""
    clock.at = clock.at_wall("2026-07-16 09:00").at
    call = dial().key([*BOOK, "0717", "x"])
    assert "近期没有空余的号" in call.heard[4]
    assert "工号" in call.heard[4]


def test_taken_meanwhile(dial, registered, reception, bookings) -> None:
    """When another was quicker, the caller is told and offered the nearest times."""
    from booking.requests import BookSlot, Identified

    call = dial()
    call.pump()
    for keys in ("1", "1", "00868", "07150830", "1"):
        for key in keys:
            call.peer.press(key)
        call.pump()
    taken = BookSlot(caller=CALLER, doctor="00868", start=when("08:30"), who=Identified(OTHER_IDENTITY), key="sms:1")
    result(reception.book(taken))
    call.key(["1", "1", "1", "1", ""])
    assert any("刚刚约满" in words for words in call.heard)
    assert len(bookings()) == 2


def when(text: str):
    from datetime import datetime

    return datetime.fromisoformat(f"2026-07-15 {text}")


def test_second_booking_in_one_session(dial, registered, bookings) -> None:
    """A patient who already holds a booking in that session hears which."""
    dial().key([*BOOK, "07150830", "1", "1", ""])
    call = dial().key([*BOOK, "07150900", "1", "1", ""])
    assert "已经有预约" in call.heard[-2]
    assert len(bookings()) == 1


def test_unknown_doctor(dial) -> None:
    """An unknown number is said to be unknown, and asked for again."""
    call = dial().key(["1", "1", "99999", "x"])
    assert "没有这个工号的医生" in call.heard[-1]


def test_short_doctor_number(dial) -> None:
    """Three digits are no doctor's number: the caller hears an example."""
    call = dial().key(["1", "1", "868#", "x"])
    assert "例如零零八六八" in call.heard[-1]


def test_back_all_the_way(dial, registered, bookings) -> None:
    """* leads back one step at a time, from the read-back to the main menu."""
    call = dial().key([*BOOK, "07150830", "1", "*", "*", "*", "*", "*", "x"])
    assert bookings() == ()
    steps = ["就诊人", "就诊时间", "工号", "知道医生工号", "预约挂号请按一"]
    assert all(step in words for step, words in zip(steps, call.heard[-5:], strict=True))


def test_by_department(dial, registered, bookings) -> None:
    """Department, doctor and time are all chosen by a key."""
    call = dial().key(["1", "2", "1", "1", "1", "1", "1", ""])
    assert "心血管内科，请按一" in call.heard[2]
    assert "王建国主任医师，明天，七月十五日星期三，余六个号" in call.heard[3]
    assert bookings()[0].doctor.number == "00868"


def test_departments_from_the_main_menu(dial, registered) -> None:
    """4 leads to the departments at once, * in the list of doctors back to them, * there to the main menu."""
    call = dial().key(["4", "2", "*", "*", "x"])
    assert "李梅" in call.heard[2]
    assert "请选择科室" in call.heard[3]
    assert "预约挂号请按一" in call.heard[4]


def test_department_with_nothing_free(dial, clock) -> None:
    """A department without free times says so and asks for another."""
    clock.at = clock.at_wall("2026-07-16 09:00").at
    call = dial().key(["4", "1", "x"])
    assert "这个科室近期没有空余的号" in call.heard[-1]


def test_same_doctor(dial, registered, bookings) -> None:
    """3 takes the doctor of the caller's latest booking; without one the number is asked for."""
    dial().key([*BOOK, "07150830", "1", "1", ""])
    call = dial().key(["1", "3", "x"])
    assert "您选择的是心血管内科，王建国" in call.heard[-1]
    call = dial(caller="13900139000").key(["1", "3", "x"])
    assert "没有查到您上次的医生" in call.heard[-1]
