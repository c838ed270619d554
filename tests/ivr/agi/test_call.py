"""What a flow can ask of a call, and what the answers mean."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from ivr.agi.call import MEDIA, QUICK, Read, ReadStatus, play_list
from ivr.agi.ends import CallerHungUp, CommandFailed, DeadlinePassed, GivenBack, OutOfStep, TwoCommands
from ivr.agi.wire import BadArgument, command
from ivr.speech.catalog import CATALOG
from ivr.variables import PAUSE_SOUND

READ = 'GET FULL VARIABLE "${READSTATUS}/${IVR_KEYS}"'


def test_variables(call) -> None:
    """A value may hold quotes."""
    line = call(lambda call: call.set_variable("X", 'a "b"'))
    assert line.sent() == [r'SET VARIABLE "X" "a \"b\""']
    assert line.send("200 result=1").raised is None


def test_one_command_at_a_time(call) -> None:
    """A second command while one is in flight is our bug: it is refused, and the call is given back with a failure line."""

    async def flow(call):
        call.ask(command("NOOP"), QUICK).addErrback(lambda _: None)
        await call.set_variable("X", "1")

    line = call(flow)
    assert line.sent() == ["NOOP", "failure internal error"]
    assert isinstance(line.raised, TwoCommands)


def test_waiting_for_a_hangup_is_a_command_too(call) -> None:
    """Nothing can be sent while we wait whether -1 was a hang-up."""

    async def flow(call):
        call.ask(command("NOOP"), QUICK).addErrback(lambda _: None)
        await call._line.hangup_within(1)

    assert isinstance(call(flow).raised, TwoCommands)


@pytest.mark.parametrize(
    ("replies", "read"),
    [
        (["200 result=0", "200 result=1 (OK/00868)"], Read(ReadStatus.OK, "00868")),
        (["200 result=0", "200 result=1 (OK/)"], Read(ReadStatus.OK, "")),
        (["200 result=0", "200 result=1 (TIMEOUT/008)"], Read(ReadStatus.TIMEOUT, "008")),
        (["200 result=0", "200 result=1 (TIMEOUT/)"], Read(ReadStatus.TIMEOUT, "")),
        (["200 result=0", "200 result=1 (ERROR/old keys)"], Read(ReadStatus.ERROR, "")),
    ],
)
def test_read(call, replies, read) -> None:
    """One command plays the list and takes the keys, a second fetches them with how it ended; old keys are not taken for new ones."""
    line = call(lambda call: call.read(["zh/a", "zh/b"], 5))
    assert line.sent() == ['EXEC "Read" "IVR_KEYS,zh/a&zh/b,5,,1,"']
    line.send(replies[0])
    assert line.sent() == [READ]
    line.send(replies[1])
    assert line.result == read


def test_read_with_its_own_time(call) -> None:
    """A time limit given is the limit for every key."""
    assert call(lambda call: call.read(["a"], 1, 2.5)).sent() == ['EXEC "Read" "IVR_KEYS,a,1,,1,2.5"']


@pytest.mark.parametrize(
    ("answer", "error"), [("HANGUP/", CallerHungUp), ("SKIPPED/", CommandFailed), ("", CommandFailed)]
)
def test_read_that_ends_otherwise(call, answer, error) -> None:
    """A hang-up is a hang-up; a status that is none of ours is a failure."""
    line = call(lambda call: call.read(["a"], 1)).send("200 result=0", f"200 result=1 ({answer})")
    assert isinstance(line.raised, error)


LONG = [f"/var/lib/hotline/prompts/zh/n{n}" for n in range(80)]


def test_long_list(call) -> None:
    """A list too long for one command is played in parts, with hardly a pause between."""
    line = call(lambda call: call.read(LONG, 8))
    (first,) = line.sent()
    assert first.endswith(',8,,1,0.05"')
    assert len(first) < 2000
    (second,) = line.send("200 result=0", "200 result=1 (TIMEOUT/)").sent()[1:]
    assert second.endswith(',8,,1,"')
    line.send("200 result=0", "200 result=1 (OK/07150830)")
    assert line.result == Read(ReadStatus.OK, "07150830")
    played = [part.split(",")[1] for part in (first, second)]
    assert "&".join(played) == "&".join(LONG)


def test_a_long_list_is_broken_off_at_a_silence(call) -> None:
    """A booking code is not torn in two: the list ends at the last silence that still fits, and goes on after it."""
    files = [*LONG[:40], "/var/lib/hotline/prompts/zh/pause", *LONG[40:]]
    line = call(lambda call: call.read(files, 8))
    (first,) = line.sent()
    assert first.split(",")[1].endswith("/n39&/var/lib/hotline/prompts/zh/pause")
    (second,) = line.send("200 result=0", "200 result=1 (TIMEOUT/)").sent()[1:]
    assert second.split(",")[1].startswith("/var/lib/hotline/prompts/zh/n40&")
    assert second.split(",")[1].endswith("/n79")


def test_the_silence_of_the_catalogue_is_the_one_that_lists_break_at() -> None:
    """The name is agreed between those who say and those who send."""
    assert CATALOG[PAUSE_SOUND].silence > 0


def test_key_in_an_early_part(call) -> None:
    """A key in an early part stops the rest; what is still to be keyed is waited for in silence."""
    line = call(lambda call: call.read(LONG, 8)).send("200 result=0", "200 result=1 (TIMEOUT/0)")
    assert line.sent()[-1] == 'EXEC "Read" "IVR_KEYS,,7,,1,"'
    line.send("200 result=0", "200 result=1 (OK/7150830)")
    assert line.result == Read(ReadStatus.OK, "07150830")


def test_whole_answer_in_an_early_part(call) -> None:
    """An answer that is complete there needs no more."""
    line = call(lambda call: call.read(LONG, 1)).send("200 result=0", "200 result=1 (OK/1)")
    assert line.result == Read(ReadStatus.OK, "1")


@pytest.mark.parametrize("file", ["a,b", "a&b", "a b", "", "a\nb", 'a"b', "${X}"])
def test_sound_names(file) -> None:
    """A name that would mean something else to an application is refused."""
    with pytest.raises(BadArgument):
        play_list([file])


def test_play(call) -> None:
    """A list of files is played to its end."""
    line = call(lambda call: call.play(["a", "b"]))
    assert line.sent() == ['EXEC "Playback" "a&b"']
    line.send("200 result=0")
    assert line.raised is None


def test_missing_prompt(call, timer) -> None:
    """-1 that no HANGUP follows is a prompt that is not there."""
    line = call(lambda call: call.play(["a"])).send("200 result=-1")
    assert line.raised is None
    timer.advance(0.3)
    assert isinstance(line.raised, CommandFailed)
    assert line.raised.reply.result == "-1"


def test_hangup_after_minus_one(call, timer) -> None:
    """-1 that HANGUP follows 45 ms later is a hang-up."""
    line = call(lambda call: call.play(["a"])).send("200 result=-1")
    timer.advance(0.045)
    line.send("HANGUP")
    assert isinstance(line.raised, CallerHungUp)
    timer.advance(1)


def test_hangup_before_the_waiting(call) -> None:
    """-1 and HANGUP in one segment are a hang-up too."""
    line = call(lambda call: call.answer()).send(b"200 result=-1\nHANGUP\n")
    assert isinstance(line.raised, CallerHungUp)


def test_unknown_application(call, timer) -> None:
    """-2: Asterisk has no such application."""
    line = call(lambda call: call.play(["a"])).send("200 result=-2")
    timer.advance(1)
    assert isinstance(line.raised, CommandFailed)


@pytest.mark.parametrize("ends", [["HANGUP"], ["511 Command Not Permitted on a dead channel"], ["HANGUP511 Command"]])
def test_hangup_ends_what_waits(call, ends) -> None:
    """HANGUP and 511 both mean that the caller is gone; nothing is sent to a dead channel afterwards."""

    async def flow(call):
        try:
            await call.set_variable("X", "1")
        except CallerHungUp:
            await call.set_variable("Y", "1")

    line = call(flow)
    line.sent()
    line.send(*ends)
    assert isinstance(line.raised, CallerHungUp)
    assert line.sent() == []
    assert line.wires.half_closed


def test_hangup_while_the_flow_thinks(call) -> None:
    """A flow that waits for the store hears of the hang-up at its next command; its work is not torn."""
    store: Deferred[None] = Deferred()
    done = []

    async def flow(call):
        await store
        done.append("written")
        await call._line.hangup_within(1)

    line = call(flow).send("HANGUP", "200 result=0")
    store.callback(None)
    assert done == ["written"]
    assert isinstance(line.raised, CallerHungUp)


def test_connection_lost(call) -> None:
    """The end of the connection is the end of the call."""
    line = call(lambda call: call.answer())
    line.lose()
    assert isinstance(line.raised, CallerHungUp)


def test_refused_command(call) -> None:
    """510 and 520 fail the one command; the flow may go on."""

    async def flow(call):
        for _ in range(2):
            with pytest.raises(CommandFailed):
                await call.set_variable("X", "1")
        return "on"

    line = call(flow).send("510 Invalid or unknown command", "520-Usage:", "Usage: x", "520 End of proper usage.")
    assert line.result == "on"


@pytest.mark.parametrize(
    ("flow", "seconds"), [(lambda c: c.set_variable("X", "1"), QUICK), (lambda c: c.play(["a"]), MEDIA)]
)
def test_deadlines(call, timer, counted, flow, seconds) -> None:
    """A command unanswered for its class's time ends the call with a failure line, so that the dialplan takes over."""
    line = call(flow)
    timer.pump([1] * int(seconds))
    assert line.raised is None
    line.sent()
    timer.pump([1] * 2)
    assert isinstance(line.raised, DeadlinePassed)
    assert line.sent() == ["failure answer-late"]
    assert counted("faults_total", kind="answer-late") == 1
    assert counted("calls_total", end="lost") == 1


def test_answers_nobody_asked_for(call, counted) -> None:
    """Out of step: what is not an answer to a command ends the call."""
    store: Deferred[None] = Deferred()

    async def flow(call):
        await store

    line = call(flow).send("200 result=1")
    assert line.sent() == ["failure unasked-reply"]
    assert counted("faults_total", kind="unasked-reply") == 1


def test_garbage_ends_the_call(call) -> None:
    """So does what is no FastAGI at all; further garbage counts once."""
    line = call(lambda call: call.answer()).send(b"\xff" * 100_000, "HANGUP", "x")
    assert isinstance(line.raised, OutOfStep)


def test_draining_shows(serve, call) -> None:
    """A flow can see that the house closes."""
    seen = []

    async def flow(call):
        seen.append(call.draining)
        raise GivenBack("drained")

    assert call(flow).sent() == ["failure drained"]
    assert seen == [False]
