"""The FastAGI server under measurement: its flow sends thirty commands by the call's own verbs, and ends."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from twisted.internet import reactor

from hotline.bench.bare_lines import COMMANDS
from hotline.bench.serving import serve
from ivr.agi.call import Call
from ivr.agi.server import AgiServer
from ivr.metrics import IvrMetrics


async def thirty_commands(call: Call) -> str:
    for _ in range(COMMANDS):
        await call.set_variable("STEP", "thirty commands")
    return "done"


if __name__ == "__main__":
    serve(AgiServer(thirty_commands, clock=reactor, tally=IvrMetrics(CollectorRegistry()), calls_most=2_000))
