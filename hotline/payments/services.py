"""Money's part of a process: the jobs that speak to payment ways, and the listener that hears from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.application.internet import StreamServerEndpointService
from twisted.application.service import IService
from twisted.internet.endpoints import serverFromString

from booking.cashier import Cashier
from booking.clock import Clock
from hotline.payments.http import AgentHttp
from hotline.payments.listening import Door, make_site
from hotline.payments.running import ASK_SECONDS, BALANCE_SECONDS, SEND_SECONDS, PaymentMetrics, Runner
from hotline.payments.settings import PaymentSettings, bill_files, ways
from hotline.periodic import Body


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentHouse:
    """Whose money it is: ``code`` names the hospital in the operator's files."""

    cashier: Cashier
    hospital: int
    code: str


class PaymentServices:
    """Made once a process; ``settings`` are whole."""

    def __init__(
        self,
        house: PaymentHouse,
        settings: PaymentSettings,
        *,
        reactor: Any,
        clock: Clock,
        registry: CollectorRegistry,
    ) -> None:
        self._house = house
        self._settings = settings
        self._reactor = reactor
        self._clock = clock
        self._metrics = PaymentMetrics(registry)
        self._files = bill_files(settings, house.code, clock)
        spoken_to = ways(settings, self._files, lambda believed: AgentHttp(reactor, believed), clock)
        self._runner = Runner(house.cashier, house.hospital, spoken_to, self._metrics, clock)

    def bodies(self) -> dict[str, tuple[float, Body]]:
        """Each job's name with its seconds and its body."""
        runner, files = self._runner, self._files
        found: dict[str, tuple[float, Body]] = {
            "send-payments": (SEND_SECONDS, runner.send),
            "settle-payments": (ASK_SECONDS, runner.ask),
            "ask-payers": (ASK_SECONDS, runner.ask_payers),
            "balance-books": (BALANCE_SECONDS, runner.balance),
        }
        if files is not None:
            found["settle-bills"] = (ASK_SECONDS, lambda: runner.take_in(files))
        return found

    def listeners(self) -> list[IService]:
        """The site for notices, where ``listen`` says so."""
        if not self._settings.listen:
            return []
        door = Door(self._house.cashier, self._house.hospital, self._metrics)
        site = make_site(door, self._clock, self._settings.alipay, self._settings.wechat)
        endpoint = serverFromString(self._reactor, self._settings.listen)  # type: ignore[no-untyped-call]
        return [StreamServerEndpointService(endpoint, site)]  # type: ignore[no-untyped-call]
