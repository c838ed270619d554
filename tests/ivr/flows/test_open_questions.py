"""What a caller hears before the main menu: numbers offered to him, notices of a doctor who cannot come; and answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from booking.keeping_outcomes import HoldOver
from booking.outcomes import Booked, Busy, Full, Held
from booking.requests import BookSlot, Caller, CancelBooking, Channel, JoinWaiting, Named, RegisterPhone
from booking.stop_clinic import Announced, NothingToChoose, StopPlan
from booking.store.roster.roster import DoctorRow, SessionRow, thd_put_doctors, thd_put_sessions
from booking.store.schema import stop_notice, waiting

DAY = date(2026, 7, 15)
HALF_PAST = datetime.fromisoformat("2026-07-15 08:30")
OTHER = Caller(hospital=1, phone="+8613900139000", channel=Channel.SMS)


@pytest.fixture
def offered(registered, reception, room, ask_store, small_hospital, caller):
    """王建国's 8:30 was given back and is offered to the caller, who waited."""
    ask_store(reception.register(RegisterPhone(caller=OTHER, identity="440524188001010014", name="李四")))
    booked = ask_store(
        reception.book(BookSlot(caller=OTHER, doctor="00868", start=HALF_PAST, who=Named("李四"), key="o"))
    )
    assert isinstance(booked, Booked)
    taken = "UPDATE slot SET taken = 1 WHERE doctor_id = (SELECT id FROM doctor WHERE number = '00868')"
    small_hospital.now(lambda conn: conn.exec_driver_sql(taken).rowcount)
    ask_store(room.join(JoinWaiting(caller=caller, doctor="00868", who=Named("张三"), key="w", start=HALF_PAST)))
    ask_store(reception.cancel(CancelBooking(caller=OTHER, code=booked.booking.code, key="c")))


@pytest.fixture
def stop(registered, reception, stops, ask_store, small_hospital, vault, caller):
    """``stop("move", place="一楼")``: the caller's 8:30 at 王建国's is concerned; 陈晓明 is of his grade."""

    def thd(conn):
        chen = DoctorRow(number="00777", name="陈晓明", title="主任医师", department_code="01")
        thd_put_doctors(conn, vault, 1, [chen])
        later = DAY + timedelta(days=1)
        next_day = SessionRow(doctor="00868", day=later, period="AM", first=time(8), minutes_per_slot=30, slots=2)
        thd_put_sessions(conn, vault, 1, [next_day])

    small_hospital.now(thd)
    ask_store(reception.book(BookSlot(caller=caller, doctor="00868", start=HALF_PAST, who=Named("张三"), key="b")))

    def announce(action="release", **more):
        plan = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action=action, by="wang", **more)
        assert isinstance(ask_store(stops.announce(plan)), Announced)

    return announce


@pytest.fixture
def column(small_hospital):
    return lambda what: small_hospital.now(lambda conn: list(conn.execute(select(what)).scalars()))


def test_takes_an_offered_number(dial, offered, bookings, column) -> None:
    """The offer is said first, with patient and time limit; 1 takes it, and the code is read out; then comes the menu."""
    call = dial().key(["1", "x"])
    assert (
        "您候补的号有了：心血管内科，王建国主任医师，明天，七月十五日星期三上午八点半，就诊人身份证尾号零零二X"
        in call.heard[0]
    )
    assert (
        "号已经为您保留到今天，七月十四日星期二上午九点十五分，要这个号请按一，不要请按二，稍后再说请按九"
        in call.heard[0]
    )
    assert "预约成功" in call.heard[1]
    assert "预约挂号请按一" in call.heard[1]
    assert column(waiting.c.status) == ["won"]
    assert [each.status for each in bookings()] == ["booked"]


def test_declines_it(dial, offered, bookings, column) -> None:
    """2 lets the next one have it."""
    assert "这个号让给下一位，候补已取消" in dial().key(["2", "x"]).heard[1]
    assert (column(waiting.c.status), bookings()) == (["left"], ())


@pytest.mark.parametrize("key", ["9", "*"])
def test_decides_later(dial, offered, column, key) -> None:
    """9 and * leave it open and lead to the menu; the next call says it again. It is no booking meanwhile."""
    call = dial().key([key, "2", "x"])
    assert "预约挂号请按一" in call.heard[1]
    assert "没有查到您的预约" in call.heard[2]
    assert column(waiting.c.status) == ["offered"]
    assert "您候补的号有了" in dial().key(["x"]).heard[0]


def test_an_offer_that_ended_while_he_listened(dial, offered, switchboard) -> None:
    """He hears that it was not booked."""

    class Over:
        def __getattr__(self, name):
            return getattr(switchboard.room, name)

        async def answer(self, *_):
            return HoldOver(booking=(await switchboard.room.mine(replace(OTHER, phone="+8613800138000")))[0].booking)

    call = dial(board=replace(switchboard, room=Over())).key(["1", "x"])
    assert "这个号已过时限，没有约成" in call.heard[1]


def test_an_offer_whose_time_is_over_is_not_said(dial, offered, clock) -> None:
    """The job that ends it has not come yet."""
    clock.at += timedelta(minutes=16)
    assert "候补" not in dial().key(["x"]).heard[0]


def test_silence_and_the_agent(dial, offered, column) -> None:
    """0, three silences or three wrong keys lead to a person; the number is neither taken nor lost."""
    for keys in (["0"], ["", "", ""], ["5", "6", "7"]):
        assert dial().key(keys).variables["IVR_DONE"] == "queue"
    assert column(waiting.c.status) == ["offered"]


def test_a_store_that_cannot_tell(dial, offered, switchboard) -> None:
    """Who calls while the store is busy is not kept from the menu."""

    class Out:
        def __getattr__(self, name):
            async def busy(*_):
                raise Busy("out")

            return busy

    call = dial(board=replace(switchboard, room=Out(), stops=Out())).key(["x"])
    assert "预约挂号请按一" in call.heard[0]


def test_a_withheld_number_is_asked_nothing(dial, offered) -> None:
    """Nobody knows who calls."""
    assert "您候补的号有了" not in dial(caller=None).key(["x"]).heard[0]


def test_keeps_a_substitute(dial, stop, column) -> None:
    """Another doctor: 1 keeps it; the keys are those of the text."""
    stop("substitute", substitute="00777")
    call = dial().key(["1", "x"])
    assert "替诊通知：您的预约改由这位医生接诊：心血管内科，陈晓明主任医师，明天" in call.heard[0]
    assert "保留请按一，退号请按二，改约请按三，稍后再说请按九" in call.heard[0]
    assert "预约已保留" in call.heard[1]
    assert column(stop_notice.c.choice) == ["keep"]


def test_gives_a_moved_booking_back(dial, stop, column, bookings) -> None:
    """2, the read-back and 1: given back, uncounted."""
    stop("move", shift_minutes=30)
    call = dial().key(["2", "1", "x"])
    assert "出诊变更：您的预约现在是：心血管内科，王建国主任医师，明天，七月十五日星期三上午九点整" in call.heard[0]
    assert "您要取消的是" in call.heard[1]
    assert "预约已取消。不计违约" in call.heard[2]
    assert (column(stop_notice.c.choice), bookings()) == (["giveback"], ())


@pytest.mark.parametrize("key", ["2", "*"])
def test_thinks_better_of_it(dial, stop, column, bookings, key) -> None:
    """Not 1 at the read-back: it stands, and the notice stays open."""
    stop("move", shift_minutes=30)
    assert "预约已保留" in dial().key(["2", key, "x"]).heard[2]
    assert (column(stop_notice.c.choice), len(bookings())) == (["none"], 1)


def test_books_again_after_a_release(dial, stop, column, bookings) -> None:
    """1 reads out other times; one of them, read back, and 1 books it."""
    stop()
    call = dial().key(["1", "1", "1", "x"])
    assert "停诊通知：医生不能出诊，您的这个预约已经退号：心血管内科" in call.heard[0]
    assert "改约请按一，不再改约请按二，稍后再说请按九" in call.heard[0]
    assert "请选择新的时间。心血管内科，王建国主任医师，后天" in call.heard[1]
    assert "您要预约的是心血管内科" in call.heard[2]
    assert "确认预约请按一，不改约请按二" in call.heard[2]
    assert "预约成功" in call.heard[3]
    assert column(stop_notice.c.choice) == ["rebook"]
    assert [f"{each.start:%m%d%H%M}" for each in bookings()] == ["07160800"]


@pytest.mark.parametrize("keys", [["9"], ["*"], ["1", "*"], ["1", "1", "2"], ["1", "1", "*"]])
def test_leaves_a_notice_open(dial, stop, column, keys) -> None:
    """Whatever is no yes leads to the menu and leaves the notice as it was."""
    stop()
    assert "预约挂号请按一" in dial().key([*keys, "x"]).heard[-1]
    assert column(stop_notice.c.choice) == ["none"]


def test_leaves_it_at_that(dial, stop, column) -> None:
    """2 after a release: noted; nothing more is said of it."""
    stop()
    assert "已经记录，不再改约，不计违约" in dial().key(["2", "x"]).heard[1]
    assert column(stop_notice.c.choice) == ["giveback"]
    assert "停诊通知" not in dial().key(["x"]).heard[0]


def test_nobody_has_a_number(dial, stop, small_hospital, column) -> None:
    """He hears so, and may call again."""
    stop()
    small_hospital.now(lambda conn: conn.exec_driver_sql("DELETE FROM slot WHERE start > '2026-07-16'").rowcount)
    assert "科室近期没有空余的号" in dial().key(["1", "x"]).heard[1]
    assert column(stop_notice.c.choice) == ["none"]


class Doctored:
    """Stop-clinics that answer so to one request."""

    def __init__(self, real, **answers):
        self._real = real
        self._answers = answers

    def __getattr__(self, name):
        if name not in self._answers:
            return getattr(self._real, name)

        async def answer(*_):
            return self._answers[name]

        return answer


def test_withdrawn_while_he_chose(dial, stop, switchboard, stops) -> None:
    """The doctor comes after all: there is nothing to choose any more."""
    stop()
    board = replace(switchboard, stops=Doctored(stops, choose=NothingToChoose()))
    assert "这个通知已经不能再选择" in dial(board=board).key(["2", "9", "x"]).heard[1]
    board = replace(switchboard, stops=Doctored(stops, rebook=NothingToChoose()))
    assert "这个通知已经不能再选择" in dial(board=board).key(["1", "1", "1", "9", "x"]).heard[3]


def test_a_new_time_that_was_sold_meanwhile(dial, stop, switchboard, stops, column, ask_store, reception) -> None:
    """The refusal is said; the notice stays open for the next call."""
    stop()
    full = Full(doctor=ask_store(reception.doctor(1, "00868")), open=())
    call = dial(board=replace(switchboard, stops=Doctored(stops, rebook=full))).key(["1", "1", "1", "x"])
    assert "这个时间的号刚刚约满。预约挂号请按一" in call.heard[3]
    assert column(stop_notice.c.choice) == ["none"]


def test_a_new_time_that_must_be_paid_first(dial, stop, switchboard, stops, bookings) -> None:
    """It is only kept: he hears until when, and under which code."""
    stop("move", place="一楼")
    held = Held(booking=bookings()[0], until=datetime.fromisoformat("2026-07-14 09:15"))
    call = dial(board=replace(switchboard, stops=Doctored(stops, rebook=held))).key(["3", "1", "1", "x"])
    assert "号已经为您保留到今天，七月十四日星期二上午九点十五分" in call.heard[3]


def test_offer_first_then_the_notice(dial, offered, reception, stops, ask_store, caller, column) -> None:
    """Both are said, the number with the time limit first; then comes the menu."""
    start = datetime.fromisoformat("2026-07-15 08:00")
    ask_store(reception.book(BookSlot(caller=caller, doctor="00123", start=start, who=Named("张三"), key="b")))
    plan = StopPlan(hospital=1, doctor="00123", day=DAY, period="AM", action="move", by="wang", place="一楼")
    assert isinstance(ask_store(stops.announce(plan)), Announced)
    call = dial().key(["1", "1", "x"])
    assert "您候补的号有了" in call.heard[0]
    assert "预约成功" in call.heard[1]
    assert "出诊变更" in call.heard[1]
    assert "预约已保留。预约挂号请按一" in call.heard[2]
    assert (column(waiting.c.status), column(stop_notice.c.choice)) == (["won"], ["keep"])
