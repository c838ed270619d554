"""`hotline config check` and `hotline db`: what an operator types before the daemon starts."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import OperationalError

from booking.store.audit import Note, thd_note, thd_seal
from booking.store.database import make_engine
from booking.store.schema import audit
from booking.store.transaction import thd_write, writing
from hotline.cli.main import main
from hotline.opening import outage


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.output


def test_a_good_configuration_has_no_faults(toml: Path) -> None:
    """Exit code 0, in words and as JSON."""
    assert run("config", "check", "-c", toml) == (0, f"{toml}: no faults.\n")
    code, output = run("config", "check", "-c", toml, "--json")
    assert (code, json.loads(output)) == (0, {"ok": True, "faults": [], "warnings": [], "notes": []})


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
    said = f"The database is at this program's revision.\nThe audit chain is whole: 0 rows, head {'0' * 64}\n"
    assert run("db", "check", "-c", toml) == (0, said)
    told = json.loads(run("db", "check", "-c", toml, "--json")[1])
    assert told == {"ok": True, "why": None, "audit": {"length": 0, "head": "0" * 64, "broken": None}}


@pytest.fixture
def audited(toml: Path) -> Engine:
    """A database with an audit chain of three rows."""
    run("db", "upgrade", "-c", toml)
    engine = make_engine(f"sqlite:///{toml.parent}/hotline.db")
    at = datetime.fromisoformat("2026-07-14 04:00")
    notes = [
        Note(hospital=1, at=at, action="x", subject="y", subject_id=nth, actor="cli", trace="-") for nth in range(3)
    ]
    thd_write(writing(engine), thd_note, *notes)
    thd_write(writing(engine), thd_seal, at)
    return engine


def test_a_changed_audit_row_is_named(toml: Path, audited: Engine) -> None:
    """Who changes a sealed row shows, with the first row that does not fit: exit code 1."""
    code, output = run("db", "check", "-c", toml)
    assert code == 0
    assert "whole: 3 rows" in output
    thd_write(
        writing(audited), lambda conn: conn.execute(update(audit).where(audit.c.id == 2).values(actor="x")).rowcount
    )
    code, output = run("db", "check", "-c", toml)
    assert code == 1
    assert output == (
        "Audit row 2 does not fit the chain: it was changed, or a row before it was changed or removed.\n"
    )
    told = json.loads(run("db", "check", "-c", toml, "--json")[1])
    assert (told["ok"], told["audit"]["broken"], told["audit"]["length"]) == (False, 2, 1)


def test_a_cut_tail_shows_against_a_head_from_the_log(toml: Path, audited: Engine) -> None:
    """What is left of a cut chain fits; the head that was logged before is missing from it."""
    head = run("db", "check", "-c", toml)[1].split()[-1]
    for known in (head, "0" * 64):
        assert run("db", "check", "-c", toml, "--head", known)[0] == 0
    thd_write(writing(audited), lambda conn: conn.execute(delete(audit).where(audit.c.id == 3)).rowcount)
    assert run("db", "check", "-c", toml)[0] == 0
    code, output = run("db", "check", "-c", toml, "--head", head)
    assert code == 1
    assert output == "The audit chain of 2 rows does not hold that head: rows at its end were removed since.\n"
    assert run("db", "check", "-c", toml, "--head", "12")[0] == 2


def test_a_database_file_is_its_owners_alone(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else on the machine may read it, nor what SQLite writes beside it, whatever the umask."""
    before = os.umask(0)
    try:
        run("db", "upgrade", "-c", toml)
        engine = make_engine(f"sqlite:///{toml.parent}/hotline.db")
        with engine.connect() as conn:
            conn.execute(select(audit.c.id)).all()
            files = sorted(toml.parent.glob("hotline.db*"))
            assert len(files) == 3
            assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
        engine.dispose()
    finally:
        os.umask(before)


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
