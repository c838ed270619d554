"""The emergency script as Asterisk runs it: a process with the call on its standard input and output."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.dialer.caller import ScriptedCaller, parse_script
from hotline.dialer.peer import Asked, Broken, Peer, environment
from ivr.speech.catalog import CATALOG
from ivr.speech.voice import Voice

pytestmark = pytest.mark.owns("process", why="the script runs under Asterisk's Python, beside no code of ours")

SCRIPT = Path(__file__).parents[2] / "scripts" / "emergency-agi"
UNIQUEID = "1752454800.17"
SECONDS_MOST = 20


class Done:
    """What a call left: the peer, the prompts heard, the exit code, what was written to standard error."""

    def __init__(self, peer, heard, process):
        self.peer = peer
        self.heard = heard
        self.code = process.returncode
        self.errors = process.stderr.read()
        process.stderr.close()


@pytest.fixture
def spool(tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def run(spool):
    """Runs the script for one call, answered as Asterisk would, keyed from a script of keys."""

    def call(keys, *, env=None, settings=None, signals=True, **options):
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "HOTLINE_SPOOL": str(spool), "HOTLINE_PROMPTS_DIRECTORY": "/p", **(settings or {})},
        )
        peer = Peer(environment("13800138000", UNIQUEID) if env is None else env, **options)
        caller = ScriptedCaller(parse_script(keys))
        heard = []
        try:
            _answer(process, peer, caller, heard, signals=signals)
            process.wait(SECONDS_MOST)
        finally:
            process.kill()
            process.stdout.close()
        return Done(peer, heard, process)

    return call


def _answer(process, peer, caller, heard, *, signals):
    while True:
        try:
            process.stdin.write(peer.take())
            process.stdin.flush()
        except BrokenPipeError:
            break
        if peer.closed:
            if signals:
                process.send_signal(signal.SIGHUP)
            break
        line = process.stdout.readline()
        if not line:
            break
        for event in peer.feed(line):
            assert not isinstance(event, Broken)
            if isinstance(event, Asked):
                heard += [file.rpartition("/")[2] for file in event.question.files]
        caller.attend(peer)
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()


def notes(spool):
    return sorted(path.name for path in spool.iterdir())


def test_a_caller_leaves_a_note(run, spool):
    """Number, doctor and time are noted in one private file; the last command is the word to the dialplan."""
    done = run("00868,07150830")
    assert (done.code, done.errors) == (0, b"")
    assert done.peer.variables["IVR_DONE"] == "done"
    assert notes(spool) == [f"{UNIQUEID}.json"]
    note = json.loads((spool / f"{UNIQUEID}.json").read_text())
    at = note.pop("at")
    assert at.endswith("+00:00")
    assert note == {
        "uniqueid": UNIQUEID,
        "caller": "13800138000",
        "keyed": False,
        "doctor": "00868",
        "when": "07150830",
        "language": "zh",
    }
    assert stat.S_IMODE((spool / f"{UNIQUEID}.json").stat().st_mode) == 0o660
    assert done.heard == [
        "emergency-sorry",
        "emergency-doctor",
        "emergency-good",
        "emergency-when",
        "emergency-good",
        "emergency-noted",
    ]


def test_every_prompt_it_plays_is_in_the_catalogue(run, tmp_path):
    """A caller in an emergency hears words, in the language of the channel."""
    done = run("7#,,0#", env=environment(None, UNIQUEID, language="en"))
    assert set(done.heard) <= set(CATALOG)
    assert Voice(tmp_path, "/p").words("/p/en/emergency-sorry").startswith("Hello")


@pytest.mark.parametrize("number", ["+8613800138000", "8613800138000", "013800138000", "008613800138000"])
def test_the_caller_is_known_in_every_form_of_the_number(run, spool, number):
    """Whatever form the exchange uses, the mobile number is noted without being keyed."""
    run("00868,07150830", env=environment(number, UNIQUEID))
    assert json.loads((spool / f"{UNIQUEID}.json").read_text())["caller"] == "13800138000"


@pytest.mark.parametrize("number", [None, "02368000000", "10086", "张三"])
def test_a_caller_without_a_mobile_number_keys_one(run, spool, number):
    """A withheld number or a landline cannot be texted: the caller keys a mobile number, and the note says so."""
    run("13900139000,00868,07150830", env=environment(number, UNIQUEID))
    note = json.loads((spool / f"{UNIQUEID}.json").read_text())
    assert (note["caller"], note["keyed"]) == ("13900139000", True)


def test_a_restricted_number_is_not_used(run, spool):
    """A number that the caller does not present is not noted."""
    env = {**environment("13800138000", UNIQUEID), "agi_callingpres": "35"}
    run("13900139000,00868,07150830", env=env)
    assert json.loads((spool / f"{UNIQUEID}.json").read_text())["caller"] == "13900139000"


def test_fields_count_only_when_full(run, spool):
    """A part, silence, a star or a day that no calendar has is asked again."""
    done = run("008,,00868,0230*830,13150830,07150830")
    assert done.heard.count("emergency-again") == 4
    note = json.loads((spool / f"{UNIQUEID}.json").read_text())
    assert (note["doctor"], note["when"]) == ("00868", "07150830")


@pytest.mark.parametrize("keys", ["0#", "1,2,3", ",,", "00868,0#"])
def test_zero_or_three_failures_reach_a_person(run, spool, keys):
    """A caller who presses 0, or cannot answer, is handed to the agents and nothing is noted."""
    done = run(keys)
    assert done.peer.variables["IVR_DONE"] == "queue"
    assert done.heard[-1] == "emergency-agent"
    assert notes(spool) == []
    assert (done.code, done.errors) == (0, b"")


@pytest.mark.parametrize("keys", ["x", "00868,x"])
@pytest.mark.parametrize("signals", [True, False])
@pytest.mark.parametrize("exit_on_hangup", [True, False])
def test_hanging_up_early_leaves_nothing(run, spool, keys, signals, exit_on_hangup):
    """Whoever hangs up before the note is complete leaves neither a note nor a word in the log."""
    done = run(keys, signals=signals, exit_on_hangup=exit_on_hangup)
    assert notes(spool) == []
    assert "IVR_DONE" not in done.peer.variables
    assert (done.code, done.errors) == (0, b"")


def test_hanging_up_after_the_last_key_still_leaves_the_note(run, spool):
    """The note stands as soon as the fields are complete, whether or not the caller hears the thanks."""

    env = environment("13800138000", UNIQUEID)
    done = run("00868,07150830", env=env, has_file=lambda file: not file.endswith("emergency-noted"))
    assert notes(spool) == [f"{UNIQUEID}.json"]
    assert done.code == 0


def test_without_prompts_the_caller_goes_on_to_a_person(run, spool):
    """Missing recordings end the script without its last word: the dialplan takes the caller to the agents."""
    done = run("00868,07150830", has_file=lambda _file: False)
    assert "IVR_DONE" not in done.peer.variables
    assert (done.code, notes(spool)) == (0, [])


def test_without_a_spool_the_caller_goes_on_to_a_person(run, spool):
    """A note that cannot be written is told without anything personal, and the caller is not told that it was."""
    spool.rmdir()
    done = run("00868,07150830")
    assert done.code == 1
    assert done.errors == b"emergency-agi: no note could be left: No such file or directory\n"
    assert "IVR_DONE" not in done.peer.variables
    assert "emergency-noted" not in done.heard


@pytest.mark.parametrize("uniqueid", ["../../etc/passwd", "..", "a b;c", "x" * 300])
def test_a_strange_call_id_stays_inside_the_spool(run, spool, uniqueid):
    """The file's name is made of harmless characters, whatever the exchange calls the call."""
    run("00868,07150830", env=environment("13800138000", uniqueid))
    [name] = notes(spool)
    assert name.endswith(".json")
    assert json.loads((spool / name).read_text())["uniqueid"] == uniqueid


def test_the_same_call_leaves_one_note(run, spool):
    """A call that runs the script twice has one note, the later one."""
    run("00868,07150830")
    run("00123,07160900")
    assert notes(spool) == [f"{UNIQUEID}.json"]
    assert json.loads((spool / f"{UNIQUEID}.json").read_text())["doctor"] == "00123"


def test_an_asterisk_that_is_gone_at_once_is_quiet(run, spool):
    """Standard input that ends before the call begins is no error."""
    env = {}
    done = run("", env=env)
    assert (done.code, done.errors, notes(spool)) == (0, b"", [])


def test_a_wrong_prompt_folder_is_refused(run):
    """A folder that Asterisk would read as two words is told at once."""
    done = run("", settings={"HOTLINE_PROMPTS_DIRECTORY": "/p x"})
    assert done.code == 2
    assert b"HOTLINE_PROMPTS_DIRECTORY" in done.errors
