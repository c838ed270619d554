"""Threads for the store's jobs: results come back, failures too, and stopping waits."""

from __future__ import annotations

import threading

import pytest

from booking.store.workers import Workers

pytestmark = pytest.mark.owns("thread", why="these are the threads; each test waits for them to end")


def gather(workers, *jobs):
    told = []
    for job in jobs:
        workers.callInThreadWithCallback(lambda *done: told.append(done), job)
    return told


def test_jobs_run_in_a_thread_in_their_order():
    """One thread does what it is given first come first served, under its name."""
    workers = Workers(1, "store")
    told = gather(workers, lambda: threading.current_thread().name, lambda: 2, lambda: 3)
    workers.start()
    workers.stop()
    assert told == [(True, "store-0"), (True, 2), (True, 3)]


def test_a_job_that_fails_costs_no_thread():
    """A failure comes back as one, and the thread goes on."""
    workers = Workers(1, "store")
    workers.start()
    told = gather(workers, lambda: 1 // 0, lambda: "on")
    workers.stop()
    assert told[0][0] is False
    assert told[0][1].check(ZeroDivisionError)
    assert told[1] == (True, "on")


def test_several_threads_work_side_by_side():
    """Two threads are at work at once: each waits for the other."""
    workers = Workers(2, "store")
    workers.start()
    meeting = threading.Barrier(2, timeout=10)
    told = gather(workers, meeting.wait, meeting.wait)
    workers.stop()
    assert sorted(told) == [(True, 0), (True, 1)]
