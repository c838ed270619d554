"""What load balancers and operators are told."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping

from prometheus_client import CollectorRegistry, Counter
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher

from hotline.health import PATIENCE_SECONDS, Check, Readiness, make_site


class Asker:
    """An HTTP client in memory, one connection a question."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self.clock = Clock()
        self.registry = CollectorRegistry()
        self.readiness = Readiness(checks, self.clock)
        self.site = make_site(self.readiness, self.registry)

    def get(self, path: str) -> tuple[int, str]:
        self.ask(path)
        return self.answer()

    def ask(self, path: str) -> None:
        self.protocol = self.site.buildProtocol(None)
        self.transport = StringTransport()
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(f"GET {path} HTTP/1.0\r\n\r\n".encode())

    def answer(self) -> tuple[int, str]:
        head, _, body = self.transport.value().decode().partition("\r\n\r\n")
        return int(head.split()[1]), body


async def fine() -> str | None:
    return None


async def unbound() -> str | None:
    return "not bound since 4 s"


async def broken() -> str | None:
    raise ConnectionError("10.0.0.1 13800138000")


def silent() -> Awaitable[str | None]:
    return Deferred()


def test_asking_leaves_no_line_in_the_log() -> None:
    """A page that is asked for every few seconds does not bury what matters."""
    told: list[object] = []
    asker = Asker({"smsc": unbound})
    asker.site.startFactory()
    globalLogPublisher.addObserver(told.append)
    try:
        asker.get("/healthz")
    finally:
        globalLogPublisher.removeObserver(told.append)
        asker.site.stopFactory()
    assert told == []


def test_a_live_process_says_so() -> None:
    """/healthz is 200 whatever the state of the world outside."""
    assert Asker({"smsc": unbound}).get("/healthz") == (200, '{"status": "ok"}\n')


def test_ready_when_every_check_is_well() -> None:
    """/readyz is 200 and lists what was looked at."""
    status, body = Asker({"database": fine, "fastagi": fine}).get("/readyz")
    assert status == 200
    assert json.loads(body) == {
        "ready": True,
        "checks": {"database": {"ok": True, "why": None}, "fastagi": {"ok": True, "why": None}},
    }


def test_not_ready_tells_each_reason() -> None:
    """/readyz is 503 and says in words which part is not well; a check that breaks tells no more than its kind."""
    status, body = Asker({"database": fine, "smsc cmcc": unbound, "his": broken}).get("/readyz")
    assert status == 503
    checks = json.loads(body)["checks"]
    assert checks["smsc cmcc"] == {"ok": False, "why": "not bound since 4 s"}
    assert checks["his"] == {"ok": False, "why": "ConnectionError"}
    assert checks["database"]["ok"]


def test_a_check_that_hangs_does_not_hang_the_answer() -> None:
    """After two seconds silence is itself the reason."""
    asker = Asker({"database": silent})
    asker.ask("/readyz")
    assert asker.transport.value() == b""
    asker.clock.advance(PATIENCE_SECONDS)
    status, body = asker.answer()
    assert status == 503
    assert json.loads(body)["checks"]["database"]["why"] == "no answer within 2 s"


def test_a_bug_in_the_answer_itself_is_logged() -> None:
    """Whatever goes wrong while readiness is told leaves a log line, not an unhandled error."""
    asker = Asker({})
    asker.readiness.ask = None  # type: ignore[assignment,method-assign]
    asker.ask("/readyz")
    assert asker.transport.value() == b""


def test_an_asker_who_went_away_is_no_error() -> None:
    """A load balancer that gives up before the answer leaves nothing behind."""
    asker = Asker({"database": silent})
    asker.ask("/readyz")
    asker.protocol.connectionLost(None)
    asker.clock.advance(PATIENCE_SECONDS)
    assert asker.transport.value() == b""


def test_a_stopping_process_takes_no_new_work() -> None:
    """While draining, /readyz is 503 at once, so that the load balancer looks elsewhere."""
    asker = Asker({"database": fine})
    asker.readiness.draining = True
    status, body = asker.get("/readyz")
    assert (status, json.loads(body)["checks"]) == (503, {"drain": {"ok": False, "why": "the process is stopping"}})


def test_metrics_are_prometheus_text() -> None:
    """/metrics shows what the registry holds."""
    asker = Asker({})
    Counter("hotline_texts", "Texts", registry=asker.registry).inc(3)
    status, body = asker.get("/metrics")
    assert status == 200
    assert "hotline_texts_total 3.0" in body
    assert asker.get("/other")[0] == 404
