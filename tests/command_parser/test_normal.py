from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_parser.normal import goes_on, is_latin, is_letter, normalise, offset_in


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("ＧＨＤＨ００８６８，", "GHDH00868,"),
        ("张\u3000三", "张 三"),
        ("张\u200b三\ufeff", "张三"),
        ("张\t三\r\n", "张 三\n\n"),
        ("买买提•艾力", "买买提·艾力"),
        ("O’Neil", "O'Neil"),
        ("O`Neil", "O'Neil"),
        ("07–15", "07-15"),
        ("①", "1"),
        ("1️⃣", "1"),
        ("plain", "plain"),
    ],
)
def test_one_spelling(typed: str, plain: str) -> None:
    """Forms of the same character become one; what cannot be seen goes."""
    assert normalise(typed) == plain


@given(st.text(max_size=200))
def test_normal_is_normal(text: str) -> None:
    """A normal text stays as it is."""
    assert normalise(normalise(text)) == normalise(text)


def test_the_way_back_to_the_text_as_sent() -> None:
    """A place in the normal text is found again in the text as sent."""
    assert offset_in("ＴＳ太慢", 2) == 2
    assert offset_in("T\u200bS太慢", 2) == 3
    assert offset_in("ﬁx", 2) == 1
    assert offset_in("TS", 2) == 2


def test_letters_of_names() -> None:
    """Ideographs outside the common planes, the zero that is a name's character, and combining marks belong to names."""
    assert all(map(is_letter, "张a〇\ue863𠀀Ж"))
    assert not any(map(is_letter, "1·,😀\u0301"))
    assert goes_on("\u0301")
    assert goes_on("a")
    assert not goes_on("·")
    assert not goes_on("1")
    assert is_latin("é")
    assert not is_latin("张")
