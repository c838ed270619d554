"""A rule book from its TOML: every fault at once, each with its line and with what would be right. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from booking.rules.kinds import read_value
from booking.rules.layers import GROUPS, SELECTORS, WHOLE_HOSPITAL, Layer, Policy, key_of, with_values
from booking.rules.lines import Path, lines_of
from booking.rules.policy import BanRule, Limit, Terms

LISTS: dict[str, Any] = {"limits": Limit(), "bans": BanRule()}
HEAD = ("name", "source", "from")
_SYNTAX = re.compile(r"(.*) \(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """``line`` counts from 1; 0: the file as a whole."""

    line: int
    key: str
    why: str

    def __str__(self) -> str:
        return f"第 {self.line} 行 {self.key}：{self.why}"


@dataclass(frozen=True, slots=True)
class Faults:
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(str(each) for each in self.faults)


def read_policy(text: str) -> Policy | Faults:
    """The rule book, or everything that is wrong with it."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Faults((_syntax(str(error), text),))
    reader = _Reader(lines_of(text))
    policy = reader.policy(tree)
    return Faults(tuple(sorted(set(reader.faults)))) if reader.faults else policy


def _syntax(message: str, text: str) -> Fault:
    found = _SYNTAX.fullmatch(message)
    line = int(found[2]) if found is not None else len(text.splitlines())
    where = f"第 {found[3]} 列" if found is not None else "文件末尾"
    return Fault(line, where, f"不是正确的 TOML（{found[1] if found is not None else message}）")


class _Reader:
    """Reads one tree, gathering faults."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = lines
        self.faults: list[Fault] = []

    def policy(self, tree: dict[str, Any]) -> Policy:
        known = (*HEAD, *GROUPS, *LISTS, "layers")
        self._unknown((), tree, known)
        head = {name: self._head((name,), tree[name]) for name in HEAD if name in tree}
        base = with_values(Terms(), dict(self._sets((), tree)))
        layers = tuple(self._layers(tree.get("layers", [])))
        policy = Policy(
            name=head.get("name") or "",
            source=head.get("source") or "",
            from_=head.get("from"),
            base=base,
            layers=layers,
        )
        self._together(policy)
        return policy

    def _head(self, path: Path, raw: Any) -> Any:
        return self._value(path, {"kind": "date" if path[0] == "from" else "text", "among": (), "optional": False}, raw)

    def _sets(self, path: Path, tree: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Each parameter that the tables under ``path`` set."""
        for group, defaults in GROUPS.items():
            if group in tree:
                values = self._table((*path, group), defaults, tree[group])
                yield from ((f"{group}.{key}", value) for key, value in values.items())
        for name, blank in LISTS.items():
            if name in tree:
                yield name, tuple(self._members((*path, name), blank, tree[name]))

    def _members(self, path: Path, blank: Any, raw: Any) -> Iterator[Any]:
        if not isinstance(raw, list):
            self._fault(path, f"应写成 [[{path[-1]}]]，每条一段")
            return
        for place, each in enumerate(raw):
            values = self._table((*path, place), blank, each)
            member = replace(blank, **{"from_" if key == "from" else key: value for key, value in values.items()})
            yield member
            if isinstance(member, BanRule) and (member.window in {"rolling", "first"}) is (member.span is None):
                self._fault((*path, place, "window"), 'rolling 与 first 需要 span（例如 span = "3 months"），其他不用')

    def _table(self, path: Path, defaults: Any, raw: Any) -> dict[str, Any]:
        """The keys of one table, by their names in the file."""
        if not isinstance(raw, dict):
            self._fault(path, f"应为一个表，写成 [{path[-1]}]")
            return {}
        known = {key_of(each.name): each for each in fields(defaults)}
        self._unknown(path, raw, tuple(known))
        values = {}
        for key in raw.keys() & known.keys():
            value = self._value((*path, key), known[key].metadata, raw[key])
            if value is not _BAD:
                values[key] = value
        return values

    def _layers(self, raw: Any) -> Iterator[Layer]:
        if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
            self._fault(("layers",), "应写成 [[layers]]，每层一段")
            return
        for place, each in enumerate(raw):
            yield self._layer(("layers", place), each)

    def _layer(self, path: Path, tree: dict[str, Any]) -> Layer:
        self._unknown(path, tree, (*SELECTORS, *GROUPS, *LISTS))
        if not any(name in tree for name in SELECTORS):
            self._fault(path, f"要说明用在哪里：{'、'.join(SELECTORS)} 至少写一个")
        selectors: dict[str, Any] = {}
        for name in SELECTORS:
            if name in tree:
                kind = "bool" if name == "same_day" else "names"
                value = self._value((*path, name), {"kind": kind, "among": (), "optional": False}, tree[name])
                selectors[name] = value if value is not _BAD else ()
        sets = tuple(sorted(self._sets(path, tree), key=lambda each: each[0]))
        for name, _ in sets:
            if name in WHOLE_HOSPITAL or name.partition(".")[0] in WHOLE_HOSPITAL:
                self._fault(
                    (*path, *name.split(".")),
                    "这一项只能对全院设置；停约规则请用 departments、number_types、channels 限定",
                )
        if not sets:
            self._fault(path, "这一层没有设置任何规则")
        return Layer(sets=sets, **selectors)

    def _value(self, path: Path, meta: Mapping[str, Any], raw: Any) -> Any:
        try:
            return read_value(meta, raw)
        except ValueError as error:
            also = '；不设则写 "none"' if meta["optional"] else ""
            self._fault(path, f"{error}{also}，现在是 {_shown(raw)}")
            return _BAD

    def _unknown(self, path: Path, tree: dict[str, Any], known: tuple[str, ...]) -> None:
        for key in tree.keys() - set(known):
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"是不是 {near[0]}？" if near else f"可用的有：{'、'.join(known)}"
            self._fault((*path, key), f"没有这一项。{hint}")

    def _together(self, policy: Policy) -> None:
        """What is wrong only between keys."""
        window = policy.base.window
        if window.from_unit == window.to_unit == "day" and window.from_ > window.to - window.count_today:
            self._fault(("window", "from"), "最早可约的一天晚于最远的一天：没有一天可约")
        names = [rule.name for rule in policy.base.bans]
        for place, name in enumerate(names):
            if name and name in names[:place]:
                self._fault(("bans", place, "name"), "与前面一条同名：停约记录按规则名区分")
        if policy.base.booking.bridge and policy.base.booking.next_day_cutoff is None:
            self._fault(("booking", "bridge"), "需要同时设置 booking.next_day_cutoff")

    def _fault(self, path: Path, why: str) -> None:
        line = next((self._lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self._lines), 0)
        self.faults.append(Fault(line, _dotted(path), why))


_BAD = object()


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _shown(raw: Any) -> str:
    return (
        {True: "true", False: "false"}[raw]
        if isinstance(raw, bool)
        else f"{raw!r}"
        if isinstance(raw, str)
        else str(raw)
    )


def parameters() -> Iterator[tuple[str, Any]]:
    """Every key of the schema with its field: ``cancel.deadline``, ``limits[].most``; the heads and selectors have none."""
    for group, defaults in GROUPS.items():
        yield from ((f"{group}.{key_of(each.name)}", each) for each in fields(defaults))
    for name, blank in LISTS.items():
        yield from ((f"{name}[].{key_of(each.name)}", each) for each in fields(blank))
