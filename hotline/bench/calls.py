"""Plays Asterisk to a FastAGI server under measurement: many calls at once, each answering every command at once."""

from __future__ import annotations

import selectors
import socket
import time

ENVIRONMENT = (
    b"".join(
        b"agi_%s: %s\n" % pair
        for pair in (
            (b"network", b"yes"),
            (b"network_script", b"bench"),
            (b"request", b"agi://127.0.0.1/bench"),
            (b"channel", b"PJSIP/bench-00000001"),
            (b"language", b"zh"),
            (b"type", b"PJSIP"),
            (b"uniqueid", b"1763769600.1"),
            (b"version", b"22.10.1"),
            (b"callerid", b"13800138000"),
            (b"calleridname", b"unknown"),
            (b"callingpres", b"0"),
            (b"dnid", b"12580"),
            (b"context", b"hotline"),
            (b"extension", b"12580"),
            (b"priority", b"1"),
            (b"enhanced", b"0.0"),
            (b"accountcode", b""),
            (b"threadid", b"140000000000000"),
        )
    )
    + b"\n"
)
REPLY = b"200 result=1\n"


def _dial(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.sendall(ENVIRONMENT)
    return line


def run_calls(port: int, *, calls: int, at_once: int, commands: int) -> float:
    """Makes ``calls`` calls, ``at_once`` of them at a time; returns wall seconds. Raises when a call sent another number of commands."""
    poll = selectors.DefaultSelector()
    answered: dict[int, int] = {}
    begun = ended = 0
    start = time.perf_counter()
    while ended < calls:
        while begun < calls and begun - ended < at_once:
            line = _dial(port)
            poll.register(line, selectors.EVENT_READ, line)
            answered[line.fileno()] = 0
            begun += 1
        for key, _ in poll.select(5):
            line = key.data
            data = line.recv(4096)
            if data:
                answered[key.fd] += data.count(b"\n")
                line.sendall(REPLY)
                continue
            if answered.pop(key.fd) != commands:
                raise RuntimeError(f"a call did not send its {commands} commands")
            poll.unregister(line)
            line.close()
            ended += 1
    poll.close()
    return time.perf_counter() - start


def hold_calls(port: int, count: int) -> list[socket.socket]:
    """Opens ``count`` calls and leaves each waiting for the answer to its first command."""
    lines = [_dial(port) for _ in range(count)]
    for line in lines:
        line.settimeout(10)
        if not line.recv(4096):
            raise RuntimeError("the server refused an idle call")
    return lines
