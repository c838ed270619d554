"""What a patient's words do to the question that is pending. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from command_parser.normal import normalise
from sms_gateway.dialogue.pending import MORE, NAMED, PAGE, RATHER_WAIT, YES_NO, Dialogue, Option, Step, page

LEAVE = "0"
LEAVE_WORDS = frozenset({LEAVE, "退出", "取消", "结束", "算了", "不要了", "不约了", "不挂了", "不预约了"})
_NUMERALS = {numeral: str(value) for value, numeral in enumerate("一二三四五六七八九十", 1)} | {"两": "2"}
_NUMBER = re.compile(rf"(?:选择|选|第|要)*([0-9]+|[{''.join(_NUMERALS)}])[个项位]?", re.ASCII)
"""A choice as people text it: 2, 二, 第2个, 选2."""
_ORDER = (Step.DEPARTMENT, Step.DOCTOR, Step.DAY, Step.TIME, Step.WHO, Step.CONFIRM)


@dataclass(frozen=True, slots=True)
class Next:
    """Lay out ``step`` with what the store says, knowing ``chosen``."""

    step: Step
    chosen: tuple[tuple[Step, Option], ...]

    def choice(self, step: Step) -> Option:
        return dict(self.chosen)[step]


@dataclass(frozen=True, slots=True)
class Again:
    """Ask again (or show the next page): ``dialogue`` replaces the old one; ``why`` is empty when the answer was right."""

    dialogue: Dialogue
    why: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """The patient left: forget the dialogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The patient said yes: book this, then forget the dialogue. ``instead`` is the code of the booking whose place it takes."""

    doctor: str
    start: datetime
    patient: int
    instead: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WillWait:
    """The patient would rather wait: put him on the list. ``who`` is a patient's id, or the name that he texted."""

    doctor: str
    start: datetime
    who: int | str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The patient waits no more at this place (its id)."""

    waiting: int


Answered = Next | Again | Left | Confirmed | WillWait | GivenUp


def answer(dialogue: Dialogue, text: str) -> Answered:
    """What a patient's words (a number, Y/N, or an option's own words) do to the question that is pending."""
    said = _plain(text)
    if said in LEAVE_WORDS:
        return Left()
    if dialogue.step in YES_NO:
        return _confirm(dialogue, said)
    option = _picked(dialogue, said)
    if option is None:
        return Again(dialogue, "请回复选项前的数字")
    if option.value == MORE:
        return Again(replace(dialogue, first=dialogue.first + PAGE))
    if dialogue.step is Step.INSTEAD:
        return _instead(dialogue, option)
    if dialogue.step is Step.LEAVE:
        return GivenUp(int(option.value))
    if option.value.startswith(RATHER_WAIT):
        return _will_wait(dialogue, *option.value.removeprefix(RATHER_WAIT).split("|", 1))
    following = _ORDER[_ORDER.index(dialogue.step) + 1]
    return Next(following, (*dialogue.chosen, (dialogue.step, option)))


def _instead(dialogue: Dialogue, option: Option) -> Next:
    """A time of some doctor was picked: nothing is left to ask but whether it is right."""
    doctor, _, start = option.value.partition("|")
    department, name, _ = option.label.split(" ", 2)
    picked = (
        (Step.DEPARTMENT, Option(department, department)),
        (Step.DOCTOR, Option(name, doctor)),
        (Step.TIME, Option(option.label, start)),
    )
    return Next(Step.CONFIRM, (*dialogue.chosen, *picked))


def leaves(text: str) -> bool:
    """Whether the words leave any question: 取消, which elsewhere is a command, means this question here."""
    return _plain(text) in LEAVE_WORDS


def _plain(text: str) -> str:
    return normalise(text).strip(" \n.,。，!！、")


def _confirm(dialogue: Dialogue, said: str) -> Answered:
    if said in ("1", "Y"):
        if dialogue.step is Step.WAIT:
            return _will_wait(dialogue, dialogue.choice(Step.TIME).value, dialogue.choice(Step.WHO).value)
        return Confirmed(
            doctor=dialogue.choice(Step.DOCTOR).value,
            start=datetime.fromisoformat(dialogue.choice(Step.TIME).value),
            patient=int(dialogue.choice(Step.WHO).value),
            instead=next((option.value for step, option in dialogue.chosen if step is Step.INSTEAD), None),
        )
    if said in ("2", "N"):
        return Left()
    return Again(dialogue, "请回复1候补或2不候补" if dialogue.step is Step.WAIT else "请回复1确认或2取消")


def _will_wait(dialogue: Dialogue, start: str, who: str) -> WillWait:
    return WillWait(
        doctor=dialogue.choice(Step.DOCTOR).value,
        start=datetime.fromisoformat(start),
        who=who.removeprefix(NAMED) if who.startswith(NAMED) else int(who),
    )


def _picked(dialogue: Dialogue, said: str) -> Option | None:
    shown = page(dialogue)
    number = _NUMBER.fullmatch(said)
    if number is not None:
        said = _NUMERALS.get(number[1], number[1])
        # Nobody shows a thousand options: a longer number is a code or a phone, not a choice.
        place = int(said) - 1 if len(said) <= 3 else -1
        return shown[place] if 0 <= place < len(shown) else None
    return next((option for option in dialogue.options if said in _names(option)), None)


def _names(option: Option) -> tuple[str, str]:
    """What an option may be called: 王建国 of 王建国 主任医师, 7月15日 of 7月15日(周三) 余6."""
    name = option.label.split(" ")[0]
    return name, name.split("(")[0]
