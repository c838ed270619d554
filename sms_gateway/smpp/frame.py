"""Cuts a byte stream into PDUs. Knows the length field and nothing else.

The first four bytes of a PDU are its whole length. A length outside 16…70,000 means that framing is lost: what follows
cannot be trusted to begin anywhere, so the fault is the last thing a Framer gives and everything after it is dropped.
At most one frame's worth of bytes is ever kept, plus the chunk being read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEAST: Final = 16
MOST: Final = 70_000
"""A message_payload of 64 KB with its PDU around it fits."""


@dataclass(frozen=True, slots=True)
class Undersized:
    """The length field is below a header's 16 bytes."""

    length: int


@dataclass(frozen=True, slots=True)
class Oversized:
    """The length field is beyond what any PDU needs."""

    length: int


Fault = Undersized | Oversized


class Framer:
    """Feed it chunks as they come; it gives whole frames in order, and perhaps one Fault at the end."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._rest = bytearray()
        self._lost = False

    @property
    def partial(self) -> bool:
        """True while the beginning of a frame waits for its end."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[bytes | Fault]:
        """The frames that ``data`` completes. Never raises."""
        if self._lost:
            return []
        if not self._rest:
            return self._cut(data)
        self._rest += data
        length = int.from_bytes(self._rest[:4], "big")
        if len(self._rest) < 4 or (LEAST <= length <= self._most and len(self._rest) < length):
            return []
        data = bytes(self._rest)
        self._rest.clear()
        return self._cut(data)

    def _cut(self, data: bytes) -> list[bytes | Fault]:
        found: list[bytes | Fault] = []
        at, size = 0, len(data)
        while size - at >= 4:
            length = int.from_bytes(data[at : at + 4], "big")
            if not LEAST <= length <= self._most:
                self._lost = True
                found.append(Undersized(length) if length < LEAST else Oversized(length))
                return found
            if length > size - at:
                break
            found.append(data[at : at + length])
            at += length
        if at < size:
            self._rest += data[at:]
        return found
