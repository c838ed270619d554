"""`hotline run` and `hotline demo`: what they refuse before they start, and what they start with."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from twisted.logger import LogLevel

from hotline.cli import demo as demo_module
from hotline.cli import run as run_module
from hotline.cli.main import main
from hotline.demo import folder as folder_module
from hotline.demo.stage import Stage
from hotline.root import Root


class Life:
    """A life that is over before it begins; remembers whose it was."""

    houses: list[Any]

    def __init__(self, house: Any, reactor: Any) -> None:
        self.houses.append(house)

    def run(self) -> int:
        return 7


@pytest.fixture
def houses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The houses that would have been opened; the process's own logs stay as they are."""
    Life.houses = []
    for module in (run_module, demo_module):
        monkeypatch.setattr(module, "Life", Life)
        monkeypatch.setattr(module, "open_logs", lambda *observers: None)
    yield Life.houses
    for house in Life.houses:
        root = house if isinstance(house, Root) else house._hotline
        root._store.engine.dispose()


def invoke(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.output


@pytest.fixture
def ready(toml: Path) -> Path:
    assert invoke("db", "upgrade", "-c", toml)[0] == 0
    return toml


def test_the_daemon_takes_its_roles(ready: Path, houses: list[Any]) -> None:
    """Only the doors that were asked for are made; the exit code is the life's own."""
    assert invoke("run", "-c", ready, "--role", "jobs, ivr")[0] == 7
    assert list(houses[0].doors) == ["ivr"]
    assert {service.__class__.__name__ for service in houses[0]} == {"LoopLag", "Periodic", "JobLeases"}


@pytest.mark.parametrize("role", ["desk", "", "ivr,phone"])
def test_a_role_that_is_none_is_wrong_usage(ready: Path, role: str) -> None:
    """The roles there are are named."""
    code, output = invoke("run", "-c", ready, "--role", role)
    assert code == 2
    assert "ivr, sms, jobs" in output


def test_texts_need_an_smsc(ready: Path) -> None:
    """The role sms without [[smsc]] is refused with what to write."""
    code, output = invoke("run", "-c", ready)
    assert code == 2
    assert "[[smsc]]" in output


def test_another_revision_is_refused_with_what_to_type(toml: Path, houses: list[Any]) -> None:
    """The daemon never starts on another revision than its own."""
    code, output = invoke("run", "-c", toml, "--role", "ivr")
    assert code == 1
    assert "type `hotline db upgrade`" in output
    nowhere = "database.url=sqlite:////nowhere/at/all.db"
    assert invoke("run", "-c", toml, "--role", "ivr", "--set", nowhere)[0] == 3
    assert houses == []


def test_the_demo_is_an_ordinary_house_on_a_stage(
    tmp_path: Path, houses: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All doors and the jobs behind a simulated SMSC, on the ports that were asked for, in a folder made for it."""
    everybody = folder_module.doctors()
    monkeypatch.setattr(folder_module, "doctors", lambda: everybody[:1])
    assert invoke("demo", "--dir", tmp_path / "d", "--port-base", "5000")[0] == 7
    assert isinstance(houses[0], Stage)
    assert set(houses[0]._hotline.doors) == {"ivr", "sms"}
    toml = (tmp_path / "d/hotline.toml").read_text(encoding="utf-8")
    assert all(part in toml for part in ("port = 5000", "tcp:5001:", "tcp:5002:"))
    assert invoke("demo", "--dir", tmp_path / "d", "--smsc-port", "6000")[0] == 7
    assert "port = 6000" in (tmp_path / "d/hotline.toml").read_text(encoding="utf-8")
    scene = houses[1]._scene()
    assert (scene.ports.smsc, scene.ports.agi, scene.stock.doctors, len(scene.free)) == (6000, 4573, 1, 3)


def test_the_demo_refuses_a_database_of_another_program(
    tmp_path: Path, houses: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever keeps the database from being opened is said in one sentence."""
    monkeypatch.setattr(folder_module.revision, "upgrade", lambda engine: None)
    code, output = invoke("demo", "--dir", tmp_path)
    assert code == 1
    assert "hotline db upgrade" in output


def test_a_port_in_use_is_told_with_the_way_out(
    tmp_path: Path, houses: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When another demo holds the ports, the option that chooses others is named; what the demo says goes to the terminal."""
    everybody = folder_module.doctors()
    monkeypatch.setattr(folder_module, "doctors", lambda: everybody[:1])
    monkeypatch.setattr(Life, "run", lambda life: life.houses[-1]._say("said") or 3)
    code, output = invoke("demo", "--dir", tmp_path)
    assert code == 3
    assert "said" in output
    assert "--port-base" in output


def test_how_the_command_is_typed_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By its name when the path finds this very program, else by its place, relative where that is shorter."""
    program = tmp_path / ".venv/bin/hotline"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.setenv("PATH", "/bin")
    assert demo_module._command() == ".venv/bin/hotline"
    monkeypatch.setattr(sys, "argv", [".venv/bin/hotline"])
    assert demo_module._command() == ".venv/bin/hotline"
    monkeypatch.setenv("PATH", str(program.parent))
    assert demo_module._command() == "hotline"


def test_the_demos_log_is_json_and_its_terminal_is_told_of_trouble_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything goes to the file; the terminal belongs to the play."""
    opened: list[Any] = []
    monkeypatch.setattr(demo_module, "open_logs", lambda *observers: opened.extend(observers))
    with (tmp_path / "log").open("w+", encoding="utf-8") as file:
        demo_module._open_logs(file)
        opened[0]({"log_level": LogLevel.info, "log_namespace": "x", "log_format": "hello"})
        file.seek(0)
        assert json.loads(file.read())["message"] == "hello"
    assert len(opened) == 2
