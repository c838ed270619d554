"""One process put together: its collaborators, and what its readiness looks at."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from twisted.application.internet import StreamServerEndpointService
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.python.threadpool import ThreadPool
from twisted.trial.unittest import SynchronousTestCase

from booking.clock import FixedClock, wall
from booking.rules.facts import Where
from booking.rules.onsale import sale_days
from booking.rules.registering import register_ruling
from booking.store import revision
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from hotline.composition import LAG_MOST_SECONDS, Composition
from hotline.config import Config, read_config
from hotline.opening import Opened, hospital_row, open_store
from hotline.root import Root
from hotline.services import ROLES, make_root, wanted_roles

AT_ONCE = SynchronousTestCase()


class Reactor(MemoryReactorClock):
    """In memory; its thread pool is never started."""

    def getThreadPool(self) -> ThreadPool:
        return ThreadPool(0, 1)


TOML = """
[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"
home_area = "010"
[database]
url = "sqlite:///{folder}/hotline.db"
[privacy]
key_file = "key"
[[smsc]]
name = "cmcc"
host = "127.0.0.1"
system_id = "hotline"
service_number = "12580"
[policy]
window_days = 5
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "key").chmod(0o600)
    file = tmp_path / "hotline.toml"
    file.write_text(TOML.format(folder=tmp_path), encoding="utf-8")
    read = read_config(file)
    assert isinstance(read, Config)
    return read


@pytest.fixture
def opened(config: Config, clock: FixedClock) -> Iterator[Opened]:
    engine = make_engine(config.database.url)
    revision.upgrade(engine)
    engine.dispose()
    found = open_store(config, clock)
    assert isinstance(found, Opened)
    yield found
    found.engine.dispose()


@pytest.fixture
def composition(config: Config, opened: Opened, clock: FixedClock) -> Composition:
    return Composition(
        config=config,
        opened=opened,
        reactor=Reactor(),
        clock=clock,
        rng=random.Random(1),
        registry=CollectorRegistry(),
    )


def root(config: Config, opened: Opened, clock: FixedClock, roles: tuple[str, ...], environ: dict[str, str]) -> Root:
    return make_root(config, Reactor(), roles, opened=opened, clock=clock, environ=environ)


def test_the_hospitals_row_is_what_the_configuration_says(config: Config, opened: Opened, clock: FixedClock) -> None:
    """Opening the store makes the hospital's row once and keeps its id."""
    assert hospital_row(config).short_name == "仁和"
    again = open_store(config, clock)
    assert isinstance(again, Opened)
    assert again.hospital == opened.hospital
    again.engine.dispose()


def test_each_role_brings_its_part(config: Config, opened: Opened, clock: FixedClock) -> None:
    """Doors by role, jobs only where asked for, a watchdog only under systemd."""
    environ = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "1000000"}
    everything = root(config, opened, clock, ROLES, environ)
    assert list(everything.doors) == ["ivr", "sms"]
    kinds = dict.fromkeys(type(service).__name__ for service in everything)
    assert list(kinds) == ["LoopLag", "TimerService", "Periodic", "JobLeases"]
    names = {getattr(service, "job", "") for service in everything}
    assert {"refresh-rules", "seal-audit", "expire-texts", "import-spool", "prepare-speech"} <= names
    assert {"send-payments", "settle-payments", "balance-books"} <= names
    alone = root(config, opened, clock, ("ivr",), {})
    assert list(alone.doors) == ["ivr"]
    assert [getattr(service, "job", "") for service in alone] == ["", "refresh-rules", "prepare-speech", ""]


def test_notices_are_listened_for_where_the_house_says_so(config: Config, opened: Opened, clock: FixedClock) -> None:
    """In the role ``jobs`` only; bills by file bring the job that takes in the answers."""
    payments = replace(config.payments, listen="tcp:9190:interface=127.0.0.1", bill="file")
    paying = replace(config, payments=payments)
    listening = root(paying, opened, clock, ("jobs",), {})
    assert any(isinstance(service, StreamServerEndpointService) for service in listening)
    assert "settle-bills" in {getattr(service, "job", "") for service in listening}
    elsewhere = root(paying, opened, clock, ("ivr",), {})
    assert not any(isinstance(service, StreamServerEndpointService) for service in elsewhere)


def test_readiness_names_every_part_that_is_not_ready(config: Config, opened: Opened, clock: FixedClock) -> None:
    """Before anything is open: no database, no FastAGI, no bind; the loop is well. Other roles are not asked about."""
    asked = root(config, opened, clock, ROLES, {})._readiness.ask()
    assert AT_ONCE.successResultOf(Deferred.fromCoroutine(asked)) == {
        "database": "the store takes no more jobs now",
        "loop": None,
        "fastagi": "not listening on tcp:4573:interface=127.0.0.1",
        "smsc cmcc": "not bound",
    }
    asked = root(config, opened, clock, ("jobs",), {})._readiness.ask()
    assert set(AT_ONCE.successResultOf(Deferred.fromCoroutine(asked))) == {"database", "loop"}


def test_readiness_tells_by_which_rules_and_with_which_jobs(config: Config, opened: Opened, clock: FixedClock) -> None:
    """Who looks at two processes with the role ``jobs`` sees which of them does the work; other roles say nothing of jobs."""
    standing_by = root(config, opened, clock, ("jobs",), {})
    assert standing_by._readiness.facts() == {
        "booking rules": "house",
        "jobs here": "none: another process has them",
    }
    assert root(config, opened, clock, ("ivr",), {})._readiness.facts() == {"booking rules": "house"}


def test_a_database_of_another_revision_is_not_ready(
    config: Config, opened: Opened, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the schema is changed under a running process, its readiness says so."""
    monkeypatch.setattr("hotline.composition.Database", lambda engine, **_: ImmediateDatabase(engine, clock))

    def ask() -> str | None:
        asked = root(config, opened, clock, ("jobs",), {})._readiness.ask()
        return AT_ONCE.successResultOf(Deferred.fromCoroutine(asked))["database"]

    assert ask() is None
    monkeypatch.setattr("hotline.checks.revision.head", lambda: "9999")
    assert "this program needs 9999" in str(ask())


def test_a_reactor_that_was_late_is_not_ready(composition: Composition) -> None:
    """A process that was blocked for seconds had better not be given calls."""
    composition.lag.startService()
    composition.reactor.advance(0.5 + LAG_MOST_SECONDS + 1)
    assert composition.lag.worst == LAG_MOST_SECONDS + 1
    composition.lag.stopService()


def test_the_house_policy_comes_from_the_configuration(composition: Composition) -> None:
    """What [policy] says is what reception sells by."""
    rules, now = composition.rules.of(1), wall(composition.clock)
    assert sale_days(rules, Where(), "phone", now).last == now.date() + timedelta(days=5)
    assert (register_ruling(rules, 3).allowed, register_ruling(rules, 4).allowed) == (True, False)


def test_the_stores_metrics_are_kept_by_job(composition: Composition) -> None:
    """Every job's wait and run are histograms under its name; the number of jobs now is a gauge."""
    observer = composition.database._observer
    assert observer is not None
    observer("book", 0.001, 0.02)
    registry = composition.registry
    assert registry.get_sample_value("hotline_db_wait_seconds_count", {"job": "book"}) == 1
    assert registry.get_sample_value("hotline_db_run_seconds_sum", {"job": "book"}) == 0.02
    assert registry.get_sample_value("hotline_db_jobs") == 0


@pytest.mark.parametrize(
    ("text", "roles"),
    [("jobs,ivr", ["ivr", "jobs"]), (" sms ", ["sms"]), ("", None), (",", None), ("desk", None), ("ivr,x", None)],
)
def test_roles_are_read_in_house_order(text: str, roles: list[str] | None) -> None:
    """Order and spaces do not matter; an unknown role makes the whole list wrong."""
    assert wanted_roles(text) == roles
