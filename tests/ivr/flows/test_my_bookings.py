"""Hearing one's bookings and cancelling one, from the caller's side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from booking.keeping_outcomes import NeverCancelled, NoSuchBooking, TooLateToCancel
from command_parser.serial import make_serial

BOOKED = ["1", "1", "00868", "07150830", "1", "1", ""]


@pytest.fixture
def booked(dial, registered, bookings):
    """The caller holds one booking."""
    dial().key(BOOKED)
    return bookings()[0]


def test_hears_bookings(dial, booked, bookings) -> None:
    """2 reads the bookings out; silence then ends the call, and nothing is cancelled."""
    call = dial().key(["2", "", ""])
    assert "您有一个预约。心血管内科，王建国主任医师，明天" in call.heard[1]
    assert call.variables["IVR_DONE"] == "done"
    assert len(bookings()) == 1


def test_no_bookings(dial) -> None:
    """Who has none is told so, and may go on: 9 leads to the main menu."""
    call = dial().key(["2", "9", "x"])
    assert "没有查到您的预约" in call.heard[1]
    assert "预约挂号请按一" in call.heard[2]


def test_withheld_number_has_no_bookings(dial, booked) -> None:
    """A caller without a number has no bookings to hear, and is told why."""
    assert "您的来电没有显示号码，查不到您的预约。返回主菜单请按九" in dial(caller=None).key(["2", "x"]).heard[1]


def test_withheld_number_cancels_through_an_agent(dial, booked, bookings) -> None:
    """No code can be shown to be the caller's, so none is asked for."""
    call = dial(caller=None).key(["3"])
    assert "您的来电没有显示号码" in call.heard[1]
    assert call.variables["IVR_DONE"] == "queue"
    assert len(bookings()) == 1


def test_cancels_while_hearing(dial, booked, bookings) -> None:
    """The key behind a booking cancels it, after a read-back and 1."""
    call = dial().key(["2", "1", "1", ""])
    assert "您要取消的是心血管内科" in call.heard[2]
    assert "预约已取消" in call.heard[3]
    assert bookings() == ()


@pytest.mark.parametrize("key", ["2", "*"])
def test_keeps(dial, booked, bookings, key) -> None:
    """2 or * at the read-back keeps the booking."""
    call = dial().key(["3", "1", key, ""])
    assert "预约已保留" in call.heard[3]
    assert len(bookings()) == 1


@pytest.mark.parametrize("keys", [["3", "1", "x"], ["3", "x"], ["2", "1", ""]])
def test_hangs_up_before_one(dial, booked, bookings, keys) -> None:
    """Hanging up before the confirming 1 cancels nothing."""
    dial().key(keys)
    assert len(bookings()) == 1


def test_cancels_by_code(dial, booked, bookings) -> None:
    """8 lets the code be keyed, # or not."""
    call = dial().key(["3", "8", f"{booked.code}#", "1", ""])
    assert "预约已取消" in call.heard[-2]
    assert bookings() == ()


def test_back_from_the_code(dial, booked) -> None:
    """* at the code leads back to the list, * there to the main menu."""
    call = dial().key(["3", "8", "*", "*", "2", "*", "x"])
    assert "您有一个预约" in call.heard[3]
    assert "预约挂号请按一" in call.heard[4]
    assert "预约挂号请按一" in call.heard[6]


def test_code_of_another(dial, booked, bookings) -> None:
    """Another's code sounds like one that does not exist; three of them lead to an agent, and nothing is cancelled."""
    call = dial(caller="13900139000").key(["3", booked.code, make_serial(1234567), booked.code])
    assert all("没有查到这个预约号" in words for words in call.heard[2:4])
    assert call.variables["IVR_DONE"] == "queue"
    assert len(bookings()) == 1


def test_back_without_bookings(dial) -> None:
    """* at the code of a caller without bookings leads to the main menu."""
    assert "预约挂号请按一" in dial().key(["3", "*", "x"]).heard[2]


def test_mistyped_code(dial, booked) -> None:
    """A code with one wrong digit does not reach the store: its check digit tells."""
    wrong = booked.code[:-1] + str((int(booked.code[-1]) + 1) % 10)
    call = dial().key(["3", "8", wrong, "x"])
    assert "核对不上" in call.heard[-1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda booked: TooLateToCancel(booking=booked), "已经过了取消的时限"),
        (lambda booked: NeverCancelled(booking=booked), "这个预约不能取消"),
        (lambda booked: NoSuchBooking(code=booked.code), "没有查到这个预约号"),
    ],
)
def test_refusals(*, dial, booked, reception, switchboard, make, words) -> None:
    """What the store refuses is said with its reason."""

    class Refuses:
        def __getattr__(self, name: str):
            return getattr(reception, name)

        async def cancel(self, request):
            return make(booked)

    call = dial(board=replace(switchboard, reception=Refuses())).key(["3", "1", "1", ""])
    assert words in call.heard[3]


def test_busy_store(dial, booked, trouble) -> None:
    """A cancellation is asked for again under the same key."""
    board, reception = trouble("cancel", times=1)
    call = dial(board=board).key(["3", "1", "1", ""])
    assert len({request.key for request in reception.asked}) == 1
    assert any("预约已取消" in words for words in call.heard)
