"""`hotline config check` and `hotline db`: what an operator types before the daemon starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from hotline.cli.main import main
from hotline.opening import outage


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.output


def test_a_good_configuration_has_no_faults(toml: Path) -> None:
    """Exit code 0, in words and as JSON."""
    assert run("config", "check", "-c", toml) == (0, f"{toml}: no faults.\n")
    code, output = run("config", "check", "-c", toml, "--json")
    assert (code, json.loads(output)) == (0, {"ok": True, "faults": []})


def test_every_fault_of_a_bad_one_is_told(toml: Path) -> None:
    """Exit code 2 with each fault on a line, or in a list."""
    wrong = ("-c", toml, "--set", "log.level=loud", "--set", "policy.window_days=0")
    code, output = run("config", "check", *wrong)
    assert code == 2
    assert len(output.splitlines()) == 2
    code, output = run("config", "check", *wrong, "--json")
    assert [fault["key"] for fault in json.loads(output)["faults"]] == ["[log] level", "[policy] window_days"]


def test_the_database_is_brought_up_and_checked(toml: Path) -> None:
    """Without a database one hears what to type, and no file is left behind; after that it is right; typing it again changes nothing."""
    before = sorted(toml.parent.iterdir())
    code, output = run("db", "check", "-c", toml)
    assert code == 1
    assert output == "There is no database file yet: type `hotline db upgrade`.\n"
    assert sorted(toml.parent.iterdir()) == before
    code, output = run("db", "check", "-c", toml, "--json")
    assert (code, json.loads(output)["ok"]) == (1, False)
    for _ in range(2):
        assert run("db", "upgrade", "-c", toml) == (0, "The database is at this program's revision.\n")
    assert run("db", "check", "-c", toml) == (0, "The database is at this program's revision.\n")
    assert json.loads(run("db", "check", "-c", toml, "--json")[1]) == {"ok": True, "why": None}


def test_a_database_that_cannot_be_reached_is_exit_code_3(toml: Path) -> None:
    """A place that does not exist is an outage, not a traceback."""
    nowhere = ("-c", toml, "--set", "database.url=sqlite:////nowhere/at/all/hotline.db")
    for command in ("check", "upgrade"):
        code, output = run("db", command, *nowhere)
        assert code == 3
        assert output == "the database does not answer: unable to open database file\n"


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (OSError(2003, "Can't connect to MySQL server on 'db.example'"), "nobody listens at this address"),
        (OSError(1045, "Access denied for user 'hotline'@'10.0.0.1'"), "the user or the password is refused"),
        (OSError("host 10.0.0.1"), "OperationalError"),
        (OSError(), "OperationalError"),
    ],
)
def test_an_outage_is_told_with_its_reason(cause: OSError, why: str) -> None:
    """The operator hears what to look at; addresses and users stay out of it."""
    assert outage(OperationalError("connect", {}, cause)) == f"the database does not answer: {why}"


def test_a_bad_configuration_stops_every_command(toml: Path) -> None:
    """No command works on half a configuration."""
    code, output = run("db", "check", "-c", toml, "--set", "database.threads=none")
    assert code == 2
    assert "[database] threads" in output
