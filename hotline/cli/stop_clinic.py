"""``hotline stop-clinic``: a doctor cannot come, comes later, or in another's place; who still has to be phoned."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

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
)
from booking.stops import Stops
from hotline.cli.clerk import Clerk, acting
from hotline.cli.naming import DAY, DOCTOR, PERIOD
from hotline.cli.opened import open_premises
from hotline.cli.settings import settings_or_exit
from hotline.cli.stop_words import STATES, WHY, concerned_words, phone_line, stop_line, stop_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(Clerk):
    """What every subcommand works with."""

    stops: Stops
    hospital: int
    practice: str


@click.group("stop-clinic")
def stop_clinic() -> None:
    """A doctor cannot come: release, substitute, move; approve, withdraw; who is to be phoned."""


def _desk(path: Path, options: tuple[str, ...], by: str, as_json: bool) -> Desk:
    premises = open_premises(settings_or_exit(path, options))
    hospital = premises.opened.hospital
    return Desk(
        stops=Stops(premises.house),
        hospital=hospital,
        practice=stop_terms(premises.rules.of(hospital)).practice,
        by=by,
        as_json=as_json,
    )


_with_desk = acting(_desk)


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
            desk.tell(found, f"试算，未写入。{concerned_words(found)}")
        else:
            _refuse(desk, found)
        return
    match desk.wait(desk.stops.announce(plan)):
        case Announced() as done:
            stop = desk.wait(desk.stops.stop(desk.hospital, done.stop))
            status = done.status if stop is None else stop.status
            desk.tell(
                {**asdict(done), "status": status},
                f"停诊 {done.stop}：{STATES[status]}。{concerned_words(done.concerned)}",
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
    desk.tell([asdict(one) for one in found], "\n".join(stop_line(one) for one in found) or "没有停诊。")


@stop_clinic.command()
@click.argument("stop", type=int)
@_with_desk
def show(desk: Desk, stop: int) -> None:
    """One stop: how far it is, how many were told, what they chose."""
    found = desk.wait(desk.stops.stop(desk.hospital, stop))
    if found is None:
        _refuse(desk, NotDecided(reason="NO_STOP"))
    else:
        desk.tell(found, stop_words(found))


@stop_clinic.command("phone-list")
@_with_desk
def phone_list(desk: Desk) -> None:
    """Patients whom no text has reached, with their numbers. That it was read is noted."""
    found = desk.wait(desk.stops.to_phone(desk.hospital, desk.by))
    desk.tell([asdict(one) for one in found], "\n".join(phone_line(one) for one in found) or "没有需要电话通知的患者。")


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


def _decided(desk: Desk, stop: int, asked: Coroutine[Any, Any, object]) -> None:
    decided = desk.wait(asked)
    if isinstance(decided, NotDecided):
        _refuse(desk, decided)
        return
    found = desk.wait(desk.stops.stop(desk.hospital, stop))
    assert found is not None, "it was decided just now"
    desk.tell(found, stop_line(found))


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
