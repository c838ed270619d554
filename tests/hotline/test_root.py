"""What opens first and what closes last."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock

from hotline.health import Readiness, make_site
from hotline.notify import Notifier
from hotline.root import Root


class House:
    """A root whose parts only note what happens to them."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.said: list[bytes] = []
        clock = Clock()
        self.readiness = Readiness({}, clock)
        self.page = Page(self.events)
        self.doors = {"ivr": Door("ivr", self.events), "sms": Door("sms", self.events)}
        self.root = Root(
            store=Threads(self.events),
            roles=("ivr", "sms", "jobs"),
            doors=self.doors,
            services=[Beat(self.events)],
            readiness=self.readiness,
            page=self.page,
            site=make_site(self.readiness, CollectorRegistry()),
            notifier=Notifier({"NOTIFY_SOCKET": "/x"}, send=lambda address, message: self.said.append(message)),
            drain_seconds=7,
        )

    def open(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.root.open())

    def close(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.root.close())


class Threads:
    def __init__(self, events: list[str]) -> None:
        self.events = events

    def start(self) -> None:
        self.events.append("store opens")

    async def stop(self) -> None:
        self.events.append("store stops")


class Door:
    def __init__(self, name: str, events: list[str]) -> None:
        self.name = name
        self.events = events
        self.taken = False
        self.drained: Deferred[None] = succeed(None)

    def startService(self) -> None:
        if self.taken:
            raise CannotListenError("127.0.0.1", 4573, OSError("in use"))
        self.events.append(f"{self.name} opens")

    def stopService(self) -> None:
        self.events.append(f"{self.name} stops")

    async def drain(self, seconds: float) -> None:
        self.events.append(f"{self.name} drains {seconds:g}")
        await self.drained


class Beat(Service):
    def __init__(self, events: list[str]) -> None:
        self.events = events

    def startService(self) -> None:
        super().startService()
        self.events.append("beat starts")

    def stopService(self) -> None:
        super().stopService()
        self.events.append("beat stops")


class Page:
    """An endpoint and the port it gives."""

    def __init__(self, events: list[str]) -> None:
        self.events = events

    def listen(self, factory: Any) -> Deferred[Any]:
        self.events.append("page opens")
        return succeed(self)

    def stopListening(self) -> Deferred[None]:
        self.events.append("page stops")
        return succeed(None)


OPENING = ["store opens", "ivr opens", "sms opens", "beat starts", "page opens"]
CLOSING = ["ivr drains 7", "sms drains 7", "ivr stops", "sms stops", "beat stops", "page stops", "store stops"]


def test_the_store_opens_first_and_closes_last() -> None:
    """Doors drain before anything stops, the page tells that we are stopping, and systemd hears both ends."""
    house = House()
    house.open()
    assert house.events == OPENING
    assert house.said == [b"READY=1\nSTATUS=ivr, sms, jobs"]
    house.close()
    assert house.events == OPENING + CLOSING
    assert house.said[1:] == [b"STOPPING=1\nSTATUS=draining"]
    assert house.readiness.draining


def test_nothing_stops_while_a_door_still_drains() -> None:
    """Callers and texts under way come first; the doors drain side by side."""
    house = House()
    house.open()
    house.doors["ivr"].drained = Deferred()
    house.close()
    assert house.events == [*OPENING, "ivr drains 7", "sms drains 7"]
    house.doors["ivr"].drained.callback(None)
    assert house.events == OPENING + CLOSING


def test_a_door_that_fails_to_drain_keeps_no_other_from_closing() -> None:
    """A bug in one door's drain is told, and everything still closes in order."""
    house = House()
    house.open()
    house.doors["ivr"].drained = fail(ValueError("bug"))
    closed: list[None] = []
    house.close().addCallback(closed.append)
    assert house.events == OPENING + CLOSING
    assert closed == [None]


def test_a_port_in_use_is_told_and_what_was_open_closes() -> None:
    """When a door cannot open, the rest is never opened, and closing closes what was."""
    house = House()
    house.doors["sms"].taken = True
    failures: list[Any] = []
    house.open().addErrback(failures.append)
    assert failures[0].check(CannotListenError)
    assert house.events == ["store opens", "ivr opens"]
    house.close()
    assert house.events[-1] == "store stops"
    assert "page stops" not in house.events
    assert house.said == [b"STOPPING=1\nSTATUS=draining"]


@pytest.mark.parametrize("names", [(), ("ivr",)])
def test_roles_may_run_alone(names: tuple[str, ...]) -> None:
    """A process without doors (jobs only) opens and closes too."""
    house = House()
    house.root.doors = {name: house.doors[name] for name in names}
    house.open()
    house.close()
    assert house.events[-1] == "store stops"
