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
from typing import Any, TypeVar

import click

from booking.cashier import Cashier
from booking.clock import Clock
from booking.visits import Visits
from hotline.cli.opened import at_once, busy_exits, open_premises
from hotline.cli.settings import settings_or_exit, with_settings

T = TypeVar("T")
_BY = click.option("--by", default=getuser, metavar="NAME", help="Who does this (default: the login name).")
_NAMED_BY = click.option("--by", required=True, metavar="CLERK", help="The clerk whose books this is.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What every command of the window works with. ``by`` is who acts; ``as_json`` how to answer."""

    visits: Visits
    cashier: Cashier
    clock: Clock
    hospital: int
    by: str
    as_json: bool

    def wait(self, asked: Coroutine[Any, Any, T]) -> T:
        """The answer at once: the store here has no threads. An outage is exit code 3."""
        with busy_exits():
            return at_once(asked)

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
    premises = open_premises(settings_or_exit(path, options))
    house, hospital = premises.house, premises.opened.hospital
    return Counter(
        visits=Visits(house), cashier=Cashier(house), clock=house.clock, hospital=hospital, by=by, as_json=as_json
    )
