"""``hotline demo``: everything in one process on SQLite, with a simulated SMSC and a hospital of our own invention."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TextIO

import click

from hotline.clock import SystemClock
from hotline.demo.folder import Ports, configure, stock
from hotline.demo.free_times import free_times
from hotline.demo.stage import Stage
from hotline.demo.words import Scene
from hotline.life import Life
from hotline.logs import observer, open_logs
from hotline.opening import NotOpened
from hotline.services import ROLES, make_root

PORT_TAKEN = 3


@click.command()
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("var/demo"), show_default=True
)
@click.option("--port-base", type=int, help="SMSC, FastAGI and metrics on this port and the next two.")
@click.option("--smsc-port", default=Ports().smsc, show_default=True)
@click.option("--agi-port", default=Ports().agi, show_default=True)
@click.option("--metrics-port", default=Ports().metrics, show_default=True)
def demo(folder: Path, port_base: int | None, **ports: int) -> None:
    """Runs the whole hotline with a sample hospital and says what to try. Data stay in the folder."""
    from twisted.internet import reactor  # noqa: PLC0415, TID251 - the command line is where a process gets its reactor

    chosen = _ports(port_base, **ports)
    config = configure(folder, chosen)
    with (folder / "hotline.log").open("a", encoding="utf-8") as log:
        _open_logs(log)
        clock = SystemClock()
        stocked = stock(config, clock)
        if isinstance(stocked, NotOpened):
            click.echo(stocked.why, err=True)
            raise SystemExit(3 if stocked.outage else 1)
        opened, counts = stocked
        root = make_root(config, reactor, ROLES, opened=opened, clock=clock, environ={})

        def scene() -> Scene:
            free = free_times(opened, clock)
            return Scene(command=_command(), folder=folder, ports=chosen, stock=counts, free=free)

        stage = Stage(root, reactor=reactor, ports=chosen, scene=scene, say=_say)
        code = Life(stage, reactor).run()
    if code == PORT_TAKEN:
        click.echo(
            "端口被占用，可能另一个演示正在运行 / is another demo running? Other ports: --port-base 20000", err=True
        )
    raise SystemExit(code)


def _ports(base: int | None, *, smsc_port: int, agi_port: int, metrics_port: int) -> Ports:
    if base is not None:
        return Ports(smsc=base, agi=base + 1, metrics=base + 2)
    return Ports(smsc=smsc_port, agi=agi_port, metrics=metrics_port)


def _open_logs(file: TextIO) -> None:
    """Everything goes to the file; the terminal, which shows the play, is told of trouble only."""
    open_logs(observer(file, level="info", form="json"), observer(sys.stderr, level="warn", form="console"))


def _command() -> str:
    """How this very program is typed: by name when the path finds it, else by its place."""
    own = Path(sys.argv[0])
    found = shutil.which("hotline")
    if found and Path(found).resolve() == own.resolve():
        return "hotline"
    return str(own.relative_to(Path.cwd())) if own.is_absolute() and own.is_relative_to(Path.cwd()) else str(own)


def _say(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()
