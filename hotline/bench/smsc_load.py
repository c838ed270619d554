"""An SMSC for measuring, on plain structs: keeps K texts in flight, counts an answer when its last part has come.

``python -m hotline.bench.smsc_load TEXT K COUNT WARM`` prints its port, then, when COUNT texts are answered, the waits as JSON.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys
import time

HEADER = struct.Struct(">IIII")
DELIVER_SM, SUBMIT_SM, ENQUIRE_LINK, BIND_TRANSCEIVER = 0x5, 0x4, 0x15, 0x9
RESPONSE = 0x80000000
UDHI = 0x40


def _pdu(command: int, sequence: int, body: bytes = b"") -> bytes:
    return HEADER.pack(16 + len(body), command, 0, sequence) + body


def _deliver(n: int, text: bytes) -> bytes:
    source = b"\x01\x01%d\0" % (8613900000000 + n)
    body = b"\0" + source + b"\x00\x0112580\0" + b"\0\0\0\0\0\0\0\0\0" + bytes([len(text)]) + text
    return _pdu(DELIVER_SM, n, body)


def _read_submit(body: bytes) -> tuple[int, int]:
    """Whom it is for (the n of the text it answers), and how many parts are still to come after it."""
    at = body.index(b"\0") + 3
    at = body.index(b"\0", at) + 1  # past the source address
    end = body.index(b"\0", at + 2)
    n = int(body[at + 2 : end]) - 8613900000000
    esm_class = body[end + 1]
    at = body.index(b"\0", body.index(b"\0", end + 4) + 1) + 1  # past both times
    message = body[at + 5 :]
    return n, message[4] - message[5] if esm_class & UDHI else 0


class Load:
    """One bound ESME and the texts it is given."""

    def __init__(self, line: socket.socket, text: bytes, window: int, count: int, warm: int) -> None:
        self._line = line
        self._text = text
        self._window = window
        self._last = count + warm
        self._warm = warm
        self._sent: dict[int, float] = {}
        self._next = 1
        self.waits: list[float] = []
        self.begun = self.ended = 0.0

    @property
    def done(self) -> bool:
        return len(self.waits) >= self._last

    def fill(self) -> bytes:
        out = b""
        while len(self._sent) < self._window and self._next <= self._last:
            if self._next == self._warm + 1:
                self.begun = time.perf_counter()
            out += _deliver(self._next, self._text)
            self._sent[self._next] = time.perf_counter()
            self._next += 1
        return out

    def take(self, command: int, sequence: int, body: bytes) -> bytes:
        match command:
            case 0x9:
                return _pdu(command | RESPONSE, sequence, b"bench\0") + self.fill()
            case 0x4:
                return _pdu(command | RESPONSE, sequence, b"%x\0" % sequence) + self._answered(body)
            case 0x15 | 0x6:
                return _pdu(command | RESPONSE, sequence)
            case _:
                return b""

    def _answered(self, body: bytes) -> bytes:
        n, more = _read_submit(body)
        if more:
            return b""
        self.waits.append(time.perf_counter() - self._sent.pop(n))
        if self.done:
            self.ended = time.perf_counter()
        return self.fill()

    def serve(self) -> None:
        poll = selectors.DefaultSelector()
        poll.register(self._line, selectors.EVENT_READ)
        buffer = b""
        while not self.done:
            if not poll.select(60):
                raise TimeoutError("no answer within a minute")
            buffer += self._line.recv(65536)
            out = b""
            while len(buffer) >= 16 and len(buffer) >= (length := HEADER.unpack_from(buffer)[0]):
                _, command, _, sequence = HEADER.unpack_from(buffer)
                out += self.take(command, sequence, buffer[16:length])
                buffer = buffer[length:]
            self._line.sendall(out)


def main(text: str, window: str, count: str, warm: str) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    line, _ = listener.accept()
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    load = Load(line, text.encode(), int(window), int(count), int(warm))
    load.serve()
    print(json.dumps({"seconds": load.ended - load.begun, "waits": load.waits[int(warm) :]}), flush=True)
    sys.stdin.readline()  # the gateway is measured before its link drops
    line.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
