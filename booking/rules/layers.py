"""One rule-maker's whole set: what holds everywhere, and what holds instead at a campus, for a doctor, a number type, a channel …

Law: a parameter's value is that of the most specific layer that fits and sets it. A layer is the more specific the later its most
special selector stands in ``SELECTORS``; of two alike, the one written later. Only whole parameters are replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from booking.rules.facts import Where
from booking.rules.policy import BanRule, Terms

SELECTORS = ("campus", "department", "doctor", "number_type", "same_day", "channel")
"""In rising order of precedence: each outweighs all before it together."""
WHOLE_HOSPITAL = frozenset({"bans", "noshow.counted_by", "blacklist", "mobile", "unlock"})
"""Parameters (or whole tables) that belong to a patient, not to a number: no layer may set them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Where it holds (an empty tuple: anywhere), and the parameters it sets (``cancel.deadline`` → value)."""

    campus: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    doctor: tuple[str, ...] = ()
    number_type: tuple[str, ...] = ()
    same_day: bool | None = None
    channel: tuple[str, ...] = ()
    sets: tuple[tuple[str, Any], ...] = ()

    def weight(self) -> int:
        """How special it is."""
        return sum(1 << place for place, name in enumerate(SELECTORS) if getattr(self, name) not in {(), None})

    def fits(self, where: Where, channel: str) -> bool:
        """Whether it holds there."""
        return (
            _among(where.campus, self.campus)
            and _among(where.department, self.department)
            and _among(where.doctor, self.doctor)
            and _among(where.clinic_type, self.number_type)
            and (self.same_day is None or self.same_day is where.sameday)
            and _among(channel, self.channel)
        )


def _among(value: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A rule book as it is written: ``name`` and ``source`` for people, ``from_`` the day from which it holds."""

    name: str = ""
    source: str = ""
    from_: date | None = None
    base: Terms = field(default_factory=Terms)
    layers: tuple[Layer, ...] = ()

    def terms(self, where: Where, channel: str) -> tuple[Terms, Mapping[str, str]]:
        """What holds there, and for each parameter that a layer set, that layer's name (``layers[2]``)."""
        fitting = [(layer.weight(), number, layer) for number, layer in enumerate(self.layers, 1)]
        fitting = [each for each in fitting if each[2].fits(where, channel)]
        values: dict[str, Any] = {}
        origins: dict[str, str] = {}
        for _, number, layer in sorted(fitting, key=lambda each: each[:2]):
            for name, value in layer.sets:
                values[name] = value
                origins[name] = f"layers[{number}]"
        return with_values(self.base, values), origins

    def bans(self) -> Iterator[tuple[str, BanRule]]:
        """The rules that ban, each by the name under which its bans are kept."""
        for number, rule in enumerate(self.base.bans, 1):
            yield rule.name or f"bans[{number}]", rule

    def every(self) -> Iterator[Terms]:
        """What can hold anywhere: the base, and the base under each layer alone."""
        yield self.base
        for layer in self.layers:
            yield with_values(self.base, dict(layer.sets))


def with_values(terms: Terms, values: Mapping[str, Any]) -> Terms:
    """``terms`` with these parameters (``cancel.deadline`` → value) in place of its own."""
    groups: dict[str, dict[str, Any]] = {}
    whole: dict[str, Any] = {}
    for name, value in values.items():
        group, dot, key = name.partition(".")
        if dot:
            groups.setdefault(group, {})[attribute(key)] = value
        else:
            whole[group] = value
    for group, keys in groups.items():
        whole[group] = replace(getattr(terms, group), **keys)
    return replace(terms, **whole)


def attribute(key: str) -> str:
    """The field of a key: ``from`` is a word of Python's own."""
    return "from_" if key == "from" else key


def key_of(name: str) -> str:
    """The key of a field."""
    return name.removesuffix("_")


GROUPS: dict[str, Any] = {each.name: each.default for each in fields(Terms) if each.name not in {"limits", "bans"}}
"""Every table of keys with its defaults."""
