"""The options by which every command that needs the configuration finds it: ``-c FILE`` and ``--set table.key=value``."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from hotline.config import Config, Faults, read_config
from hotline.config.reading import DEFAULT_PATH


def with_settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``path`` and ``options`` to the command's parameters."""

    @click.option(
        "-c",
        "--config",
        "path",
        type=click.Path(path_type=Path),
        default=DEFAULT_PATH,
        show_default=True,
        envvar="HOTLINE_CONFIG",
    )
    @click.option(
        "--set", "options", multiple=True, metavar="TABLE.KEY=VALUE", help="Overrides one key; may be repeated."
    )
    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return command(*args, **kwargs)

    return wrapped


def settings_or_exit(path: Path, options: tuple[str, ...]) -> Config:
    """The configuration; when anything is wrong, every fault on a line of its own and exit code 2."""
    match read_config(path, os.environ, options):
        case Faults() as faults:
            click.echo(str(faults), err=True)
            raise SystemExit(2)
        case config:
            return config
