"""Moving a booking to another time, from the caller's side."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from booking.keeping_outcomes import NeverCancelled, NoSuchBooking, TooLateToCancel
from booking.outcomes import Blacklisted, Full
from booking.views import OpenTime

BOOKED = ["1", "1", "00868", "07150830", "1", "1", ""]


@pytest.fixture
def booked(dial, registered, bookings):
    """The caller holds one booking, at half past eight."""
    dial().key(BOOKED)
    return bookings()[0]


def start(bookings):
    return f"{bookings()[0].start:%H:%M}"


def test_moves_it(dial, booked, bookings) -> None:
    """3 at the read-back of a booking reads out the doctor's times; one of them, read back, and 1 moves it under its code."""
    call = dial().key(["2", "1", "3", "2", "1", ""])
    assert "确认取消请按一，保留预约请按二，改到其他时间请按三" in call.heard[2]
    assert "空余时间" in call.heard[3]
    assert "上午八点半" not in call.heard[3]
    assert "您要改期的是心血管内科，王建国主任医师，明天" in call.heard[4]
    assert "改到明天，七月十五日星期三上午九点整" in call.heard[4]
    assert "确认改期请按一，保留原来的时间请按二" in call.heard[4]
    assert "改期成功，预约号不变。新的时间是明天" in call.heard[5]
    assert (start(bookings), bookings()[0].code) == ("09:00", booked.code)


def test_moves_it_to_a_time_that_is_keyed(dial, booked, bookings) -> None:
    """8 lets another time be keyed, as in booking; a time without a number leads to the free ones."""
    call = dial().key(["3", "1", "3", "8", "07151155", "8", "07151030", "1", ""])
    assert "这个时间没有号" in call.heard[5]
    assert start(bookings) == "10:30"


@pytest.mark.parametrize("keys", [["2"], ["*", "*"], ["x"], [""]])
def test_keeps_the_old_time(dial, booked, bookings, keys) -> None:
    """Nothing but the key 1 at the read-back moves anything."""
    dial().key(["2", "1", "3", "1", *keys, "x"])
    assert start(bookings) == "08:30"


def test_back_from_the_times(dial, booked, bookings) -> None:
    """* at the times keeps the booking, and says so."""
    assert "预约已保留" in dial().key(["2", "1", "3", "*", ""]).heard[4]


def test_back_from_the_read_back(dial, booked) -> None:
    """* at the read-back leads to choosing again."""
    call = dial().key(["2", "1", "3", "1", "*", "x"])
    assert "请输入就诊时间" in call.heard[5]


def test_the_same_time_is_told(dial, booked, bookings, trouble) -> None:
    """Who keys the time that he has, hears that nothing has to be changed."""

    class Offers:
        def __init__(self, reception):
            self._reception = reception

        def __getattr__(self, name):
            return getattr(self._reception, name)

        async def times(self, *asked):
            found = await self._reception.times(*asked)
            return replace(found, open=(OpenTime(start=booked.start, seq=booked.seq), *found.open))

    board, _ = trouble("nothing")
    call = dial(board=replace(board, reception=Offers(board.reception))).key(["2", "1", "3", "1", "1", ""])
    assert "这个预约就在这个时间，不用改期" in call.heard[5]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda booked: TooLateToCancel(booking=booked, until=datetime.fromisoformat("2026-07-14 08:00")),
            "已经过了改期的时限。最晚时间是今天，七月十四日星期二上午八点整",
        ),
        (lambda booked: TooLateToCancel(booking=booked), "已经过了改期的时限。"),
        (lambda booked: NeverCancelled(booking=booked), "按本院规定，这个预约不能改期"),
        (lambda booked: NoSuchBooking(code=booked.code), "没有查到这个预约号"),
        (lambda booked: Blacklisted(until=None, rule="r"), "就诊人暂停预约，如有疑问请到窗口办理。预约已保留"),
    ],
)
def test_refusals(*, dial, booked, switchboard, make, words) -> None:
    """What the store refuses is said with its reason, and until when it would have been possible."""

    class Refuses:
        def __getattr__(self, name):
            return getattr(switchboard.reception, name)

        async def change(self, request):
            return make(booked)

    call = dial(board=replace(switchboard, reception=Refuses())).key(["2", "1", "3", "1", "1", ""])
    assert words in call.heard[5]


def test_sold_meanwhile(dial, booked, bookings, switchboard) -> None:
    """A time that was sold between read-back and 1 leads to the others; the old one stands until one is won."""
    refused = []

    class Sold:
        def __getattr__(self, name):
            return getattr(switchboard.reception, name)

        async def change(self, request):
            if refused:
                return await switchboard.reception.change(request)
            refused.append(request)
            free = (OpenTime(start=datetime.fromisoformat("2026-07-15 10:00"), seq=5),)
            return Full(doctor=booked.doctor, open=free)

    call = dial(board=replace(switchboard, reception=Sold())).key(["2", "1", "3", "1", "1", "1", "1", ""])
    assert "这个时间的号刚刚约满。空余时间" in call.heard[5]
    assert start(bookings) == "10:00"


def test_busy_while_moving(dial, booked, bookings, trouble) -> None:
    """A busy store is asked again under the same key: the booking is moved once."""
    board, troubled = trouble("change", 1)
    dial(board=board).key(["2", "1", "3", "1", "1", ""])
    assert len({request.key for request in troubled.asked}) == 1
    assert start(bookings) == "08:00"


def test_an_agent_is_one_key_away(dial, booked, bookings) -> None:
    """0 anywhere, and three silences at the read-back, lead to a person; nothing is moved."""
    assert dial().key(["2", "1", "3", "0"]).variables["IVR_DONE"] == "queue"
    assert dial().key(["2", "1", "3", "1", "", "", ""]).variables["IVR_DONE"] == "queue"
    assert start(bookings) == "08:30"
