"""The text gateway under measurement, and its yardstick.

``python -m hotline.bench.sms_child ours PORT URL``: the whole gateway on the store. ``… echo PORT``: the same session that answers each
text at once with fixed words: no parsing, no store.
"""

from __future__ import annotations

import random
import sys

from prometheus_client import CollectorRegistry
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from booking.bell import Bell
from booking.house import House
from booking.reception import Reception
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.stops import Stops
from booking.store.database import Database
from booking.store.engine import make_engine
from booking.waiting_room import WaitingRoom
from hotline.bench.rush_stage import NOW, VAULT
from sms_gateway.service import make_service
from sms_gateway.smpp.link import SmscLink
from sms_gateway.smpp.metrics import LinkMetrics
from sms_gateway.smpp.pdu import DeliverSm, SubmitSm
from sms_gateway.smpp.settings import SmscSettings


def _settings(port: str) -> SmscSettings:
    return SmscSettings(
        name="bench",
        host="127.0.0.1",
        port=int(port),
        system_id="bench",
        password="bench",  # noqa: S106 - the measuring SMSC asks for none
        service_number="12580",
        rate=0,
        receipts=False,
    )


def ours(port: str, url: str) -> None:
    database = Database(make_engine(url), reactor=reactor, clock=NOW)
    database.start()
    bell, rng = Bell(), random.SystemRandom()
    rules = StandingRules(house_rules())
    house = House(database=database, vault=VAULT, clock=NOW, bell=bell, rng=rng, rules=rules)
    gateway = make_service(
        [_settings(port)],
        reactor=reactor,
        database=database,
        vault=VAULT,
        reception=Reception(house),
        stops=Stops(house),
        room=WaitingRoom(house),
        clock=NOW,
        bell=bell,
        rng=rng,
        metrics=CollectorRegistry(),
    )
    gateway.startService()


def echo(port: str) -> None:
    words = "王建国 主任医师 心血管内科 07-15 08:00 起有号".encode("utf-16-be")

    async def deliver(pdu: DeliverSm, _bind: str) -> int:
        answer = SubmitSm(source=pdu.destination, destination=pdu.source, data_coding=8, short_message=words)
        Deferred.fromCoroutine(link.submit(answer))
        return 0

    link = SmscLink(
        _settings(port),
        reactor=reactor,
        deliver=deliver,
        rng=random.SystemRandom(),
        metrics=LinkMetrics(CollectorRegistry()),
    )
    link.startService()


if __name__ == "__main__":
    if sys.argv[1] == "ours":
        ours(*sys.argv[2:])
    else:
        echo(*sys.argv[2:])
    print(0, flush=True)
    reactor.run()
