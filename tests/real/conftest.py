"""What real tests need: each names its components; a missing one is told at the end, or fails where everything is required."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from processes import end_all

CACHE = Path(os.environ.get("HOTLINE_CACHE", "/var/cache/hotline"))
SUITE = os.environ.get("ASTERISK_SUITE", "sid")
ROOT = os.geteuid() == 0

COMPONENTS = {
    "asterisk": lambda: ROOT and (CACHE / f"asterisk-{SUITE}/usr/sbin/asterisk").exists(),
    "sipp": lambda: shutil.which("sipp") is not None,
    "mariadb": lambda: shutil.which("mariadbd") is not None or Path("/usr/sbin/mariadbd").exists(),
    "node-smpp": lambda: shutil.which("node") is not None and (CACHE / "node/node_modules/smpp").exists(),
    "espeak": lambda: shutil.which("espeak-ng") is not None and shutil.which("sox") is not None,
}
_missing: dict[str, set[str]] = {}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for component in mark.args:
            if COMPONENTS[component]():
                continue
            if os.environ.get("REQUIRE_ALL") == "1":
                pytest.fail(
                    f"{component} is required (REQUIRE_ALL=1) and not installed: run scripts/install-tools as root"
                )
            _missing.setdefault(component, set()).add(str(item.path.name))
            pytest.skip(f"{component} is not installed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for component, files in sorted(_missing.items()):
        terminalreporter.write_line(f"NOT RUN for want of {component}: {', '.join(sorted(files))}", yellow=True)


def pytest_unconfigure() -> None:
    """Nothing that a test began outlives the run, whatever failed."""
    end_all()
