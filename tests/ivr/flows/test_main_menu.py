"""The main menu and the ways out of it."""

from __future__ import annotations

import pytest


def test_greeting_and_choices(dial) -> None:
    """The caller is greeted once and hears seven choices, the agent among them."""
    call = dial().key(["9", "*", "x"])
    assert call.heard[0].startswith("您好，欢迎使用预约挂号热线。预约挂号请按一")
    assert call.heard[1].startswith("预约挂号请按一")
    assert call.heard[2] == call.heard[1]
    assert "人工服务请按零" in call.heard[0]


@pytest.mark.parametrize(
    "keys", [["0"], ["1", "0"], ["1", "1", "0#"], ["1", "1", "0"], ["1", "1", "00868", "0#"], ["3", "0#"], ["4", "0"]]
)
def test_zero_anywhere(dial, counted, keys) -> None:
    """0 reaches an agent from everywhere; where a number is being keyed, 0 by itself does."""
    call = dial().key(keys)
    assert call.variables["IVR_DONE"] == "queue"
    assert "正在为您转接人工服务" in call.heard[-1]
    assert counted("to_agent_total", why="asked") == 1


def test_silence(dial, counted) -> None:
    """Silence is answered by the question again, three times; then an agent comes, and nobody is hung up on."""
    call = dial().key(["", "", ""])
    assert call.heard[1].startswith("没有听到您的按键。预约挂号请按一")
    assert len(call.heard) == 4
    assert call.variables["IVR_DONE"] == "queue"
    assert counted("to_agent_total", why="silence") == 1


def test_wrong_keys(dial, counted) -> None:
    """So are wrong keys; silences in between are counted apart."""
    call = dial().key(["7", "", "8", "", "6"])
    assert call.heard[1].startswith("没有这个选项。")
    assert call.variables["IVR_DONE"] == "queue"
    assert counted("to_agent_total", why="wrong-keys") == 1


def test_complaint(dial, counted) -> None:
    """A complaint is taken by an agent."""
    call = dial().key(["5"])
    assert call.heard[-1] == "您的投诉由人工受理。正在为您转接人工服务，请稍候。"
    assert call.variables["IVR_DONE"] == "queue"


def test_last_word(dial) -> None:
    """IVR_DONE is the very last thing said to Asterisk, and IVR_TRACE the first."""
    call = dial().key(["0"])
    lines = call.sent.decode().splitlines()
    assert lines[0].startswith('SET VARIABLE "__IVR_TRACE" "1784000000.7-')
    assert lines[-1] == 'SET VARIABLE "IVR_DONE" "queue"'


def test_every_call_has_its_own_trace(dial) -> None:
    """Two exchanges may give the same id to two calls; their traces, and so their requests, still differ."""
    traces = {dial().key(["x"]).variables["__IVR_TRACE"] for _ in range(2)}
    assert len(traces) == 2


def test_missing_prompts(dial, counted) -> None:
    """Where a prompt is missing the caller reaches an agent and the operator is told."""
    call = dial(has_file=lambda file: not file.endswith("main-menu")).key([])
    assert call.variables["IVR_DONE"] == "queue"
    assert counted("faults_total", kind="prompt-missing") == 1


def test_no_prompts_at_all(dial) -> None:
    """Even with no sound at all the call ends at an agent."""
    assert dial(has_file=lambda _: False).key([]).variables["IVR_DONE"] == "queue"


def test_keys_are_not_hurried(dial) -> None:
    """Five seconds for the first key, three between keys, five where eighteen places are read off a card."""
    call = dial()
    call.pump()
    assert (call.variables["TIMEOUT(response)"], call.variables["TIMEOUT(digit)"]) == ("5", "3")
    call.key(["1", "1", "00868", "07150830"])
    assert call.variables["TIMEOUT(digit)"] == "5"
