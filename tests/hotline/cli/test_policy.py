"""``hotline policy``: rule books are checked with lines, imported by version, and tried out on every published example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli.main import main

POLICIES = Path(__file__).parents[3] / "policies"
VECTORS = sorted((POLICIES / "vectors").glob("*.json"))
NEEDED = {1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 18, 21, 25, 26, 31, 32, 33, 35, 38, 40, 41, 42}
"""The acceptance vectors: numbers that are missing have no meaning."""


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["policy", *(str(arg) for arg in args)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


@pytest.mark.parametrize("vector", VECTORS, ids=lambda path: path.stem)
def test_every_published_example_comes_out_as_published(vector: Path) -> None:
    """Each acceptance vector says what its hospital's rules must decide, step by step; `policy try` decides so."""
    tree = json.loads(vector.read_text(encoding="utf-8"))
    platform = ["--platform", POLICIES / tree["platform"]] if "platform" in tree else []
    code, output = run("try", POLICIES / tree["policy"], vector, *platform, "--json")
    answers = [json.loads(line) for line in output.splitlines()]
    assert all("expect" in step for step in tree["steps"])
    wrong = [(step, answer) for step, answer in zip(tree["steps"], answers, strict=True) if not answer["as_expected"]]
    assert (code, wrong) == (0, [])


def test_no_published_example_is_missing() -> None:
    """All of the reference's vectors are there."""
    assert {int(path.stem.removeprefix("V").partition("-")[0]) for path in VECTORS} == NEEDED
