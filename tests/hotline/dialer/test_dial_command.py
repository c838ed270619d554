from __future__ import annotations

import json
import os
from contextlib import nullcontext

import pytest
from click.testing import CliRunner
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from hotline.cli import dial as dial_module
from hotline.cli.dial import Keyboard, Number, Screen, dial
from hotline.dialer.line import Line, PatientCaller
from hotline.dialer.peer import Peer, environment
from ivr.speech.voice import Voice
from ivr.speech.words import Said


class Server:
    """A FastAGI server that says its lines one after the other and then closes, on a reactor in memory."""

    def __init__(self, *lines, answers=True):
        self.lines = lines
        self.answers = answers
        self.transport = StringTransport()

    def react(self, main):
        """Stands for twisted's react."""
        codes = []
        reactor = MemoryReactorClock()
        done = main(reactor)
        [(_, _, factory, _, _)] = reactor.tcpClients
        if self.answers:
            line = factory.buildProtocol(None)
            line.makeConnection(self.transport)
            for text in self.lines:
                line.dataReceived(f"{text}\n".encode())
            line.connectionLost(Failure(ConnectionDone()))
        else:
            factory.clientConnectionFailed(None, Failure(ConnectionRefusedError()))
        done.addErrback(lambda failure: codes.append(failure.trap(SystemExit) and failure.value.code))
        raise SystemExit(codes[0])


@pytest.fixture
def call(monkeypatch, tmp_path):
    """Runs the command against a server; gives its exit code and what it printed."""

    def run(server, *args, **options):
        monkeypatch.setattr(dial_module, "react", server.react)
        result = CliRunner().invoke(dial, [*args, "--prompts", str(tmp_path)], **options)
        return result.exit_code, result.output

    return run


def test_the_words_of_each_prompt_are_shown(call, tmp_path):
    """A scripted call prints what a caller would hear, names included, and how it ended."""
    [name] = Voice(tmp_path, "/elsewhere").files((Said("王建国"),))
    server = Server("ANSWER", f"EXEC Playback /elsewhere/zh/w3&{name}", "SET VARIABLE IVR_DONE done")
    code, output = call(server, "--keys", "1")
    assert (code, output) == (0, "☎  星期三王建国\nEnd of call: IVR_DONE=done\n")


def test_keys_are_shown_below_the_question(call):
    """What is keyed stands on a line of its own, as does what comes after."""
    _, output = call(
        Server("EXEC Read D,/p/zh/w3,3", "EXEC Read D,/p/zh/w4,1", "SET VARIABLE IVR_DONE queue"), "--keys", "12#,0"
    )
    assert output == "☎  星期三\n   12#\n☎  星期四\n   0\nEnd of call: IVR_DONE=queue (a person takes over)\n"


def test_the_call_as_json(call):
    """`--json` gives the call as one object."""
    code, output = call(Server("EXEC Read D,/p/zh/w3,1", "SET VARIABLE IVR_DONE queue"), "139", "--keys", "0", "--json")
    assert code == 0
    assert json.loads(output) == {
        "from": "139",
        "heard": ["星期三"],
        "keyed": ["0"],
        "done": "queue",
        "end": "IVR_DONE=queue",
        "faults": [],
    }


def test_the_script_may_come_by_standard_input(call):
    """Where standard input is no terminal it holds the script."""
    server = Server("EXEC Read D,,1", "SET VARIABLE IVR_DONE done")
    code, _ = call(server, input="7\n")
    assert code == 0
    assert b"200 result=0\n" in server.transport.value()


def test_the_callers_number_is_told_to_the_server(call):
    """FROM is the caller's number; "withheld" is none."""
    server = Server()
    call(server, "02368000000", "--keys", "")
    assert b"agi_callerid: 02368000000\n" in server.transport.value()
    server = Server()
    call(server, "withheld", "--keys", "")
    assert b"agi_callerid: unknown\n" in server.transport.value()


def test_the_caller_may_hang_up(call):
    """A call that the caller ends is no failure."""
    code, output = call(Server("EXEC Read D,,1"), "--keys", "x")
    assert (code, output) == (0, "End of call: the caller hung up\n")


def test_a_server_that_hangs_up_without_its_last_word_is_a_failure(call):
    """A hotline that drops the caller has not ended the call as it should."""
    code, output = call(Server("HANGUP"), "--keys", "1")
    assert (code, output) == (1, "End of call: the hotline broke off\n")


def test_a_call_that_breaks_off_is_a_failure(call):
    """A server that closes without its last word gives exit code 1."""
    code, output = call(Server("ANSWER"), "--keys", "1")
    assert (code, output) == (1, "End of call: the hotline broke off\n")


def test_a_server_that_says_failure_is_shown(call):
    """The words of a refusal are shown, with exit code 1."""
    code, output = call(Server("failure draining"), "--keys", "1")
    assert (code, output) == (1, "!  Failed: draining\nEnd of call: the hotline broke off\n")


def test_nobody_answers(call):
    """Without a server the command says what to start, with exit code 3."""
    code, output = call(Server(answers=False), "--keys", "1", "--port", "1")
    assert code == 3
    assert "Nobody answers at 127.0.0.1:1" in output


def test_a_script_that_cannot_be_keyed(call):
    """A wrong script is refused before anybody is called, with exit code 2."""
    code, output = call(Server(), "--keys", "1,hello")
    assert code == 2
    assert "'hello' is not keyed on a telephone" in output


def test_keys_of_the_keyboard_reach_the_hotline(monkeypatch, tmp_path, capsys):
    """At a terminal each key is sent as it is pressed, other keys do nothing, and q hangs up."""
    reading, writing = os.pipe()
    monkeypatch.setattr(dial_module, "_key_by_key", nullcontext)
    with open(reading, "rb") as stdin:
        monkeypatch.setattr(dial_module.sys, "stdin", stdin)
        reactor, transport, codes = MemoryReactorClock(), StringTransport(), []
        number = Number(caller="139", host="127.0.0.1", port=1, script="hotline", language="zh")
        screen = Screen(Voice(tmp_path, "/p"), quiet=False)
        done = Deferred.fromCoroutine(dial_module._call(reactor, number, screen, None, as_json=False))
        done.addErrback(lambda failure: codes.append(failure.value.code))
        line = reactor.tcpClients[0][2].buildProtocol(None)
        line.makeConnection(transport)
        [keyboard] = reactor.getReaders()
        line.dataReceived(b"EXEC Read D,/p/zh/w3,5\n")
        os.write(writing, b"1?2#")
        keyboard.doRead()
        assert transport.value().endswith(b"\n\n200 result=0\n")
        os.write(writing, b"q")
        keyboard.doRead()
        line.connectionLost(Failure(ConnectionDone()))
        assert codes == [0]
        assert reactor.getReaders() == []
        assert capsys.readouterr().out == "☎  星期三\n   12#\nEnd of call: the caller hung up\n"
        os.close(writing)


def test_a_closed_keyboard_hangs_up(monkeypatch, tmp_path):
    """A terminal that goes away is a caller who goes away."""
    reading, writing = os.pipe()
    os.close(writing)
    with open(reading, "rb") as stdin:
        monkeypatch.setattr(dial_module.sys, "stdin", stdin)
        patient = PatientCaller(MemoryReactorClock(), lambda _question: "")
        patient.line = line = Line(Peer(environment("139", "1.1")), patient, lambda _event: None)
        line.makeConnection(StringTransport())
        keyboard = Keyboard(patient, Screen(Voice(tmp_path, "/p"), quiet=True))
        assert keyboard.fileno() == reading
        assert keyboard.logPrefix() == "keyboard"
        keyboard.doRead()
        assert line.peer.gone
        keyboard.connectionLost(Failure(ConnectionDone()))
