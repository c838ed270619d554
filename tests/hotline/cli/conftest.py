"""A configuration with an empty SQLite database for commands to work on."""

from __future__ import annotations

from pathlib import Path

import pytest

TOML = """
[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"
[database]
url = "sqlite:///{folder}/hotline.db"
[privacy]
key_file = "key"
"""


@pytest.fixture
def toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration's file; the environment of whoever runs the tests does not reach it."""
    monkeypatch.delenv("HOTLINE_CONFIG", raising=False)
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    file = tmp_path / "hotline.toml"
    file.write_text(TOML.format(folder=tmp_path), encoding="utf-8")
    return file
