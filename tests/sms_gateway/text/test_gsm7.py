"""The GSM alphabet, whole, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as s
from smpplib.gsm import gsm_encode

from sms_gateway.text import gsm7

# 3GPP TS 23.038, 6.2.1, row by row.
TABLE = [
    "@£$¥èéùìòÇ\nØø\rÅå",
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ",
    " !\"#¤%&'()*+,-./",
    "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO",
    "PQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmno",
    "pqrstuvwxyzäöñüà",
]
EXTENSION = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
ALL = "".join(TABLE).replace("\x1b", "") + "".join(EXTENSION)
gsm_text = s.text(s.sampled_from(ALL))


def test_every_place_of_the_default_table():
    """Each of the 127 characters is where the standard has it."""
    for row, chars in enumerate(TABLE):
        for column, char in enumerate(chars):
            if char != "\x1b":
                assert gsm7.encode(char) == bytes([row * 16 + column])
                assert gsm7.decode(bytes([row * 16 + column])) == char


@pytest.mark.parametrize(("char", "code"), EXTENSION.items())
def test_every_character_of_the_extension(char, code):
    """The ten further characters take an ESC and a septet."""
    assert gsm7.encode(char) == bytes([0x1B, code])
    assert gsm7.decode(bytes([0x1B, code])) == char


def packed_as(septets):
    """As a phone packs: eight septets into seven bytes (3GPP TS 23.038, 6.1.2.1)."""
    bits = sum(septet << (7 * place) for place, septet in enumerate(septets))
    return bits.to_bytes((len(septets) * 7 + 7) // 8, "little")


@given(gsm_text)
def test_round_trip(text):
    """A text in this alphabet comes back as it was, packed or not."""
    septets = gsm7.encode(text)
    assert gsm7.decode(septets) == text
    if not text.endswith(("@", "\r")):
        assert gsm7.decode(gsm7.unpack(packed_as(septets))) == text


@given(s.binary(max_size=200))
def test_any_bytes_decode(data):
    """No bytes from a phone raise; each byte is at most one character, each seven bits too."""
    assert len(gsm7.decode(data)) <= len(data)
    assert len(gsm7.decode(gsm7.unpack(data))) <= len(data) * 8 // 7


@given(s.text())
def test_only_the_alphabet_encodes(text):
    """A character that is not in the alphabet is never replaced by another."""
    septets = gsm7.encode(text)
    assert (septets is not None) == all(char in ALL for char in text)


def test_backquote_and_paragraph_are_told_apart():
    """The grave accent is not in the alphabet and the paragraph sign is; the usual library has it the other way round."""
    assert gsm7.encode("`") is None
    assert gsm7.encode("§") == b"\x5f"
    assert gsm_encode("`") == b"\x5f"


@given(s.text(s.sampled_from(ALL.replace("§", "").replace("\f", ""))))
def test_agrees_with_smpplib_elsewhere(text):
    """But for that and the form feed, both write the same."""
    assert gsm7.encode(text) == gsm_encode(text)


@pytest.mark.parametrize(
    ("septets", "text"),
    [(b"\x1b", ""), (b"a\x1b", "a"), (b"\x1bA", "A"), (b"\x1b\x1b", ""), (b"\x1b\x1be", "e"), (b"\xc1", "A")],
)
def test_odd_escapes_are_shown_as_plainly_as_can_be(septets, text):
    """ESC before what it does not change shows that; an ESC alone shows nothing; the eighth bit does not count."""
    assert gsm7.decode(septets) == text


@pytest.mark.parametrize(
    ("text", "packed"), [("hellohello", "e8329bfd4697d9ec37"), ("1234567", "31d98c56b3dd00"), ("", "")]
)
def test_packing_as_the_standard_shows_it(text, packed):
    """Eight septets share seven bytes; seven septets leave bits that are no character."""
    septets = gsm7.encode(text)
    assert packed_as(septets).hex() == packed
    assert gsm7.unpack(bytes.fromhex(packed)) == septets


def test_what_an_escape_makes_of_a_character():
    """ESC and e are the euro; ESC and a are nothing together."""
    assert gsm7.extension("e") == "€"
    assert gsm7.extension("a") is None
    assert gsm7.extension("中") is None
    assert gsm7.extension("€") is None
