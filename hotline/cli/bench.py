"""``hotline bench``: figures beside their yardsticks, measured in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from hotline.bench import ivr, reports, rush, scale, search, sms
from hotline.bench.rows import Row, as_table

CASES = ("ivr", "sms", "rush", "search", "reports", "scale", "all")


def _rows(name: str, url: str | None, *, quick: bool, bookings: int | None) -> Iterator[Row]:
    rounds = 1 if quick else 3
    cases: dict[str, Callable[[], Iterator[Row]]] = {
        "ivr": lambda: ivr.run(rounds=rounds, calls=300 if quick else 1_500),
        "sms": lambda: sms.run(rounds=rounds, count=100 if quick else 1_000),
        "rush": lambda: rush.run(rounds=rounds, url=url),
        "search": lambda: search.run(rounds=rounds, quick=quick),
        "reports": lambda: reports.run(
            url=url,
            bookings=bookings or (20_000 if quick else 200_000),
            days=90 if quick else 365,
            rounds=rounds,
            tell=lambda told: click.echo(told, err=True),
        ),
        "scale": lambda: scale.run(url=url, quick=quick),
    }
    for case in cases if name == "all" else [name]:
        yield from cases[case]()


@click.command()
@click.argument("name", type=click.Choice(CASES))
@click.option("--json", "as_json", is_flag=True, help="One object a line, as soon as it is measured.")
@click.option("--quick", is_flag=True, help="One short round: shows that it runs, proves nothing.")
@click.option(
    "--url", help="rush, reports, scale: a database of its own (its tables are dropped!); default a SQLite file."
)
@click.option("--bookings", type=click.IntRange(1_000), help="reports: how many the made-up year holds. [200000]")
def bench(name: str, *, as_json: bool, quick: bool, url: str | None, bookings: int | None) -> None:
    """Measure NAME; each figure beside its yardstick from the same run."""
    rows = _rows(name, url, quick=quick, bookings=bookings)
    if as_json:
        for row in rows:
            click.echo(row.as_json())
        return
    click.echo(as_table(list(rows)))
