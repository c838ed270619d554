from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_parser.serial import PAYLOADS, SAMPLE_SERIAL, SERIAL_DIGITS, is_serial, make_serial

payloads = st.integers(0, PAYLOADS - 1)


def test_the_code_printed_in_notices_is_well_formed() -> None:
    """The sample code of every notice and hint passes its own check."""
    assert is_serial(SAMPLE_SERIAL)
    assert make_serial(1234567) == "12345678"


@given(payloads)
def test_a_made_code_has_eight_digits_and_checks(n: int) -> None:
    """Every code that is given out is eight digits and well formed."""
    code = make_serial(n)
    assert len(code) == SERIAL_DIGITS
    assert code.startswith(f"{n:07d}")
    assert is_serial(code)


@given(payloads, st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_is_found(n: int, place: int, by: int) -> None:
    """A code with one digit misheard is never taken for another code."""
    code = make_serial(n)
    wrong = str((int(code[place]) + by) % 10)
    assert not is_serial(code[:place] + wrong + code[place + 1 :])


@given(payloads, st.integers(0, 6))
def test_two_neighbours_swapped_are_found(n: int, place: int) -> None:
    """A code with two neighbouring digits swapped is never taken for another code."""
    code = make_serial(n)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or not is_serial(swapped)


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "1234567x", "１２３４５６７８", "²2345678", "12345679"])
def test_other_things_are_no_codes(text: str) -> None:
    """Only eight plain digits can be a code."""
    assert not is_serial(text)


@pytest.mark.parametrize("n", [-1, PAYLOADS])
def test_payloads_out_of_range_are_refused(n: int) -> None:
    """A payload that would not fit into seven digits is a mistake of the program, not a longer code."""
    with pytest.raises(ValueError, match="seven digits"):
        make_serial(n)
