"""What the caller-side tests share: patients, bookings, and stores that are busy or slow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from twisted.internet.defer import Deferred

from booking.outcomes import Busy
from booking.requests import Caller, Channel, RegisterPhone
from ivr.service import Switchboard

CALLER = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS)


def result(coroutine):
    """What a coroutine over the in-memory store gives, at once."""
    deferred = Deferred.fromCoroutine(coroutine)
    deferred.addErrback(lambda failure: failure.raiseException())
    return deferred.result


class Troubled:
    """A reception whose ``name`` is busy the first ``times`` times, or waits for ``gate``; ``asked`` keeps what it was asked."""

    def __init__(self, reception, name: str, times: int = 0, gate: Deferred | None = None) -> None:
        self._reception = reception
        self._name = name
        self._times = times
        self._gate = gate
        self.asked: list[object] = []

    def __getattr__(self, name: str):
        real = getattr(self._reception, name)
        return self._trouble(real) if name == self._name else real

    def _trouble(self, real):
        async def ask(*args):
            self.asked.append(args[-1])
            if len(self.asked) <= self._times:
                raise Busy("try again")
            if self._gate is not None:
                await self._gate
            return await real(*args)

        return ask


@pytest.fixture
def caller() -> Caller:
    return CALLER


@pytest.fixture
def registered(reception):
    """13800138000 has one patient."""
    return result(reception.register(RegisterPhone(caller=CALLER, identity="11010519491231002X", name="张三")))


@pytest.fixture
def bookings(reception) -> Callable[..., tuple]:
    return lambda caller=CALLER: result(reception.bookings_of(caller))


@pytest.fixture
def ask_store() -> Callable[..., object]:
    return result


@pytest.fixture
def trouble(reception, switchboard: Switchboard) -> Callable[..., tuple[Switchboard, Troubled]]:
    def make(name: str, times: int = 0, gate: Deferred | None = None) -> tuple[Switchboard, Troubled]:
        troubled = Troubled(reception, name, times, gate)
        return replace(switchboard, reception=troubled), troubled

    return make
