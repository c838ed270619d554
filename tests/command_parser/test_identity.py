from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_parser.commands import Reason
from command_parser.identity import (
    CITIZEN,
    FOREIGN_RESIDENT,
    RESIDENCE_PERMIT,
    Identity,
    check_place,
    read_identity,
)


def whole(seventeen: str) -> str:
    return seventeen + check_place(seventeen)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_standards_own_examples_are_right(number: str) -> None:
    """Both examples printed in GB 11643 are read as they stand."""
    read = read_identity(number)
    assert isinstance(read, Identity)
    assert (read.number, read.kind) == (number, CITIZEN)


@pytest.mark.parametrize("last", ["X", "x", "*", "×", "ｘ", "Ｘ", "＊"])
def test_x_may_be_typed_in_many_ways(last: str) -> None:
    """In place 18, whatever people type for X means X."""
    read = read_identity("11010519491231002" + last)
    assert isinstance(read, Identity)
    assert read.number == "11010519491231002X"


@pytest.mark.parametrize(
    "text", ["1101051949123100*X", "X1010519491231002X", "11010519491231002Y", "1101051949123100200"]
)
def test_x_elsewhere_is_no_digit(text: str) -> None:
    """X belongs to place 18 alone."""
    assert read_identity(text) is Reason.BAD_ID_LENGTH


def test_spaces_and_full_width_digits_do_not_matter() -> None:
    """A number copied in groups is the same number."""
    read = read_identity("１１０１０５ 19491231-002X")
    assert isinstance(read, Identity)
    assert read.number == "11010519491231002X"


def test_fifteen_digits_are_upgraded() -> None:
    """A number of the old kind becomes the new one, with the century and the check added."""
    read = read_identity("110105491231002")
    assert read == Identity(number="11010519491231002X", kind=CITIZEN, birth=date(1949, 12, 31))


@pytest.mark.parametrize("sequence", ["996", "997", "998", "999"])
def test_centenarians_were_born_in_the_eighteen_hundreds(sequence: str) -> None:
    """The last sequence numbers of the old kind were kept for people born before 1900."""
    read = read_identity(f"110105981231{sequence}")
    assert isinstance(read, Identity)
    assert read.birth == date(1898, 12, 31)


@pytest.mark.parametrize("area", ["810000", "820000", "830000"])
def test_residence_permits(area: str) -> None:
    """Residents from Hong Kong, Macao and Taiwan have numbers of the same build."""
    read = read_identity(whole(f"{area}19940823002"))
    assert isinstance(read, Identity)
    assert read.kind == RESIDENCE_PERMIT


def test_the_foreigners_card_begins_with_nine() -> None:
    """The new permanent residence card has a 9, the area, the nationality, the birth date."""
    read = read_identity(whole("91115619810803002"))
    assert isinstance(read, Identity)
    assert (read.kind, read.birth) == (FOREIGN_RESIDENT, date(1981, 8, 3))


@pytest.mark.parametrize("area", ["830001", "990101", "160000", "009999"])
def test_unknown_provinces_are_refused(area: str) -> None:
    """A number from no province cannot be right, even if its check is."""
    assert read_identity(whole(f"{area}19940823002")) is Reason.BAD_ID_CHECKSUM


def test_abolished_counties_stay_valid() -> None:
    """Only the province is checked: people keep the number of a county that is gone."""
    assert isinstance(read_identity(whole("11999919940823002")), Identity)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("110105194912310021", Reason.BAD_ID_CHECKSUM),
        ("110105194913310021", Reason.BAD_ID_DATE),
        ("110105194902300021", Reason.BAD_ID_DATE),
        ("110105179912310021", Reason.BAD_ID_DATE),
        ("110105491331002", Reason.BAD_ID_DATE),
        ("11010519491231002", Reason.BAD_ID_LENGTH),
        ("", Reason.BAD_ID_LENGTH),
        ("E12345678", Reason.BAD_ID_LENGTH),
        ("²10105194912310021", Reason.BAD_ID_CHECKSUM),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢١", Reason.BAD_ID_LENGTH),
    ],
)
def test_each_mistake_has_its_reason(number: str, reason: Reason) -> None:
    """A wrong date, a wrong check and a wrong length are told apart."""
    assert read_identity(number) is reason


def test_nobody_is_born_after_today() -> None:
    """With today given, a birth date to come is a wrong date."""
    number = whole("11010520270101002")
    assert isinstance(read_identity(number), Identity)
    assert read_identity(number, date(2026, 7, 14)) is Reason.BAD_ID_DATE


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(birth: date, sequence: int, place: int, by: int) -> None:
    """A number with one digit mistyped is never accepted."""
    number = whole(f"110105{birth:%Y%m%d}{sequence:03d}")
    assert isinstance(read_identity(number), Identity)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert isinstance(read_identity(wrong), Reason)


@given(st.text(max_size=30))
def test_nothing_raises(text: str) -> None:
    """Any text is an identity or a reason."""
    assert isinstance(read_identity(text), Identity | Reason)
