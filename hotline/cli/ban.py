"""``hotline ban``: a patient's standing bans and what led to them; lift, add, forgive. For the staff who answer for it.

Law of this module: what is told is masked.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeVar

import click

from booking.ban_texts import cause_words
from booking.bell import Bell
from booking.clock import wall
from booking.house import House
from booking.rulebooks import StoredRules
from booking.store.immediate import ImmediateDatabase
from booking.ward_outcomes import (
    Banned,
    BanView,
    DeedView,
    Forgiven,
    Lifted,
    MayNot,
    NeedsWhy,
    NewManualBan,
    NotHis,
    OnTheList,
    Record,
    Staff,
    UnknownDepartment,
)
from booking.wardens import Wardens
from hotline.cli.naming import DAY, asked_identity
from hotline.cli.opened import at_once, busy_exits, or_exit
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.opening import open_store

T = TypeVar("T")
_STATES = {"standing": "生效中", "coming": "未开始", "over": "已到期", "lifted": "已解除"}
_KINDS = {
    "kept": "按时就诊",
    "noshow": "爽约",
    "late": "迟到",
    "cancel": "取消",
    "late-cancel": "逾期取消",
    "same-day-cancel": "当日取消",
    "grab": "抢号后退",
}
_JSON = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
_WHY = click.option("--why", required=True, help="The reason; numbers in it are not kept.")
_ROLE = click.option("--as", "role", default="agent", show_default=True, help="As whom: the rules' [unlock] who.")


@click.group()
def ban() -> None:
    """Bans of a patient: list, lift, add, forgive. The identity number is asked for, or read from standard input."""


@ban.command(name="list")
@with_settings
@_JSON
def listing(*, path: Path, options: tuple[str, ...], as_json: bool) -> None:
    """The patient's bans and conduct, oldest first, with the numbers that lift and forgive take."""
    house = _House(path, options)
    record: Record = house.now(lambda wardens: wardens.record(house.hospital, house.identity))
    click.echo(json.dumps(asdict(record), ensure_ascii=False, default=str) if as_json else _record_words(record))


@ban.command()
@click.argument("number", type=int, metavar="BAN")
@with_settings
@_WHY
@_ROLE
@_JSON
def lift(*, number: int, path: Path, options: tuple[str, ...], why: str, role: str, as_json: bool) -> None:
    """Ends BAN (its number in the list) before its time. Exit code 1 when the rules do not let you."""
    house = _House(path, options)
    _tell(house.now(lambda wardens: wardens.lift(house.staff(role), house.identity, number, why)), as_json)


@ban.command()
@click.argument("number", type=int, metavar="ROW")
@with_settings
@_WHY
@_ROLE
@_JSON
def forgive(*, number: int, path: Path, options: tuple[str, ...], why: str, role: str, as_json: bool) -> None:
    """ROW of the patient's conduct counts no more; bans that followed only with it are lifted."""
    house = _House(path, options)
    _tell(house.now(lambda wardens: wardens.forgive(house.staff(role), house.identity, number, why)), as_json)


@ban.command()
@with_settings
@_WHY
@click.option("--until", type=DAY, help="The last banned day; without it, until lifted.")
@click.option("--department", default="", metavar="CODE", help="Only this department; without it, the hospital.")
@_ROLE
@_JSON
def add(
    *,
    path: Path,
    options: tuple[str, ...],
    why: str,
    until: date | None,
    department: str,
    role: str,
    as_json: bool,
) -> None:
    """Bans a patient by hand, registered or not."""
    house = _House(path, options)
    if until is not None and until < house.today:
        raise click.BadParameter("已经过去", param_hint="--until")
    wanted = NewManualBan(identity=house.identity, why=why, until=until, department=department)
    _tell(house.now(lambda wardens: wardens.ban(house.staff(role), wanted)), as_json)


class _House:
    """The opened store, the rules that hold in it, and the person asked about."""

    def __init__(self, path: Path, options: tuple[str, ...]) -> None:
        config = settings_or_exit(path, options)
        self._clock = SystemClock()
        opened = self._opened = or_exit(open_store(config, self._clock))
        self._store = ImmediateDatabase(opened.engine, self._clock)
        self._rules = StoredRules(self._store, self._clock)  # [policy] says nothing of bans
        self.hospital = opened.hospital
        self.today: date = wall(self._clock).date()
        self.identity = asked_identity(self.today)

    def staff(self, role: str) -> Staff:
        return Staff(hospital=self.hospital, role=role, name=getpass.getuser(), trace="cli")

    def now(self, ask: Callable[[Wardens], Coroutine[Any, Any, T]]) -> T:
        """What the wardens answer; exit code 3 when the store does not."""
        house = House(
            database=self._store,
            vault=self._opened.vault,
            clock=self._clock,
            bell=Bell(),
            rng=SystemRandom(),
            rules=self._rules,
        )
        wardens = Wardens(house)

        async def refreshed() -> T:
            await self._rules.refresh()
            return await ask(wardens)

        with busy_exits("没有改动任何内容，"):
            return at_once(refreshed())


def _tell(outcome: Any, as_json: bool) -> None:
    done = isinstance(outcome, Lifted | Forgiven | Banned)
    if as_json:
        said = {"done": done, "reason": getattr(outcome, "reason", None), **asdict(outcome)}
        click.echo(json.dumps(said, ensure_ascii=False, default=str))
    else:
        click.echo(_words(outcome))
    raise SystemExit(0 if done else 1)


def _words(outcome: Any) -> str:
    match outcome:
        case Lifted(ban=number, again=again, left=left):
            return "\n".join([f"限制 {number} {'此前已经' if again else '已'}解除。", *_left_words(left)])
        case Forgiven(again=True, deed=number):
            return f"记录 {number} 此前已经免计。"
        case Forgiven(deed=number, lifted=lifted):
            also = f"，随之解除限制 {'、'.join(map(str, lifted))}" if lifted else ""
            return f"记录 {number} 已免计{also}。"
        case Banned(ban=number, again=again):
            return f"{'已有同样的限制' if again else '已加限制'} {number}。"
        case MayNot(who=who):
            return f"按本院规则，只有 {'、'.join(who)} 可以解除。" if who else "按本院规则，到期以前谁也不能解除。"
        case OnTheList():
            return "这是医院名单上的限制，请在名单中去掉后同步（hotline import blacklist --sync）。"
        case UnknownDepartment(code=code):
            return f"没有编码为“{code}”的科室。"
        case NeedsWhy():
            return "请说明原因（--why）。"
        case NotHis():
            return "该患者没有这个编号的记录。"
        case _:
            raise AssertionError(outcome)


def _left_words(left: Sequence[BanView]) -> list[str]:
    """The bans that one more command each would end; the hospital's list is ended elsewhere."""
    if not left:
        return []
    said = [f"该患者还有 {len(left)} 项限制没有解除：", *map(_ban_words, left)]
    mine = next((each for each in left if each.cause != "blacklist"), None)
    if mine is not None:
        said.append(f"要解除下一项：hotline ban lift {mine.id} --why 原因")
    if any(each.cause == "blacklist" for each in left):
        said.append(_words(OnTheList()))
    return said


def _record_words(record: Record) -> str:
    lines = [f"{record.identity_masked} {record.name_masked}".rstrip()]
    lines += [_ban_words(each) for each in record.bans] or ["没有限制。"]
    lines += [_deed_words(each) for each in record.deeds]
    return "\n".join(lines)


def _ban_words(view: BanView) -> str:
    until = "解除为止" if view.until is None else f"{view.until:%Y-%m-%d %H:%M}"
    where = f"科室 {view.department}" if view.department else {"all": "所有渠道"}.get(view.scope, "全院")
    ended = f"（{view.lifted_by}：{view.lift_reason}）" if view.lifted_by else ""
    return (
        f"限制 {view.id} {_STATES[view.state]}{ended}：{cause_words(view.cause)}，{view.rule}，{where}，"
        f"{view.since:%Y-%m-%d %H:%M} 至 {until}"
    )


def _deed_words(view: DeedView) -> str:
    forgiven = f"（{view.forgiven_by} 已免计）" if view.forgiven_by else ""
    return f"记录 {view.id} {view.at:%Y-%m-%d %H:%M} {_KINDS.get(view.kind, view.kind)}{forgiven}：预约 {view.code}，{view.channel}"
