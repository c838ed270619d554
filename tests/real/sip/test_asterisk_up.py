"""scripts/asterisk-up and asterisk-down bring up and end exactly one Asterisk, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from ports import free_port
from waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk")]

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"


def up(run, *options):
    ports = ["--sip", str(free_port(socket.SOCK_DGRAM)), "--ami", str(free_port())]
    return subprocess.run(
        [SCRIPTS / "asterisk-up", *ports, *options, run], capture_output=True, text=True, timeout=120, check=False
    )


def down(run):
    return subprocess.run([SCRIPTS / "asterisk-down", run], capture_output=True, text=True, timeout=60, check=False)


def pid_in(run):
    return int((run / "asterisk.pid").read_text().split()[0])


def mounts():
    return [line for line in Path("/proc/mounts").read_text().splitlines() if "asterisk-" in line]


@pytest.fixture
def run(tmp_path):
    yield tmp_path
    down(tmp_path)


def test_two_stand_side_by_side_and_each_is_ended_alone(asterisk, run):
    """A second instance disturbs the first neither coming nor going; no mount is ever seen outside."""
    told = up(run)
    assert told.returncode == 0, told.stderr
    assert f"{run}/cli" in told.stdout
    assert mounts() == []
    assert down(run).returncode == 0
    assert asterisk.cli("core show version").startswith("Asterisk 2")
    assert not (run / "asterisk.pid").exists()


def test_a_second_start_in_the_same_place_is_refused(run):
    """Two instances cannot share a run directory by mistake."""
    assert up(run).returncode == 0
    pid = pid_in(run)
    again = up(run)
    assert again.returncode == 2
    assert "asterisk-down" in again.stderr
    assert pid_in(run) == pid


def test_even_kill_9_leaves_no_mount_and_no_obstacle(run):
    """After a crash the same place can be used again at once."""
    assert up(run).returncode == 0
    pid = pid_in(run)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}/root/etc").exists())
    assert mounts() == []
    assert up(run).returncode == 0


def test_a_taken_port_is_said(asterisk, run):
    """When SIP cannot listen the script fails, says which port, and leaves no half-started Asterisk."""
    refused = up(run, "--sip", str(asterisk.sip))
    assert refused.returncode == 1
    assert f"127.0.0.1:{asterisk.sip}" in refused.stderr
    assert not (run / "asterisk.pid").exists()
