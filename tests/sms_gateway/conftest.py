"""A whole text gateway in memory: the real session, the simulated SMSC, phones, the small hospital; no socket, no thread."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from open_house import open_house
from prometheus_client import CollectorRegistry
from sqlalchemy import select
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from booking.bell import Bell
from booking.clock import FixedClock, naive_utc
from booking.outcomes import Busy
from booking.reception import Reception
from booking.stops import Stops
from booking.store.immediate import ImmediateDatabase
from booking.store.mail.outbox import OutgoingText, thd_post
from booking.store.schema import inbox, outbox
from booking.vault import Vault
from booking.waiting_room import WaitingRoom
from sms_gateway.gateway import SmsGateway
from sms_gateway.service import make_service
from sms_gateway.simulator.loopback import LoopbackEndpoint, settle
from sms_gateway.simulator.phone import Phone
from sms_gateway.simulator.simulator import Simulator
from sms_gateway.smpp.settings import SmscSettings

ZHANG = "13800138000"
IDENTITY = "11010519491231002X"


class Store:
    """The store as the gateway sees it; ``writing`` and ``looking`` say whether it answers, ``broken`` names jobs with a bug,
    ``held`` jobs that take until their Deferred fires."""

    def __init__(self, database: ImmediateDatabase) -> None:
        self.database = database
        self.writing = self.looking = True
        self.broken: set[str] = set()
        self.held: dict[str, Deferred[None]] = {}
        self.jobs: list[str] = []

    async def run(self, thd, *args, name=None):
        self._begin(thd, self.writing)
        return await self.database.run(thd, *args)

    async def look(self, thd, *args, name=None):
        self._begin(thd, self.looking)
        if thd.__name__ in self.held:
            await self.held.pop(thd.__name__)
        return await self.database.look(thd, *args)

    async def run_slow(self, thd, *args, name=None):
        raise AssertionError("the gateway does nothing slow")

    def _begin(self, thd, answers: bool) -> None:
        self.jobs.append(thd.__name__)
        if not answers:
            raise Busy("out of order")
        if thd.__name__ in self.broken:
            raise ValueError(thd.__name__)


class Town:
    """Phones, an SMSC and a hotline; ``pass_time`` lets everything happen that follows."""

    def __init__(self, database: ImmediateDatabase, vault: Vault, reception: Reception, clock: FixedClock, bell: Bell):
        self.reactor = Clock()
        self.database = database
        self.store = Store(database)
        self.vault = vault
        self.reception = reception
        self.stops = Stops(open_house(database, vault, clock, bell, random.Random(3)))
        self.room = WaitingRoom(open_house(database, vault, clock, bell, random.Random(4)))
        self.clock = clock
        self.bell = bell
        self.simulator = Simulator(self.reactor)
        self.endpoint = LoopbackEndpoint(self.reactor, self.simulator)
        self.settings = SmscSettings(
            name="sim",
            host="",
            port=0,
            system_id="hotline",
            password="hotline",
            service_number="12580",
            window=8,
            rate=0,
        )
        self.registry = CollectorRegistry()
        self.gateway = self.make_gateway()
        self.phones: dict[str, Phone] = {}
        self.heard: dict[str, list[str]] = {}

    def make_gateway(self, **changes: object) -> SmsGateway:
        self.registry = CollectorRegistry()
        collaborators = {
            "reactor": self.reactor,
            "database": self.store,
            "vault": self.vault,
            "reception": self.reception,
            "stops": self.stops,
            "room": self.room,
            "clock": self.clock,
            "bell": self.bell,
            "rng": random.Random(1),
            "metrics": self.registry,
            "endpoint": lambda _: self.endpoint,
        }
        return make_service([self.settings], **(collaborators | changes))  # type: ignore[arg-type]

    def start(self) -> None:
        self.gateway.startService()
        self.pass_time()

    def pass_time(self, seconds: float = 0.0) -> None:
        """Moves both the reactor and the clock; then a moment more, in which what was patient is written."""
        self.clock.at += timedelta(seconds=seconds)
        settle(self.reactor, seconds)
        settle(self.reactor, 0.01)

    def phone(self, number: str = ZHANG) -> Phone:
        if number not in self.phones:
            phone = Phone(number, LoopbackEndpoint(self.reactor, self.simulator), self.reactor, random.Random(2))
            connected = Deferred.fromCoroutine(phone.connect())
            self.pass_time()
            assert connected.called
            self.phones[number] = phone
            self.heard[number] = []
            Deferred.fromCoroutine(self._listen(number, phone))
        return self.phones[number]

    async def _listen(self, number: str, phone: Phone) -> None:
        async for reply in phone.replies(1e9):
            self.heard[number].append(reply)

    def text(self, words: str, number: str = ZHANG) -> str:
        """Sends a text; the replies it brought, joined by a line of dashes."""
        phone = self.phone(number)
        before = len(self.heard[number])
        phone.send(words, "12580")
        self.pass_time()
        return "\n----\n".join(self.heard[number][before:])

    def registered(self, number: str = ZHANG, identity: str = IDENTITY, name: str = "张三") -> None:
        assert "登记成功" in self.text(f"ZC{identity},{name}", number)

    def restart(self, **changes: object) -> None:
        """The process dies without a word and is started again."""
        self.crash()
        self.gateway = self.make_gateway(**changes)
        self.start()

    def crash(self) -> None:
        """The link is cut, and what was under way is never heard of again."""
        self.store.writing = self.store.looking = False
        self.endpoint.server = None
        self.simulator.drop()
        self.pass_time()
        self.gateway.stopService()
        self.pass_time()
        self.store = Store(self.database)
        self.endpoint.server = self.simulator
        self.phones.clear()

    def post(self, kind: str = "notice", to: str = "+8613800138000", body: str = "通知", **how: object) -> int:
        """A text that some other part of the house wants sent."""
        values = {"lane": 1, "dedupe": f"{kind}:{body}:{to}"} | how
        text = OutgoingText(to=to, body=body, kind=kind, **values)  # type: ignore[arg-type]
        (made,) = self.database.now(thd_post, self.vault, 1, [text], naive_utc(self.clock))
        return made

    def texts_out(self) -> list[tuple[str, str]]:
        """Kind and status of every text in the outbox."""
        return self.database.now(
            lambda conn: [tuple(row) for row in conn.execute(select(outbox.c.kind, outbox.c.status))]
        )

    def texts_in(self) -> list[tuple[str, str]]:
        """Status and words of every text in the inbox."""
        rows = self.database.now(
            lambda conn: [tuple(row) for row in conn.execute(select(inbox.c.status, inbox.c.text_sealed))]
        )
        return [(status, self.vault.open(sealed)) for status, sealed in rows]

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def town(
    small_hospital: ImmediateDatabase, vault: Vault, reception: Reception, clock: FixedClock, bell: Bell
) -> Iterator[Town]:
    """A started gateway, bound to the simulated SMSC."""
    town = Town(small_hospital, vault, reception, clock, bell)
    town.start()
    assert town.gateway.ready() == {"sim": True}
    yield town
    town.gateway.stopService()
    town.pass_time(5)
