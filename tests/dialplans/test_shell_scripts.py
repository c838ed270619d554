"""The scripts that bring real components up and down: their manners, without the components."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.owns("process", why="shell scripts are judged by what they print and return")

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def run(script, *words, **environment):
    return subprocess.run(
        [SCRIPTS / script, *words],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("script", ["asterisk-up", "asterisk-down", "install-tools"])
def test_help_tells_what_the_script_does(script):
    """--help prints the head of the script, with its usage line, and changes nothing."""
    told = run(script, "--help")
    assert told.returncode == 0
    assert re.search(rf"^  {script}", told.stdout + told.stderr, flags=re.MULTILINE)


def test_every_option_of_asterisk_up_is_in_its_help():
    """No option is a secret."""
    options = set(re.findall(r"^    (--[a-z]+)\)", (SCRIPTS / "asterisk-up").read_text(), flags=re.MULTILINE))
    assert options
    assert options <= set(re.findall(r"--[a-z]+", run("asterisk-up", "--help").stdout))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "RUN_DIR is missing"),
        (("--sip", "0", "run"), "not a port: 0"),
        (("--sip", "70000", "run"), "not a port: 70000"),
        (("--ami", "x", "run"), "not a port: x"),
        (("--set", "NAME", "run"), "NAME=VALUE"),
        (("--frob", "1", "run"), "no option --frob"),
        (("--sip",), "--sip needs a value"),
        (("one", "two"), "more than one RUN_DIR"),
    ],
)
def test_asterisk_up_names_what_is_wrong(words, reason):
    """Wrong usage ends with exit code 2 and one sentence, before anything is touched."""
    refused = run("asterisk-up", *words)
    assert refused.returncode == 2
    assert reason in refused.stderr


def test_asterisk_down_is_content_where_nothing_runs(tmp_path):
    """Ending what is not there is no error, so that cleaning up may be done twice."""
    assert run("asterisk-down", tmp_path).returncode == 0


def test_asterisk_down_spares_a_stranger_with_the_same_process_number(tmp_path):
    """A process number that has passed to another program is recognised by its time of birth."""
    (tmp_path / "asterisk.pid").write_text(f"{os.getpid()} 1\n")
    assert run("asterisk-down", tmp_path).returncode == 0
    assert not (tmp_path / "asterisk.pid").exists()


def test_install_tools_names_what_is_not_there(tmp_path):
    """Where something cannot be had the closing lines name it, and REQUIRE_ALL=1 makes that a failure."""
    told = run("install-tools", "--check", HOTLINE_CACHE=str(tmp_path), REQUIRE_ALL="")
    assert told.returncode == 0
    assert f"Asterisk in {tmp_path}/asterisk-" in told.stdout
    assert run("install-tools", "--check", HOTLINE_CACHE=str(tmp_path), REQUIRE_ALL="1").returncode == 3
