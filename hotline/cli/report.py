"""``hotline report``: statistics, streamed from a connection that can only read."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from booking.clock import wall
from booking.store.reading import reading_engine, took_too_long
from booking.store.schema import hospital
from booking.vault import Vault
from hotline.cli.naming import DAY
from hotline.cli.opened import or_exit
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.config import Config
from hotline.opening import open_engine, outage
from hotline.reports.catalogue import REPORTS
from hotline.reports.export import WRITERS, Writer
from hotline.reports.report import Asked, Report

PROGRESS_LINES = 10_000
MOST_S = 600


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@with_settings
@click.option("--from", "first", type=DAY, help="The first day, such as 2026-07-01. Default: yesterday.")
@click.option("--to", "last", type=DAY, help="The last day, included. Default: the first one.")
@click.option("--by", help="What to group by, such as clinic-type,doctor. Default: the report's own.")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="table", show_default=True)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; default: the screen.")
@click.option("--most-seconds", type=click.IntRange(1), default=MOST_S, show_default=True, help="Then it is given up.")
@click.option(
    "--list", "listing", is_flag=True, help="Every report: its name, what it tells, what it can be grouped by."
)
def report(
    *,
    name: str | None,
    path: Path,
    options: tuple[str, ...],
    first: date | None,
    last: date | None,
    by: str | None,
    form: str,
    output: Path | None,
    most_seconds: int,
    listing: bool,
) -> None:
    """Statistics of the configured hospital: report NAME of the days from … to …, both included.

    Nobody's name or number is in a report; lists of persons are masked. Callers never wait for a report.
    """
    if listing:
        _tell_list(as_json=form == "json")
        return
    asked_for = _known(name)
    config = settings_or_exit(path, options)
    today = wall(SystemClock()).date()
    begin = first or last or date.fromordinal(today.toordinal() - 1)
    end = last or begin
    if end < begin:
        raise click.UsageError(f"--to {end} is before --from {begin}")
    asked = Asked(hospital=0, first=begin, last=end, today=today, by=_grouping(asked_for, by))
    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("an xlsx file is nothing for the screen: name one with -o FILE")
    or_exit(open_engine(config)).dispose()
    try:
        _run(config, asked_for, asked, form=form, output=output, most_s=most_seconds)
    except SQLAlchemyError as error:
        why = (
            f"the report took longer than {most_seconds} s: ask for fewer days"
            if took_too_long(error)
            else outage(error)
        )
        click.echo(why, err=True)
        raise SystemExit(3) from None


def _run(config: Config, asked_for: Report, asked: Asked, *, form: str, output: Path | None, most_s: int) -> None:
    engine = reading_engine(config.database.url, most_s=most_s, monotonic=time.monotonic)
    writer: Writer = WRITERS[form]
    with engine.connect() as conn:
        here = select(hospital.c.id).where(hospital.c.code == config.hospital.code)
        asked = replace(asked, hospital=conn.execute(here).scalar_one_or_none() or 0)
        lines = _counted(asked_for.lines(conn, Vault(config.privacy.key), asked))
        if output is None:
            writer(asked_for.shown(asked.by), lines, sys.stdout.buffer)
        else:
            with output.open("wb") as file:
                writer(asked_for.shown(asked.by), lines, file)
    engine.dispose()


def _counted(lines: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Tells on stderr how far it is, for whoever waits for a long list."""
    for nth, line in enumerate(lines, 1):
        if nth % PROGRESS_LINES == 0:
            click.echo(f"{nth} 行…", err=True)
        yield line


def _known(name: str | None) -> Report:
    if name is None:
        raise click.UsageError("which report? `hotline report --list` tells them all")
    if name not in REPORTS:
        raise click.UsageError(f"there is no report {name}: `hotline report --list` tells them all")
    return REPORTS[name]


def _grouping(asked_for: Report, by: str | None) -> tuple[str, ...]:
    if by is None:
        return asked_for.by
    names = tuple(dict.fromkeys(word.strip() for word in by.split(",") if word.strip()))
    unknown = [word for word in names if word not in asked_for.dims]
    if unknown or not names:
        can = ", ".join(asked_for.dims) or "nothing: it is a list"
        raise click.UsageError(f"{asked_for.name} can be grouped by {can}")
    return names


def _tell_list(*, as_json: bool) -> None:
    for each in REPORTS.values():
        if as_json:
            told = {"name": each.name, "title": each.title, "about": each.about, "by": list(each.by), "groups": list(each.dims),
                    "columns": [column.name for column in each.shown(each.by)]}  # fmt: skip
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            groups = f"（--by {','.join(each.dims)}）" if each.dims else ""
            click.echo(f"{each.name:<16}{each.title}：{each.about}{groups}")
