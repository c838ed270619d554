"""Where Alipay and WeChat Pay tell that somebody paid: ``POST /alipay`` and ``POST /wechat``, and nothing else.

Law of this module: a notice is acknowledged when the store has it, and only then; what is not proved is refused, counted and told in
the log without its content. A busy store answers 503, and the way comes again. The same notice twice is acknowledged twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from booking.cashier import Cashier
from booking.clock import Clock
from booking.money.payments import NoSuchTrade, Notice, WrongAmount
from booking.outcomes import Busy
from hotline.payments import alipay, wechat
from hotline.payments.alipay import AlipayKeys
from hotline.payments.proofs import Forged, Ignored, RefundNotice
from hotline.payments.running import PaymentMetrics
from hotline.payments.wechat import WechatKeys

BODY_MOST = 64 * 1024

Read = Callable[[Mapping[str, str], bytes], "Notice | RefundNotice | Forged | Ignored"]


@dataclass(frozen=True, slots=True)
class Words:
    """What a way wants to hear: on success, on refusal, and the type of both."""

    good: bytes
    bad: bytes
    kind: str


ALIPAY_WORDS = Words(b"success", b"failure", "text/plain")
WECHAT_WORDS = Words(b'{"code":"SUCCESS"}', b'{"code":"FAIL"}', "application/json")


class Door:
    """What is done with a notice, of whichever way."""

    _log = Logger()

    def __init__(self, cashier: Cashier, hospital: int, metrics: PaymentMetrics) -> None:
        self._cashier = cashier
        self._hospital = hospital
        self._metrics = metrics

    async def take(self, way: str, found: Notice | RefundNotice | Forged | Ignored) -> int:
        """The HTTP status that says whether it may be forgotten."""
        outcome, status = await self._taken(way, found)
        self._metrics.notices.labels(way, outcome).inc()
        return status

    async def _taken(self, way: str, found: Notice | RefundNotice | Forged | Ignored) -> tuple[str, int]:
        if isinstance(found, Forged):
            self._log.warn("a notice of {way} is refused: {why}", way=way, why=found.why)
            return "forged", 401
        if isinstance(found, Ignored):
            return "ignored", 200
        try:
            return await self._entered(found)
        except Busy:
            return "busy", 503

    async def _entered(self, found: Notice | RefundNotice) -> tuple[str, int]:
        if isinstance(found, RefundNotice):
            errand = await self._cashier.errand(self._hospital, "refund", found.refund_no)
            if errand is None:
                self._log.error("a refund notice names {number}, which is none of ours", number=found.refund_no)
                return "no_such_trade", 200
            await self._cashier.answered(self._hospital, errand, found.answer)
            return "refund", 200
        outcome = await self._cashier.paid(self._hospital, found)
        if isinstance(outcome, NoSuchTrade | WrongAmount):
            # Repeating it would change nothing: a person has to look, so it is acknowledged and said aloud.
            self._log.critical(
                "payment {number} by {way} cannot be settled: {reason}",
                number=found.trade_no,
                way=found.way,
                reason=outcome.reason,
            )
        return outcome.reason.lower(), 200


class NoticePage(Resource):
    """One way's address."""

    isLeaf = True
    _log = Logger()

    def __init__(self, way: str, words: Words, read: Read, take: Callable[[str, Any], Awaitable[int]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._way = way
        self._words = words
        self._read = read
        self._take = take

    def render_POST(self, request: Request) -> int:
        answering = Deferred.fromCoroutine(self._answer(request))
        answering.addErrback(self._broken, request)
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        content = request.content
        body = b"" if content is None else content.read(BODY_MOST + 1)
        headers = {
            name.decode("latin-1").lower(): values[0].decode("latin-1")
            for name, values in request.requestHeaders.getAllRawHeaders()
        }
        too_long = len(body) > BODY_MOST
        found = Forged(why="too long") if too_long else self._read(headers, body)
        self._end(request, await self._take(self._way, found))

    def _broken(self, failure: Failure, request: Request) -> None:
        self._log.failure("a notice of {way} could not be taken", failure, way=self._way)
        self._end(request, 500)

    def _end(self, request: Request, status: int) -> None:
        if request._disconnected:  # no public name for "the asker has gone"; he will come again
            return
        request.setResponseCode(status)
        request.setHeader("content-type", self._words.kind)  # type: ignore[no-untyped-call]
        request.write(self._words.good if status == 200 else self._words.bad)  # type: ignore[no-untyped-call]
        request.finish()  # type: ignore[no-untyped-call]


class QuietSite(Site):
    """Keeps no access log: the addresses of payers' services are nobody's business, and outcomes are counted."""

    noisy = False

    def log(self, request: object) -> None:
        return


class _Root(Resource):
    def getChild(self, path: bytes, request: Request) -> Any:
        return notFound()


def make_site(door: Door, clock: Clock, ali: AlipayKeys | None, wx: WechatKeys | None) -> Site:
    """The pages of those ways that there are keys for."""
    root = _Root()  # type: ignore[no-untyped-call]
    if ali is not None:
        keys = ali
        read = lambda _, body: alipay.read_notice(keys, body)  # noqa: E731 - one line says it
        root.putChild(b"alipay", NoticePage("alipay", ALIPAY_WORDS, read, door.take))
    if wx is not None:
        seal = wx
        read_wx = lambda headers, body: wechat.read_notice(seal, headers, body, clock.utc().timestamp())  # noqa: E731
        root.putChild(b"wechat", NoticePage("wechat", WECHAT_WORDS, read_wx, door.take))
    return QuietSite(root)  # type: ignore[no-untyped-call]
