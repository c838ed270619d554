"""FastAGI's bytes: every form that Asterisk 22 was seen to send, cut and merged in every way, and everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.dialer.grammar import split
from ivr.agi.wire import (
    COMMAND_MOST,
    HEADER_LINES,
    HEADER_MOST,
    LINE_MOST,
    VALUE_LINES,
    VALUE_MOST,
    BadArgument,
    EnvironmentRead,
    Fault,
    HangupSeen,
    Reply,
    Wire,
    command,
    quote,
)

HEADER = b"agi_network: yes\nagi_network_script: hotline\nagi_callerid: 13800138000\n\n"
HANGUP = HangupSeen()
DEAD = "Command Not Permitted on a dead channel or intercept routine"
USAGE = (
    "520-Invalid command syntax.  Proper usage follows:\n"
    " Usage: STREAM FILE <filename> <escape digits> [sample offset]\n"
    " HANGUP in these words is no hang-up\n"
    "520 End of proper usage."
)


def after_header(data: bytes):
    wire = Wire()
    assert isinstance(wire.feed(HEADER)[0], EnvironmentRead)
    return list(wire.feed(data))


REPLIES = [
    (b"200 result=0\n", [Reply(200, "0")]),
    (b"200 result=1\n", [Reply(200, "1")]),
    (b"200 result=-1\nHANGUP\n", [Reply(200, "-1"), HANGUP]),
    (b"200 result=-1 endpos=4160\nHANGUP\n", [Reply(200, "-1", None, 4160), HANGUP]),
    (b"200 result=-1 (hangup) endpos=0\n", [Reply(200, "-1", "hangup", 0)]),
    (b"200 result=0 endpos=8000\r\n", [Reply(200, "0", None, 8000)]),
    (b"200 result=12\n", [Reply(200, "12")]),
    (b"200 result=123 (timeout)\n", [Reply(200, "123", "timeout")]),
    (b"200 result= (timeout)\n", [Reply(200, "", "timeout")]),
    (b"200 result=11010519491231002*\n", [Reply(200, "11010519491231002*")]),
    (b"200 result=1 (x) (hangup)\n", [Reply(200, "1", "x) (hangup")]),
    (b"200 result=1 (hangup)\n", [Reply(200, "1", "hangup")]),
    (b"200 result=1 ()\n", [Reply(200, "1", "")]),
    (b"200 result=1 (a) endpos=5)\n", [Reply(200, "1", "a) endpos=5")]),
    (b"200 result=1 (one\ntwo\n)\n", [Reply(200, "1", "one\ntwo\n")]),
    (b"200 result=1 (one\nHANGUP\ntwo)\n", [HANGUP, Reply(200, "1", "one\ntwo")]),
    ("200 result=1 (张三)\n".encode(), [Reply(200, "1", "张三")]),
    ("200 result=1 (张三)\n".encode("gbk"), [Reply(200, "1", "张三")]),
    (b"200 result=1 (\xff\xfe\x81)\n", [Reply(200, "1", "\ufffd\ufffd\ufffd")]),
    (b"HANGUP\n", [HANGUP]),
    (b"HANGUP\nHANGUP\n", [HANGUP, HANGUP]),
    (f"HANGUP511 {DEAD}\n".encode(), [HANGUP, Reply(511, text=DEAD)]),
    (b"HANGUP200 result=0\n", [HANGUP, Reply(200, "0")]),
    (f"511 {DEAD}\n".encode(), [Reply(511, text=DEAD)]),
    (b"510 Invalid or unknown command\n", [Reply(510, text="Invalid or unknown command")]),
    (USAGE.encode() + b"\n", [Reply(520, text=USAGE)]),
    (USAGE.replace("\n520 ", "\nHANGUP\n520 ").encode() + b"\n", [HANGUP, Reply(520, text=USAGE)]),
    (USAGE.replace("\n520 ", "\nHANGUP520 ").encode() + b"\n", [HANGUP, Reply(520, text=USAGE)]),
    (b"520 Invalid command syntax.\n", [Reply(520, text="Invalid command syntax.")]),
    (b"100 Trying\n200 result=0\n", [Reply(200, "0")]),
    (b"100 result=0 Trying...\n200 result=1\n", [Reply(200, "1")]),
    (b"\n\n200 result=1\n", [Reply(200, "1")]),
    (b"503\n", [Reply(503)]),
    (b"hello\n200 result=1\n", [Fault("garbage")]),
    (b"hello\n" + b"1" * 100_000, [Fault("garbage")]),
    (b"20x result=1\n", [Fault("garbage")]),
    (b"2000 result=1\n", [Fault("garbage")]),
    (b"200 nothing\n", [Fault("garbage")]),
    (b"200 result=1 and more\n", [Fault("garbage")]),
    ("２００ result=1\n".encode(), [Fault("garbage")]),
    (b"1" * 100_000 + b"\n", [Fault("line-long")]),
    (b"1" * 100_000, [Fault("line-long")]),
    (b"200 result=1 (" + b"\n" * (VALUE_LINES + 1), [Fault("value-long")]),
    (b"520-" + (b"x" * (LINE_MOST - 10) + b"\n") * (VALUE_MOST // LINE_MOST + 2), [Fault("value-long")]),
]


@pytest.mark.parametrize(("data", "events"), REPLIES)
def test_replies(data: bytes, events: list[object]) -> None:
    """Each form on the wire means what Asterisk means by it, in one piece and byte by byte."""
    assert after_header(data) == events
    wire = Wire()
    seen = [event for at in range(len(HEADER + data)) for event in wire.feed((HEADER + data)[at : at + 1])]
    assert seen[1:] == events


def test_a_usual_reply_costs_no_parsing() -> None:
    """The commonest replies are the same value every time."""
    assert after_header(b"200 result=1\n")[0] is after_header(b"200 result=1\n")[0]


def test_nothing_after_a_fault() -> None:
    """Out of step once is out of step for good: nothing more is read, nothing kept."""
    wire = Wire()
    wire.feed(HEADER)
    wire.feed(b"what?\n")
    assert list(wire.feed(b"200 result=1\n" * 1000)) == []
    assert wire._pending == b""


def test_environment() -> None:
    """The fields come with the blank line, and what follows them in the same segment is read too."""
    wire = Wire()
    assert list(wire.feed(HEADER[:-1])) == []
    env, reply = wire.feed(b"\n200 result=0\n")
    assert isinstance(env, EnvironmentRead)
    assert env.env.script == "hotline"
    assert reply == Reply(200, "0")


def test_environment_with_a_hangup_inside() -> None:
    """A caller may be gone before the first command."""
    env, gone = Wire().feed(b"agi_request: x\nHANGUP\nagi_type: Local\n\n")
    assert env.env.fields == {"request": "x", "type": "Local"}
    assert gone == HANGUP


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (b"a: b\n" * HEADER_LINES + b"a: b\n\n", "header-long"),
        (b"a: b\n" * (HEADER_LINES + 1), "header-long"),
        (b"agi_x: " + b"y" * HEADER_MOST, "header-long"),
        (b"y" * 100_000, "header-long"),
        (b"GET / HTTP/1.0\r\n\r\n", "header-malformed"),
        (b"\n\n", "header-malformed"),
        (bytes(range(128, 256)) + b"\n\n", "header-malformed"),
    ],
)
def test_bad_environments(header: bytes, kind: str) -> None:
    """Too long, too many lines, or no environment at all: one fault, and the end."""
    assert list(Wire().feed(header)) == [Fault(kind)]


def test_longest_environment() -> None:
    """Exactly the most lines that are allowed are read."""
    (read,) = Wire().feed(b"".join(b"agi_arg_%d: x\n" % n for n in range(1, HEADER_LINES + 1)) + b"\n")
    assert isinstance(read, EnvironmentRead)
    assert len(read.env.fields) == HEADER_LINES


def test_untouched() -> None:
    """Who has not sent a byte was only trying the port."""
    wire = Wire()
    assert wire.untouched
    wire.feed(b"a")
    assert not wire.untouched


@given(st.lists(st.sampled_from([data for data, _ in REPLIES if len(data) < 300]), max_size=8), st.data())
def test_cuts_do_not_matter(parts: list[bytes], data: st.DataObject) -> None:
    """However TCP cuts and merges the bytes, the same events come out."""
    stream = HEADER + b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    wire = Wire()
    pieces = [
        event
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for event in wire.feed(stream[start:end])
    ]
    assert pieces == list(Wire().feed(stream))


@given(st.lists(st.binary(max_size=400), max_size=20), st.booleans())
def test_garbage(chunks: list[bytes], header: bool) -> None:
    """Random bytes raise nothing and pile nothing up."""
    wire = Wire()
    if header:
        wire.feed(HEADER)
    faults = [event for chunk in chunks for event in wire.feed(chunk) if isinstance(event, Fault)]
    assert len(faults) <= 1


def test_command() -> None:
    """Words are quoted, numbers are not."""
    assert command("RECORD FILE", "a b", 60) == b'RECORD FILE "a b" 60\n'
    assert quote('say "hi" \\o/') == r'"say \"hi\" \\o/"'


@given(st.lists(st.text(max_size=60), max_size=5))
def test_quoting(args: list[str]) -> None:
    """Asterisk reads the arguments that were given, or the command is refused: one argument never becomes two commands."""
    bad = any(char in arg for arg in args for char in "\r\n\0")
    surrogate = any("\ud800" <= char <= "\udfff" for arg in args for char in arg)
    try:
        line = command("VERBOSE", *args)
    except BadArgument:
        assert bad
        return
    assert not bad
    assert line.count(b"\n") == 1
    if not surrogate:
        assert split(line[:-1].decode()) == ["VERBOSE", *args]


@pytest.mark.parametrize("bad", ["a\nHANGUP", "a\rb", "a\0b"])
def test_injection(bad: str) -> None:
    """A line end in a value would run the rest as a command of its own."""
    with pytest.raises(BadArgument):
        command("SET VARIABLE", "X", bad)


def test_longest_command() -> None:
    """2,000 bytes pass (three of them for each Chinese character), one more does not."""
    rest = COMMAND_MOST - len('VERBOSE ""\n')
    assert len(command("VERBOSE", "医" * (rest // 3) + "x" * (rest % 3))) == COMMAND_MOST
    with pytest.raises(BadArgument):
        command("VERBOSE", "医" * (rest // 3) + "x" * (rest % 3 + 1))
