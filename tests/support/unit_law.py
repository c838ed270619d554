"""The law of unit tests: no thread, no process, no sleep. (Sockets: pytest-socket.) Loaded as a plugin by tests/conftest.py.

A test that must break it says so: ``@pytest.mark.owns("process", why="...")``. Tests marked ``real`` are free.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

FORBIDDEN = {"thread": (threading.Thread, "start"), "process": (subprocess.Popen, "__init__"), "sleep": (time, "sleep")}

# Property tests are judged by what they find, not by how busy the machine is. On the builder's machine they explore and
# remember; in CI they run the same examples each time, so that a red build is about the change, and say how to repeat one.
settings.register_profile("here", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def allowed(item: pytest.Item) -> set[str]:
    """What this test may own."""
    if item.get_closest_marker("real"):
        return set(FORBIDDEN)
    owned: set[str] = set()
    for mark in item.iter_markers("owns"):
        assert set(mark.args) <= set(FORBIDDEN), f"owns() knows {sorted(FORBIDDEN)}"
        assert mark.kwargs.get("why"), "owns(...) needs a why"
        owned |= set(mark.args)
    return owned | ({"sleep"} if "process" in owned else set())  # subprocess itself sleeps while it waits


@pytest.fixture(autouse=True)
def broken_law(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fails the test that does what unit tests do not, even when something catches the failure."""
    broken: list[str] = []
    for name in FORBIDDEN.keys() - allowed(request.node):

        def refuse(*_args: object, name: str = name, **_options: object) -> None:
            broken.append(name)
            pytest.fail(f"a unit test owns no {name}; mark it real, or owns({name!r}, why=...)")

        monkeypatch.setattr(*FORBIDDEN[name], refuse)
    yield broken
    assert not broken, f"a unit test owns no {broken[0]}"
