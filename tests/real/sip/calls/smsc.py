"""The simulated SMSC in a process of its own: prints its port, then every text that the hotline sends, one JSON line each."""

from __future__ import annotations

import json
import sys
from typing import Any

from twisted.internet import reactor

from sms_gateway.simulator import Simulator, make_simulator_service
from sms_gateway.smpp.pdu import SubmitSm
from sms_gateway.text import concat_of, mend, text_of

_parts: dict[tuple[str, int], dict[int, str]] = {}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tell(pdu: SubmitSm) -> None:
    """Prints a text once it is whole."""
    to, words, part = pdu.destination.digits, text_of(pdu), concat_of(pdu)
    if part is not None:
        parts = _parts.setdefault((to, part.ref), {})
        parts[part.part] = words
        if len(parts) < part.total:
            return
        words = "".join(parts[number] for number in sorted(_parts.pop((to, part.ref))))
    say(json.dumps({"to": to, "words": mend(words)}))


def main(reactor: Any) -> None:
    simulator = Simulator(reactor)
    simulator.watch(tell)
    service = make_simulator_service("tcp:0:interface=127.0.0.1", simulator, reactor)
    service.startService()
    reactor.callWhenRunning(lambda: say(str(service.port)))
    reactor.run()


if __name__ == "__main__":
    main(reactor)
