"""``hotline parse``: what a text means, and nothing else; no database, no network."""

from __future__ import annotations

import json
from datetime import datetime

import click

from booking.clock import wall
from command_parser.as_json import as_json
from command_parser.commands import Misread
from command_parser.parse import parse as parse_text
from hotline.clock import SystemClock


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--now",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"]),
    help="The hospital's time; default: now.",
)
@click.option("--json", "_as_json", is_flag=True, help="The answer is JSON anyway.")
def parse(text: tuple[str, ...], now: datetime | None, _as_json: bool) -> None:
    """What TEXT means, as one JSON object. Exit code 1 when it is no command."""
    understood = parse_text(" ".join(text), now or wall(SystemClock()))
    click.echo(json.dumps(as_json(understood), ensure_ascii=False))
    raise SystemExit(1 if isinstance(understood, Misread) else 0)
