from __future__ import annotations

import pytest

from hotline.dialer.caller import BadScript, ScriptedCaller, parse_script
from hotline.dialer.peer import Peer


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" \n", []),
        ("1", ["1"]),
        ("1,1,00868#", ["1", "1", "00868#"]),
        ("1,,2", ["1", "", "2"]),
        ("1, 2\n3", ["1", "2", "3"]),
        ("1,x", ["1", "x"]),
        (",", ["", ""]),
    ],
)
def test_a_script_is_keys_question_by_question(text, parts):
    """Commas or lines separate questions; an empty place is silence."""
    assert parse_script(text) == parts


def test_what_is_no_key_is_refused():
    """Letters are not keyed on a telephone; the message says which part is wrong."""
    with pytest.raises(BadScript, match="'1a'"):
        parse_script("1,1a")


def asked(line):
    peer = Peer({})
    peer.take()
    peer.feed(line)
    return peer


def test_a_prompt_without_keys_is_heard_out():
    """Playing alone costs the script nothing."""
    caller = ScriptedCaller(["1"])
    peer = asked(b"EXEC Playback a\n")
    caller.attend(peer)
    assert peer.take() == b"200 result=0\n"
    assert caller.pressed == []


def test_each_question_takes_one_part():
    """One part is keyed at one question."""
    caller = ScriptedCaller(["1", "00868#"])
    peer = asked(b"EXEC Read D,a,1\n")
    caller.attend(peer)
    assert peer.variables["D"] == "1"
    peer.feed(b"EXEC Read D,a,6\n")
    caller.attend(peer)
    assert peer.variables["D"] == "00868"
    assert caller.pressed == ["1", "00868#"]


def test_keys_too_many_fall_into_the_next_question():
    """A `#` after a number that was already full is heard by the next question, as by telephone."""
    caller = ScriptedCaller(["00868#", "2"])
    peer = asked(b"EXEC Read D,a,5\n")
    caller.attend(peer)
    peer.feed(b"EXEC Read E,a,5\n")
    caller.attend(peer)
    assert (peer.variables["D"], peer.variables["E"], peer.variables["READSTATUS"]) == ("00868", "", "OK")
    assert caller.pressed == ["00868", "#"]


def test_too_few_keys_end_in_silence():
    """A part that does not fill the question is a part keyed, then time runs out."""
    caller = ScriptedCaller(["12"])
    peer = asked(b"EXEC Read D,a,5\n")
    caller.attend(peer)
    assert (peer.variables["D"], peer.variables["READSTATUS"]) == ("12", "TIMEOUT")


def test_an_empty_part_is_silence_each_time_it_is_asked():
    """Silence answers the question even when Asterisk asks twice by itself."""
    caller = ScriptedCaller(["", "7#"])
    peer = asked(b"EXEC Read D,a,5,,2\n")
    caller.attend(peer)
    assert peer.variables["D"] == "7"


@pytest.mark.parametrize("parts", [[], ["x"], ["x", "1"]])
def test_the_end_of_the_script_hangs_up(parts):
    """A caller with nothing more to say hangs up, and so does `x`."""
    peer = asked(b"EXEC Read D,a,5\n")
    ScriptedCaller(parts).attend(peer)
    assert peer.gone
    assert peer.variables["READSTATUS"] == "HANGUP"
