"""The law of unit tests holds: what it forbids fails the test that does it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest


@pytest.mark.parametrize(
    ("name", "deed"),
    [
        ("thread", lambda: threading.Thread(target=len, args=("",)).start()),
        ("process", lambda: subprocess.run([sys.executable, "-c", ""], check=True)),
        ("sleep", lambda: time.sleep(0)),
    ],
)
def test_what_unit_tests_do_not_own_is_refused(name, deed, broken_law):
    """Thread, process and sleep are refused by name, and the refusal is remembered."""
    with pytest.raises(pytest.fail.Exception, match=f"owns no {name}"):
        deed()
    assert broken_law == [name]
    broken_law.clear()


@pytest.mark.owns("thread", why="that it may is what is tested")
def test_who_says_why_may():
    """A marked test does what it said, and no more."""
    thread = threading.Thread(target=len, args=("",))
    thread.start()
    thread.join()
    assert not thread.is_alive()
