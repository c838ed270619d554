"""Names as people write them, numbers that texts reach."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.names import abbreviates, can_text, normal_name, same_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张三", " 张　三 "),
        ("买买提·吐尔逊", "买买提•吐尔逊"),
        ("买买提．吐尔逊", "买买提・吐尔逊"),
        ("买买提⋅吐尔逊", "买买提‧吐尔逊"),
        ("买买提.吐尔逊", "买买提･吐尔逊"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("张\u200b三", "\ufeff张三"),
        ("ｊｏｈｎ Smith", "JOHNSMITH"),
    ],
)
def test_one_name_in_two_spellings(one, other):
    """Spaces, kinds of dots, widths and cases do not matter."""
    assert same_name(one, other)


def test_a_homophone_is_another_name():
    """章三 is not 张三."""
    assert not same_name("张三", "章三")


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.sampled_from("张三丰·•　")))
def test_normalising_twice_is_normalising_once(name):
    """The form that is kept is its own normal form, and names the same person."""
    assert normal_name(normal_name(name)) == normal_name(name)
    assert same_name(name, normal_name(name))


@pytest.mark.parametrize(
    ("phone", "reached"),
    [
        ("+8613800138000", True),
        ("+8619900138000", True),
        ("+861065001234", False),
        ("+8612580", False),
        ("+85291234567", True),
        (None, False),
    ],
)
def test_which_numbers_texts_reach(phone, reached):
    """Mobiles and numbers abroad, not landlines, short codes or withheld numbers."""
    assert can_text(phone) is reached


def test_short_names_of_departments():
    """As people write them: the first character stays, the others in order; one character is none."""
    assert abbreviates("心内科", "心血管内科")
    assert abbreviates("消内", "消化内科")
    assert not abbreviates("内心", "心血管内科")
    assert not abbreviates("心科内", "心血管内科")
    assert not abbreviates("心", "心血管内科")
