"""Puts the text gateway together: one journal, one answering, and a line for each SMSC."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.internet.interfaces import IStreamClientEndpoint

from booking.bell import Bell
from booking.clock import Clock
from booking.reception import Reception
from booking.stops import Stops
from booking.store.database import Store
from booking.vault import Vault
from booking.waiting_room import WaitingRoom
from sms_gateway.answering import Answering
from sms_gateway.clerk import Clerk
from sms_gateway.gateway import Line, MakeHold, SmsGateway
from sms_gateway.intake import Intake
from sms_gateway.journal import Journal
from sms_gateway.metrics import TextMetrics
from sms_gateway.notices import Notices
from sms_gateway.outbox import Outbox
from sms_gateway.proving import Proving
from sms_gateway.questions import Questions
from sms_gateway.smpp.link import SmscLink
from sms_gateway.smpp.metrics import LinkMetrics
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.steps import Steps
from sms_gateway.triage import Triage
from sms_gateway.waiting import Waiting

Endpoints = Callable[[SmscSettings], IStreamClientEndpoint]


def make_service(
    links: Sequence[SmscSettings],
    *,
    reactor: Any,
    database: Store,
    vault: Vault,
    reception: Reception,
    stops: Stops,
    clock: Clock,
    bell: Bell,
    rng: random.Random,
    metrics: CollectorRegistry,
    endpoint: Endpoints | None = None,
    hold: MakeHold | None = None,
    room: WaitingRoom,
) -> SmsGateway:
    """The whole gateway, not started. ``endpoint`` replaces the links' TCP connections (tests); ``hold``: other processes have the
    same accounts. ``room``: where one waits for a number, and answers the offer of one.
    """
    counted, link_metrics = TextMetrics(metrics), LinkMetrics(metrics)
    signatures: dict[int, str] = {}
    mine = [] if hold else [settings.name for settings in links]
    journal = Journal(reactor=reactor, database=database, vault=vault, clock=clock)
    waiting, notices = Waiting(room), Notices(stops)
    steps = Steps(reception, stops, waiting)
    triage = Triage(
        database=database,
        vault=vault,
        clock=clock,
        clerk=Clerk(reception, database),
        steps=steps,
        waiting=waiting,
        questions=Questions(steps, waiting, notices),
    )
    answering = Answering(
        reactor=reactor,
        database=database,
        vault=vault,
        triage=triage,
        journal=journal,
        clock=clock,
        sign=signatures.__getitem__,
        metrics=counted,
        smscs=mine,
    )

    def make_line(settings: SmscSettings) -> Line:
        proving = Proving(settings, reactor=reactor, book=journal, clock=clock)
        intake = Intake(settings, journal=journal, clock=clock, metrics=counted, proving=proving, took=answering.add)
        link = SmscLink(
            settings,
            reactor=reactor,
            deliver=intake.deliver,
            rng=rng,
            metrics=link_metrics,
            endpoint=endpoint and endpoint(settings),
        )
        outbox = Outbox(
            settings, link, reactor=reactor, journal=journal, clock=clock, rng=rng, metrics=counted, proving=proving
        )
        return Line(settings=settings, link=link, outbox=outbox)

    return SmsGateway(
        reactor=reactor,
        database=database,
        vault=vault,
        clock=clock,
        bell=bell,
        lines=[make_line(settings) for settings in links],
        answering=answering,
        signatures=signatures,
        mine=mine,
        hold=hold,
    )
