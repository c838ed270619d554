"""``hotline stop-clinic``: a doctor cannot come, comes later, or in another's place; who still has to be phoned."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from functools import wraps
from getpass import getuser
from pathlib import Path
from typing import Any, TypeVar

import click

from booking.rules.service import stop_terms
from booking.stop_clinic import (
    MOVE,
    RELEASE,
    SUBSTITUTE,
    Announced,
    Concerned,
    NotAnnounced,
    NotDecided,
    StopPlan,
    StopView,
    ToPhone,
)
from booking.stops import Stops
from hotline.cli.naming import DAY, DOCTOR, PERIOD, PERIOD_WORDS
from hotline.cli.opened import at_once, busy_exits, open_premises
from hotline.cli.settings import settings_or_exit, with_settings

T = TypeVar("T")

WHY = {
    "NO_DOCTOR": "没有这个工号的医生",
    "NO_SESSION": "该医生当天这个时段没有出诊",
    "NO_NUMBERS": "这段时间没有号",
    "PAST": "该次出诊已经开始或过去",
    "ALREADY_STOPPED": "这些号已经停诊",
    "ANOTHER_STOP": "该次出诊另有停诊正在处理",
    "PART_OF_MOVE": "只有 release 可以只停一部分时间",
    "NO_SUBSTITUTE": "没有这个工号的替诊医生",
    "SAME_DOCTOR": "替诊医生就是本人",
    "OTHER_GRADE": "替诊医生职称不同",
    "SUBSTITUTE_BUSY": "替诊医生这段时间自己有出诊",
    "DOCTOR_BUSY": "该医生改后的时间另有出诊",
    "NO_CHANGE": "时间和诊室都没有变化",
    "OTHER_DAY": "改后的时间不在同一天",
    "BAD_ACTION": "--action 只能是 release、substitute:工号、move:+分钟、room:诊室",
    "NO_STOP": "没有这个编号的停诊",
    "SAME_PERSON": "须由申请人以外的人审批",
    "NOT_WAITING": "该停诊不在待审批状态",
    "NOT_STANDING": "该停诊已结束、已撤销或已过期，不能撤销",
    "SESSION_TAKEN": "原医生这个时段已另有出诊，不能恢复",
}
STATES = {
    "announced": "待审批",
    "approved": "正在通知",
    "done": "已完成",
    "withdrawing": "正在撤销",
    "withdrawn": "已撤销",
    "refused": "未批准",
}
ACTIONS = {RELEASE: "停诊退号", SUBSTITUTE: "替诊", MOVE: "改时间或诊室"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every subcommand works with. ``by`` is who acts; ``as_json`` how to answer."""

    stops: Stops
    hospital: int
    today: date
    practice: str
    by: str
    as_json: bool

    def wait(self, asked: Coroutine[Any, Any, T]) -> T:
        """The answer at once: the store here has no threads. An outage is exit code 3."""
        with busy_exits():
            return at_once(asked)

    def tell(self, value: object, words: str, *, refused: bool = False) -> None:
        """As JSON or in words; a refusal is exit code 1."""
        click.echo(json.dumps(_plain(value), ensure_ascii=False, default=str) if self.as_json else words)
        if refused:
            raise SystemExit(1)


@click.group("stop-clinic")
def stop_clinic() -> None:
    """A doctor cannot come: release, substitute, move; approve, withdraw; who is to be phoned."""


def _with_desk(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the configuration, ``--by`` and ``--json``; hands the command its desk."""

    @with_settings
    @click.option("--by", default=getuser, metavar="NAME", help="Who does this (default: the login name).")
    @click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
    @wraps(command)
    def wrapped(*, path: Path, options: tuple[str, ...], by: str, as_json: bool, **rest: Any) -> None:
        command(_desk(path, options, by, as_json=as_json), **rest)

    return wrapped


@stop_clinic.command()
@click.argument("doctor", type=DOCTOR)
@click.argument("day", type=DAY)
@click.argument("period", type=PERIOD)
@click.option("--from", "since", type=click.DateTime(["%H:%M"]), help="Only numbers from this time on (release).")
@click.option("--to", "until", type=click.DateTime(["%H:%M"]), help="Only numbers before this time (release).")
@click.option(
    "--action",
    metavar="WHAT",
    help="release, substitute:00123, move:+30, room:ROOM (default: the hospital's practice).",
)
@click.option("--reason", default="", help="For the hospital's own records; patients are not told.")
@click.option("--dry-run", is_flag=True, help="Say how many patients it would concern, change nothing.")
@_with_desk
def announce(  # noqa: PLR0917 - the command's own options
    desk: Desk, doctor: str, day: date, period: str, since: datetime | None, until: datetime | None,
    action: str | None, reason: str, dry_run: bool,
) -> None:  # fmt: skip
    """DOCTOR (number) does not come, or otherwise, on DAY (2026-07-15) in PERIOD (AM, PM, NIGHT or 上午, 下午, 晚上)."""
    plan = StopPlan(
        hospital=desk.hospital,
        doctor=doctor,
        day=day,
        period=period,
        by=desk.by,
        reason=reason,
        since=_clock(since),
        until=_clock(until),
        **_action(action, desk.practice),
    )
    if dry_run:
        found = desk.wait(desk.stops.concerned(plan))
        if isinstance(found, Concerned):
            desk.tell(found, f"试算，未写入。{_concerned(found)}")
        else:
            _refuse(desk, found)
        return
    match desk.wait(desk.stops.announce(plan)):
        case Announced() as done:
            stop = desk.wait(desk.stops.stop(desk.hospital, done.stop))
            status = done.status if stop is None else stop.status
            desk.tell(
                {**asdict(done), "status": status}, f"停诊 {done.stop}：{STATES[status]}。{_concerned(done.concerned)}"
            )
        case NotAnnounced() as refused:
            _refuse(desk, refused)


@stop_clinic.command()
@click.argument("stop", type=int)
@_with_desk
def approve(desk: Desk, stop: int) -> None:
    """Approves STOP, announced by another person, and carries it out."""
    _decided(desk, stop, desk.stops.decide(desk.hospital, stop, desk.by, approve=True))


@stop_clinic.command()
@click.argument("stop", type=int)
@_with_desk
def refuse(desk: Desk, stop: int) -> None:
    """Refuses STOP, announced by another person: its numbers are on sale again."""
    _decided(desk, stop, desk.stops.decide(desk.hospital, stop, desk.by, approve=False))


@stop_clinic.command()
@click.argument("stop", type=int)
@_with_desk
def withdraw(desk: Desk, stop: int) -> None:
    """The doctor comes after all: who was told of STOP is told so, old numbers are offered back."""
    _decided(desk, stop, desk.stops.withdraw(desk.hospital, stop, desk.by))


@stop_clinic.command("list")
@_with_desk
def list_(desk: Desk) -> None:
    """Stops of today's and coming sessions, the latest first."""
    found = desk.wait(desk.stops.stops(desk.hospital))
    desk.tell([asdict(one) for one in found], "\n".join(_line(one) for one in found) or "没有停诊。")


@stop_clinic.command()
@click.argument("stop", type=int)
@_with_desk
def show(desk: Desk, stop: int) -> None:
    """One stop: how far it is, how many were told, what they chose."""
    found = desk.wait(desk.stops.stop(desk.hospital, stop))
    if found is None:
        _refuse(desk, NotDecided(reason="NO_STOP"))
    else:
        desk.tell(found, _whole(found))


@stop_clinic.command("phone-list")
@_with_desk
def phone_list(desk: Desk) -> None:
    """Patients whom no text has reached, with their numbers. That it was read is noted."""
    found = desk.wait(desk.stops.to_phone(desk.hospital, desk.by))
    desk.tell([asdict(one) for one in found], "\n".join(_to_phone(one) for one in found) or "没有需要电话通知的患者。")


@stop_clinic.command()
@click.argument("code")
@click.option("--note", default="", help="What was agreed, in a few words.")
@click.option("--no-answer", is_flag=True, help="Nobody answered: tell him by text instead, where one reaches him.")
@_with_desk
def phoned(desk: Desk, code: str, note: str, no_answer: bool) -> None:
    """The patient with booking CODE was phoned: off the list."""
    ask = desk.stops.not_answered if no_answer else desk.stops.phoned
    done = desk.wait(ask(desk.hospital, code, desk.by, note))
    words = {True: "已改发短信。" if no_answer else "已记下。", None: "名单上没有这个预约码。"}
    before = "发不出短信，仍在名单上。" if no_answer else "先前已经记过。"
    desk.tell(
        {"code": code, "done": bool(done)}, words.get(done, before), refused=done is None or (no_answer and not done)
    )


def _desk(path: Path, options: tuple[str, ...], by: str, *, as_json: bool) -> Desk:
    premises = open_premises(settings_or_exit(path, options))
    hospital = premises.opened.hospital
    return Desk(
        stops=Stops(premises.house),
        hospital=hospital,
        today=premises.house.wall().date(),
        practice=stop_terms(premises.rules.of(hospital)).practice,
        by=by,
        as_json=as_json,
    )


def _decided(desk: Desk, stop: int, asked: Coroutine[Any, Any, object]) -> None:
    decided = desk.wait(asked)
    if isinstance(decided, NotDecided):
        _refuse(desk, decided)
        return
    found = desk.wait(desk.stops.stop(desk.hospital, stop))
    assert found is not None, "it was decided just now"
    desk.tell(found, _line(found))


def _refuse(desk: Desk, refused: NotAnnounced | NotDecided) -> None:
    desk.tell({"error": refused.reason}, f"未办理：{WHY[refused.reason]}。", refused=True)


def _action(said: str | None, practice: str) -> dict[str, Any]:
    """``move:+30`` → action, minutes; ``room:2楼`` → action, place. A practice of the hospital's that needs a name is not one alone."""
    what, _, rest = (said or (SUBSTITUTE if practice == SUBSTITUTE else RELEASE)).partition(":")
    if what == "room":
        return {"action": MOVE, "place": rest}
    if what == MOVE:
        try:
            return {"action": MOVE, "shift_minutes": int(rest)}
        except ValueError:
            raise click.BadParameter(WHY["BAD_ACTION"], param_hint="--action") from None
    if what == SUBSTITUTE:
        if not rest:
            raise click.BadParameter("替诊须写明医生工号：substitute:00123", param_hint="--action")
        return {"action": SUBSTITUTE, "substitute": rest.zfill(5)}
    if what != RELEASE or rest:
        raise click.BadParameter(WHY["BAD_ACTION"], param_hint="--action")
    return {"action": RELEASE}


def _clock(at: datetime | None) -> time | None:
    return None if at is None else at.time()


def _concerned(found: Concerned) -> str:
    held = f"（其中保留中 {found.held} 个）" if found.held else ""
    approval = "，须他人审批" if found.approval else ""
    return (
        f"{found.doctor.name}{found.doctor.title}：号 {found.numbers} 个，涉及预约 {found.bookings} 个{held}，"
        f"候补 {found.waiting} 人{approval}。"
    )


def _line(stop: StopView) -> str:
    more = {
        SUBSTITUTE: f" → {stop.substitute.name}" if stop.substitute else "",
        MOVE: (f" {stop.shift_minutes:+d}分钟" if stop.shift_minutes else "")
        + (f" {stop.place}" if stop.place else ""),
    }.get(stop.action, "")
    part = f" {_hour(stop.since)}-{_hour(stop.until)}" if stop.since or stop.until else ""
    return (
        f"{stop.id}  {stop.day} {PERIOD_WORDS[stop.period]}{part}  {stop.doctor.number} {stop.doctor.name}  {ACTIONS[stop.action]}{more}  "
        f"{STATES[stop.status]}  已通知 {stop.told}，待电话 {stop.unreached}"
    )


def _whole(stop: StopView) -> str:
    names = {"none": "未答复", "keep": "保留", "rebook": "改约", "giveback": "退号"}
    chosen = "，".join(f"{names[choice]} {count}" for choice, count in stop.chosen) or "无"
    who = f"申请 {stop.by}" + (f"，审批 {stop.decided_by}" if stop.decided_by not in {None, stop.by} else "")
    return f"{_line(stop)}\n{who}。原因：{stop.reason or '未填'}\n患者选择：{chosen}"


def _hour(at: datetime | None) -> str:
    return "" if at is None else f"{at:%H:%M}"


def _to_phone(one: ToPhone) -> str:
    phones = "、".join(one.phones) or "无号码"
    return f"{one.code}  {one.patient}  {phones}  {one.start:%m-%d %H:%M} {one.doctor.name}  {ACTIONS[one.action]}"


def _plain(value: Any) -> Any:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value
