from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.dialer.grammar import FORMS, Misused, Order, Unknown, read, split


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  ", []),
        ("ANSWER", ["ANSWER"]),
        ('SET VARIABLE "A" "b c"', ["SET", "VARIABLE", "A", "b c"]),
        ('X ""', ["X", ""]),
        (r'X "say \"hi\" \\ there"', ["X", r'say "hi" \ there']),
        (r"a\ b", ["a b"]),
        ("a\tb", ["a", "b"]),
        ('a"b c"d', ["ab cd"]),
        ('X "open', ["X", "open"]),
    ],
)
def test_a_line_is_cut_into_words_as_asterisk_does(line, words):
    """Quotation marks keep white space, backslashes keep the next character."""
    assert split(line) == words


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("ANSWER", Order("ANSWER", ())),
        ("answer", Order("ANSWER", ())),
        ('Set Variable IVR_DONE "done"', Order("SET VARIABLE", ("IVR_DONE", "done"))),
        ("GET FULL VARIABLE ${A}", Order("GET FULL VARIABLE", ("${A}",))),
        ('EXEC "Read" "D,a&b,1"', Order("EXEC", ("Read", "D,a&b,1"))),
        ("WAIT FOR DIGIT 100", Order("WAIT FOR DIGIT", ("100",))),
        ("NOOP one two three", Order("NOOP", ("one", "two", "three"))),
        ("GET VARIABLE", Misused(FORMS["GET VARIABLE"].usage)),
        ('STREAM FILE a ""b c d', Misused(FORMS["STREAM FILE"].usage)),
        ("", Unknown()),
        ("SAY DIGITS 1", Unknown()),
        ("SET", Unknown()),
    ],
)
def test_a_command_is_known_misused_or_unknown(line, order):
    """A command is found whatever its case; a wrong number of arguments and an unknown name are told apart."""
    assert read(line) == order


@given(st.text())
def test_any_line_is_read(line):
    """No line, however strange, breaks the telephone."""
    assert isinstance(read(line), Order | Unknown | Misused)
