"""The one command: knows its subcommands, imports only the one that is asked for."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from hotline.cli import main as main_module
from hotline.cli.main import SUBCOMMANDS, main


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, args)
    return result.exit_code, result.output


def test_help_lists_every_subcommand() -> None:
    """`hotline --help` shows what there is, with one line each."""
    code, output = run("--help")
    assert code == 0
    for name, (_, line) in SUBCOMMANDS.items():
        assert name in output
        assert line in output


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_has_its_own_help(name: str) -> None:
    """Each subcommand that is listed is really there."""
    code, output = run(name, "--help")
    assert (code, "Usage:" in output) == (0, True)


def test_an_unknown_subcommand_is_wrong_usage() -> None:
    """A typing mistake is exit code 2 and names what was typed."""
    code, output = run("bok")
    assert code == 2
    assert "bok" in output


def test_completion_knows_only_what_there_is() -> None:
    """A name that is no subcommand gives no command."""
    assert main_module.LazyGroup().get_command(click.Context(main), "bok") is None


def test_a_missing_part_takes_only_itself_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a part is not installed, its command says so, whatever its options, and the others work."""
    monkeypatch.setitem(main_module.SUBCOMMANDS, "bench", ("hotline.cli.nowhere:bench", "gone"))
    code, output = run("bench", "all", "--json")
    assert code == 2
    assert "hotline bench is not part of this installation: hotline.cli.nowhere cannot be found." in output
    assert run("--help")[0] == 0


@pytest.mark.owns("process", why="what is imported can only be seen in a fresh interpreter")
def test_parsing_a_text_imports_neither_reactor_nor_database() -> None:
    """`hotline parse` is quick because it loads only what it needs."""
    program = (
        "import sys; from hotline.cli.main import main\n"
        "try: main(['parse', 'CX'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'twisted', 'sqlalchemy', 'smpplib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
