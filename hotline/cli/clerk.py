"""Who acts by a command, and how the answer is told: in words or as JSON, with an exit code.

Exit codes: 0 done, 1 refused, 2 wrong usage or configuration, 3 an outside system is down.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from functools import wraps
from getpass import getuser
from pathlib import Path
from typing import Any, TypeVar

import click

from hotline.cli.opened import at_once, busy_exits
from hotline.cli.settings import with_settings

T = TypeVar("T")
BY = click.option("--by", default=getuser, metavar="NAME", help="Who does this (default: the login name).")
Command = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerk:
    """``by`` is who acts; ``as_json`` how to answer."""

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


def acting(
    begin: Callable[[Path, tuple[str, ...], str, bool], Clerk], by: Callable[[Command], Command] = BY
) -> Callable[[Command], Command]:
    """Adds the configuration, ``by`` and ``--json`` to a command; hands it the clerk whom ``begin`` makes of them."""

    def add(command: Command) -> Command:
        @with_settings
        @by
        @click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
        @wraps(command)
        def wrapped(*, path: Path, options: tuple[str, ...], by: str, as_json: bool, **rest: Any) -> None:
            command(begin(path, options, by, as_json), **rest)

        return wrapped

    return add


def _plain(value: Any) -> Any:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value
