"""Booking by keys, from the caller's side."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import get_args

import pytest
from twisted.internet.defer import Deferred

from booking.outcomes import (
    Blacklisted,
    BookRefusal,
    Busy,
    ClinicStopped,
    Closed,
    Cutoff,
    Limit,
    NoSuchDoctor,
    NoSuchTime,
    NotAdmitted,
    NotOpenYet,
    NotRegistered,
    WrongChannel,
)
from booking.requests import BookSlot, Identified
from booking.views import DoctorView
from ivr.flows import wording
from ivr.flows.book import AFTER

OTHER_IDENTITY = "440524188001010014"
BOOK = ["1", "1", "00868"]
WANG = DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality="")
RELEASED = datetime.fromisoformat("2026-07-15 08:00")


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


def test_withheld_number(dial, reception, ask_store) -> None:
    """A caller without a number keys the identity number and is told the code; no text is promised."""
    call = dial(caller=None).key([*BOOK, "07150830", "11010519491231002*", "1", ""])
    assert "预约成功" in call.heard[-2]
    assert "短信" not in call.heard[-2]
    times = ask_store(reception.times(1, "00868", None, 10))
    assert times.total == 5


def test_landline(dial, bookings) -> None:
    """A caller at a landline is promised no text; a mobile is."""
    identified = [*BOOK, "07150830", "11010519491231002*", "1", ""]
    assert "短信" not in dial(caller="01065123456").key(identified).heard[-2]
    assert "短信" in dial().key([*BOOK, "07150900", OTHER_IDENTITY, "1", ""]).heard[-2]


def test_three_unknown_doctors(dial, counted) -> None:
    """Three numbers that no doctor has lead to an agent."""
    call = dial().key(["1", "1", "99999", "99998", "99997"])
    assert call.variables["IVR_DONE"] == "queue"
    assert counted("to_agent_total", why="unknown-doctors") == 1


def test_same_doctor_who_has_gone(dial, registered, reception, switchboard) -> None:
    """A doctor of an earlier booking who is no more is asked for by number."""

    class Gone(Answers):
        async def doctor(self, hospital, number):
            return NoSuchDoctor(number=number)

    dial().key([*BOOK, "07150830", "1", "1", ""])
    call = dial(board=replace(switchboard, reception=Gone(reception, None))).key(["1", "3", "x"])
    assert "没有这个工号的医生。请输入五位医生工号" in call.heard[-1]


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
    """Four digits name a day; its free times are read out three at a time, 9 for more."""
    call = dial().key([*BOOK, "0715#", "9", "2", "1", "1", ""])
    assert "空余时间：明天，七月十五日星期三，上午八点整，请按一" in call.heard[4]
    assert bookings()[0].start.hour == 10
    assert bookings()[0].start.minute == 0


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


def test_taken_meanwhile(*, dial, registered, reception, bookings, caller, ask_store) -> None:
    """When another was quicker, the caller is told and offered the nearest times."""
    call = dial()
    call.pump()
    for keys in ("1", "1", "00868", "07150830", "1"):
        for key in keys:
            call.peer.press(key)
        call.pump()
    taken = BookSlot(
        caller=caller,
        doctor="00868",
        start=datetime.fromisoformat("2026-07-15 08:30"),
        who=Identified(OTHER_IDENTITY),
        key="sms:1",
    )
    ask_store(reception.book(taken))
    call.key(["1", "1", "1", "1", ""])
    assert any("刚刚约满" in words for words in call.heard)
    assert len(bookings()) == 2


def test_second_booking_in_one_session(dial, registered, bookings) -> None:
    """A patient who already holds a booking in that session hears which."""
    dial().key([*BOOK, "07150830", "1", "1", ""])
    call = dial().key([*BOOK, "07150900", "1", "1", ""])
    assert "已经有预约" in call.heard[-2]
    assert len(bookings()) == 1


def test_somebody_elses_booking_is_not_told(dial, registered, bookings) -> None:
    """Whoever keys an identity number hears that the patient has a booking then, but not with whom, when or under what code."""
    dial().key([*BOOK, "07150830", "1", "1", ""])
    call = dial(caller="13900139000").key([*BOOK, "07150900", "11010519491231002*", "1", ""])
    assert call.heard[-2].startswith("就诊人在这个时段已经有预约，不能再约。返回主菜单")
    assert not any("预约号是" in words for words in call.heard)


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


def test_same_doctor_after_the_visit(dial, registered, bookings, clock) -> None:
    """The doctor of a visit that is over is still the doctor of last time."""
    dial().key([*BOOK, "07150830", "1", "1", ""])
    clock.at = clock.at_wall("2026-08-20 09:00").at
    call = dial().key(["1", "3", "x"])
    assert "您选择的是心血管内科，王建国" in " ".join(call.heard)


def test_store_busy_for_a_moment(dial, registered, bookings, trouble) -> None:
    """A busy store is asked again under the same key, and the caller hears 请稍候 meanwhile."""
    board, reception = trouble("book", times=2)
    call = dial(board=board).key([*BOOK, "07150830", "1", "1", ""])
    assert sum("请稍候" in words for words in call.heard) == 2
    assert len({request.key for request in reception.asked}) == 1
    assert len(bookings()) == 1


def test_store_busy_for_long(dial, registered, bookings, trouble, counted) -> None:
    """A store that stays busy leads to an agent, never to a caller who is told nothing."""
    board, reception = trouble("book", times=9)
    call = dial(board=board).key([*BOOK, "07150830", "1", "1"])
    assert len(reception.asked) == 3
    assert call.variables["IVR_DONE"] == "queue"
    assert "转接人工" in call.heard[-1]
    assert counted("to_agent_total", why="busy") == 1
    assert bookings() == ()


def test_slow_store(dial, registered, bookings, trouble, timer) -> None:
    """A store that takes longer than a moment is covered by 请稍候; its answer is then heard."""
    gate = Deferred()
    board, _ = trouble("book", gate=gate)
    call = dial(board=board).key([*BOOK, "07150830", "1", "1"])
    timer.advance(0.9)
    call.pump()
    assert "请稍候" in call.heard[-1]
    call.peer.lapse()
    call.pump()
    gate.callback(None)
    call.key([""])
    assert "预约成功" in call.heard[-2]


def test_store_just_quick_enough(dial, registered, trouble, timer) -> None:
    """Under a moment nothing is said in between."""
    gate = Deferred()
    board, _ = trouble("book", gate=gate)
    call = dial(board=board).key([*BOOK, "07150830", "1", "1"])
    timer.advance(0.5)
    gate.callback(None)
    call.key([""])
    assert not any("请稍候" in words for words in call.heard)
    assert "预约成功" in call.heard[-2]


def test_store_that_gives_up_within_a_moment(dial, registered, bookings, trouble, timer) -> None:
    """A store that says Busy only after a while (a database that is gone) is asked again like any other, and the call goes on."""
    gate = Deferred()
    board, reception = trouble("book", gate=gate)
    call = dial(board=board).key([*BOOK, "07150830", "1", "1"])
    timer.advance(0.5)
    gate.errback(Busy("gone"))
    call.key([""])
    assert any("请稍候" in words for words in call.heard)
    assert len(reception.asked) == 2
    assert len(bookings()) == 1


def test_slow_store_without_the_waiting_prompt(dial, registered, bookings, trouble, timer) -> None:
    """A waiting prompt that cannot be played does not lose the booking."""
    gate = Deferred()
    board, _ = trouble("book", gate=gate)
    call = dial(board=board).key([*BOOK, "07150830", "1", "1"])
    call.peer._execute = lambda *_: call.peer._say("510 Invalid or unknown command")
    timer.advance(0.9)
    call.pump()
    del call.peer._execute
    gate.callback(None)
    call.key([""])
    assert len(bookings()) == 1


@pytest.mark.parametrize("fails", [False, True])
def test_hangs_up_while_the_store_works(*, dial, registered, bookings, trouble, timer, fails) -> None:
    """Who hangs up while waiting has confirmed: the request goes its way, the call ends."""
    gate = Deferred()
    board, _ = trouble("book", gate=gate)
    call = dial(board=board).key([*BOOK, "07150830", "1", "1"])
    timer.advance(0.9)
    call.pump()
    call.peer.hang_up()
    call.pump()
    if fails:
        gate.errback(Busy("down"))
    else:
        gate.callback(None)
    assert len(bookings()) == (not fails)
    assert call.wires.half_closed or call.lost


def test_limit_of_the_day(dial, registered, bookings, clock) -> None:
    """More than the day's limit is refused with the number allowed."""
    refused = Limit(what="patient-day", most=2)
    words = wording.refusal(refused, clock.at.date())
    assert [getattr(piece, "id", "") for piece in words] == ["limit-day", "liang", "ge", "pause"]


class Answers:
    """A reception whose ``book`` gives this outcome."""

    def __init__(self, reception, outcome) -> None:
        self._reception, self._outcome = reception, outcome

    def __getattr__(self, name: str):
        return getattr(self._reception, name)

    async def book(self, request):
        return self._outcome


@pytest.mark.parametrize(
    ("refusal", "words", "then"),
    [
        (NoSuchDoctor(number="00868"), "没有这个工号", "工号"),
        (NotRegistered(name=None), "没有查到这位就诊人", "请选择就诊人"),
        (Limit(what="patient-day", most=2), "当天的预约已达上限，共两个", "返回主菜单"),
        (Limit(what="phone-patients", most=4), "已达上限，共四位", "返回主菜单"),
        (ClinicStopped(doctor=WANG, open=()), "停诊", "就诊时间"),
        (Cutoff(doctor=WANG, start=datetime.fromisoformat("2026-07-15 08:00"), open=()), "已经不能预约", "就诊时间"),
        (NoSuchTime(doctor=WANG, open=()), "没有号", "就诊时间"),
        (Limit(what="rule", most=3), "此类预约已达上限，共三个", "返回主菜单"),
        (NotOpenYet(doctor=WANG, start=RELEASED, when=RELEASED), "没有放出。可以预约的时间是", "就诊时间"),
        (Closed(when=None), "现在不办理预约", "返回主菜单"),
        (WrongChannel(doctor=WANG, open=()), "不在电话预约，请到窗口", "就诊时间"),
        (Blacklisted(until=RELEASED, rule="bans"), "暂停预约", "返回主菜单"),
        (NotAdmitted(reason="TOO_YOUNG", rule="identity"), "不能用电话预约", "返回主菜单"),
    ],
)
def test_refusals(*, dial, registered, reception, switchboard, refusal, words, then) -> None:
    """Every refusal names its reason and leads to where it can be mended."""
    board = replace(switchboard, reception=Answers(reception, refusal))
    call = dial(board=board).key([*BOOK, "07150830", "1", "1", "x"])
    assert words in call.heard[-1]
    assert then in call.heard[-1]


@pytest.mark.parametrize("name", ["times", "doctor"])
def test_doctor_who_has_just_gone(dial, registered, reception, switchboard, name) -> None:
    """A doctor taken off the list in mid-call is said not to be there; the number is asked for again."""

    class Gone(Answers):
        def __getattr__(self, asked: str):
            async def gone(*args):
                return NoSuchDoctor(number="00868")

            return gone if asked == name else super().__getattr__(asked)

    board = replace(switchboard, reception=Gone(reception, None))
    call = dial(board=board).key([*BOOK, "07150830", "x"])
    assert any("没有这个工号" in heard for heard in call.heard)


def test_department_doctor_who_has_just_gone(dial, registered, reception, switchboard) -> None:
    """The same in the list of a department: a time is then asked for."""

    class Gone(Answers):
        async def times(self, *args):
            return NoSuchDoctor(number="00868")

    board = replace(switchboard, reception=Gone(reception, None))
    call = dial(board=board).key(["4", "1", "1", "x"])
    assert "就诊时间" in call.heard[-1]


def test_hospital_without_departments(dial, reception, switchboard) -> None:
    """A hospital that has nothing to book yet says so."""

    class Empty(Answers):
        async def departments(self, hospital):
            return ()

    call = dial(board=replace(switchboard, reception=Empty(reception, None))).key(["4", "x"])
    assert "没有可以预约的科室" in call.heard[-1]


def test_words_for_everything() -> None:
    """An outcome without words is a bug that shows itself."""
    with pytest.raises(TypeError):
        wording.refusal("?", date(2026, 7, 14))


def test_back_from_the_times(dial, registered) -> None:
    """* at the times read out leads back to the doctor's number."""
    call = dial().key([*BOOK, "0715#", "*", "x"])
    assert "请输入五位医生工号" in call.heard[-1]


def test_every_refusal_leads_somewhere() -> None:
    """No refusal of the store leaves a caller without a next step."""
    assert set(AFTER) == set(get_args(BookRefusal))
