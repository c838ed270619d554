"""The collaborators of one process, each made once. Nothing here decides anything about booking.

Law: what is made here is handed down through constructors; no other module of the product makes a database, a clock or a random source.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.application.service import IService

from booking.bell import Bell
from booking.cashier import Cashier
from booking.clock import Clock
from booking.house import House
from booking.reception import Reception
from booking.reminders import Reminders
from booking.rulebooks import StoredRules
from booking.stops import Stops
from booking.store.cluster.leases import WHOLE_HOUSE
from booking.store.database import Database
from booking.store.engine import cluster_of
from booking.store.rulebooks import thd_rulebooks
from booking.store.transaction import thd_read
from booking.visits import Visits
from booking.waiting_room import WaitingRoom
from hotline import jobs
from hotline.config import Config
from hotline.leases import Holder, JobLeases, LeasedJob, Leases, Tenure, Turn
from hotline.loop_lag import LoopLag
from hotline.opening import Opened
from hotline.payments.services import PaymentHouse, PaymentServices
from hotline.periodic import Body, Periodic, PeriodicMetrics
from hotline.speaking import ROUND_SECONDS, prepare_speech
from hotline.store_metrics import StoreMetrics
from ivr.metrics import IvrMetrics
from ivr.service import IvrService, IvrSettings
from ivr.service import make_service as make_ivr
from ivr.speech.synth import ThreadedSynth
from ivr.speech.voice import Voice
from sms_gateway.gateway import SmsGateway
from sms_gateway.service import make_service as make_sms

LAG_MOST_SECONDS = 2.0
RULES_SECONDS = 20.0
"""Rules that are imported hold within half a minute in every process."""


@dataclass(frozen=True, kw_only=True)
class Composition:
    """The collaborators of one process. ``reactor`` is the process's own; ``rng`` draws booking codes."""

    config: Config
    opened: Opened
    reactor: Any
    clock: Clock
    rng: random.Random
    registry: CollectorRegistry

    @cached_property
    def database(self) -> Database:
        table = self.config.database
        metrics = StoreMetrics(self.registry)
        database = Database(
            self.opened.engine,
            reactor=self.reactor,
            clock=self.clock,
            threads=table.threads,
            waiting_max=table.waiting_max,
            observer=metrics.seen,
        )
        metrics.watch_jobs(lambda: database.jobs)
        if (cluster := cluster_of(self.opened.engine)) is not None:
            metrics.watch_nodes(cluster)
        return database

    @cached_property
    def bell(self) -> Bell:
        return Bell()

    @cached_property
    def lag(self) -> LoopLag:
        return LoopLag(self.reactor, self.registry)

    @cached_property
    def rules(self) -> StoredRules:
        """Read at once: no caller may be judged by the house's rules while the hospital's own are still on their way."""
        rules = StoredRules(self.database, self.clock, self.config.policy.house())
        rules.take(thd_read(self.opened.engine, thd_rulebooks, frozenset[int]()))
        return rules

    @cached_property
    def house(self) -> House:
        return House(
            database=self.database,
            vault=self.opened.vault,
            clock=self.clock,
            bell=self.bell,
            rng=self.rng,
            rules=self.rules,
        )

    @cached_property
    def reception(self) -> Reception:
        return Reception(self.house)

    @cached_property
    def room(self) -> WaitingRoom:
        return WaitingRoom(self.house)

    @cached_property
    def stops(self) -> Stops:
        return Stops(self.house)

    @cached_property
    def reminders(self) -> Reminders:
        return Reminders(self.house)

    @cached_property
    def visits(self) -> Visits:
        return Visits(self.house)

    @cached_property
    def payments(self) -> PaymentServices:
        """Money: its jobs, and where payment ways tell of payments."""
        settings = self.config.payments.settings()
        house = PaymentHouse(cashier=Cashier(self.house), hospital=self.opened.hospital, code=self.config.hospital.code)
        return PaymentServices(house, settings, reactor=self.reactor, clock=self.clock, registry=self.registry)

    @cached_property
    def ivr(self) -> IvrService:
        config = self.config
        settings = IvrSettings(
            listen=config.fastagi.listen,
            allow=config.fastagi.allow,
            calls_max=config.fastagi.calls_max,
            hospital=self.opened.hospital,
            home_area=config.hospital.home_area,
        )
        return make_ivr(
            settings,
            reactor=self.reactor,
            reception=self.reception,
            room=self.room,
            stops=self.stops,
            voice=self.voice,
            clock=self.clock,
            metrics=IvrMetrics(self.registry),
            well=lambda: self.lag.worst < LAG_MOST_SECONDS,
        )

    @cached_property
    def voice(self) -> Voice:
        table = self.config.prompts
        synth = ThreadedSynth(self.reactor, self.reactor.getThreadPool()) if table.synthesiser == "espeak-ng" else None
        return Voice(table.directory, table.asterisk_prefix, table.language, synth)

    @cached_property
    def sms(self) -> SmsGateway:
        return make_sms(
            [table.settings(self.opened.hospital) for table in self.config.smsc],
            reactor=self.reactor,
            database=self.database,
            vault=self.opened.vault,
            reception=self.reception,
            stops=self.stops,
            room=self.room,
            clock=self.clock,
            bell=self.bell,
            rng=self.rng,
            metrics=self.registry,
            hold=self._hold if self.shared else None,
        )

    @property
    def shared(self) -> bool:
        """Whether processes of other machines may stand on the same database."""
        return self.opened.engine.dialect.name != "sqlite"

    @cached_property
    def leases(self) -> Leases:
        return Leases(
            store=self.database,
            clock=self.clock,
            reactor=self.reactor,
            holder=Holder.of_this_process(self.rng),
            hospital=self.opened.hospital,
        )

    def _hold(self, name: str, gained: Turn, lost: Turn) -> Tenure:
        return Tenure(name, self.leases, gained=gained, lost=lost)

    def jobs(self, roles: Collection[str]) -> list[IService]:
        """What comes back every so often, and what gives the leases back that it ran under."""
        bodies = {name: (beat, self._leased(name, beat, body)) for name, (beat, body) in self._bodies(roles).items()}
        metrics = PeriodicMetrics(self.registry)
        periodics = [
            Periodic(name, beat, body, reactor=self.reactor, metrics=metrics) for name, (beat, body) in bodies.items()
        ]
        return [*periodics, JobLeases([body for _, body in bodies.values() if isinstance(body, LeasedJob)])]

    def _leased(self, name: str, beat: float, body: Body) -> Body:
        if name in jobs.OF_EACH_PROCESS:
            return body
        hospital = WHOLE_HOUSE if name in jobs.OF_THE_WHOLE_HOUSE else None
        return LeasedJob(name, beat, body, self.leases, hospital=hospital)

    def _bodies(self, roles: Collection[str]) -> dict[str, tuple[float, Body]]:
        """In every role the rules' refreshing; the house's jobs in ``jobs``; in ``ivr`` the speaking of names, with a synthesiser."""
        bodies: dict[str, tuple[float, Body]] = {
            "refresh-rules": (RULES_SECONDS, jobs.RefreshedRules(self.rules, self.opened.hospital))
        }
        if "jobs" in roles:
            post = jobs.Post(
                store=self.database,
                vault=self.opened.vault,
                clock=self.clock,
                bell=self.bell,
                hospital=self.opened.hospital,
            )
            bodies |= jobs.bodies(post, self.reception, self.config.emergency.spool)
            bodies |= jobs.bodies_of_numbers(self.room, self.opened.hospital)
            bodies |= jobs.bodies_of_stops(self.stops, self.reminders, self.opened.hospital)
            bodies |= jobs.bodies_of_visits(self.visits, self.opened.hospital)
            bodies |= self.payments.bodies()
        if "ivr" in roles and self.config.prompts.synthesiser != "none":
            speak = partial(prepare_speech, self.database, self.voice, self.opened.hospital, self.clock)
            bodies["prepare-speech"] = (ROUND_SECONDS, speak)
        return bodies
