"""`hotline text`: a phone that sends one text and shows the replies."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure

from hotline.cli import text as text_module
from hotline.cli.main import main
from hotline.cli.text import exchange
from sms_gateway.simulator.loopback import LoopbackEndpoint, settle
from sms_gateway.simulator.simulator import Simulator
from sms_gateway.smpp.pdu import Address, SubmitSm

Answer = Callable[[Simulator, SubmitSm], None]


def answered(simulator: Simulator, pdu: SubmitSm) -> None:
    """The service answers every text with two of its own."""
    if pdu.destination.digits == "12580":
        for word in (b"one", b"two"):
            reply = SubmitSm(destination=Address("8613800138000", 1, 1), short_message=word)
            simulator.carry(reply, Address("12580"), "1")


def unanswered(simulator: Simulator, pdu: SubmitSm) -> None:
    """The service is silent."""


def sent(answer: Answer | None, *, as_json: bool = False) -> int | None:
    """Sends CX in memory; the exit code (None: in order). Without ``answer`` nobody listens."""
    clock = Clock()
    simulator = Simulator(clock)
    if answer is not None:
        simulator.watch(lambda pdu: answer(simulator, pdu))
    endpoint = LoopbackEndpoint(clock, simulator if answer else None)
    ended: list[Failure | None] = []
    coroutine = exchange(clock, endpoint, "CX", sender="+8613800138000", to="12580", quiet=1.0, as_json=as_json)
    Deferred.fromCoroutine(coroutine).addBoth(ended.append)
    for _ in range(24):
        settle(clock, 0.5)
    (end,) = ended
    if end is None:
        return None
    assert isinstance(end.value, SystemExit)
    return int(str(end.value.code))


def test_the_replies_are_printed_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Every reply on lines of its own, as it comes."""
    assert sent(answered) is None
    assert capsys.readouterr().out == "one\ntwo\n"


def test_the_replies_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One object with who sent what and what came back."""
    assert sent(answered, as_json=True) is None
    answer = {"from": "+8613800138000", "text": "CX", "replies": ["one", "two"]}
    assert json.loads(capsys.readouterr().out) == answer


def test_silence_is_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    """A hotline that does not answer within ten seconds is down."""
    assert sent(unanswered) == 3
    assert "No reply within 10 seconds." in capsys.readouterr().err


def test_without_an_smsc_the_way_to_start_one_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody listens, the first thing to type is told."""
    assert sent(None) == 3
    assert "make demo" in capsys.readouterr().err


def test_a_phone_must_be_a_mobile() -> None:
    """A landline cannot text."""
    for number in ("01062280000", "abc"):
        result = CliRunner().invoke(main, ["text", number, "CX"])
        assert result.exit_code == 2
        assert "13800138000" in result.output


def test_the_command_hands_its_words_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words may be several arguments; the number is brought to its normal form."""
    seen: list[tuple[object, ...]] = []

    async def noted(reactor: object, endpoint: object, words: str, **how: object) -> None:
        seen.append((words, how["sender"], how["quiet"]))

    monkeypatch.setattr(text_module, "exchange", noted)
    monkeypatch.setattr(text_module, "react", lambda call: call(MemoryReactorClock()))
    result = CliRunner().invoke(main, ["text", "138 0013 8000", "GHDH00868", "07150830", "--wait", "2.5"])
    assert result.exit_code == 0, result.output
    assert seen == [("GHDH00868 07150830", "+8613800138000", 2.5)]
