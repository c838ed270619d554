"""A patient's phone on the simulated SMSC: sends texts of any length, puts the parts of replies together."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any

from twisted.internet.defer import Deferred, DeferredQueue
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory

from sms_gateway.simulator.simulator import PHONE
from sms_gateway.smpp import events as ev
from sms_gateway.smpp.pdu import Address, BindTransceiver, DeliverSm
from sms_gateway.smpp.session import Role, Session
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.smpp.vigil import Patience
from sms_gateway.smpp.wire import SmppWire
from sms_gateway.text import concat_of, mend, text_of
from sms_gateway.text.compose import submits


class NoService(Exception):
    """The SMSC cannot be reached, does not take the phone, or is gone."""


class Phone:
    """``number`` as the patient would write it. Connect first; close at the end."""

    def __init__(self, number: str, endpoint: IStreamClientEndpoint, reactor: Any, rng: random.Random) -> None:
        self.number = number
        self._endpoint = endpoint
        self._reactor = reactor
        self._ref = rng.randrange(256)
        self._wire: SmppWire | None = None
        self._ready: Deferred[None] = Deferred()
        self._inbox: DeferredQueue[str] = DeferredQueue()
        self._parts: dict[tuple[str, str, int, int], dict[int, str]] = {}

    async def connect(self) -> None:
        """Raises NoService."""
        session = Session(Role.ESME, self._reactor.seconds(), window=1_000, patience=Patience(enquire=0, inactivity=0))
        factory = Factory.forProtocol(lambda: SmppWire(session, self._reactor, self))
        factory.noisy = False
        try:
            await self._endpoint.connect(factory)
        except Exception as why:
            raise NoService(str(why)) from why
        await self._ready

    def send(self, words: str, to: str) -> None:
        """Sends one text, in as many parts as it needs. Raises NoService when the link is gone."""
        self._ref = (self._ref + 1) % 256
        settings = SmscSettings(
            name="phone", host="", port=0, system_id=PHONE, password="", service_number=self.number, receipts=False
        )
        for pdu in submits(to, words, self._ref, settings):
            if self._wire is None or not self._wire.session.may_send:
                raise NoService("not connected")
            self._wire.session.send(pdu, self._reactor.seconds())
            self._wire.flush()

    async def replies(self, quiet: float, first: float | None = None) -> AsyncIterator[str]:
        """Texts as they come, until none has come for ``quiet`` seconds (``first`` seconds for the first one)."""
        patience = quiet if first is None else first
        while True:
            waiting = self._inbox.get()
            waiting.addTimeout(patience, self._reactor, onTimeoutCancel=_raise_quiet)
            try:
                yield await waiting
            except _Quiet:
                return
            patience = quiet

    def close(self) -> None:
        if self._wire is not None:
            self._wire.session.unbind(self._reactor.seconds())
            self._wire.flush()

    # wire.Owner ---------------------------------------------------------------------------------------------------

    def opened(self, wire: SmppWire) -> None:
        self._wire = wire
        bind = BindTransceiver(system_id=PHONE, address_range=Address(self.number.removeprefix("+")))
        wire.session.bind(bind, self._reactor.seconds())

    def told(self, wire: SmppWire, event: ev.Event) -> None:
        match event:
            case ev.Bound():
                self._ready.callback(None)
            case ev.BindRefused(status):
                self._ready.errback(NoService(f"the SMSC refused the phone: 0x{status:02x}"))
            case ev.MessageCame(DeliverSm() as pdu):
                wire.session.answer(pdu)
                self._came(pdu)
            case _:
                pass

    def ended(self, wire: SmppWire) -> None:
        self._wire = None
        if not self._ready.called:
            self._ready.errback(NoService("the SMSC hung up"))

    def _came(self, pdu: DeliverSm) -> None:
        part = concat_of(pdu)
        if part is None:
            self._inbox.put(mend(text_of(pdu)))
            return
        key = (pdu.source.digits, part.kind, part.ref, part.total)
        parts = self._parts.setdefault(key, {})
        parts[part.part] = text_of(pdu)
        if len(parts) == part.total:
            del self._parts[key]
            self._inbox.put(mend("".join(parts[number] for number in sorted(parts))))


class _Quiet(Exception):
    pass


def _raise_quiet(result: object, seconds: float) -> str:
    raise _Quiet from None


async def text(
    sender: str,
    words: str,
    *,
    endpoint: IStreamClientEndpoint,
    reactor: Any,
    rng: random.Random,
    to: str = "12580",
    quiet: float = 2.0,
    first: float = 10.0,
) -> AsyncIterator[str]:
    """What ``hotline text`` does: sends ``words`` from ``sender`` and gives each reply until it stays quiet. Raises NoService."""
    phone = Phone(sender, endpoint, reactor, rng)
    await phone.connect()
    try:
        phone.send(words, to)
        async for reply in phone.replies(quiet, first):
            yield reply
    finally:
        phone.close()
