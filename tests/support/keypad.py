"""Keys as a telephone sends them beside its sound: RTP events (RFC 4733)."""

from __future__ import annotations

import socket
import struct
import time

EVENTS = {key: number for number, key in enumerate("0123456789*#")}
PAYLOAD = 96  # as the telephone's SDP says
TICK = 0.02  # seconds between packets,
SAMPLES = 160  # and what that is in sound of 8 kHz
PRESSED, RELEASED = 5, 3  # ticks; a release is told three times
END, MARKER = 0x80, 0x80
VOLUME = 10


class Keypad:
    """Presses keys one after the other, a fifth of a second each; ``wire`` is the socket that the SDP names."""

    def __init__(self, wire: socket.socket) -> None:
        self._wire = wire
        self._sequence = self._clock = 0

    def press(self, keys: str, exchange: int) -> None:
        """Sends them to the exchange's port for this call; returns when the last is released."""
        for key in keys:
            self._clock += (PRESSED + RELEASED) * SAMPLES
            for tick in range(1, PRESSED + RELEASED + 1):
                self._wire.sendto(self._packet(EVENTS[key], tick), ("127.0.0.1", exchange))
                time.sleep(TICK)

    def _packet(self, event: int, tick: int) -> bytes:
        self._sequence += 1
        kind = PAYLOAD | (MARKER if tick == 1 else 0)
        header = struct.pack("!BBHII", 0x80, kind, self._sequence, self._clock, 12580)
        flags = VOLUME | (END if tick > PRESSED else 0)
        return header + struct.pack("!BBH", event, flags, min(tick, PRESSED) * SAMPLES)
