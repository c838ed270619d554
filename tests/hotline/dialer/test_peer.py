from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.dialer.media import Question
from hotline.dialer.peer import DEAD, Asked, Broken, Failed, HungUp, Peer, environment


def calling(**options):
    """A peer whose opening has been sent."""
    peer = Peer(environment("13800138000", "1.1"), **options)
    peer.take()
    return peer


def said(peer, line):
    """What the peer answers to a command at once."""
    peer.feed(f"{line}\n".encode())
    return peer.take().decode()


def missing(*names):
    return lambda file: file not in names


def test_the_opening_tells_who_calls():
    """The server first reads the caller's number and, after an empty line, may speak."""
    opening = Peer(environment("13800138000", "1732.7")).take().decode()
    assert "agi_callerid: 13800138000\n" in opening
    assert "agi_callingpres: 0\n" in opening
    assert "agi_uniqueid: 1732.7\n" in opening
    assert opening.endswith("\n\n")


def test_a_withheld_number_is_told_as_asterisk_does():
    """A caller without a number is "unknown", with presentation 67."""
    opening = Peer(environment(None, "1.1")).take().decode()
    assert "agi_callerid: unknown\n" in opening
    assert "agi_callingpres: 67\n" in opening


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("ANSWER", "200 result=0\n"),
        ("NOOP", "200 result=0\n"),
        ("NOOP whatever it is", "200 result=0\n"),
        ('VERBOSE "hello" 1', "200 result=1\n"),
        ("CHANNEL STATUS", "200 result=6\n"),
        ("GET VARIABLE NOT_SET", "200 result=0\n"),
        ('EXEC NoOp ""', "200 result=0\n"),
        ("EXEC Answer", "200 result=0\n"),
        ('EXEC NoSuchApp "x"', "200 result=-2\n"),
        ("SAY DIGITS 1", "510 Invalid or unknown command\n"),
        (
            "GET VARIABLE",
            "520-Invalid command syntax.  Proper usage follows:\nUsage: GET VARIABLE <variablename>\n520 End of proper usage.\n",
        ),
    ],
)
def test_quick_commands_are_answered_at_once(line, reply):
    """Commands that need no caller have their answer in the words of a real Asterisk."""
    assert said(calling(), line) == reply


def test_variables_are_kept_raw():
    """A variable's value comes back as it was set, parentheses and quotes and all."""
    peer = calling()
    assert said(peer, r'SET VARIABLE "V" "x (hangup) \"y\""') == "200 result=1\n"
    assert said(peer, 'GET VARIABLE "V"') == '200 result=1 (x (hangup) "y")\n'
    assert said(peer, 'GET FULL VARIABLE "${V}/${NONE}."') == '200 result=1 (x (hangup) "y"/.)\n'


def test_read_plays_a_list_and_takes_keys_until_the_hash():
    """`#` ends a number and is not part of it."""
    peer = calling()
    [asked] = peer.feed(b'EXEC "Read" "D,a&b,8,,1,5"\n')
    question = Question(files=("a", "b"), accepts="0123456789*#", most=8, ends="#", first_s=5, next_s=5)
    assert asked == Asked(question)
    assert peer.take() == b""
    assert all(peer.press(key) for key in "007")
    assert peer.keys == "007"
    peer.press("#")
    assert peer.take() == b"200 result=0\n"
    assert (peer.variables["D"], peer.variables["READSTATUS"]) == ("007", "OK")


def test_read_is_over_when_it_is_full():
    """The last possible key ends the question by itself; what follows is lost, as on a real channel."""
    peer = calling()
    peer.feed(b"EXEC Read D,a,2\n")
    assert [peer.press(key) for key in "12#"] == [True, True, False]
    assert peer.variables["D"] == "12"


def test_read_waits_as_long_as_the_channel_says():
    """Without a time of its own Read has the channel's, which a flow may set."""
    peer = calling()
    [asked] = peer.feed(b"EXEC Read D,a,2\n")
    assert (asked.question.first_s, asked.question.next_s) == (10, 5)
    peer.lapse()
    peer.take()
    said(peer, "SET VARIABLE TIMEOUT(response) 6")
    said(peer, "SET VARIABLE TIMEOUT(digit) 3")
    [asked] = peer.feed(b"EXEC Read D,,2,,,\n")
    assert (asked.question.first_s, asked.question.next_s) == (6, 3)


def test_read_tells_a_part_and_silence():
    """When the time is over the keys so far stand in the variable, with the status TIMEOUT."""
    peer = calling()
    peer.feed(b"EXEC Read D,a,5\n")
    peer.press("7")
    peer.lapse()
    assert (peer.variables["D"], peer.variables["READSTATUS"]) == ("7", "TIMEOUT")


def test_read_asks_again_when_it_may():
    """With two attempts a silent caller is asked twice."""
    peer = calling()
    peer.feed(b"EXEC Read D,a,5,,2\n")
    peer.lapse()
    assert peer.question is not None
    assert peer.take() == b""
    peer.lapse()
    assert peer.question is None
    assert peer.take() == b"200 result=0\n"


def test_a_missing_sound_ends_read_only_in_the_last_place():
    """A missing file in the middle is skipped in silence, the last one is an error."""
    peer = calling(has_file=missing("b"))
    [asked] = peer.feed(b"EXEC Read D,a&b&c,1\n")
    assert asked.question.files == ("a", "c")
    peer.lapse()
    peer.take()
    assert said(peer, "EXEC Read D,a&b,1") == "200 result=0\n"
    assert peer.variables["READSTATUS"] == "ERROR"


def test_playback_lets_nobody_interrupt():
    """Keys during a prompt that must be heard out are lost."""
    peer = calling()
    [asked] = peer.feed(b'EXEC Playback "a&b,noanswer"\n')
    assert asked.question.files == ("a", "b")
    assert peer.press("1") is False
    peer.lapse()
    assert peer.take() == b"200 result=0\n"
    assert peer.variables["PLAYBACKSTATUS"] == "SUCCESS"


def test_playback_of_missing_sounds_fails_quietly():
    """Asterisk answers 0 and says it in a variable only."""
    peer = calling(has_file=missing("a"))
    assert said(peer, "EXEC Playback a") == "200 result=0\n"
    assert peer.variables["PLAYBACKSTATUS"] == "FAILED"


@pytest.mark.parametrize(
    ("line", "keys", "reply"),
    [
        ('STREAM FILE a ""', "", "200 result=0 endpos=8000\n"),
        ('STREAM FILE a "12"', "32", "200 result=50 endpos=8000\n"),
        ('STREAM FILE a "12"', "3", "200 result=0 endpos=8000\n"),
        ("GET DATA a 5000 5", "00868", "200 result=00868\n"),
        ("GET DATA a 5000 6", "00868#", "200 result=00868\n"),
        ("GET DATA a 5000 6", "00868", "200 result=00868 (timeout)\n"),
        ("GET DATA a 5000 6", "", "200 result= (timeout)\n"),
        ("GET DATA a", "#", "200 result=\n"),
        ("WAIT FOR DIGIT 1000", "4", "200 result=52\n"),
        ("WAIT FOR DIGIT 1000", "", "200 result=0\n"),
        ("EXEC Background a&b", "7", "200 result=55\n"),
        ("EXEC Background a&b", "", "200 result=0\n"),
        ("EXEC Wait 1.5", "", "200 result=0\n"),
        ('RECORD FILE m wav "#" 60000', "1#", "200 result=35 (dtmf) endpos=8000\n"),
        ('RECORD FILE m wav "#" 60000 0 BEEP s=5', "", "200 result=0 (timeout) endpos=8000\n"),
    ],
)
def test_keys_and_silence_are_told_as_each_command_does(line, keys, reply):
    """Each command tells keys by number or as text, and silence in its own way."""
    peer = calling()
    peer.feed(f"{line}\n".encode())
    for key in keys:
        peer.press(key)
    peer.lapse()
    assert peer.take().decode() == reply


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ('STREAM FILE a ""', "200 result=-1 endpos=0\n"),
        ("GET DATA a", "200 result=-1\n"),
    ],
)
def test_a_missing_sound_looks_like_a_hangup(line, reply):
    """The answer is -1, but no HANGUP follows."""
    assert said(calling(has_file=missing("a")), line) == reply


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ('STREAM FILE a ""', "200 result=-1 endpos=8000\n"),
        ("GET DATA a", "200 result=-1\n"),
        ("EXEC Read D,a,1", "200 result=0\n"),
        ("EXEC Playback a", "200 result=-1\n"),
        ("EXEC Wait 5", "200 result=-1\n"),
        ('RECORD FILE m wav "#" 60000', "200 result=-1 (hangup) endpos=0\n"),
    ],
)
def test_a_hangup_during_a_command_ends_it_first(line, reply):
    """The running command has its answer, then HANGUP comes, then the connection ends."""
    peer = calling()
    peer.feed(f"{line}\n".encode())
    peer.hang_up()
    assert peer.take().decode() == f"{reply}HANGUP\nHANGUP\n"
    assert peer.closed
    assert peer.feed(b"NOOP\n") == []
    assert peer.take() == b""


def test_a_hangup_between_commands_is_a_line_of_its_own():
    """While the server thinks, a hang-up is told by HANGUP alone; hanging up twice is once."""
    peer = calling()
    peer.hang_up()
    peer.hang_up()
    assert peer.take() == b"HANGUP\nHANGUP\n"


def test_without_exit_on_hangup_the_dead_channel_still_answers():
    """Media commands get 511, variables are still served, and the server ends the call."""
    peer = calling(exit_on_hangup=False)
    peer.hang_up()
    assert peer.take() == b"HANGUP\n"
    assert said(peer, "GET DATA a") == f"{DEAD}\n"
    assert said(peer, "EXEC Playback a") == "200 result=-1\n"
    assert said(peer, "SET VARIABLE IVR_DONE done") == "200 result=1\n"
    assert not peer.closed


def test_the_server_can_hang_up():
    """HANGUP from the server is answered and ends the call."""
    peer = calling()
    assert peer.feed(b"HANGUP\n") == [HungUp()]
    assert peer.take() == b"200 result=1\nHANGUP\nHANGUP\n"


def test_a_second_command_in_flight_is_a_fault():
    """A server that does not wait for its answer is told off, whether in one segment or during a prompt."""
    peer = calling()
    assert [type(event) for event in peer.feed(b"NOOP\nNOOP\n")] == [Broken]
    assert peer.take() == b"200 result=0\n"
    assert [type(event) for event in peer.feed(b'STREAM FILE a ""\n')] == [Asked]
    assert [type(event) for event in peer.feed(b"NOOP\n")] == [Broken]
    assert peer.take() == b""


@pytest.mark.parametrize("ending", [b"\n", b""])
def test_an_overlong_line_is_a_fault(ending):
    """A line that Asterisk would tear in two is told, with or without its end, and nothing is kept of it."""
    peer = calling()
    events = peer.feed(b"NOOP " + b"x" * 9000 + ending)
    assert [type(event) for event in events] == [Broken]
    assert peer.take() == b""


def test_failure_ends_the_call():
    """A server that cannot serve says so and the dialplan goes on."""
    peer = calling()
    assert peer.feed(b"failure draining\n") == [Failed("draining")]
    assert peer.closed


def test_keys_lapses_and_hangups_when_nothing_is_asked_are_harmless():
    """A caller may press anything at any time."""
    peer = calling()
    assert peer.press("1") is False
    peer.lapse()
    assert peer.take() == b""


@given(st.binary(max_size=300), st.lists(st.integers(1, 60)))
def test_any_bytes_cut_anywhere_never_break_the_peer(data, cuts):
    """Whatever a server sends, in whatever pieces, the peer stays on the line."""
    peer = calling()
    for cut in cuts:
        piece, data = data[:cut], data[cut:]
        peer.feed(piece)
        peer.lapse()
    peer.feed(data)
    peer.hang_up()
    assert peer.closed
