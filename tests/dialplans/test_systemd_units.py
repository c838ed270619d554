"""The systemd units say what the daemon does, and fence it in."""

from __future__ import annotations

from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "scripts" / "systemd"


@pytest.fixture
def service():
    """The settings of hotline@.service; those that stand more than once are joined."""
    found: dict[str, str] = {}
    for line in (UNITS / "hotline@.service").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[name] = f"{found[name]} {value}" if name in found else value
    return found


def test_systemd_is_told_when_the_doors_are_open_and_watches_the_reactor(service):
    """Readiness and liveness come from the daemon itself, and a daemon that hangs or dies is started again."""
    assert service["Type"] == "notify"
    assert 5 <= int(service["WatchdogSec"]) <= 30
    assert service["Restart"] == "always"
    assert service["RestartPreventExitStatus"] == "2"


def test_one_process_runs_one_role(service):
    """The name behind the @ is the role."""
    assert service["ExecStart"].endswith("--role %i")


def test_the_daemon_is_fenced_in(service):
    """No root, no capabilities, no writing outside its own folders."""
    assert service["User"] == "hotline"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
