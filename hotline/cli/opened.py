"""The store as a command opens it: without threads, so that what it is asked is answered at once, and with the rules that hold.

What keeps it from answering is told on stderr; exit code 1 where the database is of another revision, 3 where it is down.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, TypeVar, TypeVarTuple

import click
from sqlalchemy import Connection

from booking.bell import Bell
from booking.house import House
from booking.outcomes import Busy
from booking.rulebooks import StoredRules
from booking.store.immediate import ImmediateDatabase
from hotline.clock import SystemClock
from hotline.config import Config
from hotline.opening import NotOpened, Opened, open_store

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """An open store, the rules that hold in it today, and the house that fronts stand on."""

    opened: Opened
    rules: StoredRules
    house: House


def open_premises(config: Config) -> Premises:
    clock = SystemClock()
    opened = or_exit(open_store(config, clock))
    store = ImmediateDatabase(opened.engine, clock)
    rules = StoredRules(store, clock, config.policy.house())
    with busy_exits():
        at_once(rules.refresh())
    house = House(database=store, vault=opened.vault, clock=clock, bell=Bell(), rng=SystemRandom(), rules=rules)
    return Premises(opened=opened, rules=rules, house=house)


def or_exit(opened: T | NotOpened) -> T:
    """What was opened; else the reason and its exit code."""
    if isinstance(opened, NotOpened):
        click.echo(opened.why, err=True)
        raise SystemExit(3 if opened.outage else 1)
    return opened


def stored(opened: Opened, thd: Callable[[Connection, *Ts], T], *args: *Ts) -> T:
    """What one transaction gives."""
    with busy_exits():
        return ImmediateDatabase(opened.engine, SystemClock()).now(thd, *args)


@contextmanager
def busy_exits(untouched: str = "") -> Iterator[None]:
    """A store that does not answer is told and is exit code 3. ``untouched``: a clause that says what was not done."""
    try:
        yield
    except Busy as busy:
        click.echo(f"数据库暂时没有应答（{busy}），{untouched}请稍后再试。", err=True)
        raise SystemExit(3) from None


def at_once(asked: Coroutine[Any, Any, T]) -> T:
    """The store of a command has no threads: what it is asked never waits."""
    try:
        asked.send(None)
    except StopIteration as done:
        answer: T = done.value
        return answer
    raise AssertionError("a command's store answers at once")
