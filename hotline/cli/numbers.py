"""``hotline extra`` adds numbers to a session (加号); ``hotline pool`` says who may sell numbers: everybody, the window, nobody.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no database.
"""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, time
from getpass import getuser
from pathlib import Path
from random import SystemRandom
from typing import Any

import click

from booking.clock import naive_utc, wall
from booking.outcomes import AlreadyBooked, Busy, NoSuchDoctor, NotRegistered
from booking.rulebooks import StoredRules
from booking.rules.policy import HousePolicy
from booking.store.immediate import ImmediateDatabase
from booking.store.queue.offering import Hands
from booking.store.roster.extra import POOLS, Added, Extra, NoSession, NotAdded, thd_add_extra, thd_set_pool
from booking.store.rulebooks import thd_rulebooks
from hotline.cli.naming import DAY, DOCTOR, PERIOD, asked_identity
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.config import Config
from hotline.opening import NotOpened, Opened, open_store

NO_SESSION = "该医生当天这个时段没有出诊。"


@click.command()
@with_settings
@click.option("--doctor", type=DOCTOR, required=True, help="The doctor's number.")
@click.option("--day", type=DAY, required=True, help="Such as 2026-07-15.")
@click.option("--period", type=PERIOD, required=True, help="上午, 下午, 晚上 or AM, PM, NIGHT.")
@click.option("--count", type=click.IntRange(1, 200), default=1, show_default=True)
@click.option("--at", "start", type=click.DateTime(["%H:%M"]), help="Their start [the session's last].")
@click.option(
    "--for-patient",
    "named",
    is_flag=True,
    help="Sell the one number to a patient; the identity number is asked for, or read from standard input.",
)
@click.option("--by", default=getuser, help="Who adds them [who is logged in].")
@click.option("--json", "as_json", is_flag=True, help="What was made, as JSON.")
def extra(
    *, path: Path, options: tuple[str, ...], doctor: str, day: date, period: str, count: int,
    start: datetime | None, named: bool, by: str, as_json: bool,
) -> None:  # fmt: skip
    """Adds numbers to a session that stands; who waits for the session is offered them first."""
    if named and count != 1:
        raise click.UsageError("--for-patient 时 --count 只能是 1")
    opened, hands = _opened(settings_or_exit(path, options))
    wanted = Extra(
        doctor=doctor,
        day=day,
        period=period,
        count=count,
        by=by,
        key=f"extra:{uuid.uuid4()}",
        at=None if start is None else time(start.hour, start.minute),
        identity=asked_identity(hands.wall.date()) if named else None,
    )
    try:
        made = _now(opened, thd_add_extra, opened.vault, opened.hospital, wanted, hands)
    except NotAdded as refused:
        _refuse(_why(refused))
    match made:
        case NoSuchDoctor():
            _refuse(f"没有工号为{doctor}的医生。")
        case NoSession():
            _refuse(NO_SESSION)
        case Added():
            _tell(made, as_json)


@click.command()
@with_settings
@click.option("--doctor", type=DOCTOR, required=True, help="The doctor's number.")
@click.option("--day", type=DAY, required=True, help="Such as 2026-07-15.")
@click.option("--period", type=PERIOD, required=True, help="上午, 下午, 晚上 or AM, PM, NIGHT.")
@click.option("--numbers", required=True, help="Which, such as 3 or 18-20.")
@click.option("--to", "pool", type=click.Choice(POOLS), required=True, help="Who may sell them.")
@click.option("--by", default=getuser, help="Who decides it [who is logged in].")
def pool(
    *, path: Path, options: tuple[str, ...], doctor: str, day: date, period: str, numbers: str, pool: str, by: str
) -> None:
    """Lets everybody, the window or nobody sell these numbers; a number that is sold stays as it is."""
    seqs = _numbers(numbers)
    opened, hands = _opened(settings_or_exit(path, options))
    where: tuple[str, date, str] = (doctor, day, period)
    moved = _now(opened, thd_set_pool, opened.vault, opened.hospital, where, seqs, pool, by, hands)
    if isinstance(moved, NoSession):
        _refuse(NO_SESSION)
    click.echo(f"已改 {moved} 个号（共指定 {len(seqs)} 个；已售出、保留中和没有的号不变）。")


def _opened(config: Config) -> tuple[Opened, Hands]:
    clock = SystemClock()
    opened = open_store(config, clock)
    if isinstance(opened, NotOpened):
        click.echo(opened.why, err=True)
        raise SystemExit(3 if opened.outage else 1)
    table = config.policy
    house = HousePolicy(
        patients_per_phone=table.patients_per_phone,
        bookings_per_patient_day=table.bookings_per_patient_day,
        book_minutes_before=table.book_minutes_before,
        cancel_minutes_before=table.cancel_minutes_before,
        window_days=table.window_days,
    )
    rules = StoredRules(ImmediateDatabase(opened.engine, clock), clock, house)
    rules.take(_now(opened, thd_rulebooks, frozenset[int]()))
    hands = Hands(
        rules=rules.of(opened.hospital),
        wall=wall(clock),
        at=naive_utc(clock),
        trace="hotline-extra",
        rng=SystemRandom(),
    )
    return opened, hands


def _now(opened: Opened, thd: Any, *args: Any) -> Any:
    try:
        return ImmediateDatabase(opened.engine, SystemClock()).now(thd, *args)
    except Busy as busy:
        click.echo(f"数据库暂时没有应答（{busy}），请稍后再试。", err=True)
        raise SystemExit(3) from None


def _numbers(text: str) -> list[int]:
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit() or not 0 <= int(last or first) - int(first) < 1_000:
        raise click.UsageError("--numbers 应如 3 或 18-20")
    return list(range(int(first), int(last or first) + 1))


def _why(refused: NotAdded) -> str:
    match refused.answer:
        case NotRegistered():
            return "没有登记过这个证件的患者。"
        case AlreadyBooked(booking=booking):
            return f"该患者在这个时段已有预约，预约码{booking.code}。"
        case answer:
            return f"按预约规则不能给该患者：{answer.ruling.reason if answer.ruling else 'NO_SUCH_TIME'}。"


def _tell(made: Added, as_json: bool) -> None:
    code = None if made.booking is None else made.booking.code
    if as_json:
        told = {"numbers": made.numbers, "offered": made.offered, "code": code}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    sold = "" if made.booking is None else f"，{made.booking.seq}号已约给指定患者，预约码{code}"
    offered = f"，其中 {made.offered} 个已为候补患者保留" if made.offered else ""
    click.echo(f"已加 {len(made.numbers)} 个号（{_span(made.numbers)}号）{sold}{offered}。")


def _span(numbers: tuple[int, ...]) -> str:
    return f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"


def _refuse(words: str) -> Any:
    click.echo(words, err=True)
    raise SystemExit(1)
