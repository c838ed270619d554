"""``hotline db``: brings the database to this program's revision, or says whether it is there."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from booking.store import revision
from booking.store.audit import Chain, thd_chain, thd_was_head
from booking.store.transaction import thd_read
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.opening import NotOpened, begin, open_engine, outage


class _Head(click.ParamType[str]):
    """A chain's head: 64 hexadecimal digits."""

    name = "head"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", str(value)):
            self.fail("a head has 64 hexadecimal digits", param, ctx)
        return str(value).lower()


_HEAD = _Head()


@click.group()
def db() -> None:
    """The database: upgrade, check."""


@db.command()
@with_settings
def upgrade(path: Path, options: tuple[str, ...]) -> None:
    """Brings the database to the revision that this program needs; safe to repeat."""
    config = settings_or_exit(path, options)
    try:
        revision.upgrade(begin(config.database.url))
    except SQLAlchemyError as error:
        click.echo(outage(error), err=True)
        raise SystemExit(3) from None
    click.echo("The database is at this program's revision.")


@db.command()
@with_settings
@click.option("--head", type=_HEAD, help="A head of the audit chain from the log: is it still in the chain?")
@click.option("--json", "as_json", is_flag=True, help="The verdict as JSON.")
def check(*, path: Path, options: tuple[str, ...], head: str | None, as_json: bool) -> None:
    """Says whether the database is at this program's revision and its audit chain whole.

    Exit code 0, 1 (another revision, a broken chain) or 3 (it does not answer). The head that is printed, kept elsewhere,
    proves later (--head) that nothing was cut off the chain's end.
    """
    opened = open_engine(settings_or_exit(path, options))
    if isinstance(opened, NotOpened):
        _tell(as_json, why=opened.why)
        raise SystemExit(3 if opened.outage else 1)
    try:
        chain = thd_read(opened, thd_chain)
        why = _why_broken(chain, cut=head is not None and not thd_read(opened, thd_was_head, head))
    except SQLAlchemyError as error:
        _tell(as_json, why=outage(error))
        raise SystemExit(3) from None
    _tell(as_json, why=why, chain=chain)
    raise SystemExit(0 if why is None else 1)


def _why_broken(chain: Chain, *, cut: bool) -> str | None:
    if chain.broken is not None:
        return f"Audit row {chain.broken} does not fit the chain: it was changed, or a row before it was changed or removed."
    if cut:
        return f"The audit chain of {chain.length} rows does not hold that head: rows at its end were removed since."
    return None


def _tell(as_json: bool, *, why: str | None, chain: Chain | None = None) -> None:
    if as_json:
        audit = None if chain is None else asdict(chain)
        click.echo(json.dumps({"ok": why is None, "why": why, "audit": audit}, ensure_ascii=False))
    elif why is not None or chain is None:
        click.echo(why, err=True)
    else:
        click.echo("The database is at this program's revision.")
        click.echo(f"The audit chain is whole: {chain.length} rows, head {chain.head}")
