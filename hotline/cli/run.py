"""``hotline run``: the daemon."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from hotline.cli.opened import or_exit
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.config import Config
from hotline.life import Life
from hotline.logs import observer, open_logs
from hotline.opening import open_store
from hotline.services import ROLES, make_root, wanted_roles


@click.command()
@with_settings
@click.option("--role", "roles", default=",".join(ROLES), show_default=True, help="Which parts this process runs.")
def run(path: Path, options: tuple[str, ...], roles: str) -> None:
    """Answers calls and texts until SIGTERM or Ctrl-C; both let what was begun be finished."""
    from twisted.internet import reactor  # noqa: PLC0415, TID251 - the command line is where a process gets its reactor

    config = settings_or_exit(path, options)
    wanted = _roles_or_exit(config, roles)
    open_logs(observer(sys.stdout, level=config.log.level, form=config.log.format))
    clock = SystemClock()
    opened = or_exit(open_store(config, clock))
    root = make_root(config, reactor, wanted, opened=opened, clock=clock, environ=os.environ)
    raise SystemExit(Life(root, reactor).run())


def _roles_or_exit(config: Config, text: str) -> list[str]:
    roles = wanted_roles(text)
    if roles is None:
        raise click.UsageError(f"--role takes any of {', '.join(ROLES)}, parted by commas; not {text!r}")
    if "sms" in roles and not config.smsc:
        raise click.UsageError(
            "the role sms needs an SMSC: write [[smsc]] into the configuration, or leave the role out"
        )
    return list(roles)
