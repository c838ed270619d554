"""Log lines: one JSON object an event, with the trace of its call or text, and never a person's number in the clear."""

from __future__ import annotations

import io
import json
import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import LogBeginner, Logger, LogLevel, LogPublisher
from twisted.python.failure import Failure

from booking.trace import trace_id
from hotline.logs.console import as_words
from hotline.logs.line import record
from hotline.logs.opening import observer, open_logs
from hotline.logs.scrub import scrub


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def logged(stream: io.StringIO, *, level: str = "info", form: str = "json") -> Logger:
    return Logger(namespace="sms_gateway.intake", observer=observer(stream, level=level, form=form))


def test_an_event_is_one_json_line_with_its_fields() -> None:
    """Time, level, who says it, the sentence, and each field by itself, so that lines can be searched."""
    stream = io.StringIO()
    logged(stream).info("text {inbox_id} taken from {smsc}", inbox_id=41, smsc="cmcc", parts=None, again=False)
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "namespace": "sms_gateway.intake",
        "message": "text 41 taken from cmcc",
        "trace": "-",
        "inbox_id": 41,
        "smsc": "cmcc",
        "parts": None,
        "again": False,
    }
    assert stream.getvalue().endswith("\n")


def test_the_trace_of_the_call_is_on_every_line() -> None:
    """Whatever is logged while a call is served carries that call's id."""
    stream = io.StringIO()
    token = trace_id.set("call-1732.5")
    try:
        logged(stream).info("menu")
    finally:
        trace_id.reset(token)
    assert json.loads(stream.getvalue())["trace"] == "call-1732.5"


def test_no_number_of_a_person_reaches_a_line() -> None:
    """Phone and identity numbers are masked in the sentence, in fields, in numbers and in tracebacks, whoever forgot to."""
    stream = io.StringIO()
    says = logged(stream)
    says.info(
        "from {source}: {text}",
        source="+8613800138000",
        text="ZC11010519491231002x张三",
        phone=13800138000,
        old="110105491231002",
    )
    try:
        raise ValueError("INSERT … parameters: ('11010519491231002X', '013912345678')")
    except ValueError:
        says.failure("store", Failure())
    text = stream.getvalue()
    for number in ("13800138000", "11010519491231002", "13912345678", "110105491231002"):
        assert number not in text
    first, second = map(json.loads, text.splitlines())
    assert first["message"] == "from +86138****8000: ZC110105********002x张三"
    assert first["phone"] == "138****8000"
    assert "139****5678" in second["failure"]


@given(st.text(alphabet="0123456789Xx+张a ", max_size=40))
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    """The scrub is stable: scrubbed text passes it unchanged."""
    assert scrub(scrub(text)) == scrub(text)


@given(
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.sampled_from(["", "+86", "0", "0086"]),
    st.sampled_from(["", "张三", "GHDH", ",", '"']),
)
def test_every_mobile_number_is_masked_wherever_it_stands(mobile: str, prefix: str, beside: str) -> None:
    """Any mobile number, in any form of caller id, beside anything but digits."""
    assert mobile not in scrub(f"{beside}{prefix}{mobile}{beside}")


@pytest.mark.parametrize(
    "text", ["12345678", "1732012345.17", "07150830", "00868", "20261122083000", "98765432109876543210"]
)
def test_other_numbers_stay(text: str) -> None:
    """Booking codes, times, doctors and call ids are needed to follow a case and are nobody's secret."""
    assert scrub(text) == text


def test_lines_below_the_level_are_not_written() -> None:
    """At level warn, information is not written."""
    stream = io.StringIO()
    says = logged(stream, level="warn")
    says.info("no")
    says.warn("yes")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["yes"]


def test_auto_is_words_on_a_terminal_and_json_elsewhere() -> None:
    """A person at a terminal reads sentences; a journal gets JSON."""
    terminal, file = Terminal(), io.StringIO()
    logged(terminal, form="auto").error("cannot bind")
    logged(file, form="auto").error("cannot bind")
    assert "error sms_gateway.intake: cannot bind\x1b[0m\n" in terminal.getvalue()
    assert json.loads(file.getvalue())["level"] == "error"


def test_words_for_people_carry_trace_and_traceback() -> None:
    """On the console: hospital's time, level, who, sentence, trace; a failure's traceback below."""
    event = {
        "log_time": 0.0,
        "log_level": LogLevel.info,
        "log_namespace": "ivr",
        "log_format": "hello",
        "log_failure": Failure(ValueError("x")),
        "trace": "t1",
    }
    words = as_words(event, colour=False)
    assert words.startswith("08:00:00 info  ivr: hello  [t1]\n")
    assert "ValueError: x" in words


def test_an_event_without_anything_is_still_a_record() -> None:
    """Foreign events (warnings, old-style messages) without level or namespace do not break the observer."""
    assert record({"log_format": "x"}) == {
        "time": "1970-01-01T00:00:00.000+00:00",
        "level": "info",
        "namespace": "-",
        "message": "x",
        "trace": "-",
    }


def test_opening_the_logs_tells_what_was_said_before() -> None:
    """Events from before the configuration was read are not lost."""
    publisher, stream = LogPublisher(), io.StringIO()
    beginner = LogBeginner(publisher, io.StringIO(), sys, warnings)
    show = warnings.showwarning
    try:
        Logger(namespace="early", observer=publisher).warn("before")
        open_logs(observer(stream, level="info", form="json"), beginner=beginner)
    finally:
        warnings.showwarning = show
    assert json.loads(stream.getvalue())["message"] == "before"
