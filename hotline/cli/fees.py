"""``hotline fees``: the approved prices, as they are in the store. They come in by ``hotline import fees FILE``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click

from booking.money.fees import FeeItem
from booking.store.money.fees import thd_fee_items
from hotline.cli.opened import or_exit, stored
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.opening import open_store
from hotline.payments.alipay import yuan


@click.group()
def fees() -> None:
    """What a visit costs: list the approved items."""


@fees.command("list")
@with_settings
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Only the items that hold on this day.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
def list_fees(*, path: Path, options: tuple[str, ...], day: date | None, as_json: bool) -> None:
    """The fee items of each clinic type, with the days from and to which they hold."""
    opened = or_exit(open_store(settings_or_exit(path, options), SystemClock()))
    items = stored(opened, thd_fee_items, opened.hospital)
    on = None if day is None else date(day.year, day.month, day.day)
    chosen = [item for item in items if on is None or item.holds(on)]
    click.echo(
        json.dumps([asdict(item) for item in chosen], ensure_ascii=False, default=str) if as_json else _words(chosen)
    )


def _words(items: list[FeeItem]) -> str:
    if not items:
        return "没有收费项目：就诊按排班上的费用收取。用 hotline import fees 文件 导入。"
    return "\n".join(
        f"{item.clinic_type}  {item.name}（{item.item}）  {yuan(item.amount_fen)} 元  "
        f"{item.from_day} 起{'' if item.to_day is None else f'，至 {item.to_day}'}"
        for item in items
    )
