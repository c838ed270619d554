from __future__ import annotations

import json
import os
import pty
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from waiting import PATIENCE

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]

HOTLINE = [str(Path(sys.executable).with_name("hotline")), "dial"]


@pytest.fixture
def server():
    """A FastAGI server that asks one question, says how the call ended and remembers the replies."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(PATIENCE)
    said = []

    def serve():
        line, _ = listening.accept()
        line.settimeout(PATIENCE)
        with line, line.makefile("rw", encoding="utf-8", newline="\n") as call:
            while call.readline().strip():
                pass
            for command in ("EXEC Read K,/p/zh/w3,3,,1,5", "GET VARIABLE K", "SET VARIABLE IVR_DONE done"):
                call.write(f"{command}\n")
                call.flush()
                said.append(call.readline().strip())
                if said[-1] in ("", "HANGUP"):
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    yield listening.getsockname()[1], said
    thread.join(PATIENCE)
    listening.close()


def test_a_scripted_call_from_the_shell(server, tmp_path):
    """`hotline dial --keys` keys by itself, over a real connection."""
    port, said = server
    command = [*HOTLINE, "139", "--keys", "12#", "--port", str(port), "--prompts", str(tmp_path), "--json"]
    result = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=True, stdin=subprocess.DEVNULL)
    call = json.loads(result.stdout)
    assert (call["heard"], call["keyed"], call["done"]) == (["星期三"], ["12#"], "done")
    assert said == ["200 result=0", "200 result=1 (12)", "200 result=1"]


def test_keys_pressed_in_a_terminal(server, tmp_path):
    """At a terminal the question is shown, keys count as they are pressed, and the terminal is left as it was."""
    port, said = server
    ours, theirs = pty.openpty()
    command = [*HOTLINE, "139", "--port", str(port), "--prompts", str(tmp_path)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    try:
        shown = _until(ours, "星期三")
        os.write(ours, b"4z2#")
        shown += _until(ours, "End of call")
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        os.close(theirs)
        os.close(ours)
    assert "   42#\r\nEnd of call: IVR_DONE=done" in shown
    assert said[1] == "200 result=1 (42)"


def test_nobody_answers():
    """Without a server the exit code is 3."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = subprocess.run(
        [*HOTLINE, "--keys", "1", "--port", str(port)], capture_output=True, check=False, timeout=PATIENCE
    )
    assert (result.returncode, b"Nobody answers" in result.stderr) == (3, True)


def _until(terminal, words):
    shown = ""
    end = time.monotonic() + PATIENCE
    while words not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 4096).decode()
    return shown
