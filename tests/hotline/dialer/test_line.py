from __future__ import annotations

from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from hotline.dialer.caller import ScriptedCaller
from hotline.dialer.line import Line, PatientCaller
from hotline.dialer.peer import Asked, Peer, environment


def connected(caller, events=None):
    line = Line(Peer(environment("13800138000", "1.1")), caller, [].append if events is None else events.append)
    transport = StringTransport()
    line.makeConnection(transport)
    assert transport.value().startswith(b"agi_network: yes\n")
    transport.clear()
    return line, transport


def test_a_scripted_call_runs_by_itself():
    """Each question is told and answered from the script; at its end the caller hangs up."""
    events = []
    line, transport = connected(ScriptedCaller(["1"]), events)
    line.dataReceived(b"ANSWER\n")
    line.dataReceived(b"EXEC Read D,a,1\n")
    line.dataReceived(b"EXEC Read E,b,1\n")
    assert transport.value() == b"200 result=0\n" * 3 + b"HANGUP\nHANGUP\n"
    assert [event.question.files for event in events if isinstance(event, Asked)] == [("a",), ("b",)]
    assert transport.disconnecting


def test_the_end_of_the_connection_is_told():
    """Whoever ends the connection, `ended` fires."""
    line, _ = connected(ScriptedCaller([]))
    ended = []
    line.ended.addCallback(ended.append)
    line.connectionLost()
    assert ended == [None]
    assert line.peer.closed


def at_a_keyboard():
    clock = Clock()
    caller = PatientCaller(clock, lambda question: "".join(question.files))
    line, transport = connected(caller)
    caller.line = line
    return clock, caller, line, transport


def test_somebody_at_a_keyboard_keys_in_time():
    """Keys pressed one by one make the answer; each gives time for the next."""
    clock, caller, line, transport = at_a_keyboard()
    line.dataReceived(b"EXEC Read D,abcdefgh,5,,1,3\n")
    clock.advance(4.9)  # two seconds of reading eight syllables, then three
    assert caller.key("1")
    clock.advance(2.9)
    assert caller.key("2")
    assert not caller.key("a")
    assert caller.key("#")
    assert transport.value() == b"200 result=0\n"
    assert line.peer.variables["D"] == "12"
    assert clock.getDelayedCalls() == []


def test_somebody_at_a_keyboard_is_silent_too_long():
    """Without a key the question lapses, after the time to hear it and the time that the flow gives."""
    clock, _, line, transport = at_a_keyboard()
    line.dataReceived(b"EXEC Read D,abcd,5,,1,3\n")
    clock.advance(3.9)
    assert transport.value() == b""
    clock.advance(0.2)
    assert transport.value() == b"200 result=0\n"
    assert line.peer.variables["READSTATUS"] == "TIMEOUT"
    line.dataReceived(b"NOOP\n")
    assert clock.getDelayedCalls() == []


def test_a_question_put_twice_waits_twice():
    """When Asterisk asks again by itself the time starts anew."""
    clock, _, line, transport = at_a_keyboard()
    line.dataReceived(b"EXEC Read D,abcd,5,,2,3\n")
    clock.advance(4.1)
    assert transport.value() == b""
    clock.advance(4.1)
    assert transport.value() == b"200 result=0\n"


def test_keys_between_questions_are_lost():
    """What is keyed while the hotline thinks, or plays what must be heard, is not kept."""
    _, caller, line, transport = at_a_keyboard()
    assert not caller.key("1")
    line.dataReceived(b"EXEC Playback abc\n")
    assert transport.value() == b"200 result=0\n"
    assert not caller.key("1")


def test_hanging_up_ends_the_call():
    """The caller leaves in the middle of a question."""
    clock, caller, line, transport = at_a_keyboard()
    line.dataReceived(b"EXEC Read D,abcd,5\n")
    caller.hang_up()
    assert transport.value() == b"200 result=0\nHANGUP\nHANGUP\n"
    assert transport.disconnecting
    assert clock.getDelayedCalls() == []
