"""``hotline config check``: reads everything the daemon would read and says everything that is wrong at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click
from sqlalchemy import make_url

from hotline.cli.settings import with_settings
from hotline.config import Config, Faults, read_config


@click.group()
def config() -> None:
    """The configuration: check."""


@config.command()
@with_settings
@click.option("--json", "as_json", is_flag=True, help="Faults as a JSON list.")
def check(path: Path, options: tuple[str, ...], as_json: bool) -> None:
    """Reads the whole configuration; exit code 2 and every fault with its file and key when anything is wrong."""
    read = read_config(path, os.environ, options)
    faults = read.faults if isinstance(read, Faults) else ()
    if as_json:
        rows = [{"source": fault.source, "key": fault.key, "why": fault.why} for fault in faults]
        click.echo(json.dumps({"ok": not faults, "faults": rows}, ensure_ascii=False))
    elif faults:
        click.echo(str(read), err=True)
    else:
        click.echo(f"{path}: no faults.")
        if isinstance(read, Config) and read.database.nodes:
            click.echo(_nodes(read))
    raise SystemExit(2 if faults else 0)


def _nodes(config: Config) -> str:
    """The order of the cluster's nodes, without users and passwords."""
    urls = [make_url(url) for url in (config.database.url, *config.database.nodes)]
    first, *others = [f"{url.host}:{url.port or 3306}" for url in urls]
    return (
        f"The preferred node is {first}; in its place stand, in this order: {', '.join(others)}. "
        "Every process of this hospital must say the same."
    )
