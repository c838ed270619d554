"""Where an SMSC is, as a Twisted endpoint. TLS verifies the certificate and its host name; there is no way to switch that off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates

from sms_gateway.smpp.settings import SmscSettings


def make_endpoint(settings: SmscSettings, reactor: Any) -> IStreamClientEndpoint:
    """A ``tls_ca_file`` (PEM) replaces the system's authorities: an operator's private one."""
    plain = HostnameEndpoint(reactor, settings.host, settings.port, timeout=settings.connect_seconds)
    if not settings.tls:
        return plain
    root = None
    if settings.tls_ca_file is not None:
        root = trustRootFromCertificates([Certificate.loadPEM(Path(settings.tls_ca_file).read_bytes())])  # type: ignore[no-untyped-call]
    return wrapClientTLS(optionsForClientTLS(settings.host, trustRoot=root), plain)
