"""A Galera cluster of this machine (scripts/galera-up) in a test's hands: nodes are killed, frozen, cut off and brought back."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url, text
from waiting import wait_until

SCRIPTS = Path(__file__).parents[2] / "scripts"


class Cluster:
    """``netns``: each node in a network namespace of that name and its number, so that ``cut`` and ``part`` work (root only)."""

    def __init__(self, run: Path, *, netns: str = "", net: str = "10.117.77") -> None:
        self.run, self.netns, self._net = run, netns, net
        self.urls: list[str] = []
        self._names = itertools.count(1)

    def up(self, node: int | None = None) -> None:
        """All nodes, or the one, up and in step with the others."""
        options = [] if node is None else ["--node", str(node)]
        if self.netns and node is None:
            options += ["--netns", self.netns, "--net", self._net]
        command = [SCRIPTS / "galera-up", *options, self.run]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr
        self.urls = done.stdout.split()

    def down(self) -> None:
        """All nodes, also those that are frozen."""
        subprocess.run([SCRIPTS / "galera-down", self.run], check=False, capture_output=True, timeout=150)

    @contextmanager
    def database(self) -> Iterator[list[str]]:
        """The nodes' URLs of a database of one's own, dropped afterwards."""
        name = f"hotline_{next(self._names)}"
        self._say(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        try:
            yield [make_url(url).set(database=name).render_as_string(hide_password=False) for url in self.urls]
        finally:
            self._say(f"DROP DATABASE {name}")

    def _say(self, sql: str, node: int = 1) -> None:
        server = create_engine(self.urls[node - 1], poolclass=NullPool)
        with server.connect() as conn:
            conn.execute(text(sql))

    def state(self, node: int) -> dict[str, str]:
        """The node's wsrep status; empty when it does not answer."""
        server = create_engine(self.urls[node - 1], poolclass=NullPool, connect_args={"connect_timeout": 1})
        with suppress(Exception), server.connect() as conn:
            return {row[0]: row[1] for row in conn.execute(text("SHOW STATUS LIKE 'wsrep%'"))}
        return {}

    def synced(self, node: int) -> bool:
        state = self.state(node)
        return state.get("wsrep_ready") == "ON" and state.get("wsrep_local_state_comment") == "Synced"

    def wait_synced(self, *nodes: int, size: int = 3) -> None:
        """Returns when these nodes (all) are in step in a cluster of that size."""
        for node in nodes or range(1, len(self.urls) + 1):
            wait_until(
                lambda: self.synced(node) and self.state(node).get("wsrep_cluster_size") == str(size),  # noqa: B023
                why=f"node {node} is not in step",
                every=0.1,
            )

    def pid(self, node: int) -> int:
        return int((self.run / f"g{node}" / "pid").read_text())

    def kill(self, node: int) -> None:
        """As the power does."""
        pid = self.pid(node)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes())

    def freeze(self, node: int) -> None:
        os.kill(self.pid(node), signal.SIGSTOP)

    def thaw(self, node: int) -> None:
        os.kill(self.pid(node), signal.SIGCONT)

    def cut(self, node: int, *, whole: bool) -> None:
        """The node hears its peers no more; with ``whole`` nobody at all."""
        if whole:
            self._ip("link", "set", f"{self.netns}-{node}", "down")
            return
        for peer in self._peers(node):
            self._ip("-n", f"{self.netns}-{node}", "route", "add", "blackhole", f"{self._net}.{peer}/32")

    def join(self, node: int) -> None:
        """The node's cable and routes as they were."""
        self._ip("link", "set", f"{self.netns}-{node}", "up")
        for peer in self._peers(node):
            command = ["ip", "-n", f"{self.netns}-{node}", "route", "del", "blackhole", f"{self._net}.{peer}/32"]
            subprocess.run(command, check=False, capture_output=True)

    def _peers(self, node: int) -> list[int]:
        return [peer for peer in range(1, len(self.urls) + 1) if peer != node]

    def _ip(self, *words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)
