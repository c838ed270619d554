"""With every server gone Asterisk itself takes the caller's wish down, with pyst2 in its native mode."""

from __future__ import annotations

import json
import subprocess

import pytest
from waiting import wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk")]


@pytest.fixture
def spool(asterisk):
    folder = asterisk.run / "spool"
    for note in files(folder):
        note.unlink()
    return folder


def files(folder):
    """The notes, half-written ones too; a daemon that took notes in before left folders of its own."""
    return [path for path in folder.iterdir() if path.is_file()]


def scripts_of(asterisk):
    """The AGI scripts that this Asterisk has running."""
    session = (asterisk.run / "asterisk.pid").read_text().split()[0]
    listed = subprocess.run(["ps", "-s", session, "-o", "args="], capture_output=True, text=True, check=False).stdout
    return [line for line in listed.splitlines() if "emergency-agi" in line]


def test_what_the_caller_keys_is_noted(asterisk, spool, rings):
    """Doctor and time: one note with the caller's number, then the call ends."""
    caller = rings("13800138000")
    caller.keys("00868", at="emergency-doctor")
    caller.keys("07150830", at="emergency-when")
    asterisk.ended()
    (file,) = files(spool)
    note = json.loads(file.read_text())
    assert (note["caller"], note["doctor"], note["when"], note["keyed"]) == ("13800138000", "00868", "07150830", False)
    assert file.stem == note["uniqueid"]


def test_a_caller_without_a_number_keys_one(asterisk, spool, rings):
    """The answer is a text: a caller from a landline or with a withheld number says where to."""
    caller = rings("anonymous")
    caller.keys("13900139000", at="emergency-phone")
    caller.keys("00868", at="emergency-doctor")
    caller.keys("07150830", at="emergency-when")
    asterisk.ended()
    (file,) = files(spool)
    note = json.loads(file.read_text())
    assert (note["caller"], note["keyed"]) == ("13900139000", True)


def test_0_reaches_an_agent(asterisk, spool, rings):
    """Also the emergency script knows the way to a person."""
    rings().keys("0#", at="emergency-doctor")
    asterisk.agent()
    assert files(spool) == []


def test_hanging_up_leaves_neither_note_nor_process(asterisk, spool, rings):
    """A wish that was not told to its end is not noted, and the script ends with its caller."""
    caller = rings()
    caller.keys("00868", at="emergency-doctor")
    caller.keys("07", at="emergency-when")
    assert scripts_of(asterisk)
    caller.hangs_up()
    asterisk.ended()
    asterisk.wait_for_silence()
    wait_until(lambda: not scripts_of(asterisk))
    assert files(spool) == []
