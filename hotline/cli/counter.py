"""The counter behind a command of the window: visits, money, the hospital's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from booking.cashier import Cashier
from booking.clock import Clock
from booking.visits import Visits
from hotline.cli.clerk import BY, Clerk, Command, acting
from hotline.cli.opened import open_premises
from hotline.cli.settings import settings_or_exit

_NAMED_BY = click.option("--by", required=True, metavar="CLERK", help="The clerk whose books this is.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter(Clerk):
    """What every command of the window works with."""

    visits: Visits
    cashier: Cashier
    clock: Clock
    hospital: int


def with_counter(*, named: bool = False) -> Callable[[Command], Command]:
    """Hands the command its counter. ``named``: who acts must be said."""
    return acting(_counter, _NAMED_BY if named else BY)


def _counter(path: Path, options: tuple[str, ...], by: str, as_json: bool) -> Counter:
    if not by.strip():
        raise click.BadParameter("不能为空", param_hint="--by")
    premises = open_premises(settings_or_exit(path, options))
    house, hospital = premises.house, premises.opened.hospital
    return Counter(
        visits=Visits(house), cashier=Cashier(house), clock=house.clock, hospital=hospital, by=by, as_json=as_json
    )
