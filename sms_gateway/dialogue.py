"""Booking step by step by text: department, doctor, day, time, who, confirm, each answered by a number.

Laws: a dialogue is a value. ``answer`` takes it and a patient's words and says what follows: the step that must be laid out
next (``Next``), the same question again (``Again``), the end (``Left``), or the booking to make (``Confirmed``). The options of the next
step come from the store, through the caller; this module knows no store, no clock and no phone. A dialogue lives ``MINUTES``
minutes after its last question, as JSON (``to_json``/``from_json``), so that any process may take the answer. Nothing is booked
before the patient has said yes to the whole of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from booking.texts import period_words
from booking.views import BookingView, DepartmentView, DoctorView, OpenDoctor, OpenTime, PatientView, WaitingView
from command_parser.masking import mask_name
from command_parser.normal import normalise
from sms_gateway.replies import day_words, moment_words

MINUTES = 10
PAGE = 9
LEAVE = "0"
LEAVE_WORDS = frozenset({LEAVE, "退出", "取消", "结束", "算了", "不要了", "不约了", "不挂了", "不预约了"})
_MORE = "*more"
_VERSION = 1
_NUMERALS = {numeral: str(value) for value, numeral in enumerate("一二三四五六七八九十", 1)} | {"两": "2"}
_NUMBER = re.compile(rf"(?:选择|选|第|要)*([0-9]+|[{''.join(_NUMERALS)}])[个项位]?", re.ASCII)
"""A choice as people text it: 2, 二, 第2个, 选2."""


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


_TITLES = {
    Step.DEPARTMENT: "请选择科室",
    Step.DOCTOR: "请选择医生",
    Step.DAY: "请选择日期",
    Step.TIME: "请选择时间",
    Step.WHO: "请选择就诊人",
    Step.INSTEAD: "请选择新的时间",
    Step.LEAVE: "请选择要退出的候补",
}
_ORDER = (Step.DEPARTMENT, Step.DOCTOR, Step.DAY, Step.TIME, Step.WHO, Step.CONFIRM)
YES_NO = (Step.CONFIRM, Step.WAIT)
"""Steps that are answered by yes or no."""
_WAIT, _NAMED = "*wait|", "="


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
    if option.value == _MORE:
        return Again(replace(dialogue, first=dialogue.first + PAGE))
    if dialogue.step is Step.INSTEAD:
        return _instead(dialogue, option)
    if dialogue.step is Step.LEAVE:
        return GivenUp(int(option.value))
    if option.value.startswith(_WAIT):
        return _will_wait(dialogue, *option.value.removeprefix(_WAIT).split("|", 1))
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
        who=who.removeprefix(_NAMED) if who.startswith(_NAMED) else int(who),
    )


def _picked(dialogue: Dialogue, said: str) -> Option | None:
    shown = _page(dialogue)
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


def _page(dialogue: Dialogue) -> tuple[Option, ...]:
    """The options with numbers now: a page of them, and, where more follow, the way to the next page."""
    shown = dialogue.options[dialogue.first : dialogue.first + PAGE]
    if dialogue.first + PAGE < len(dialogue.options):
        return (*shown, Option("更多", _MORE))
    return shown


def question(dialogue: Dialogue, why: str = "") -> str:
    """The question in words, as often as it must be asked."""
    head = f"{why}。" if why else ""
    if dialogue.step is Step.CONFIRM:
        return f"{head}{_read_back(dialogue)}？回复1确认，2取消"
    if dialogue.step is Step.WAIT:
        doctor, start = dialogue.choice(Step.DOCTOR).label, datetime.fromisoformat(dialogue.choice(Step.TIME).value)
        return f"{head}{doctor}医生{moment_words(start)}已约满，要候补吗？回复1候补，2不候补"
    lines = [f"{number} {option.label}" for number, option in enumerate(_page(dialogue), start=1)]
    return "\n".join([f"{head}{_TITLES[dialogue.step]}，回复数字（{LEAVE}退出）：", *lines])


def _read_back(dialogue: Dialogue) -> str:
    start = datetime.fromisoformat(dialogue.choice(Step.TIME).value)
    department = dialogue.choice(Step.DEPARTMENT).label
    doctor = dialogue.choice(Step.DOCTOR).label.split(" ")[0]
    patient = dialogue.choice(Step.WHO).label.split(" ")[0]
    return f"为{patient}预约{department}{doctor}医生{moment_words(start)}"


# Laying a step out


def ask_departments(departments: Sequence[DepartmentView]) -> Dialogue:
    options = tuple(Option(one.name, one.code) for one in departments)
    return Dialogue(step=Step.DEPARTMENT, options=options)


def ask_doctors(after: Next, doctors: Sequence[OpenDoctor]) -> Dialogue:
    """Each doctor once, however many days they are open."""
    found = {one.doctor.number: one.doctor for one in doctors}
    options = tuple(Option(f"{doctor.name} {doctor.title}", doctor.number) for doctor in found.values())
    return Dialogue(step=Step.DOCTOR, options=options, chosen=after.chosen)


def ask_days(after: Next, times: Sequence[OpenTime]) -> Dialogue:
    free: dict[date, int] = {}
    for one in times:
        free[one.start.date()] = free.get(one.start.date(), 0) + 1
    options = tuple(Option(f"{day_words(day)} 余{count}", day.isoformat()) for day, count in free.items())
    return Dialogue(step=Step.DAY, options=options, chosen=after.chosen)


def ask_times(after: Next, times: Sequence[OpenTime]) -> Dialogue:
    options = tuple(Option(f"{one.start.hour}:{one.start.minute:02}", one.start.isoformat()) for one in times)
    return Dialogue(step=Step.TIME, options=options, chosen=after.chosen)


def ask_who(after: Next, patients: Sequence[PatientView]) -> Dialogue:
    """Names are masked in the text as everywhere; a single patient needs no question, only the confirmation."""
    options = tuple(Option(f"{mask_name(one.name)} {one.identity_masked}", str(one.id)) for one in patients)
    if len(options) == 1:
        return ask_confirm(Next(Step.CONFIRM, (*after.chosen, (Step.WHO, options[0]))))
    return Dialogue(step=Step.WHO, options=options, chosen=after.chosen)


def ask_instead(booking: BookingView, times: Sequence[tuple[DoctorView, datetime]]) -> Dialogue:
    """Times for a booking that a stop concerns; its patient is known, and is asked for nothing else."""
    options = tuple(
        Option(f"{doctor.department} {doctor.name} {moment_words(start)}", f"{doctor.number}|{start.isoformat()}")
        for doctor, start in times
    )
    who = Option(mask_name(booking.patient.name) or "患者", str(booking.patient.id))
    return Dialogue(
        step=Step.INSTEAD,
        options=options,
        chosen=((Step.WHO, who), (Step.INSTEAD, Option(booking.code, booking.code))),
    )


def ask_confirm(after: Next) -> Dialogue:
    return Dialogue(step=Step.CONFIRM, options=(), chosen=after.chosen)


def ask_times_again(dialogue: Dialogue, times: Sequence[OpenTime], *, may_wait: bool = False) -> Dialogue:
    """The time was sold while the patient was choosing: the same doctor's nearest free ones, everything else kept; and, where the
    session has a waiting list, to wait.
    """
    kept = tuple((step, option) for step, option in dialogue.chosen if step in (Step.DEPARTMENT, Step.DOCTOR, Step.DAY))
    again = ask_times(Next(Step.TIME, kept), times)
    if not may_wait:
        return again
    start = dialogue.choice(Step.TIME)
    wait = Option(f"候补{start.label}", f"{_WAIT}{start.value}|{dialogue.choice(Step.WHO).value}")
    return replace(again, options=(*again.options, wait))


def ask_wait(doctor: DoctorView, start: datetime, who: int | str) -> Dialogue:
    """Whether the patient would wait for a number of this session."""
    value = f"{_NAMED}{who}" if isinstance(who, str) else str(who)
    chosen = (
        (Step.DOCTOR, Option(doctor.name, doctor.number)),
        (Step.TIME, Option(moment_words(start), start.isoformat())),
        (Step.WHO, Option("", value)),
    )
    return Dialogue(step=Step.WAIT, options=(), chosen=chosen)


def ask_leave(places: Sequence[WaitingView]) -> Dialogue:
    """Which of these places to give up, by the numbers under which they are listed."""
    options = tuple(
        Option(
            f"{day_words(one.day)}{period_words(one.period)}{one.doctor.name} {mask_name(one.patient.name)}",
            str(one.id),
        )
        for one in places
    )
    return Dialogue(step=Step.LEAVE, options=options)


# Between two texts


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
