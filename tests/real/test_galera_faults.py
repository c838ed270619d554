"""Faults under rush load, at random moments: nothing is sold twice, nothing acknowledged is lost, and the house is back soon after its cluster.

Two processes sell to callers who ask again with the same key. ``SOAK_ROUNDS`` says how often each fault is repeated (``make soak``: 20).
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from galera_nodes import Cluster
from soak_checker import broken_laws, sums
from soak_pulse import Pulse
from soak_rush import Rush, longest
from sqlalchemy import NullPool, create_engine

from booking.store.engine import make_engine
from hotline.bench.rush_stage import Stage, furnish

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("galera")]

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "1"))
BACK_WITHIN = 10.0
"""Seconds that we may need beyond what the cluster itself needs."""
SEED = int(os.environ.get("SOAK_SEED", "0")) or secrets.randbits(32)
STAGE = Stage(name="soak", doctors=20, days=10, numbers=40 + 20 * ROUNDS, wishes=1_000)
ROOT = os.geteuid() == 0


def _netns_works() -> bool:
    if not ROOT or shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", "hlprobe"], check=False, capture_output=True)
    subprocess.run(["ip", "netns", "del", "hlprobe"], check=False, capture_output=True)
    return made.returncode == 0


NETNS = _netns_works()


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    """Three nodes, each in a network namespace of its own where the machine lets us."""
    with tempfile.TemporaryDirectory(prefix="hotline-faults-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        tag = secrets.randbelow(200)
        cluster = Cluster(Path(folder) / "run", netns=f"hl{tag}" if NETNS else "", net=f"10.118.{tag}")
        try:
            cluster.up()
            yield cluster
        finally:
            cluster.down()


@pytest.fixture
def rng() -> random.Random:
    return random.Random(SEED)


class Scene:
    """A rush on a cluster, its pulse, and the books of what each fault did."""

    def __init__(self, cluster: Cluster, urls: list[str], rng: random.Random) -> None:
        self.cluster, self.urls, self.rng = cluster, urls, rng
        engine = make_engine(urls[0])
        self.hospital = furnish(engine, STAGE)
        engine.dispose()
        self.rush = Rush(self.hospital, urls, STAGE, rng)
        self.pulse = Pulse(urls)
        self.gaps: list[tuple[float, float]] = []

    def fault(
        self, strike: Callable[[], None], *, but: int | None, mend: Callable[[], None] | None = None, watch: float = 6.0
    ) -> None:
        """Strikes at a random moment, waits until callers are answered again (``watch`` seconds later), mends, and notes both gaps."""
        time.sleep(self.rng.uniform(0.3, 1.0))
        struck = time.monotonic()
        self.rush.wait_answers(struck - 1.0, 1)
        strike()
        self.rush.wait_answers(struck + watch, 20)
        self.gaps.append((self.rush.gap(struck), self.pulse.gap(struck, but)))
        if mend is not None:
            mend()

    def end(self) -> None:
        self.rush.end()
        self.pulse.end()

    def report(self, what: str, capsys: pytest.CaptureFixture[str]) -> None:
        """Checks everything, and says how it was."""
        rush = self.rush
        rush.finish()
        self.pulse.end()
        self.cluster.wait_synced()
        engines = [create_engine(url, poolclass=NullPool) for url in self.urls]
        laws = broken_laws(engines[0], rush)
        ours, own = max(self.gaps, key=lambda gaps: gaps[0])
        with capsys.disabled():
            print(  # noqa: T201 - the figures are the point of the exercise
                f"\n  {len(self.gaps)} x {what}: {len(rush.booked)} sold and acknowledged, {len(rush.cancelled)} given back,"
                f" {sum(rush.outcomes.values())} answers ({rush.outcomes['Busy']} busy); longest gap {ours:.1f} s"
                f" (the cluster's own {own:.1f} s); broken laws: {laws or 'none'} (seed {SEED})"
            )
        assert not laws, f"seed {SEED}: {laws}; {rush.bugs[:3]}"
        assert len(sums(engines)) == 1, f"seed {SEED}: the nodes differ"
        assert len(rush.booked) > 50 * len(self.gaps), "there was a rush"
        for our, cluster in self.gaps:
            assert our <= cluster + BACK_WITHIN, f"seed {SEED}: {our:.1f} s, the cluster {cluster:.1f} s"


@pytest.fixture
def scene(nodes: Cluster, rng: random.Random) -> Iterator[Scene]:
    nodes.wait_synced()
    with nodes.database() as urls:
        made = Scene(nodes, urls, rng)
        try:
            yield made
        finally:
            made.end()


def _mend(nodes: Cluster, node: int) -> Callable[[], None]:
    def mend() -> None:
        nodes.up(node)
        nodes.wait_synced()

    return mend


def test_a_node_is_killed(nodes, scene, capsys):
    """One that the hospital does not write to: its callers wait for the cluster to notice, no longer."""
    for _ in range(ROUNDS):
        node = scene.rng.choice([2, 3])
        scene.fault(lambda: nodes.kill(node), but=node, mend=_mend(nodes, node))  # noqa: B023
    scene.report("kill -9 of a node", capsys)


def test_the_preferred_node_is_killed(nodes, scene, capsys):
    """Another stands in; every caller who asks again hears of the booking that he had made."""
    for _ in range(ROUNDS):
        scene.fault(lambda: nodes.kill(1), but=1, mend=_mend(nodes, 1))
        time.sleep(5)  # the way back to it, under load as well
    scene.report("kill -9 of the preferred node", capsys)


def test_a_daemon_is_killed(scene, capsys):
    """Its callers ask the other, or it again when it is back, with their keys."""
    for _ in range(ROUNDS):
        scene.fault(lambda: scene.rush.kill_seller(scene.rng.randrange(2)), but=None, watch=2.0)
    scene.report("kill -9 of a daemon", capsys)


@pytest.mark.skipif(not NETNS, reason="network namespaces need root and a kernel that has them")
@pytest.mark.parametrize("whole", [False, True], ids=["from its peers", "from everybody"])
def test_a_node_is_cut_off(nodes, scene, capsys, whole):
    """The preferred node or another: without its peers it refuses work, without its cable nobody hears from it."""
    for number in range((ROUNDS + 1) // 2):  # two ways of one fault
        node = 1 if number % 2 == 0 else 2

        def mend(node: int = node) -> None:
            nodes.join(node)
            nodes.wait_synced()

        scene.fault(lambda: nodes.cut(node, whole=whole), but=node, mend=mend)  # noqa: B023
        time.sleep(5)
    scene.report(f"a node cut off {'from everybody' if whole else 'from its peers'}", capsys)


def test_a_clock_is_set_back_an_hour(scene, capsys):
    """That of one of the two processes (an injected clock): it sells on, and the bind's lease has one holder all the time."""
    rush = scene.rush
    for number in range(ROUNDS):
        scene.fault(lambda: rush.processes[number % 2].tell(clock=-3600.0), but=None, watch=2.0)  # noqa: B023
        for process in rush.processes:
            process.tell(clock=0.0)
    assert [told for _, _, told in rush.leases] == ["ours"], "nobody else won the lease"
    scene.report("a clock set back an hour", capsys)


@pytest.mark.skipif(not ROOT, reason="a small file system needs root")
def test_the_disk_is_full(rng, capsys):
    """SQLite on a file system without room: callers hear that the house is busy; with room again every one gets his answer."""
    with tempfile.TemporaryDirectory(prefix="hotline-full-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", folder], check=True)
        rush = None
        try:
            url = f"sqlite:///{folder}/hotline.db"
            engine = make_engine(url)
            hospital = furnish(engine, STAGE)
            rush = Rush(hospital, [url], STAGE, rng, sellers=1)
            gaps = [_fill(Path(folder) / "ballast", rush, rng) for _ in range(ROUNDS)]
            rush.finish()
            laws = broken_laws(engine, rush)
            engine.dispose()
        finally:
            if rush is not None:
                rush.end()
            subprocess.run(["umount", "--lazy", folder], check=True)
    with capsys.disabled():
        print(  # noqa: T201
            f"\n  {ROUNDS} x the disk full: {len(rush.booked)} sold and acknowledged, {rush.outcomes['Busy']} told to wait;"
            f" back {max(gaps):.1f} s after there was room; broken laws: {laws or 'none'} (seed {SEED})"
        )
    assert not laws, f"seed {SEED}: {laws}; {rush.bugs[:3]}"
    assert rush.outcomes["Busy"], "the disk was full"
    assert max(gaps) <= BACK_WITHIN


def _fill(ballast: Path, rush: Rush, rng: random.Random) -> float:
    """Until callers hear Busy; how long it took from room to the next answer."""
    rush.wait_answers(time.monotonic(), 20)
    busy = rush.outcomes["Busy"]
    with ballast.open("wb", buffering=0) as file:
        end = time.monotonic() + 30
        while rush.outcomes["Busy"] < busy + 20 and time.monotonic() < end:
            try:
                file.write(bytes(1 << 16))
            except OSError:
                time.sleep(0.05)
    assert rush.outcomes["Busy"] >= busy + 20, "nobody noticed"
    time.sleep(rng.uniform(0.1, 0.5))
    ballast.unlink()
    freed = time.monotonic()
    rush.wait_answers(freed, 20)
    return longest(rush.answered_at, freed)
