"""What was asked and not yet answered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as s

from sms_gateway.smpp.window import LAST_SEQUENCE, Window


def test_room_ends_at_its_size_and_returns_with_an_answer():
    """No more questions are in flight than the SMSC allows."""
    window: Window[str] = Window(2, 10)
    for name in ("a", "b"):
        assert not window.full
        window.open(window.sequence(), name, now=0)
    assert window.full
    assert len(window) == 2
    assert window.close(1).request == "a"
    assert not window.full


def test_an_answer_to_nothing_is_nothing():
    """A number that was never used closes nothing."""
    assert Window(1, 10).close(7) is None


def test_late_requests_leave_oldest_first_and_are_remembered_once():
    """An answer that comes too late can still be told from one to a question never asked."""
    window: Window[str] = Window(10, 5)
    window.open(1, "a", now=0)
    window.open(2, "b", now=1)
    assert window.next_due == 5
    assert window.expire(4.9) == []
    assert window.expire(5) == [(1, "a")]
    assert window.next_due == 6
    assert window.expire(6) == [(2, "b")]
    assert window.next_due is None
    assert window.lapsed(1) == "a"
    assert window.lapsed(1) is None


def test_only_the_last_thousand_are_remembered():
    """An SMSC that answers nothing does not fill the memory."""
    window: Window[int] = Window(5_000, 1)
    for number in range(1, 1_502):
        window.open(number, number, now=0)
    assert len(window.expire(1)) == 1_501
    assert window.lapsed(501) is None
    assert window.lapsed(502) == 502


def test_a_lost_connection_gives_everything_back_in_order():
    """Nothing in flight is forgotten."""
    window: Window[str] = Window(3, 10)
    for name in "abc":
        window.open(window.sequence(), name, now=0)
    assert window.abandon() == [(1, "a"), (2, "b"), (3, "c")]
    assert len(window) == 0


def test_numbers_wrap_and_step_over_those_in_flight():
    """After the last number comes 1, and never a number that still waits for its answer."""
    window: Window[str] = Window(5, 10, first_sequence=LAST_SEQUENCE - 1)
    window.open(1, "still waiting", now=0)
    window.open(LAST_SEQUENCE, "this one too", now=0)
    assert [window.sequence() for _ in range(3)] == [LAST_SEQUENCE - 1, 2, 3]


def test_a_number_used_again_is_no_longer_late():
    """When a number comes round again it means the new question."""
    window: Window[str] = Window(5, 1)
    window.open(4, "old", now=0)
    window.expire(2)
    window.open(4, "new", now=2)
    assert window.lapsed(4) is None


@given(s.lists(s.sampled_from(["send", "answer", "expire"]), max_size=60))
def test_whatever_happens_no_number_is_in_flight_twice(steps):
    """However questions and answers mix, each question is settled exactly once."""
    window: Window[int] = Window(8, 3, first_sequence=LAST_SEQUENCE - 4)
    sent, settled = 0, 0
    for now, step in enumerate(steps):
        if step == "send" and not window.full:
            number = window.sequence()
            assert 1 <= number <= LAST_SEQUENCE
            window.open(number, number, now=now)
            sent += 1
        elif step == "answer" and len(window):
            settled += window.close(next(iter(window._flying))) is not None
        elif step == "expire":
            settled += len(window.expire(now))
    assert sent == settled + len(window.abandon())
