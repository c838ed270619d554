"""How each kind of parameter is written in TOML: a function a kind that reads it. Pure.

Law: ``read`` raises ValueError with a Chinese sentence that says what is right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from booking.rules.limits import reach
from booking.rules.moments import Clock, Hours, Span, parse_deadline

NONE = "none"


@dataclass(frozen=True, slots=True)
class Kind:
    """``says`` is the kind's name in the manual."""

    says: str
    read: Callable[[Any, tuple[str, ...]], Any]


def read_value(meta: Mapping[str, Any], raw: Any) -> Any:
    """The value of a key from what TOML holds."""
    if meta["optional"] and raw == NONE:
        return None
    return KINDS[meta["kind"]].read(raw, meta["among"])


def quoted(text: str) -> str:
    """A TOML basic string."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _bool(raw: Any, among: tuple[str, ...]) -> bool:
    del among
    if not isinstance(raw, bool):
        raise ValueError("应为 true 或 false")
    return raw


def _int(raw: Any, among: tuple[str, ...]) -> int:
    del among
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= 100_000:
        raise ValueError("应为不小于 0 的整数，例如 3")
    return raw


def _text(raw: Any, among: tuple[str, ...]) -> str:
    if not isinstance(raw, str):
        raise ValueError('应为加引号的文字，例如 "phone"' if not among else f"应为 {_or(among)} 之一")
    if among and raw not in among:
        raise ValueError(f"应为 {_or(among)} 之一")
    return raw


def _or(among: tuple[str, ...]) -> str:
    return "、".join(quoted(each) for each in among)


def _names(raw: Any, among: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_text(each, among) for each in _listed(raw))


def _listed(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


def _time(raw: Any, among: tuple[str, ...]) -> Clock:
    return Clock.parse(_text(raw, among)) if isinstance(raw, str) else Clock.parse("")


def _deadline(raw: Any, among: tuple[str, ...]) -> Any:
    del among
    return parse_deadline(raw if isinstance(raw, str) else "")


def _hours(raw: Any, among: tuple[str, ...]) -> tuple[Hours, ...]:
    del among
    return tuple(Hours.parse(each if isinstance(each, str) else "") for each in _listed(raw))


def _span(raw: Any, among: tuple[str, ...]) -> Span:
    del among
    return Span.parse(raw if isinstance(raw, str) else "")


def _spans(raw: Any, among: tuple[str, ...]) -> tuple[Span, ...]:
    spans = tuple(_span(each, among) for each in _listed(raw))
    if not spans:
        raise ValueError('至少要有一个时长，例如 ["3 months"]')
    return spans


def _date(raw: Any, among: tuple[str, ...]) -> date:
    del among
    if not isinstance(raw, date) or isinstance(raw, datetime):
        raise ValueError("应为日期，不加引号，例如 2025-07-01")
    return raw


def _per(raw: Any, among: tuple[str, ...]) -> str:
    text = _text(raw, among)
    try:
        reach(text)
    except ValueError:
        raise ValueError('应为 "visit-day"、"week"、"month"、"ever" 或时长如 "7 days"、"3 months"') from None
    if text in {"month-end", "forever"}:
        raise ValueError('应为 "month" 或 "ever"')
    return text


KINDS: dict[str, Kind] = {
    "bool": Kind("true 或 false", _bool),
    "int": Kind("整数", _int),
    "text": Kind("文字", _text),
    "choice": Kind("选项", _text),
    "names": Kind("文字列表", _names),
    "time": Kind("时刻 HH:MM", _time),
    "deadline": Kind("截止时刻", _deadline),
    "hours": Kind("时段列表", _hours),
    "span": Kind("时长", _span),
    "spans": Kind("时长列表", _spans),
    "date": Kind("日期", _date),
    "per": Kind("计算期", _per),
}
