"""Whatever dies between a caller and the hotline, the caller reaches somebody who speaks: proved on a real Asterisk."""

from __future__ import annotations

import queue
import socket

import pytest

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("asterisk")]


def finishes(call):
    call.ask("ANSWER")
    call.ask('SET VARIABLE IVR_DONE "done"')


def wants_an_agent(call):
    call.ask("ANSWER")
    call.ask('SET VARIABLE IVR_DONE "queue"')


def stays_on(call):
    call.ask("ANSWER")
    call.until_gone()


def dies_in_the_middle(call):
    call.ask("ANSWER")
    call.wire.sendall(b"STREAM FILE beep 0\n")
    call.wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closes with RST, as kill -9 may


def says_failure(call):
    call.wire.sendall(b"failure the store is down\n")


def plays_a_missing_file(call):
    call.ask("ANSWER")
    assert call.ask("STREAM FILE no/such/file 0").startswith("200 result=-1")


def nobody_called(server, for_seconds=0.3):
    with pytest.raises(queue.Empty):
        server.met(within=for_seconds)


def test_a_healthy_server_has_the_call_and_ends_it(asterisk, stand_in):
    """The caller is served by the first server, and hung up when it says that the call is done."""
    first, second = stand_in(finishes), stand_in(finishes)
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url)
    asterisk.call("13800138000")
    call = first.met()
    asterisk.ended()
    assert call.env["agi_callerid"] == "13800138000"
    assert call.env["agi_language"] == "zh"
    nobody_called(second)


def test_the_agent_gets_the_trace_of_the_call(asterisk, stand_in):
    """Who asks for a person reaches one, and the agent's leg knows the call by the id that the server's log has."""
    first = stand_in(wants_an_agent)
    asterisk.set(HOTLINE_SERVER_1=first.url)
    asterisk.call()
    trace = first.met().env["agi_uniqueid"]
    assert asterisk.agent().env["agi_arg_1"] == trace


@pytest.mark.parametrize("fault", [dies_in_the_middle, says_failure, plays_a_missing_file])
def test_a_server_that_fails_in_the_call_hands_it_to_the_second(asterisk, stand_in, fault):
    """Crash, `failure` line, missing prompt: the caller is with the second server, and need not wait until any time is over."""
    first, second = stand_in(fault), stand_in(finishes)
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url)
    asterisk.call()
    first.met()
    second.met()
    asterisk.ended()


def test_a_dead_server_costs_the_caller_no_time(asterisk, stand_in):
    """Nothing listens at the first address: the second server has the call, and no time had to be over."""
    second = stand_in(finishes)
    asterisk.set(HOTLINE_SERVER_2=second.url)
    asterisk.call()
    second.met()
    asterisk.ended()


def test_a_black_hole_costs_the_caller_the_probe_only(asterisk, stand_in):
    """A server that accepts and never answers is given up when the health question's time is over."""
    first, second = stand_in(finishes), stand_in(finishes)
    first.healthy = False
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url, HOTLINE_PROBE_SECONDS=1)
    asterisk.call()
    second.met()
    asterisk.ended()
    nobody_called(first, 0.05)


def test_a_server_that_falls_silent_in_the_call_ends_at_an_agent(asterisk, stand_in):
    """The longest call is over: the caller is not cut off but handed to a person."""
    first, second = stand_in(stays_on), stand_in(finishes)
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url, HOTLINE_CALL_SECONDS=1)
    ear = asterisk.ear()
    asterisk.call()
    first.met()
    ear.hears("dialplan-sorry")
    asterisk.agent()
    nobody_called(second, 0.05)


def test_no_server_and_no_emergency_script_ends_at_an_agent(asterisk):
    """Even with everything of ours gone the agents' telephones ring."""
    asterisk.set(HOTLINE_EMERGENCY="no-such-script")
    asterisk.call()
    asterisk.agent()


def test_nobody_at_all_is_told_and_the_call_ends(asterisk):
    """With no agent at the queue the caller is not left listening to a ring tone."""
    asterisk.set(HOTLINE_EMERGENCY="no-such-script")
    asterisk.cli("queue pause member Local/agent@test-agents/n")
    try:
        ear = asterisk.ear()
        asterisk.call()
        ear.hears("dialplan-nobody")
        asterisk.ended()
    finally:
        asterisk.cli("queue unpause member Local/agent@test-agents/n")


def test_a_caller_who_hangs_up_is_not_passed_on(asterisk, stand_in, rings):
    """Hanging up is the caller's own end of the call: no second server, no agent."""
    first, second = stand_in(stays_on), stand_in(finishes)
    asterisk.set(HOTLINE_SERVER_1=first.url, HOTLINE_SERVER_2=second.url)
    caller = rings()
    first.met()
    caller.hangs_up()
    asterisk.ended()
    asterisk.wait_for_silence()
    nobody_called(second)
