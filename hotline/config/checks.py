"""What can be wrong with a value of the right type. Each check answers with the reason, or None when the value is good."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_network

_ENDPOINT = re.compile(r"(?:(?:tcp6?|ssl):(?P<port>\d{1,5})(?::\S+)?|(?:unix|systemd):\S+)", re.ASCII)
_DATABASE = re.compile(r"(sqlite|mysql\+pymysql|mariadb\+pymysql)://.*")


def at_least(least: float) -> Callable[[float], str | None]:
    def check(value: float) -> str | None:
        return None if value >= least else f"must be at least {least:g}, not {value:g}"

    return check


def between(least: int, most: int) -> Callable[[int], str | None]:
    def check(value: int) -> str | None:
        return None if least <= value <= most else f"must be from {least} to {most}, not {value}"

    return check


def one_of(*values: str) -> Callable[[str], str | None]:
    def check(value: str) -> str | None:
        return None if value in values else f"must be one of {', '.join(values)}, not {value!r}"

    return check


port = between(1, 65535)


def filled(value: str) -> str | None:
    return None if value.strip() else "must not be empty"


def networks(values: tuple[str, ...]) -> str | None:
    """Addresses or networks; names would have to be looked up for every connection."""
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            return f'must hold addresses or networks such as "127.0.0.1" or "10.1.0.0/16", not {value!r}'
    return None


def codes(value: str) -> str | None:
    """Digits as text: numbers that may begin with 0 must be quoted."""
    return None if value == "" or value.isdecimal() else f"must be digits only, not {value!r}"


def endpoint(value: str) -> str | None:
    """A Twisted server endpoint."""
    found = _ENDPOINT.fullmatch(value)
    if found is None:
        return f'must be an endpoint such as "tcp:4573:interface=127.0.0.1", not {value!r}'
    return f"has no port from 0 to 65535: {value!r}" if int(found["port"] or 0) > 65535 else None


def url(value: str) -> str | None:
    """The words of a bad URL are not repeated: it may hold a password."""
    if _DATABASE.fullmatch(value):
        return None
    return 'must be a database such as "sqlite:////var/lib/hotline/hotline.db" or "mysql+pymysql://user@host/db?charset=utf8mb4"'


def nodes(values: tuple[str, ...]) -> str | None:
    """Further nodes of a cluster: MariaDB each, none twice."""
    for number, value in enumerate(values, 1):
        if not _DATABASE.fullmatch(value) or value.startswith("sqlite"):
            return f'must hold databases such as "mysql+pymysql://user@host/db": number {number} is none'
    return "names a node twice" if len(set(values)) < len(values) else None


def endpoint_or_nothing(value: str) -> str | None:
    """An endpoint, or nothing: then nobody listens."""
    return endpoint(value) if value else None
