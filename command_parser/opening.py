"""Where a command begins and ends inside a text: greetings, quotation marks and copied instructions around it are passed over.

Everything works with positions in the normalised text and only ever moves forward at the head and backward at the tail, so the work
is linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from command_parser.normal import is_ascii_letter, is_digit, is_letter
from command_parser.words import (
    KEYWORDS,
    LEAD_INS,
    OPEN_KEYWORDS,
    SECOND_KEYWORDS,
    SENT_TO,
    THANKS,
    WHOLE_KEYWORDS,
    Verb,
    by_first,
)

_KEYWORDS: Final = by_first(KEYWORDS)
_LEAD_INS: Final = by_first(LEAD_INS)
_THANKS: Final = {
    last: tuple(word for word in sorted(THANKS, key=len, reverse=True) if word[-1] == last.lower())
    for word in THANKS
    for last in (word[-1], word[-1].upper())
}
"""By their last letter, so that a look-up tries only a few of them."""
_SIGNATURE_MAX: Final = 40
_SENT_TO_DIGITS: Final = range(3, 21)
_SECOND: Final = re.compile(
    rf"(?<![A-Za-z])(?:{'|'.join(SECOND_KEYWORDS)})[^0-9A-Za-z\u4e00-\u9fff]{{0,3}}[Oo]{{0,2}}[0-9]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """``verb`` is None when no keyword opens the text; ``rest`` is then all of it, without greetings. ``end`` is where the
    keyword ends, counted in the normalised text."""

    verb: Verb | None
    rest: str
    end: int


def open_text(text: str) -> Opening:
    """The keyword that opens the normalised ``text`` and what follows it, thanks and closing marks cut off."""
    text = text[: _tail(text)]
    at = 0
    while True:
        at = _skip_marks(text, at)
        keyword = _keyword_at(text, at)
        if keyword is not None:
            end = past_repeats(KEYWORDS[keyword], text, at + len(keyword))
            return Opening(verb=KEYWORDS[keyword], rest=text[end:], end=end)
        lead_in = _match(_LEAD_INS, text, at)
        if lead_in is None:
            return Opening(verb=None, rest=text[at:], end=at)
        at += len(lead_in)


def past_repeats(verb: Verb, text: str, end: int) -> int:
    """Past the same thing asked for twice (``取消预约QX…``). A complaint begins after its first keyword, whatever it says."""
    while verb is not Verb.COMPLAINT:
        at = _skip_marks(text, end)
        keyword = _keyword_at(text, at)
        if keyword is None or KEYWORDS[keyword] is not verb:
            return end
        end = at + len(keyword)
    return end


def holds_second(rest: str) -> bool:
    """Whether another keyword with its number follows in ``rest``: then one text holds several commands."""
    return _SECOND.search(rest) is not None


def without_thanks(text: str) -> str:
    """``text`` without thanks and marks at its end."""
    return text[: _tail(text)]


def _skip_marks(text: str, at: int) -> int:
    """Past punctuation, emoji and a 【signature】, to the first letter or digit."""
    while at < len(text) and not _is_content(text[at]):
        closing = text.find("】", at, at + _SIGNATURE_MAX) if text[at] == "【" else -1
        at = at + 1 if closing < 0 else closing + 1
    return at


def _is_content(char: str) -> bool:
    return is_digit(char) or is_letter(char)


def _match(table: dict[str, tuple[str, ...]], text: str, at: int) -> str | None:
    for word in table.get(text[at : at + 1], ()):
        if text[at : at + len(word)].lower() == word.lower() and not _runs_on(word, text, at + len(word)):
            return word
    return None


def _runs_on(word: str, text: str, end: int) -> bool:
    """Whether a Latin word goes on in the text (``hi`` in ``history``)."""
    return is_ascii_letter(word[-1]) and is_ascii_letter(text[end : end + 1] or " ")


def _keyword_at(text: str, at: int) -> str | None:
    for word in _KEYWORDS.get(text[at : at + 1], ()):
        end = at + len(word)
        if text[at:end].upper() == word and _may_open(word, text, end):
            return word
    return None


def _may_open(word: str, text: str, end: int) -> bool:
    """Whether ``word`` is a keyword here: a Latin one with a letter glued to it counts only when that run holds a number."""
    if word in WHOLE_KEYWORDS:
        return end == len(text)
    if word in OPEN_KEYWORDS or not is_ascii_letter(word[-1]):
        return True
    start = end
    while end < len(text) and is_ascii_letter(text[end]):
        end += 1
    return end == start or (end < len(text) and is_digit(text[end]))


def _tail(text: str) -> int:
    """Where the text ends when marks, thanks and ``…发送到12580`` are cut off. A ``*`` after a digit stays: it may mean X."""
    end = len(text)
    while end:
        stop = _thanks_start(text, _marks_start(text, end))
        if stop == end:
            return _sent_to_start(text, end)
        end = stop
    return end


def _marks_start(text: str, end: int) -> int:
    while end and not _is_content(text[end - 1]):
        if text[end - 1] in "*×" and is_digit(text[end - 2 : end - 1] or " "):
            return end
        end -= 1
    return end


def _thanks_start(text: str, end: int) -> int:
    for word in _THANKS.get(text[end - 1 : end], ()):
        start = end - len(word)
        if start >= 0 and text[start:end].lower() == word and not _runs_into(word, text, start):
            return start
    return end


def _runs_into(word: str, text: str, start: int) -> bool:
    return is_ascii_letter(word[0]) and start > 0 and is_ascii_letter(text[start - 1])


def _sent_to_start(text: str, end: int) -> int:
    start = end
    while start and is_digit(text[start - 1]):
        start -= 1
    if end - start not in _SENT_TO_DIGITS:
        return end
    before = text[:start].rstrip()
    word = next(filter(before.endswith, SENT_TO), "")
    return len(before) - len(word) if word else end
