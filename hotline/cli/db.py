"""``hotline db``: brings the database to this program's revision, or says whether it is there."""

from __future__ import annotations

import json
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from booking.store import revision
from booking.store.database import make_engine
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.opening import NotOpened, open_engine, outage


@click.group()
def db() -> None:
    """The database: upgrade, check."""


@db.command()
@with_settings
def upgrade(path: Path, options: tuple[str, ...]) -> None:
    """Brings the database to the revision that this program needs; safe to repeat."""
    config = settings_or_exit(path, options)
    try:
        revision.upgrade(make_engine(config.database.url))
    except SQLAlchemyError as error:
        click.echo(outage(error), err=True)
        raise SystemExit(3) from None
    click.echo("The database is at this program's revision.")


@db.command()
@with_settings
@click.option("--json", "as_json", is_flag=True, help="The verdict as JSON.")
def check(path: Path, options: tuple[str, ...], as_json: bool) -> None:
    """Says whether the database is at this program's revision: exit code 0, 1 (another) or 3 (it does not answer)."""
    opened = open_engine(settings_or_exit(path, options))
    why = opened.why if isinstance(opened, NotOpened) else None
    if as_json:
        click.echo(json.dumps({"ok": why is None, "why": why}, ensure_ascii=False))
    else:
        click.echo(why or "The database is at this program's revision.", err=why is not None)
    if isinstance(opened, NotOpened):
        raise SystemExit(3 if opened.outage else 1)
