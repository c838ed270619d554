"""A whole text gateway in memory: the real session, the simulated SMSC, phones, the small hospital; no socket, no thread."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from booking.bell import Bell
from booking.clock import FixedClock
from booking.reception import Reception
from booking.store.immediate import ImmediateDatabase
from booking.vault import Vault
from sms_gateway.service import SmsGateway, make_service
from sms_gateway.simulator.loopback import LoopbackEndpoint, settle
from sms_gateway.simulator.phone import Phone
from sms_gateway.simulator.simulator import Simulator
from sms_gateway.smpp.settings import SmscSettings

ZHANG = "13800138000"
IDENTITY = "11010519491231002X"


class Town:
    """Phones, an SMSC and a hotline; ``pass_time`` lets everything happen that follows."""

    def __init__(self, database: ImmediateDatabase, vault: Vault, reception: Reception, clock: FixedClock, bell: Bell):
        self.reactor = Clock()
        self.database = database
        self.vault = vault
        self.reception = reception
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
            "database": self.database,
            "vault": self.vault,
            "reception": self.reception,
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
        """Moves both the reactor and the clock."""
        self.clock.at += timedelta(seconds=seconds)
        settle(self.reactor, seconds)

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
