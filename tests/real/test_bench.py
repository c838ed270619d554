"""The benchmarks run for real, briefly: every figure comes with its yardstick. How good they are is docs/benchmarks.md's to say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]

ROWS = {"ivr": 3, "sms": 8, "rush": 21, "reports": 33, "scale": 32}


@pytest.mark.parametrize("name", ROWS)
def test_a_benchmark_prints_each_figure_beside_its_yardstick(name):
    """One JSON object a line, with both figures of the same run."""
    command = [str(Path(sys.executable).with_name("hotline")), "bench", name, "--quick", "--json"]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == ROWS[name]
    assert all(row["bench"] == name and row["value"] > 0 and row["yardstick_value"] > 0 for row in rows)
