from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_parser.phone import Phone, read_phone

MOBILE = Phone("+8613800138000", mobile=True)


@pytest.mark.parametrize(
    "raw",
    [
        "13800138000",
        "013800138000",
        "+8613800138000",
        "008613800138000",
        "8613800138000",
        "+86 138-0013-8000",
        "１３８００１３８０００",
        "1795113800138000",
        "17951013800138000",
        "12593013800138000",
        "+86013800138000",
        "sip:13800138000@10.0.0.1",
        "<tel:+8613800138000>",
        "tel:+8613800138000;phone-context=cn",
    ],
)
def test_every_form_of_a_mobile_is_one_number(raw: str) -> None:
    """However the exchange shows a mobile, it is the same person's."""
    assert read_phone(raw) == MOBILE


@pytest.mark.parametrize("block", ["134", "145", "162", "166", "170", "174", "192", "199"])
def test_no_operator_is_hard_coded(block: str) -> None:
    """Every block from 13 to 19 is a mobile, the newest too."""
    assert read_phone(f"{block}12345678") == Phone(f"+86{block}12345678", mobile=True)


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("01088324600", "+861088324600"),
        ("010-88324600", "+861088324600"),
        ("+861088324600", "+861088324600"),
        ("86 010 88324600", "+861088324600"),
        ("02388324600", "+862388324600"),
        ("075588324600", "+8675588324600"),
        ("4008123456", "+864008123456"),
        ("8008101234", "+868008101234"),
        ("114", "+86114"),
        ("12580", "+8612580"),
        ("+8612580", "+8612580"),
    ],
)
def test_landlines_and_service_numbers_cannot_be_texted(raw: str, e164: str) -> None:
    """Fixed numbers come to the same form, marked as not mobile."""
    assert read_phone(raw) == Phone(e164, mobile=False)


@pytest.mark.parametrize("home", ["010", "10"])
def test_a_local_number_belongs_to_the_exchanges_area(home: str) -> None:
    """A number without an area code is local, when the exchange's area is known."""
    assert read_phone("88324600", home) == Phone("+861088324600", mobile=False)
    assert read_phone("88324600") is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+85291234567", Phone("+85291234567", mobile=True)),
        ("0085291234567", Phone("+85291234567", mobile=True)),
        ("+85228123456", Phone("+85228123456", mobile=False)),
        ("+12025550123", Phone("+12025550123", mobile=True)),
    ],
)
def test_foreign_numbers_keep_their_country(raw: str, expected: Phone) -> None:
    """A caller from abroad, Hong Kong included, is known by the full number."""
    assert read_phone(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "anonymous",
        "Unknown",
        "+",
        "+86",
        "00",
        "0",
        "12",
        "+999123",
        "+1",
        "1064812345678",
        "1481234567890",
        "10690000123456",
        "23456789012",
        "138001380001",
        "1380013800x",
        "8" * 65,
    ],
)
def test_what_nobody_answers_is_none(raw: str) -> None:
    """Withheld numbers, machines' numbers, network ports and nonsense are not telephones."""
    assert read_phone(raw, "010") is None


@given(st.text(max_size=80), st.text("0123456789", max_size=4))
def test_nothing_raises_and_every_number_is_e164(raw: str, home: str) -> None:
    """Whatever a gateway sends is a number in one form or none."""
    phone = read_phone(raw, home)
    assert phone is None or (phone.e164.startswith("+") and phone.e164[1:].isdigit())


@given(st.text("0123456789+", min_size=3, max_size=20))
def test_reading_a_read_number_changes_nothing(raw: str) -> None:
    """The one form is read as itself."""
    phone = read_phone(raw)
    assert phone is None or read_phone(phone.e164) == phone
