"""pyst2's parser as a second opinion: the same replies must mean the same, except for what is listed here.

Where they differ, pyst2 0.5.1 is wrong: it knows no HANGUP line (ValueError) and no 511 (unknown code), takes a variable whose
value is ``hangup`` for a hang-up and every -1 for an error, drops the ``(timeout)`` of an empty entry and the lines of a value
after the first, and meets the end of the stream with ValueError.
"""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator

import pytest
from asterisk.agi import AGI, AGIAppError, AGIInvalidCommand, AGIResultHangup, AGIUnknownError, AGIUsageError
from hypothesis import given
from hypothesis import strategies as st

from ivr.agi.wire import EnvironmentRead, HangupSeen, Reply, Wire

HEADER = "agi_network: yes\nagi_request: agi://127.0.0.1:4573/hotline\nagi_callerid: 13800138000\n\n"


class Nowhere(io.StringIO):
    """pyst2 tells stderr everything that is keyed."""

    def write(self, text: str) -> int:
        return len(text)


@pytest.fixture(scope="module", autouse=True)
def _hangup_signal() -> Iterator[None]:
    """pyst2 takes SIGHUP for itself from its constructor."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def theirs(reply: str) -> AGI:
    return AGI(stdin=io.StringIO(HEADER + reply), stdout=Nowhere(), stderr=Nowhere())


def ours(reply: str):
    (_, *events) = Wire().feed((HEADER + reply).encode())
    return events


def test_environment() -> None:
    """Both read the same fields."""
    (read,) = Wire().feed(HEADER.encode())
    assert isinstance(read, EnvironmentRead)
    assert {f"agi_{name}": value for name, value in read.env.fields.items()} == theirs("").env


words = st.text(st.sampled_from("abc XYZ0123医生-_.,/"), max_size=20).map(str.strip)


@given(st.from_regex(r"[0-9*#]{1,18}", fullmatch=True), st.none() | words.filter(lambda text: text != "hangup"))
def test_results(result: str, data: str | None) -> None:
    """A result with or without a value means the same to both."""
    line = f"200 result={result}" + ("" if data is None else f" ({data})") + "\n"
    (reply,) = ours(line)
    assert theirs(line).get_result()["result"] == (reply.result, reply.data or "")


@given(st.integers(0, 200), st.integers(0, 10**9))
def test_end_positions(result: int, position: int) -> None:
    """And so does the place where a prompt was stopped."""
    line = f"200 result={result} endpos={position}\n"
    (reply,) = ours(line)
    found = theirs(line).get_result()
    assert (found["result"][0], found["endpos"][0]) == (reply.result, str(reply.endpos))


@pytest.mark.parametrize(
    ("line", "error", "code"),
    [
        ("510 Invalid or unknown command\n", AGIInvalidCommand, 510),
        (
            "520-Invalid command syntax.  Proper usage follows:\nUsage: NOOP\n520 End of proper usage.\n",
            AGIUsageError,
            520,
        ),
    ],
)
def test_refusals(line: str, error: type[Exception], code: int) -> None:
    """Both know an unknown command and a wrong use, and are in step afterwards."""
    agi = theirs(line + "200 result=1\n")
    with pytest.raises(error):
        agi.get_result()
    refused, after = ours(line + "200 result=1\n")
    assert refused.code == code
    assert agi.get_result()["result"][0] == after.result == "1"


@pytest.mark.parametrize(
    ("line", "their_error", "our_events"),
    [
        ("HANGUP\n", ValueError, [HangupSeen()]),
        ("511 Command Not Permitted\n", AGIUnknownError, [Reply(511, text="Command Not Permitted")]),
        ("200 result=1 (hangup)\n", AGIResultHangup, [Reply(200, "1", "hangup")]),
        ("200 result=-1\n", AGIAppError, [Reply(200, "-1")]),
        ("", ValueError, []),
    ],
)
def test_known_defects(line: str, their_error: type[Exception], our_events: list[object]) -> None:
    """The list of differences: should pyst2 ever mend one, this test says so."""
    with pytest.raises(their_error):
        theirs(line).get_result()
    assert ours(line) == our_events


@pytest.mark.parametrize(
    ("line", "their_result", "our_reply"),
    [
        ("200 result= (timeout)\n", ("", ""), Reply(200, "", "timeout")),
        ("200 result=1 (one\ntwo)\n", ("1", ""), Reply(200, "1", "one\ntwo")),
    ],
)
def test_what_pyst2_loses(line: str, their_result: tuple[str, str], our_reply: Reply) -> None:
    """An entry left empty by time-out, and a value with a line end, lose their words in pyst2 without a sound."""
    assert theirs(line).get_result()["result"] == their_result
    assert ours(line) == [our_reply]
