"""Bytes to words, whatever phones and SMSCs do; words to the cheapest coding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as s

from sms_gateway.text.coding import Coding, choose, decode, mend


@pytest.mark.parametrize(
    ("coding", "data", "text"),
    [
        (0, b"\x00\x11\x1be", "@_€"),
        (1, b"GH00868", "GH00868"),
        (2, b"\xe9", "é"),
        (3, b"\xe9", "é"),
        (4, b"\xe9", "é"),
        (6, "Я".encode("iso8859-5"), "Я"),
        (8, "挂号".encode("utf-16-be"), "挂号"),
        (8, "😀".encode("utf-16-be"), "😀"),
        (14, "가".encode("euc_kr"), "가"),
        (15, "挂号".encode("gb18030"), "挂号"),
        (0x10, b"\x00", "@"),
        (0x14, b"\xe9", "é"),
        (0x18, "号".encode("utf-16-be"), "号"),
        (0x48, "号".encode("utf-16-be"), "号"),
        (0x80, b"\x00", "@"),
        (0xC0, b"\x00", "@"),
        (0xD0, b"\x00", "@"),
        (0xE0, "号".encode("utf-16-be"), "号"),
        (0xF0, b"\x00", "@"),
        (0xF5, b"\xe9", "é"),
        (0x0B, b"\x00", "@"),
    ],
)
def test_each_data_coding(coding, data, text):
    """Every group of the standards reads as it should."""
    assert decode(coding, data) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("挂号".encode("utf-16-be")[:-1], "挂"),
        (b"\xfe\xff" + "挂号".encode("utf-16-be"), "挂号"),
        (b"\xff\xfe" + "挂号".encode("utf-16-le"), "挂号"),
        (b"", ""),
        (b"\xfe\xff", ""),
        (b"\x00", ""),
        (b"\x63\x02\xd8\x3d\x53\xf7", "挂�号"),
    ],
)
def test_crooked_ucs2(data, text):
    """Odd bytes, byte order marks and broken pairs cost at most the one character."""
    assert mend(decode(8, data)) == text


def test_an_smsc_may_mean_something_else():
    """What data_coding 0 and any other number mean can be set for each SMSC."""
    assert decode(0, b"\xe9", default="latin-1") == "é"
    assert decode(0, "挂号".encode("gb18030"), default="gb18030") == "挂号"
    assert decode(8, "挂号".encode("utf-16-le"), alphabets={8: "ucs2-le"}) == "挂号"
    assert decode(0, bytes.fromhex("e8329bfd4697d9ec37"), default="gsm7-packed") == "hellohello"
    assert decode(0, b"abc", default="no-such-codec") == "abc"


@given(s.integers(0, 255), s.binary(max_size=100))
def test_any_coding_and_bytes_read(coding, data):
    """No text from a phone raises, and what is mended can be stored anywhere."""
    text = mend(decode(coding, data))
    assert text.encode("utf-8").decode("utf-8") == text


@given(s.text(), s.integers(0, 200))
def test_a_text_cut_between_any_two_units_is_whole_again(text, place):
    """A phone that cuts an emoji in two costs nobody the emoji."""
    data = text.encode("utf-16-be", "replace")
    at = min(place * 2, len(data)) & ~1
    halves = decode(8, data[:at]) + decode(8, data[at:])
    plain = data.decode("utf-16-be")
    if not any("\U000f0000" <= char <= "\U000f0fff" or char in "\ufeff\ufffe" for char in plain):
        assert mend(halves) == plain


def test_halves_that_stay_alone_are_marked():
    """When the other part never comes, half an emoji is one replacement mark."""
    high, low = "😀".encode("utf-16-be")[:2], "😀".encode("utf-16-be")[2:]
    assert mend(decode(8, high)) == mend(decode(8, low)) == "�"
    assert mend(decode(8, high) + decode(8, low)) == "😀"
    assert mend(decode(8, low) + decode(8, high)) == "��"
    assert mend(decode(8, "好".encode("utf-16-be") + high) + decode(8, low + "吗".encode("utf-16-be"))) == "好😀吗"


def test_an_escape_cut_from_its_character():
    """A euro sign cut in two is one again; an escape that led nowhere is nothing."""
    assert mend(decode(0, b"5\x1b") + decode(0, b"e")) == "5€"
    assert mend(decode(0, b"5\x1b") + decode(0, b"a")) == "5a"
    assert mend(decode(0, b"5\x1b")) == "5"
    assert mend(decode(0, b"5\x1b\x1b")) == "5"


@pytest.mark.parametrize(
    ("text", "coding"),
    [("GH00868", Coding.GSM7), ("€[]", Coding.GSM7), ("挂号", Coding.UCS2), ("`", Coding.UCS2), ("", Coding.GSM7)],
)
def test_the_cheapest_coding_that_holds_the_text(text, coding):
    """Chinese goes as UCS-2; what fits the GSM alphabet goes cheaper."""
    assert choose(text) is coding
