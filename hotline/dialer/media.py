"""The commands and applications that a caller hears or keys, as Asterisk 22 carries them out. Pure.

Each is a function of the channel and its arguments; it gives a reply at once (a missing sound, above all) or what is running:
a question, and the reply that its end will be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

KEYS = "0123456789*#"
MOST_KEYS = 255
SAMPLES = 8000  # the endpos that is told: a second of sound
RESPONSE_SECONDS = 10.0  # Asterisk's own, until TIMEOUT(response) or TIMEOUT(digit) is set
DIGIT_SECONDS = 5.0


class How(Enum):
    """How a question ended: by keys, by time, by the caller's hanging up."""

    KEYS = auto()
    LAPSE = auto()
    HANGUP = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the caller hears, and which keys count: ``ends`` finishes without being kept; ``most`` 0 means that no key counts."""

    files: tuple[str, ...]
    accepts: str = ""
    most: int = 0
    ends: str = ""
    first_s: float = 0.0
    next_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """``attempts``: how often the question is put while nothing is keyed."""

    question: Question
    reply: Callable[[str, How], str]
    attempts: int = 1


@dataclass(slots=True)
class Channel:
    has_file: Callable[[str], bool]
    variables: dict[str, str] = field(default_factory=dict)

    def patience(self, seconds: float) -> tuple[float, float]:
        """Seconds that the first and each following key are waited for."""
        if seconds:
            return seconds, seconds
        first = self.variables.get("TIMEOUT(response)", RESPONSE_SECONDS)
        return float(first), float(self.variables.get("TIMEOUT(digit)", DIGIT_SECONDS))


Outcome = str | Running


def stream_file(channel: Channel, file: str, escape: str, _offset: str = "") -> Outcome:
    if not channel.has_file(file):
        return "200 result=-1 endpos=0"
    question = Question(files=(file,), accepts=escape, most=1 if escape else 0)
    return Running(question=question, reply=lambda keys, how: f"200 result={_number(keys, how)} endpos={SAMPLES}")


def get_data(channel: Channel, file: str, timeout: str = "", most: str = "") -> Outcome:
    if not channel.has_file(file):
        return "200 result=-1"
    first, following = channel.patience(whole(timeout) / 1000)
    length = whole(most) or MOST_KEYS
    question = Question(files=(file,), accepts=KEYS, most=length, ends="#", first_s=first, next_s=following)
    return Running(question=question, reply=_data_reply)


def wait_for_digit(_channel: Channel, timeout: str) -> Outcome:
    question = Question(files=(), accepts=KEYS, most=1, first_s=whole(timeout) / 1000)
    return Running(question=question, reply=lambda keys, how: f"200 result={_number(keys, how)}")


def record_file(_channel: Channel, _file: str, _form: str, escape: str, timeout: str, *_options: str) -> Outcome:
    question = Question(files=("beep",), accepts=escape, most=1 if escape else 0, first_s=whole(timeout) / 1000)
    return Running(question=question, reply=_record_reply)


def read(channel: Channel, options: str) -> Outcome:
    """``Read(variable,files,maxdigits,options,attempts,timeout)``: a missing file counts only in the last place."""
    variable, files, most, _, attempts, timeout = (*options.split(","), *[""] * 6)[:6]
    names = tuple(filter(None, files.split("&")))
    if names and not channel.has_file(names[-1]):
        channel.variables["READSTATUS"] = "ERROR"
        return "200 result=0"

    def reply(keys: str, how: How) -> str:
        status = {How.KEYS: "OK", How.LAPSE: "TIMEOUT", How.HANGUP: "HANGUP"}[how]
        channel.variables |= {variable: keys, "READSTATUS": status}
        return "200 result=0"

    first, following = channel.patience(float(timeout or 0))
    question = Question(
        files=tuple(filter(channel.has_file, names)),
        accepts=KEYS,
        most=whole(most) or MOST_KEYS,
        ends="#",
        first_s=first,
        next_s=following,
    )
    return Running(question=question, reply=reply, attempts=whole(attempts) or 1)


def playback(channel: Channel, options: str) -> Outcome:
    names = _files(options)
    there = tuple(filter(channel.has_file, names))
    channel.variables["PLAYBACKSTATUS"] = "SUCCESS" if there == names else "FAILED"
    return Running(question=Question(files=there), reply=_plain_reply) if there else "200 result=0"


def background(channel: Channel, options: str) -> Outcome:
    question = Question(files=tuple(filter(channel.has_file, _files(options))), accepts=KEYS, most=1)
    return Running(question=question, reply=lambda keys, how: f"200 result={_number(keys, how)}")


def wait(_channel: Channel, options: str) -> Outcome:
    return Running(question=Question(files=(), first_s=float(options or 0)), reply=_plain_reply)


def whole(text: str) -> int:
    """As C's atoi where it matters: anything else is 0."""
    return int(text) if text.isascii() and text.isdigit() else 0


def _files(options: str) -> tuple[str, ...]:
    return tuple(filter(None, options.partition(",")[0].split("&")))


def _number(keys: str, how: How) -> int:
    """A key as replies name it: by its ASCII number; 0 none, -1 hung up."""
    if how is How.HANGUP:
        return -1
    return ord(keys) if keys else 0


def _plain_reply(_keys: str, how: How) -> str:
    return f"200 result={-1 if how is How.HANGUP else 0}"


def _data_reply(keys: str, how: How) -> str:
    return {How.KEYS: f"200 result={keys}", How.LAPSE: f"200 result={keys} (timeout)", How.HANGUP: "200 result=-1"}[how]


def _record_reply(keys: str, how: How) -> str:
    words = {How.KEYS: "(dtmf)", How.LAPSE: "(timeout)", How.HANGUP: "(hangup)"}[how]
    return f"200 result={_number(keys, how)} {words} endpos={0 if how is How.HANGUP else SAMPLES}"
