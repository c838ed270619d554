"""An SMSC's settings are refused when they could not work, and the way there is checked."""

from __future__ import annotations

import pytest
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.testing import MemoryReactorClock

from sms_gateway.smpp.endpoint import make_endpoint
from sms_gateway.smpp.settings import SmscSettings

GOOD = {
    "name": "a",
    "host": "smsc.example",
    "port": 2775,
    "system_id": "hotline",
    "password": "secret",
    "service_number": "12580",
}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"bind": "both"}, "bind must be one of transceiver"),
        ({"long_messages": "magic"}, "long_messages"),
        ({"resp_id": "octal"}, "resp_id"),
        ({"receipt_id": "octal"}, "receipt_id"),
        ({"system_id": "x" * 16}, "system_id must be at most 15"),
        ({"password": "x" * 9}, "password must be at most 8"),
        ({"system_type": "x" * 13}, "system_type"),
        ({"service_number": "热线"}, "service_number"),
        ({"window": 0}, "window"),
        ({"rate": -1}, "rate"),
    ],
)
def test_what_cannot_work_is_told_by_its_key(wrong, says):
    """A wrong line in the configuration is named before anything starts."""
    with pytest.raises(ValueError, match=says):
        SmscSettings(**{**GOOD, **wrong})


def test_the_password_is_not_shown():
    """Settings in a log line or a traceback keep their secret."""
    assert "secret" not in repr(SmscSettings(**GOOD))


def test_plain_and_tls_endpoints(tmp_path):
    """TLS is one switch; a private authority may be named, and must be one."""
    reactor = MemoryReactorClock()
    assert isinstance(make_endpoint(SmscSettings(**GOOD), reactor), HostnameEndpoint)
    assert not isinstance(make_endpoint(SmscSettings(**GOOD, tls=True), reactor), HostnameEndpoint)
    authority = tmp_path / "ca.pem"
    authority.write_text("this is no certificate")
    with pytest.raises(Exception, match=r"(?i)pem|start line"):
        make_endpoint(SmscSettings(**GOOD, tls=True, tls_ca_file=str(authority)), reactor)
