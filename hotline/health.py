"""What load balancers and operators ask: ``/healthz`` (does the process turn), ``/readyz`` (may it be given work, and if not why), ``/metrics``.

A check answers None when all is well, else the reason in words. A check that raises or does not answer in time is itself a reason:
readiness never hangs and never breaks.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

Check = Callable[[], Awaitable["str | None"]]
PATIENCE_SECONDS = 2.0


class Readiness:
    """The named checks, asked one after the other."""

    _log = Logger()

    def __init__(
        self, checks: Mapping[str, Check], reactor: IReactorTime, facts: Mapping[str, Callable[[], str]] | None = None
    ) -> None:
        self._checks = dict(checks)
        self._facts = dict(facts or {})
        self._reactor = reactor
        self.draining = False

    def note(self, failure: Failure) -> None:
        self._log.failure("readiness could not be told", failure)

    def facts(self) -> dict[str, str]:
        """What is neither good nor bad, and good to know."""
        return {name: fact() for name, fact in self._facts.items()}

    async def ask(self) -> dict[str, str | None]:
        """Each check's name with what is wrong (None: nothing)."""
        if self.draining:
            return {"drain": "the process is stopping"}
        return {name: await self._answer(name, check) for name, check in self._checks.items()}

    async def _answer(self, name: str, check: Check) -> str | None:
        async def asked() -> str | None:
            return await check()

        try:
            return await Deferred.fromCoroutine(asked()).addTimeout(PATIENCE_SECONDS, self._reactor)
        except TimeoutError:
            return f"no answer within {PATIENCE_SECONDS:g} s"
        except Exception as error:  # a broken check must read as "not ready", whatever broke
            self._log.failure("the check {name} failed", name=name)
            return type(error).__name__


class _Root(Resource):
    def getChild(self, path: bytes, request: Request) -> Resource:
        return _NOWHERE


class _Page(Resource):
    isLeaf = True

    def __init__(self, render: Callable[[Request], bytes | int]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._render = render

    def render_GET(self, request: Request) -> bytes | int:
        return self._render(request)


_NOWHERE = _Page(lambda request: _json(request, {"status": "no such page"}, 404))


class _QuietSite(Site):
    """Keeps no access log: pages that are asked for every few seconds would bury what matters."""

    noisy = False

    def log(self, request: object) -> None:
        return


def make_site(readiness: Readiness, registry: CollectorRegistry) -> Site:
    """The three pages; anything else is 404."""
    root = _Root()  # type: ignore[no-untyped-call]

    def metrics(request: Request) -> bytes:
        request.setHeader("content-type", CONTENT_TYPE_LATEST)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def ready(request: Request) -> int:
        asking = Deferred.fromCoroutine(_tell(readiness, request))
        asking.addErrback(readiness.note)
        return NOT_DONE_YET

    root.putChild(b"metrics", _Page(metrics))
    root.putChild(b"healthz", _Page(lambda request: _json(request, {"status": "ok"}, 200)))
    root.putChild(b"readyz", _Page(ready))
    return _QuietSite(root)  # type: ignore[no-untyped-call]


async def _tell(readiness: Readiness, request: Request) -> None:
    reasons = await readiness.ask()
    if request._disconnected:  # no public name for "the asker has gone"
        return
    bad = any(reasons.values())
    checks = {name: {"ok": why is None, "why": why} for name, why in reasons.items()}
    told = {"ready": not bad, "checks": checks, **({"facts": facts} if (facts := readiness.facts()) else {})}
    request.write(_json(request, told, 503 if bad else 200))  # type: ignore[no-untyped-call]
    request.finish()  # type: ignore[no-untyped-call]


def _json(request: Request, value: object, status: int) -> bytes:
    request.setResponseCode(status)
    request.setHeader("content-type", "application/json; charset=utf-8")  # type: ignore[no-untyped-call]
    request.setHeader("cache-control", "no-store")  # type: ignore[no-untyped-call]
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
