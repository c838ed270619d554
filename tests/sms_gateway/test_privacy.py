"""What stays of a text once it is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_gateway.privacy import without_identity


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ZC11010519491231002X,张三", "ZC110105********002X,张三"),
        ("ZC 110105 19491231 002x 张三", "ZC 110105**********002x 张三"),
        ("ZC110105194912310021", "ZC110105********0021"),
        ("ZC110105491231002", "ZC110105*****1002"),
        ("ZC１１０１０５１９４９１２３１００２Ｘ", "ZC１１０１０５********００２Ｘ"),
    ],
)
def test_identity_numbers_are_masked_right_or_wrong(text, kept):
    """An identity number does not stay in the inbox in full, also when it was mistyped or written in groups."""
    assert without_identity(text) == kept


@pytest.mark.parametrize(
    "text", ["GHDH00868,07150830,张三", "QX12345678", "TS请回电13800138000或8613800138000", "CX", ""]
)
def test_other_texts_stay_as_sent(text):
    """Booking times, codes and telephone numbers are no identity numbers."""
    assert without_identity(text) is None


@given(st.text(max_size=300))
def test_masking_is_stable(text):
    """What was masked once needs no second masking."""
    masked = without_identity(text)
    if masked is not None:
        assert without_identity(masked) is None
