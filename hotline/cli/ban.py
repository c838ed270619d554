"""``hotline ban``: a patient's standing bans and what led to them; lift, add, forgive, appeal. For the staff who answer for it.

Law of this module: what is told is masked.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import date
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeVar

import click

from booking.bell import Bell
from booking.clock import wall
from booking.house import House
from booking.requests import Caller, Channel
from booking.rulebooks import StoredRules
from booking.store.immediate import ImmediateDatabase
from booking.ward_outcomes import (
    Appeal,
    Appealed,
    Banned,
    Forgiven,
    Lifted,
    NewManualBan,
    NotHis,
    Record,
    Staff,
)
from booking.wardens import Wardens
from command_parser.phone import read_phone
from hotline.cli.ban_words import not_standing_words, outcome_words, record_words
from hotline.cli.naming import DAY, asked_identity
from hotline.cli.opened import at_once, busy_exits, or_exit
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.opening import open_store

T = TypeVar("T")
WORDS_MOST = 1_000
"""Of an appeal, in characters."""
_JSON = click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
_WHY = click.option("--why", required=True, help="The reason; numbers in it are not kept.")
_ROLE = click.option("--as", "role", default="agent", show_default=True, help="As whom: the rules' [unlock] who.")


def _appeal_words(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not 0 < len(value.strip()) <= WORDS_MOST:
        raise click.BadParameter(f"应为患者的申诉理由，最多 {WORDS_MOST} 字，例如 --words 我当时在急诊")
    return value.strip()


def _phone(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    phone = None if value is None else read_phone(value)
    if value is not None and phone is None:
        raise click.BadParameter("应为带区号的电话号码，例如 --phone 13800138000")
    return None if phone is None else phone.e164


@click.group()
def ban() -> None:
    """Bans of a patient: list, lift, add, forgive, appeal. The identity number is asked for, or read from standard input."""


@ban.command(name="list")
@with_settings
@_JSON
def listing(*, path: Path, options: tuple[str, ...], as_json: bool) -> None:
    """The patient's bans and conduct, oldest first, with the numbers that lift and forgive take."""
    house = _House(path, options)
    record: Record = house.now(lambda wardens: wardens.record(house.hospital, house.identity))
    click.echo(json.dumps(asdict(record), ensure_ascii=False, default=str) if as_json else record_words(record))


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


@ban.command()
@click.argument("number", type=int, metavar="BAN")
@with_settings
@click.option("--words", required=True, callback=_appeal_words, help="Why, in the patient's own words.")
@click.option("--phone", callback=_phone, help="Where the patient is to be answered.")
@_JSON
def appeal(*, number: int, path: Path, options: tuple[str, ...], words: str, phone: str | None, as_json: bool) -> None:
    """The patient appeals against BAN: prints the case and the day by which the rules promise an answer. Exit code 1 when
    no such ban of his stands. The same words on the same day are the same case.
    """
    house = _House(path, options)
    outcome = house.now(lambda wardens: wardens.appeal(house.appeal(number, words, phone)))
    if not isinstance(outcome, NotHis):
        _tell(outcome, as_json)
    record: Record = house.now(lambda wardens: wardens.record(house.hospital, house.identity))
    _tell(outcome, as_json, not_standing_words(number, record.standing))


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

    def appeal(self, ban: int, words: str, phone: str | None) -> Appeal:
        """Typed twice on one day it is one appeal, and the promised day stays."""
        caller = Caller(
            hospital=self.hospital, phone=phone, channel=Channel.AGENT, trace=f"cli:{getpass.getuser()}"[:80]
        )
        key = f"cli:{self.today}:{ban}:{self._opened.vault.fingerprint(words).hex()}"
        return Appeal(caller=caller, identity=self.identity, ban=ban, words=words, key=key)

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


def _tell(outcome: Any, as_json: bool, said: str = "") -> None:
    """``said`` in words, where the outcome alone says too little."""
    done = isinstance(outcome, Lifted | Forgiven | Banned | Appealed)
    if as_json:
        plain = {"done": done, "reason": getattr(outcome, "reason", None), **asdict(outcome)}
        click.echo(json.dumps(plain, ensure_ascii=False, default=str))
    else:
        click.echo(said or outcome_words(outcome))
    raise SystemExit(0 if done else 1)
