"""A rule book as TOML: only what is not the default, in the schema's order. Reading it again gives the same book. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from booking.rules.kinds import quoted, write_value
from booking.rules.layers import GROUPS, SELECTORS, Layer, Policy, attribute, key_of
from booking.rules.reading import LISTS


def write_policy(policy: Policy) -> str:
    """The book's text."""
    return "\n".join(_lines(policy)) + "\n"


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
        f"{key_of(each.name)} = {write_value(each.metadata, getattr(table, each.name))}"
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
        group, dot, key = name.partition(".")
        if dot:
            meta = next(each.metadata for each in fields(GROUPS[group]) if each.name == attribute(key))
            yield f"{name} = {write_value(meta, value)}"
        else:
            members = (f"{{ {', '.join(_changed(each, LISTS[name]))} }}" for each in value)
            yield f"{name} = [{', '.join(members)}]"
