"""The opened house behind a command of the window: its store, its rules, who acts, and how the answer is told.

Exit codes: 0 done, 1 refused, 2 wrong usage or configuration, 3 an outside system is down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from getpass import getuser
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeVar

import click

from booking.bell import Bell
from booking.cashier import Cashier
from booking.house import House
from booking.outcomes import Busy
from booking.rulebooks import StoredRules
from booking.rules.policy import HousePolicy
from booking.store.immediate import ImmediateDatabase
from booking.visits import Visits
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.config import Config
from hotline.opening import NotOpened, open_store

T = TypeVar("T")
_BY = click.option("--by", default=getuser, metavar="NAME", help="Who does this (default: the login name).")
_NAMED_BY = click.option("--by", required=True, metavar="CLERK", help="The clerk whose books this is.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What every command of the window works with. ``by`` is who acts; ``as_json`` how to answer."""

    visits: Visits
    cashier: Cashier
    clock: SystemClock
    hospital: int
    by: str
    as_json: bool

    def wait(self, asked: Coroutine[Any, Any, T]) -> T:
        """The answer at once: the store here has no threads. An outage is exit code 3."""
        try:
            return _now(asked)
        except Busy as busy:
            raise _down(busy) from None

    def tell(self, value: object, words: str, *, refused: bool = False) -> None:
        """As JSON or in words; a refusal is exit code 1."""
        click.echo(json.dumps(value, ensure_ascii=False, default=str) if self.as_json else words)
        if refused:
            raise SystemExit(1)


def with_counter(*, named: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds the configuration, ``--by`` (``named``: must be said) and ``--json``; hands the command its counter."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        @with_settings
        @(_NAMED_BY if named else _BY)
        @click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
        @wraps(command)
        def wrapped(*, path: Path, options: tuple[str, ...], by: str, as_json: bool, **rest: Any) -> None:
            command(_counter(path, options, by, as_json=as_json), **rest)

        return wrapped

    return add


def _counter(path: Path, options: tuple[str, ...], by: str, *, as_json: bool) -> Counter:
    if not by.strip():
        raise click.BadParameter("不能为空", param_hint="--by")
    config, clock = settings_or_exit(path, options), SystemClock()
    opened = open_store(config, clock)
    if isinstance(opened, NotOpened):
        click.echo(opened.why, err=True)
        raise SystemExit(3 if opened.outage else 1)
    database = ImmediateDatabase(opened.engine, clock)
    rules = StoredRules(database, clock, _house(config))
    try:
        _now(rules.refresh())
    except Busy as busy:
        raise _down(busy) from None
    house = House(database=database, vault=opened.vault, clock=clock, bell=Bell(), rng=SystemRandom(), rules=rules)
    return Counter(
        visits=Visits(house), cashier=Cashier(house), clock=clock, hospital=opened.hospital, by=by, as_json=as_json
    )


def _house(config: Config) -> HousePolicy:
    table = config.policy
    return HousePolicy(
        patients_per_phone=table.patients_per_phone,
        bookings_per_patient_day=table.bookings_per_patient_day,
        book_minutes_before=table.book_minutes_before,
        cancel_minutes_before=table.cancel_minutes_before,
        window_days=table.window_days,
    )


def _now(asked: Coroutine[Any, Any, T]) -> T:
    """The store of a command has no threads: what it is asked never waits."""
    try:
        asked.send(None)
    except StopIteration as done:
        answer: T = done.value
        return answer
    raise AssertionError("a command's store answers at once")


def _down(busy: Busy) -> SystemExit:
    click.echo(f"数据库暂时没有应答（{busy}），请稍后再试。", err=True)
    return SystemExit(3)
