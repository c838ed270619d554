"""A whole scenario, played step by step. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from booking.rules.calendar import Calendar
from booking.rules.rulebook import RuleBook
from hotline.scenario.asking import ASKED
from hotline.scenario.reading import NotAScenario, day_of, only, table, time_of
from hotline.scenario.stage import Stage
from hotline.scenario.step import Answer, Step

TOP = ("about", "policy", "platform", "now", "holidays", "patient", "history", "steps", "expect")
STEP = (
    "at",
    "ask",
    "channel",
    "offer",
    "to",
    "paid",
    "paid_fen",
    "ended_by",
    "by",
    "booked_at",
    "patients",
    "changes",
    "expect",
    "about",
)


def play(tree: Any, rules: RuleBook) -> list[Answer]:
    """The answer to each step; raises NotAScenario."""
    only(tree, TOP, "scenario")
    if "holidays" in tree:
        named = {day_of(day, "holidays"): works == "work" for day, works in table(tree["holidays"], "holidays").items()}
        rules = replace(rules, calendar=Calendar({**rules.calendar.named, **named}))
    stage = Stage(rules, tree)
    steps = tree.get("steps")
    if not isinstance(steps, list) or not steps:
        raise NotAScenario('steps：至少要有一步，例如 [{"ask": "book", …}]')
    return [_step(stage, each, f"steps[{number}]", tree.get("now")) for number, each in enumerate(steps, 1)]


def _step(stage: Stage, step: Any, path: str, now: Any) -> Answer:
    only(step, STEP, path)
    ask = step.get("ask")
    if ask not in ASKED:
        raise NotAScenario(f"{path}.ask：应为 {'、'.join(ASKED)} 之一")
    at = time_of(step.get("at", now), f"{path}.at")
    answer = ASKED[ask](stage, Step(step, path, at, stage))
    expected = step.get("expect")
    if expected is None:
        return answer
    told = answer.told()
    right = all(told.get(key) == value for key, value in table(expected, f"{path}.expect").items())
    return replace(answer, as_expected=right)
