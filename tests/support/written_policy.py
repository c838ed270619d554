"""A rule book as TOML: only what is not the default, in the schema's order. Reading it again gives the same book. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from typing import Any

from booking.rules.kinds import NONE, quoted
from booking.rules.layers import GROUPS, SELECTORS, Layer, Policy, key_of
from booking.rules.reading import LISTS


def write_policy(policy: Policy) -> str:
    """The book's text."""
    return "\n".join(_lines(policy)) + "\n"


def write_value(value: Any) -> str:
    """A key's value as TOML, in its usual form."""
    match value:
        case None:
            return quoted(NONE)
        case bool():
            return str(value).lower()
        case int() | date():
            return str(value)
        case tuple():
            return f"[{', '.join(quoted(str(each)) for each in value)}]"
        case _:
            return quoted(str(value))


def _lines(policy: Policy) -> Iterator[str]:
    for key, text in (("name", policy.name), ("source", policy.source)):
        if text:
            yield f"{key} = {quoted(text)}"
    if policy.from_ is not None:
        yield f"from = {policy.from_}"
    for group, defaults in GROUPS.items():
        if changed := _changed(getattr(policy.base, group), defaults):
            yield from ("", f"[{group}]", *changed)
    for name, blank in LISTS.items():
        for member in getattr(policy.base, name):
            yield from ("", f"[[{name}]]", *_changed(member, blank))
    for layer in policy.layers:
        yield from ("", "[[layers]]", *_layer(layer))


def _changed(table: Any, defaults: Any) -> list[str]:
    return [
        f"{key_of(each.name)} = {write_value(getattr(table, each.name))}"
        for each in fields(table)
        if getattr(table, each.name) != getattr(defaults, each.name)
    ]


def _layer(layer: Layer) -> Iterator[str]:
    for name in SELECTORS:
        value = getattr(layer, name)
        if isinstance(value, bool):
            yield f"{name} = {str(value).lower()}"
        elif value:
            yield f"{name} = [{', '.join(quoted(each) for each in value)}]"
    for name, value in layer.sets:
        if "." in name:
            yield f"{name} = {write_value(value)}"
        else:
            members = (f"{{ {', '.join(_changed(each, LISTS[name]))} }}" for each in value)
            yield f"{name} = [{', '.join(members)}]"
