from __future__ import annotations

import json
from datetime import datetime

import pytest

from command_parser.as_json import as_json
from command_parser.parse import parse

NOW = datetime.fromisoformat("2026-07-14 09:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GHDH00868,07150830,张三", {"command": "BOOK", "doctor": "00868", "when": "07150830", "name": "张三"}),
        ("GH", {"command": "BOOK_MENU"}),
        ("QX12345678", {"command": "CANCEL", "serial": "12345678"}),
        ("GQ12345678,7月16日9点", {"command": "CHANGE", "serial": "12345678", "when": "07160900"}),
        ("CX", {"command": "QUERY_OWN"}),
        ("CX00868", {"command": "QUERY_DOCTOR", "doctor": "00868"}),
        ("CX心血管内科", {"command": "QUERY_DEPT", "dept": "心血管内科"}),
        ("CX7月15日", {"command": "QUERY_DATE", "date": "0715"}),
        ("ZC110105491231002,张三", {"command": "REGISTER", "id": "11010519491231002X", "name": "张三"}),
        ("ZC11010519491231002x", {"command": "REGISTER", "id": "11010519491231002X", "name": None}),
        ("TS太慢", {"command": "COMPLAINT", "text": "太慢"}),
        ("TS12345678", {"command": "COMPLAINT_STATE", "case": "12345678"}),
        ("PJ12345678 5", {"command": "RATE", "serial": "12345678", "score": 5}),
        ("BZ", {"command": "HELP"}),
        ("TD", {"command": "OPTOUT"}),
        ("DY", {"command": "OPTIN"}),
        ("是", {"command": "ANSWER", "value": "Y"}),
    ],
)
def test_every_command_has_its_field_names(text: str, expected: dict[str, object]) -> None:
    """``hotline parse`` names the fields as its contract says."""
    assert as_json(parse(text, NOW)) == expected
    assert json.loads(json.dumps(expected)) == expected


@pytest.mark.parametrize(
    ("text", "command", "error"),
    [
        ("GHDH00868,13450830,张三", "BOOK", "BAD_DATETIME"),
        ("QX1", "CANCEL", "BAD_SERIAL"),
        ("你们在哪", None, "UNKNOWN_COMMAND"),
    ],
)
def test_a_refusal_names_command_error_and_hint(text: str, command: str | None, error: str) -> None:
    """A text that cannot be done is JSON too: the command it seemed to be, the error, the hint."""
    read = as_json(parse(text, NOW))
    assert list(read) == ["command", "error", "hint"]
    assert (read["command"], read["error"]) == (command, error)
    assert isinstance(read["hint"], str)
