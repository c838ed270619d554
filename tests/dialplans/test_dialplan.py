"""The Asterisk configuration that we ship is whole, clean and careful, as far as reading it can tell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.speech.catalog import CATALOG

DIALPLANS = Path(__file__).resolve().parents[2] / "dialplans"
SITE = DIALPLANS / "site"
ASTERISKLINT = Path(sys.executable).with_name("asterisklint")


def words(path):
    """The lines of a configuration file without comments and blanks."""
    lines = (re.sub(r"(?<!\\);.*", "", line).strip() for line in path.read_text().splitlines())
    return [line for line in lines if line]


def settings(path):
    return dict(
        re.split(r"\s*=>?\s*", line, maxsplit=1) for line in words(path) if "=" in line and not line.startswith("#")
    )


@pytest.fixture
def installed(tmp_path):
    """The files as they lie together in /etc/asterisk."""
    for file in (*DIALPLANS.glob("*.conf"), *SITE.glob("*.conf")):
        shutil.copy(file, tmp_path)
    return tmp_path


def lint(command, dialplan):
    return subprocess.run(
        [ASTERISKLINT, command, dialplan],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )


@pytest.mark.owns("process", why="asterisklint is a command")
def test_asterisklint_finds_nothing_to_say(installed):
    """An independent reader of dialplans finds no fault: no jump to nowhere, no unknown application."""
    report = lint("dialplan-check", installed / "extensions.conf")
    assert (report.returncode, report.stderr) == (0, "")


@pytest.mark.owns("process", why="asterisklint is a command")
def test_asterisklint_would_have_spoken(installed):
    """The reader does read: an application that does not exist is found."""
    extensions = installed / "extensions.conf"
    extensions.write_text(extensions.read_text().replace("Hangup()", "Hngaup()"))
    assert lint("dialplan-check", extensions).returncode == 1


def test_every_jump_arrives():
    """Each Goto names an extension and a label that exist; so does each rung that a variable names."""
    lines = words(DIALPLANS / "extensions.conf")
    hotline = lines[lines.index("[hotline]") : lines.index("[agent-desk]")]
    labels: dict[str, set[str]] = {}
    jumps: list[tuple[str, str]] = []
    for line in hotline[1:]:
        if found := re.match(r"exten => ([^,]+),", line):
            here = found[1]
            labels[here] = {"1"}
        labels[here].update(re.findall(r"^same => n\((\w+)\)", line))
        for target in re.findall(r"Goto\(([^)]*)\)$", line) + re.findall(r"\?([^:)]+(?::[^)]+)?)\)$", line):
            jumps += [(here, choice) for choice in target.split(":")]
    rungs = set(re.findall(r"Set\(IVR_(?:NEXT|LATE)=(\w+)\)", "\n".join(hotline)))
    assert rungs <= labels["start"]
    assert len(jumps) > 15
    for here, target in jumps:
        extension, label = target.split(",") if "," in target else (here, target)
        assert label in labels[extension] or re.fullmatch(r"\$\{IVR_(NEXT|LATE)\}", label), (here, target)


@pytest.mark.owns("process", why="asterisklint is a command")
def test_every_module_that_the_dialplan_uses_is_loaded(installed):
    """The lean list of modules has whatever an application or function in the dialplan comes from."""
    used = set(re.findall(r"load => (\S+)", lint("modules-show", installed / "extensions.conf").stdout))
    loaded = {line.split("=")[1].strip() for line in words(DIALPLANS / "modules.conf") if line.startswith("load")}
    assert used
    assert used <= loaded


def test_every_name_of_a_site_is_used_and_every_used_name_is_there():
    """hotline_globals.conf and the dialplan agree on the names."""
    used = set(re.findall(r"\$\{(HOTLINE_\w+)\}", "\n".join(words(DIALPLANS / "extensions.conf"))))
    assert used == set(settings(SITE / "hotline_globals.conf"))


def test_every_included_file_is_shipped():
    """Asterisk does not start without a file that is included; none of ours is missing, none is left over."""
    included = {
        name
        for file in DIALPLANS.glob("*.conf")
        for name in re.findall(r'^#include "(.+)"$', file.read_text(), flags=re.MULTILINE)
    }
    assert included == {file.name for file in SITE.glob("*.conf")}


def test_what_the_dialplan_says_can_be_said():
    """Each prompt that the dialplan plays is in the catalogue, so that `hotline prompts build` makes its sound."""
    said = re.findall(
        r"/([\w-]+)\)", "\n".join(line for line in words(DIALPLANS / "extensions.conf") if "Playback(${" in line)
    )
    assert said
    assert set(said) <= set(CATALOG)


def test_every_call_of_a_server_stands_under_a_time_limit_and_is_judged_by_ivr_done():
    """The two laws that an edit could break unseen: a limit before each AGI(), IVR_DONE after it."""
    lines = [
        line.split(",", 1)[1] for line in words(DIALPLANS / "extensions.conf") if line.startswith(("same", "exten"))
    ]
    at = [number for number, line in enumerate(lines) if line.startswith("AGI(")]
    assert len(at) == 3
    for number in at:
        assert lines[number - 1].startswith("Set(TIMEOUT(absolute)=")
        if "/health" in lines[number]:
            continue
        assert "Set(IVR_DONE=)" in lines[number - 3 : number]
        assert lines[number + 1] == "Goto(outcome,1)"
    assert "Set(AGIEXITONHANGUP=yes)" in lines


def test_the_manager_interface_reads_on_loopback_and_commands_nothing():
    """Whoever steals the screens' password can start no call and run no program."""
    manager = settings(DIALPLANS / "manager.conf")
    assert manager["bindaddr"] == "127.0.0.1"
    assert manager["write"] == ""
    assert set(manager["read"].split(",")) == {"call", "agent"}
    assert manager["deny"] == "0.0.0.0/0.0.0.0"


def test_no_secret_is_in_the_repository():
    """The shipped password is a word that says it must be replaced."""
    assert settings(SITE / "hotline_secret.conf") == {"secret": "REPLACE-ME"}


def test_nothing_listens_beyond_loopback_as_shipped():
    """Unedited, the sample opens no door to a network."""
    assert settings(SITE / "hotline_trunk.conf")["bind"].startswith("127.0.0.1:")
