from __future__ import annotations

import pytest

from command_parser.masking import mask_identity, mask_name, mask_phone


@pytest.mark.parametrize(
    ("number", "masked"),
    [("+8613800138000", "138****8000"), ("13800138000", "138****8000"), ("12580", "*****"), ("", "")],
)
def test_phones_are_masked_in_the_middle(number: str, masked: str) -> None:
    """A log shows enough of a number to talk about it, and no more."""
    assert mask_phone(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"), [("11010519491231002X", "110105********002X"), ("E12345678", "*******78"), ("7", "7")]
)
def test_identity_numbers_hide_the_birth_date(number: str, masked: str) -> None:
    """The birth date of an identity number is never shown."""
    assert mask_identity(number) == masked


@pytest.mark.parametrize(("name", "masked"), [("张三", "张*"), ("张三丰", "张**"), ("", "")])
def test_names_show_the_first_character(name: str, masked: str) -> None:
    """A name is shown by its first character."""
    assert mask_name(name) == masked
