"""Sealing personal data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.vault import SealBroken, Vault

MINE, OTHER = Vault(b"k" * 32), Vault(b"o" * 32)


@given(st.text())
def test_what_is_sealed_opens_again(text):
    """Any text comes back as it was, and no two seals are alike."""
    assert MINE.open(MINE.seal(text)) == text
    assert MINE.seal(text) != MINE.seal(text)


@given(st.lists(st.text(), max_size=4))
def test_many_are_sealed_at_once(texts):
    """Each opens as it was, and no two seals have the same nonce."""
    sealed = MINE.seal_all(texts)
    assert [MINE.open(each) for each in sealed] == texts
    assert len({each[1:13] for each in sealed}) == len(texts)


def test_a_lone_half_of_a_character_survives():
    """A text cut in the middle of a character can be kept until its other half comes."""
    assert MINE.open(MINE.seal("好\ud83d")) == "好\ud83d"


@given(st.binary(max_size=60))
def test_nothing_else_opens(noise):
    """Noise, another key's seal and a changed seal are refused, without telling what was in them."""
    with pytest.raises(SealBroken):
        MINE.open(noise)


@pytest.mark.parametrize("spoil", [lambda s: s[:-1], lambda s: s[:-1] + bytes([s[-1] ^ 1]), lambda s: b"\x02" + s[1:]])
def test_a_changed_seal_is_refused(spoil):
    """Whatever is changed, the seal does not open."""
    with pytest.raises(SealBroken) as caught:
        MINE.open(spoil(MINE.seal("张三")))
    assert "张三" not in str(caught.value)
    with pytest.raises(SealBroken):
        OTHER.open(MINE.seal("张三"))


def test_fingerprints_find_under_one_key_only():
    """Equal texts have equal prints under one key, and another under another."""
    assert MINE.fingerprint("+8613800138000") == MINE.fingerprint("+8613800138000")
    assert MINE.fingerprint("a") != MINE.fingerprint("b")
    assert MINE.fingerprint("a") != OTHER.fingerprint("a")
    assert len(MINE.fingerprint("")) == 32


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_32_bytes(length):
    """Any other length is a mistake in the configuration."""
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"k" * length)
