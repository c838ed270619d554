"""Cutting a stream into PDUs: any bites, any lengths, no growth."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as s

from sms_gateway.smpp.frame import LEAST, MOST, Framer, Oversized, Undersized

frames = s.lists(
    s.binary(max_size=60).map(lambda body: (16 + len(body)).to_bytes(4, "big") + b"\0" * 12 + body), max_size=6
)


def bites(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(stream) + 1) for cut in cuts} | {0, len(stream)})
    return [stream[a:b] for a, b in pairwise(places)]


@given(frames, s.lists(s.integers(0, 10_000)))
def test_however_the_stream_is_bitten_the_same_pdus_come_out(pdus, cuts):
    """The network may deliver bytes in any pieces; PDUs come out whole and in order."""
    framer = Framer()
    found = [frame for bite in bites(b"".join(pdus), cuts) for frame in framer.feed(bite)]
    assert found == pdus
    assert not framer.partial


@given(frames, s.integers(0, 2**32 - 1), s.binary(max_size=100), s.lists(s.integers(0, 10_000)))
def test_a_length_that_cannot_be_ends_the_stream_once(pdus, length, rest, cuts):
    """After an impossible length nothing more is read, whatever follows; what came before is kept."""
    framer = Framer()
    stream = b"".join(pdus) + length.to_bytes(4, "big") + rest
    found = [frame for bite in bites(stream, cuts) for frame in framer.feed(bite)]
    assert found[: len(pdus)] == pdus
    if length < LEAST:
        assert found[len(pdus) :] == [Undersized(length)]
    elif length > MOST:
        assert found[len(pdus) :] == [Oversized(length)]


@given(s.lists(s.binary(max_size=300), max_size=30))
def test_any_bytes_never_raise_and_never_pile_up(chunks):
    """A stranger's bytes cost at most one PDU's worth of memory."""
    framer = Framer(most=200)
    for chunk in chunks:
        framer.feed(chunk)
        assert len(framer._rest) <= 200


@pytest.mark.parametrize("length", [0, 1, 15, 70_001, 0x7FFFFFFF, 0xF0000011, 0xFFFFFFFF])
def test_bounds(length):
    """A length below a header or beyond any PDU is a fault as soon as its four bytes are there."""
    framer = Framer()
    assert framer.feed(length.to_bytes(4, "big")[:3]) == []
    assert framer.partial
    fault = Undersized(length) if length < LEAST else Oversized(length)
    assert framer.feed(length.to_bytes(4, "big")[3:]) == [fault]
    assert framer.feed(b"\0\0\0\x10" + b"\0" * 12) == []


def test_the_greatest_pdu_passes():
    """A PDU of exactly the bound is whole, also when it comes byte by byte at the end."""
    pdu = MOST.to_bytes(4, "big") + b"x" * (MOST - 4)
    framer = Framer()
    assert framer.feed(pdu[:-3]) == []
    assert framer.feed(pdu[-3:-1]) == []
    assert framer.feed(pdu[-1:]) == [pdu]
