"""Values as MariaDB's SQL text: nothing that came from outside can end a quote."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.requests import Channel
from booking.store.literals import literal, literals, plain, tuples

MOMENT = datetime.fromisoformat("2026-07-15 08:30")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (7, "7"),
        (True, "1"),
        (False, "0"),
        (None, "NULL"),
        ("sms:41", "'sms:41'"),
        ("", "''"),
        (Channel.SMS, "'sms'"),
        (b"\x00'", "X'0027'"),
        (MOMENT, "'2026-07-15 08:30:00.000000'"),
        (date(2026, 7, 15), "'2026-07-15'"),
        ("张", "_utf8mb4 X'e5bca0'"),
        ("a'b", "_utf8mb4 X'612762'"),
        ("a\\", "_utf8mb4 X'615c'"),
    ],
)
def test_each_type_has_its_literal(value, told):
    """Harmless words stand as they are, all other text in hexadecimal digits."""
    assert literal(value) == told


def test_a_type_without_a_rule_is_refused():
    """Rather an error than a guess."""
    with pytest.raises(TypeError, match="float"):
        literal(1.5)
    assert literals((1, Channel.SMS, None)) == "1,'sms',NULL"


VALUES = st.one_of(
    st.integers(), st.binary(max_size=4), st.none(), st.booleans(), st.just(MOMENT), st.sampled_from(Channel),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=4),
)  # fmt: skip


@given(st.lists(st.tuples(VALUES, st.text(alphabet="ab%'张", max_size=3), VALUES), min_size=1, max_size=4))
def test_many_rows_are_told_as_each_of_them(rows):
    """Telling them column by column tells nothing else; a percent sign is a letter as any."""
    assert tuples("'x',1", rows) == ",".join(f"('x',1,{','.join(map(literal, row))})" for row in rows)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_text_can_end_its_quote(text):
    """Between the quotes stands nothing but what the rule allows."""
    told = literal(text)
    inside = told.removeprefix("_utf8mb4 X").strip("'")
    assert "'" not in inside
    assert "\\" not in inside
    assert told.count("'") == 2


def test_what_sqlite_is_given():
    """Moments as SQLAlchemy writes them, so that both find each other's rows."""
    assert plain(MOMENT) == "2026-07-15 08:30:00.000000"
    assert plain(MOMENT.date()) == "2026-07-15"
    assert plain("x") == "x"
