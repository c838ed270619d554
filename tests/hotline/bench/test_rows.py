"""A benchmark's figure is never shown without its yardstick."""

from __future__ import annotations

import json

from hotline.bench.rows import Row, as_table, median, percentile

ROW = Row(
    bench="ivr",
    case="server CPU per 30-command call",
    value=0.8,
    unit="ms",
    yardstick="bare line server",
    yardstick_value=0.46,
    better="lower",
)


def test_a_row_as_json_has_the_keys_that_readers_of_the_interface_expect():
    """The JSON line is the one that the outside contract shows."""
    assert json.loads(ROW.as_json()) == {
        "bench": "ivr",
        "case": "server CPU per 30-command call",
        "value": 0.8,
        "unit": "ms",
        "yardstick": "bare line server",
        "yardstick_value": 0.46,
        "ratio": 1.739,
        "better": "lower",
    }


def test_the_table_says_which_direction_is_better_and_against_what():
    """A person reads figure, yardstick and ratio in one line."""
    line = as_table([ROW]).splitlines()[1]
    assert "0.800" in line
    assert "0.460" in line
    assert "1.74" in line
    assert "bare line server (lower is better)" in line


def test_a_yardstick_of_nothing_gives_no_flattering_ratio():
    """Dividing by zero is infinitely worse, not an error."""
    row = Row(bench="x", case="y", value=1, unit="ms", yardstick="z", yardstick_value=0, better="lower")
    assert row.ratio == float("inf")


def test_percentiles_are_values_that_were_measured():
    """The nearest rank, never an invention between two."""
    values = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert median(values) == 3.0
    assert percentile(values, 0.99) == 5.0
    assert percentile(values, 0.0) == 1.0
