"""The agents' screens learn of each queued call by its trace, and can do nothing to the telephone exchange."""

from __future__ import annotations

import contextlib
import socket

import pytest
from waiting import PATIENCE

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk")]


class Manager:
    """One connection to the manager interface: blocks of ``Name: value`` lines."""

    def __init__(self, port):
        self._wire = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._stream = self._wire.makefile("r", encoding="utf-8", newline="\r\n")
        assert self._stream.readline().startswith("Asterisk Call Manager")

    def send(self, **names):
        self._wire.sendall("".join(f"{name}: {value}\r\n" for name, value in names.items()).encode() + b"\r\n")

    def block(self):
        lines = []
        while line := self._stream.readline().strip():
            lines.append(line)
        assert lines, "the manager interface hung up"
        return dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in lines)

    def event(self, name):
        while (block := self.block()).get("Event") != name:
            pass
        return block

    def answer(self, **names):
        self.send(**names)
        while "Response" not in (block := self.block()):
            pass
        return block

    def close(self):
        self._stream.close()
        self._wire.close()


@pytest.fixture
def secret(asterisk):
    return (asterisk.run / "etc" / "hotline_secret.conf").read_text().split("=")[1].strip()


@pytest.fixture
def manager(asterisk):
    with contextlib.closing(Manager(asterisk.ami)) as connection:
        yield connection


def test_a_queued_call_pops_up_with_its_trace(asterisk, stand_in, manager, secret):
    """The event of a caller in the queue names the call as the server's log does, and no other call event comes."""

    def to_the_queue(call):
        call.ask("ANSWER")
        call.ask('SET VARIABLE IVR_DONE "queue"')

    server = stand_in(to_the_queue)
    asterisk.set(HOTLINE_SERVER_1=server.url)
    assert manager.answer(Action="Login", Username="hotline", Secret=secret)["Response"] == "Success"
    asterisk.call()
    trace = server.met().env["agi_uniqueid"]
    joined = manager.block()
    assert joined["Event"] == "QueueCallerJoin"
    assert joined["ChanVariable"] == f"IVR_TRACE={trace}"
    called = manager.event("AgentCalled")
    assert called["DestChanVariable"] == f"IVR_TRACE={trace}"
    assert manager.event("AgentConnect")["ChanVariable"] == f"IVR_TRACE={trace}"


@pytest.mark.parametrize(
    "command",
    [
        {"Action": "Originate", "Channel": "Local/1@phones", "Application": "System", "Data": "id"},
        {"Action": "Command", "Command": "core show channels"},
        {"Action": "UpdateConfig", "SrcFilename": "extensions.conf", "DstFilename": "extensions.conf"},
        {"Action": "Redirect", "Channel": "Local/1@phones", "Context": "hotline", "Exten": "start", "Priority": "1"},
    ],
    ids=lambda command: command["Action"],
)
def test_the_screens_user_may_command_nothing(manager, secret, command):
    """Originate, Command and the like are refused even with the right password."""
    assert manager.answer(Action="Login", Username="hotline", Secret=secret)["Response"] == "Success"
    refused = manager.answer(**command)
    assert (refused["Response"], refused["Message"]) == ("Error", "Permission denied")


def test_a_wrong_password_is_refused(manager):
    """The word that the repository ships opens nothing."""
    assert manager.answer(Action="Login", Username="hotline", Secret="REPLACE-ME")["Response"] == "Error"
