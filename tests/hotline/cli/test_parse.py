"""`hotline parse` tells what a text means."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from hotline.cli.main import main

NOW = ("--now", "2026-07-14T09:00")


def parse(*args: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(main, ["parse", *args])
    answer = json.loads(result.output)
    assert isinstance(answer, dict)
    return result.exit_code, answer


@pytest.mark.parametrize("words", [("GHDH00868,07150830,张三",), ("GHDH00868", "07150830", "张三")])
def test_a_command_is_json_with_its_fields(words: tuple[str, ...]) -> None:
    """The fields stand under their public names; words may come as one argument or several."""
    assert parse(*words, *NOW) == (0, {"command": "BOOK", "doctor": "00868", "when": "07150830", "name": "张三"})


def test_a_misread_text_is_refused_with_a_hint() -> None:
    """What is no command is exit code 1, with the one reason and a right example."""
    code, answer = parse("GHDH00868,13450830,张三", *NOW, "--json")
    assert (code, answer["command"], answer["error"]) == (1, "BOOK", "BAD_DATETIME")
    assert "GHDH00868" in str(answer["hint"])


def test_without_a_time_the_clock_is_asked() -> None:
    """Without --now the text is read as of now."""
    assert parse("CX") == (0, {"command": "QUERY_OWN"})
