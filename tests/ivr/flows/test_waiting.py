"""The waiting list, from the caller's side: asked when sold out, joined after a read-back, heard and left under "my bookings"."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from booking.outcomes import AlreadyBooked, Full, NotRegistered
from booking.requests import BookSlot, Caller, Channel, Named, RegisterPhone
from booking.store.schema import waiting
from booking.views import OpenTime
from booking.waiting_outcomes import NotWaiting, NoWaitingList, StillOpen, Waits
from ivr.flows import wording
from ivr.speech.catalog import in_words
from ivr.speech.words import Fixed

TEN = datetime.fromisoformat("2026-07-15 10:00")
KEYED = ["1", "1", "00868", "07150830"]


@pytest.fixture
def sold_out(registered, small_hospital):
    """王建国 has no number left."""
    taken = "UPDATE slot SET taken = 1 WHERE doctor_id = (SELECT id FROM doctor WHERE number = '00868')"
    small_hospital.now(lambda conn: conn.exec_driver_sql(taken).rowcount)


@pytest.fixture
def waits(small_hospital):
    return lambda: small_hospital.now(lambda conn: list(conn.execute(select(waiting.c.status)).scalars()))


def test_waits(dial, sold_out, waits) -> None:
    """A time that is sold out: 1 to wait, the patient, the read-back, 1; the caller hears his place and how he will be told."""
    call = dial().key([*KEYED, "1", "1", "1", ""])
    assert "这个时间的号已经约满。候补请按一，选其他时间请按二" in call.heard[4]
    assert (
        "您要候补的是心血管内科，王建国主任医师，明天，七月十五日星期三上午，就诊人身份证尾号零零二X" in call.heard[6]
    )
    assert "确认候补请按一，选其他时间请按二" in call.heard[6]
    assert "已经加入候补，您排在第一位，有空号时会发短信给您" in call.heard[7]
    assert waits() == ["waiting"]


@pytest.mark.parametrize("keys", [["2"], ["1", "1", "2"], ["1", "1", "*"], ["1", "x"], ["x"]])
def test_nobody_waits_without_a_yes(dial, sold_out, waits, keys) -> None:
    """Only the 1 after the read-back puts anybody on the list; anything else leads to another time."""
    call = dial().key([*KEYED, *keys, "x"])
    assert waits() == []
    assert "加入候补，您" not in "".join(call.heard)


def test_a_landline_is_not_asked(dial, sold_out, waits, ask_store, reception) -> None:
    """Where no text can tell of a free number nobody is asked to wait."""
    caller = Caller(hospital=1, phone="+861062345678", channel=Channel.PHONE)
    ask_store(reception.register(RegisterPhone(caller=caller, identity="11010519491231002X", name="张三")))
    call = dial(caller="01062345678").key([*KEYED, "x"])
    assert "候补" not in "".join(call.heard)
    assert "候补" not in "".join(dial(caller=None).key([*KEYED, "x"]).heard)


def test_a_time_that_is_no_time(dial, registered) -> None:
    """There is a free number in that session, or no number at that time at all: nobody waits, the free ones are read out."""
    assert "这个时间没有号。空余时间" in dial().key(["1", "1", "00868", "07150831", "x"]).heard[4]


class Doctored:
    """A waiting room, or a reception, that answers with this to one request."""

    def __init__(self, real, **answers):
        self._real = real
        self._answers = answers

    def __getattr__(self, name):
        if name not in self._answers:
            return getattr(self._real, name)

        async def answer(*_):
            return self._answers[name]

        return answer


def test_sold_between_read_back_and_yes(dial, registered, switchboard, reception, ask_store, waits) -> None:
    """The number was another's by then: the list, or another time."""
    doctor = ask_store(reception.doctor(1, "00868"))
    full = Full(doctor=doctor, open=(OpenTime(start=TEN, seq=5),))
    board = replace(
        switchboard,
        reception=Doctored(reception, book=full),
        room=Doctored(switchboard.room, may_wait=True),
    )
    call = dial(board=board).key([*KEYED, "1", "1", "2", "x"])
    assert "这个时间的号刚刚约满。您要候补的是心血管内科" in call.heard[6]
    assert "上午十点整" in call.heard[7]
    board = replace(board, room=Doctored(switchboard.room, may_wait=False))
    assert "这个时间的号刚刚约满。空余时间" in dial(board=board).key([*KEYED, "1", "1", "x"]).heard[6]
    assert waits() == []


def held(reception, ask_store):
    return ask_store(
        reception.book(
            BookSlot(
                caller=Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS),
                doctor="00868", start=TEN, who=Named("张三"), key="k",
            )
        )
    ).booking  # fmt: skip


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda one: StillOpen(doctor=one.doctor, open=(OpenTime(start=TEN, seq=5),)),
            "现在有空余的号，不用候补。空余时间",
        ),
        (lambda one: NoWaitingList(doctor=one.doctor), "这个时间不能候补。"),
        (lambda one: NotRegistered(name=None), "没有查到这位就诊人的登记。请选择就诊人"),
        (lambda one: AlreadyBooked(booking=one), "就诊人在这个时段已经有预约：心血管内科"),
    ],
)
def test_refusals(*, dial, registered, switchboard, reception, ask_store, make, words) -> None:
    """Who cannot wait hears why, and goes on from there."""
    outcome = make(held(reception, ask_store))
    board = replace(switchboard, room=Doctored(switchboard.room, may_wait=True, join=outcome))
    call = dial(board=board).key(["1", "1", "00868", "07150831", "1", "1", "1", "x"])
    assert words in call.heard[7]


def test_the_same_patient_again(dial, sold_out, waits) -> None:
    """He keeps his place."""
    for _ in range(2):
        call = dial().key([*KEYED, "1", "1", "1", ""])
    assert "您排在第一位" in call.heard[7]
    assert waits() == ["waiting"]


def test_hears_and_leaves_it(dial, sold_out, waits) -> None:
    """ "My bookings" reads out the place; its key and 1 give it up."""
    dial().key([*KEYED, "1", "1", "1", ""])
    call = dial().key(["2", "1", "2", "9", "2", "1", "1", ""])
    assert "您候补的是心血管内科，王建国主任医师，明天，七月十五日星期三上午，第一位，退出候补请按一" in call.heard[1]
    assert "确认退出候补请按一，保留请按二" in call.heard[2]
    assert "候补已保留" in call.heard[3]
    assert "已经退出候补" in call.heard[-2]
    assert waits() == ["left"]


def test_leaves_what_is_over(dial, sold_out, switchboard) -> None:
    """The place ended while he listened: he hears that."""
    dial().key([*KEYED, "1", "1", "1", ""])
    board = replace(switchboard, room=Doctored(switchboard.room, leave=NotWaiting()))
    assert "这个候补已经结束" in dial(board=board).key(["2", "1", "1", ""]).heard[3]


def test_already_offered(dial, sold_out, switchboard, ask_store, reception, room, caller, small_hospital) -> None:
    """Who keys himself onto the list again while a number is kept for him hears of it, and how to answer."""
    dial().key([*KEYED, "1", "1", "1", ""])
    (place,) = ask_store(room.mine(caller))
    free = "UPDATE slot SET taken = 0 WHERE doctor_id = 1 AND start LIKE '2026-07-15 10:00%'"
    small_hospital.now(lambda conn: conn.exec_driver_sql(free).rowcount)
    kept = replace(place, place=0, booking=held(reception, ask_store), until=TEN)
    board = replace(switchboard, room=Doctored(room, join=Waits(waiting=kept, again=True), mine=()))
    call = dial(board=board).key([*KEYED, "1", "1", "1", ""])
    assert "您候补的号有了：心血管内科" in call.heard[7]
    assert "请按短信答复，或者重新拨打这个电话" in call.heard[7]


@pytest.mark.parametrize(("hour", "said"), [(8, "上午"), (14, "下午"), (19, "晚上")])
def test_half_days(hour, said, reception, ask_store) -> None:
    """One waits for the half day, not for the minute that was keyed."""
    doctor = ask_store(reception.doctor(1, "00868"))
    prompt = wording.you_wait(doctor, TEN.replace(hour=hour), "002X", TEN.date())
    assert f"星期三{said}，就诊人" in in_words(tuple(piece for piece in prompt if isinstance(piece, Fixed)))
