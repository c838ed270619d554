"""``hotline prompts``: makes the recordings that are missing, and tells what is missing or unfit."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from ivr.speech.catalog import CATALOG, LANGUAGES
from ivr.speech.shelf import Shelf
from ivr.speech.synth import NoSpeech, missing_tools

SHOWN = 20
DIRECTORY = click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo/prompts"),
    envvar="HOTLINE_PROMPTS_DIRECTORY",
    show_default=True,
    help="The folder of recordings.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")


@click.group()
def prompts() -> None:
    """Spoken prompts: build, check."""


@prompts.command()
@DIRECTORY
@JSON
@click.option(
    "--recordings",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A studio's recordings, as zh/<id>.wav (or flac, mp3, ...): converted and kept in place of the synthesised ones.",
)
def build(directory: Path, as_json: bool, recordings: Path | None) -> None:
    """Makes every prompt that is missing or whose words changed. Studio recordings are kept."""
    absent = missing_tools()
    if absent:
        click.echo(f"Not installed: {', '.join(absent)}. On Debian: apt-get install espeak-ng sox", err=True)
        raise SystemExit(3)
    shelf = Shelf(directory)
    try:
        unknown = shelf.take(recordings) if recordings else ()
        built = shelf.build()
    except NoSpeech as error:
        click.echo(f"Speech could not be made: {error}", err=True)
        raise SystemExit(3) from None
    if as_json:
        click.echo(json.dumps(asdict(built) | {"unknown": unknown, "directory": str(directory)}))
    else:
        click.echo(f"{directory}: {built.made} made, {built.kept} kept, {built.studio} from a studio")
        for name in unknown:
            click.echo(f"no prompt has this name: {name}", err=True)
    raise SystemExit(1 if unknown else 0)


@prompts.command()
@DIRECTORY
@JSON
def check(directory: Path, as_json: bool) -> None:
    """Every prompt in every language: is it there, and fit for the telephone? Exit code 1 when not."""
    found = Shelf(directory).check()
    if as_json:
        click.echo(
            json.dumps({"prompts": len(CATALOG), "languages": LANGUAGES, "faults": [asdict(fault) for fault in found]})
        )
    else:
        for fault in found[:SHOWN]:
            click.echo(f"{fault.file}: {fault.why}")
        if len(found) > SHOWN:
            click.echo(f"... and {len(found) - SHOWN} more")
        click.echo(f"{len(CATALOG)} prompts in {len(LANGUAGES)} languages, {len(found)} faults")
        if found:
            click.echo(f"Make them with: hotline prompts build --dir {directory}")
    raise SystemExit(1 if found else 0)
