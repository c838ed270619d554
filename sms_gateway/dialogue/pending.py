"""A question that waits for its answer, as a value: the step, its options, what was chosen before. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

MINUTES = 10
PAGE = 9
MORE = "*more"
_VERSION = 1


class Step(StrEnum):
    DEPARTMENT = "department"
    DOCTOR = "doctor"
    DAY = "day"
    TIME = "time"
    WHO = "who"
    CONFIRM = "confirm"
    INSTEAD = "instead"  # another time for a booking that a stop concerns; its option carries the booking's code
    WAIT = "wait"  # whether to wait for a number of a session that is full
    LEAVE = "leave"  # which place on a waiting list to give up


YES_NO = (Step.CONFIRM, Step.WAIT)
"""Steps that are answered by yes or no."""
RATHER_WAIT, NAMED = "*wait|", "="
"""How an option says that one would rather wait, and that a patient is told by his name, not by his id."""


@dataclass(frozen=True, slots=True)
class Option:
    """What is shown beside a number, and what choosing it means (a code, a doctor's number, an ISO date or time, a patient's id)."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """The step being asked, all its options, the first option shown, and what was chosen before (step → option)."""

    step: Step
    options: tuple[Option, ...]
    first: int = 0
    chosen: tuple[tuple[Step, Option], ...] = ()

    def choice(self, step: Step) -> Option:
        """What was chosen at an earlier step; KeyError before that step."""
        return dict(self.chosen)[step]


def page(dialogue: Dialogue) -> tuple[Option, ...]:
    """The options with numbers now: a page of them, and, where more follow, the way to the next page."""
    shown = dialogue.options[dialogue.first : dialogue.first + PAGE]
    if dialogue.first + PAGE < len(dialogue.options):
        return (*shown, Option("更多", MORE))
    return shown


def to_json(dialogue: Dialogue) -> str:
    return json.dumps({"v": _VERSION, **asdict(dialogue)}, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Dialogue | None:
    """None for anything this version cannot read: the patient starts again, nobody is stuck."""
    try:
        kept = json.loads(text)
        if kept.pop("v") != _VERSION:
            return None
        return Dialogue(
            step=Step(kept["step"]),
            options=tuple(Option(**one) for one in kept["options"]),
            first=int(kept["first"]),
            chosen=tuple((Step(step), Option(**option)) for step, option in kept["chosen"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
