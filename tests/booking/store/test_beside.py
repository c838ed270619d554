"""Work beside a statement: its result or its failure comes when it is asked for."""

from __future__ import annotations

import threading

import pytest

from booking.store.beside import WORTH, Beside


def test_little_work_is_done_when_it_is_asked_for():
    """No thread for a batch of few."""
    done = []
    beside = Beside(lambda: done.append(1) or threading.current_thread(), pieces=WORTH - 1)
    assert done == []
    assert beside.result() is threading.main_thread()


@pytest.mark.owns("thread", why="it is what is tested")
def test_much_work_is_done_in_a_thread():
    """It begins at once, without anybody who asks."""
    begun = threading.Event()
    beside = Beside(lambda: begun.set() or threading.current_thread(), pieces=WORTH)
    assert begun.wait(10)
    assert beside.result() is not threading.main_thread()


@pytest.mark.owns("thread", why="it is what is tested")
@pytest.mark.parametrize("pieces", [0, WORTH])
def test_a_failure_is_told_to_who_asks(pieces):
    """What went wrong there is raised here."""

    def broken():
        raise ValueError("no words")

    with pytest.raises(ValueError, match="no words"):
        Beside(broken, pieces=pieces).result()
