"""One HTTP request with a deadline, and the difference between "it did not arrive" and "nobody knows".

Law of this module: over TLS nothing is sent before the other side has proved, by a certificate that is believed, to be the host of
the address; there is no way to switch that off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from typing import Protocol as Interface
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import ssl
from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS, ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

ANSWER_SECONDS = 20.0
CONNECT_SECONDS = 5.0
BODY_MOST = 256 * 1024


class NotDelivered(Exception):
    """No connection came about, or to somebody who could not prove to be the host: the other side has not got it."""


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
    """Twisted's own agent: certificates are checked against ``authorities``, where there are any, else against the system's."""

    _log = Logger()

    def __init__(self, reactor: Any, authorities: Sequence[Certificate] = ()) -> None:
        self._reactor = reactor
        policy = BrowserLikePolicyForHTTPS(trustRoot=_root(authorities))  # type: ignore[no-untyped-call]
        self._agent = Agent(reactor, policy, connectTimeout=CONNECT_SECONDS)  # type: ignore[no-untyped-call]

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
        except (
            Exception
        ) as error:  # a connection can break in a dozen ways once it stood: none but one tells what arrived
            if (why := _unproved(error)) is None:
                raise NoAnswer(type(error).__name__) from error
            self._log.error("{host}: {why}; nothing is sent there", host=urlsplit(url).hostname, why=why)
            raise NotDelivered(why) from error

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


def _root(authorities: Sequence[Certificate]) -> Any:
    """What Twisted takes for whom to believe; None is the system's authorities, never nobody."""
    if not authorities:
        return None
    pems = [each.public_bytes(Encoding.PEM) for each in authorities]
    return ssl.trustRootFromCertificates([ssl.Certificate.loadPEM(pem) for pem in pems])  # type: ignore[no-untyped-call]


def _unproved(error: Exception) -> str | None:
    """Why the other side's certificate was refused, if that is what broke the connection: it breaks before anything is sent."""
    for reason in getattr(error, "reasons", ()):
        match reason.value:
            case VerificationError():
                return "its certificate is made out to another host"
            case SSL.Error() as broken if "certificate verify failed" in str(broken):
                return "its certificate is not trusted, or out of date"
    return None
