"""``hotline config check``: reads everything the daemon would read and says everything that is wrong at once.

What would start, but to somebody's loss, is a warning: it is told and changes no exit code. The imported rules are looked at where there
is a database, for they may want what is not configured.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from booking.clock import wall
from booking.rulebooks import StoredRules, Unreadable
from booking.rules.layers import Policy
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import thd_hospital
from booking.store.rulebooks import MAKERS, Kept, thd_rulebooks
from booking.store.transaction import thd_read
from hotline.cli.config_payments import payment_warnings, unpayable
from hotline.cli.settings import with_settings
from hotline.clock import SystemClock
from hotline.config import Config, Fault, Faults, read_config
from hotline.config.reading import file_of
from hotline.config.sources import Given, gather
from hotline.opening import NotOpened, open_engine, outage


@click.group()
def config() -> None:
    """The configuration: check."""


@config.command()
@with_settings
@click.option("--json", "as_json", is_flag=True, help="Faults and warnings as JSON lists.")
def check(path: Path, options: tuple[str, ...], as_json: bool) -> None:
    """Reads the whole configuration; exit code 2 and every fault with its file and key when anything is wrong. Warnings are told beside."""
    read = read_config(path, os.environ, options)
    if isinstance(read, Faults):
        _say_faults(read, as_json)
        raise SystemExit(2)
    policies = imported(read)
    warnings = list(_warnings(read, policies, gather(path, os.environ, options).tables.get("payments", {}), path.name))
    unseen = f"The imported rules were not looked at: {policies}." if isinstance(policies, str) else ""
    if as_json:
        _say_json((), warnings, [unseen] if unseen else [])
        return
    click.echo(f"{path}: no faults.")
    for warning in warnings:
        click.echo(f"warning: {warning}")
    if unseen:
        click.echo(unseen)
    if read.database.nodes:
        click.echo(_nodes(read))


def _say_faults(read: Faults, as_json: bool) -> None:
    if as_json:
        _say_json(read.faults, (), ())
    else:
        click.echo(str(read), err=True)


def _say_json(faults: Sequence[Fault], warnings: Sequence[Fault], notes: Sequence[str]) -> None:
    told = {"ok": not faults, "faults": _rows(faults), "warnings": _rows(warnings), "notes": list(notes)}
    click.echo(json.dumps(told, ensure_ascii=False))


def _rows(faults: Sequence[Fault]) -> list[dict[str, str]]:
    return [{"source": fault.source, "key": fault.key, "why": fault.why} for fault in faults]


def _warnings(config: Config, policies: list[Policy] | str, given: dict[str, Given], main: str) -> Iterator[Fault]:
    """As faults, which stand where the key was written; what was written nowhere, in the main file."""
    table = config.payments
    written = {key: each for key, each in given.items() if each.value != ""}
    files = {key: file_of(each, os.environ) for key, each in written.items() if key.endswith("_file")}
    said = list(payment_warnings(table, files, written))
    said += [each for policy in policies if isinstance(policy, Policy) for each in unpayable(policy, table)]
    for key, why in dict.fromkeys(said):
        yield Fault(given[key].source if key in given else main, f"[payments] {key}", why)


def imported(config: Config) -> list[Policy] | str:
    """Every maker's rules that hold today or will; none where there is no database yet. A text: why they cannot be looked at."""
    engine = open_engine(config)
    if isinstance(engine, NotOpened):
        return engine.why if engine.outage else []

    def thd_kept(conn: Connection) -> tuple[int | None, Kept]:
        return thd_hospital(conn, config.hospital.code), thd_rulebooks(conn, frozenset())

    clock = SystemClock()
    rules = StoredRules(ImmediateDatabase(engine, clock), clock)
    try:
        hospital, kept = thd_read(engine, thd_kept)
        rules.take(kept)
    except SQLAlchemyError as error:
        return outage(error)
    except Unreadable:
        return "a newer program wrote them"
    finally:
        engine.dispose()
    if hospital is None:
        return []
    today = wall(clock).date()
    days = sorted({max(each.from_day, today) for each in kept.editions if each.hospital == hospital})
    found = [rules.policy_on(hospital, maker, day) for maker in MAKERS for day in days]
    return [policy for policy in found if policy is not None]


def _nodes(config: Config) -> str:
    """The order of the cluster's nodes, without users and passwords."""
    urls = [make_url(url) for url in (config.database.url, *config.database.nodes)]
    first, *others = [f"{url.host}:{url.port or 3306}" for url in urls]
    return (
        f"The preferred node is {first}; in its place stand, in this order: {', '.join(others)}. "
        "Every process of this hospital must say the same."
    )
