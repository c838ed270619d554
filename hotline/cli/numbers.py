"""``hotline extra`` adds numbers to a session (加号); ``hotline pool`` says who may sell numbers: everybody, the window, nobody.

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no database.
"""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, time
from getpass import getuser
from pathlib import Path
from typing import Any

import click

from booking.outcomes import AlreadyBooked, NoSuchDoctor, NotRegistered
from booking.store.queue.offering import Hands
from booking.store.roster.extra import POOLS, Added, Extra, NoSession, NotAdded, thd_add_extra, thd_set_pool
from hotline.cli.naming import DAY, DOCTOR, PERIOD, asked_identity
from hotline.cli.opened import open_premises, stored
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.config import Config
from hotline.opening import Opened

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
        made = stored(opened, thd_add_extra, opened.vault, opened.hospital, wanted, hands)
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
    moved = stored(opened, thd_set_pool, opened.vault, opened.hospital, where, seqs, pool, by, hands)
    if isinstance(moved, NoSession):
        _refuse(NO_SESSION)
    click.echo(f"已改 {moved} 个号（共指定 {len(seqs)} 个；已售出、保留中和没有的号不变）。")


def _opened(config: Config) -> tuple[Opened, Hands]:
    premises = open_premises(config)
    house = premises.house
    hands = Hands(
        rules=premises.rules.of(premises.opened.hospital),
        wall=house.wall(),
        at=house.naive_utc(),
        trace="hotline-extra",
        rng=house.rng,
    )
    return premises.opened, hands


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
