"""What real tests need: each names its components; a missing one is told at the end, or fails where everything is required."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from galera_nodes import Cluster
from processes import end_all
from sqlalchemy import NullPool, create_engine, make_url, text
from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor
from twisted.python.failure import Failure
from waiting import PATIENCE

CACHE = Path(os.environ.get("HOTLINE_CACHE", "/var/cache/hotline"))
SCRIPTS = Path(__file__).parents[2] / "scripts"
SUITE = os.environ.get("ASTERISK_SUITE", "sid")
ROOT = os.geteuid() == 0

COMPONENTS = {
    "asterisk": lambda: ROOT and (CACHE / f"asterisk-{SUITE}/usr/sbin/asterisk").exists(),
    "sipp": lambda: shutil.which("sipp") is not None,
    "mariadb": lambda: shutil.which("mariadbd") is not None or Path("/usr/sbin/mariadbd").exists(),
    "galera": lambda: Path("/usr/lib/galera/libgalera_smm.so").exists() and shutil.which("rsync") is not None,
    "node-smpp": lambda: shutil.which("node") is not None and (CACHE / "node/node_modules/smpp").exists(),
    "espeak": lambda: shutil.which("espeak-ng") is not None and shutil.which("sox") is not None,
}
_missing: dict[str, set[str]] = {}
_MEMORY = Path("/dev/shm")
_ROOM = _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 6 << 30 else None
"""Where servers of the tests keep their data. Emptied tables are synced to disk each: in memory the whole contract takes a third of the time."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for component in mark.args:
            if COMPONENTS[component]():
                continue
            if os.environ.get("REQUIRE_ALL") == "1":
                pytest.fail(
                    f"{component} is required (REQUIRE_ALL=1) and not installed: run scripts/install-tools as root"
                )
            _missing.setdefault(component, set()).add(str(item.path.name))
            pytest.skip(f"{component} is not installed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for component, files in sorted(_missing.items()):
        terminalreporter.write_line(f"NOT RUN for want of {component}: {', '.join(sorted(files))}", yellow=True)


def pytest_unconfigure() -> None:
    """Nothing that a test began outlives the run, whatever failed."""
    end_all()


@pytest.fixture
def spin() -> Callable[[Callable[[Any], Coroutine[Any, Any, Any]]], Any]:
    """Run ``main(reactor)`` on a real reactor of its own until it is done; its value, or what it raises."""

    def run(main: Callable[[Any], Coroutine[Any, Any, Any]], seconds: float = 5 * PATIENCE) -> Any:
        reactor = EPollReactor()
        results: list[Any] = []

        def start() -> None:
            done = Deferred.fromCoroutine(main(reactor)).addTimeout(seconds, reactor)
            done.addBoth(results.append).addBoth(lambda _: reactor.stop())

        reactor.callWhenRunning(start)
        reactor.run(installSignalHandlers=False)
        if isinstance(results[0], Failure):
            results[0].raiseException()
        return results[0]

    return run


@pytest.fixture(scope="session")
def mariadb_run() -> Iterator[tuple[Path, str]]:
    """The folder and URL of a private MariaDB that lives as long as the test session."""
    with tempfile.TemporaryDirectory(prefix="hotline-mariadb-", dir=_ROOM, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the server runs as the user mysql and has to enter
        run = Path(folder) / "run"
        try:
            up = subprocess.run([SCRIPTS / "mariadb-up", run], check=False, capture_output=True, text=True, timeout=90)
            assert up.returncode == 0, up.stderr
            yield run, up.stdout.strip()
        finally:
            subprocess.run([SCRIPTS / "mariadb-down", run], check=False, timeout=60)


@pytest.fixture(scope="session")
def new_mariadb(mariadb_run: tuple[Path, str]) -> Callable[[], AbstractContextManager[str]]:
    """``with new_mariadb() as url``: an empty database of one's own in that MariaDB, dropped afterwards."""
    _, url = mariadb_run
    numbers = itertools.count(1)

    @contextmanager
    def made() -> Iterator[str]:
        name = f"hotline_{next(numbers)}"
        server = create_engine(url, poolclass=NullPool)
        with server.connect() as conn:
            conn.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            with server.connect() as conn:
                conn.execute(text(f"DROP DATABASE {name}"))

    return made


@pytest.fixture
def mariadb_url(new_mariadb: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """The URL of an empty database that is this test's own."""
    with new_mariadb() as url:
        yield url


@pytest.fixture(scope="session")
def galera() -> Iterator[Cluster]:
    """Three nodes of a private Galera that live as long as the test session; whoever kills one brings it back."""
    with tempfile.TemporaryDirectory(prefix="hotline-galera-", dir=_ROOM, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the servers run as the user mysql and have to enter
        cluster = Cluster(Path(folder) / "run")
        try:
            cluster.up()
            yield cluster
        finally:
            cluster.down()


@pytest.fixture
def galera_urls(galera: Cluster) -> Iterator[list[str]]:
    """The URLs, the preferred node's first, of an empty database that is this test's own."""
    with galera.database() as urls:
        yield urls
