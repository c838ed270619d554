"""One HTTP request with a deadline, and the difference between "it did not arrive" and "nobody knows"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import Protocol as Interface

from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

ANSWER_SECONDS = 20.0
CONNECT_SECONDS = 5.0
BODY_MOST = 256 * 1024


class NotDelivered(Exception):
    """No connection came about: the other side has not got it."""


class NoAnswer(Exception):
    """It may have got it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """``headers`` by lower-case name."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Http(Interface):
    async def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Raises NotDelivered or NoAnswer."""
        ...


@implementer(IBodyProducer)
class _Body:
    def __init__(self, body: bytes) -> None:
        self.body = body
        self.length = len(body)

    def startProducing(self, consumer: Any) -> Deferred[None]:
        consumer.write(self.body)
        done: Deferred[None] = Deferred()
        done.callback(None)
        return done

    def pauseProducing(self) -> None:
        """Everything was written at once."""

    def resumeProducing(self) -> None:
        """Everything was written at once."""

    def stopProducing(self) -> None:
        """Everything was written at once."""


class _Content(Protocol):
    """The body of a reply, whole or not at all."""

    def __init__(self, whole: Deferred[bytes]) -> None:
        self._whole = whole
        self._parts: list[bytes] = []
        self._length = 0

    def dataReceived(self, data: bytes) -> None:
        self._length += len(data)
        if self._length <= BODY_MOST:
            self._parts.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if isinstance(reason.value, ResponseDone) and self._length <= BODY_MOST:
            self._whole.callback(b"".join(self._parts))
        else:
            self._whole.errback(NoAnswer("the reply broke off, or is too long"))


class AgentHttp:
    """Twisted's own agent: certificates are checked against the system's authorities."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._agent = Agent(reactor, connectTimeout=CONNECT_SECONDS)  # type: ignore[no-untyped-call]

    async def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Within 20 seconds, the whole of it."""
        try:
            whole = Deferred.fromCoroutine(self._whole(method, url, headers, body))
            return await whole.addTimeout(ANSWER_SECONDS, self._reactor)
        except (ConnectError, DNSLookupError, ConnectingCancelledError) as error:
            raise NotDelivered(type(error).__name__) from error
        except (TimeoutError, CancelledError) as error:
            raise NoAnswer("no answer in time") from error
        except NoAnswer:
            raise
        except Exception as error:  # a connection can break in a dozen ways once it stood: none tells what arrived
            raise NoAnswer(type(error).__name__) from error

    async def _whole(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        sent = Headers({name: [value] for name, value in headers.items()})
        producer = _Body(body) if body else None
        response = await self._agent.request(method.encode(), url.encode(), sent, producer)
        whole: Deferred[bytes] = Deferred()
        response.deliverBody(_Content(whole))  # type: ignore[no-untyped-call]
        content = await whole
        got = {
            name.decode().lower(): values[0].decode("latin-1") for name, values in response.headers.getAllRawHeaders()
        }
        return Reply(status=response.code, body=content, headers=got)
