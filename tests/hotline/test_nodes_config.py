"""The cluster's nodes in the configuration: in order, none twice, shown without a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline.cli import config as cli
from hotline.cli.main import main
from hotline.config.checks import nodes
from hotline.opening import NotOpened

TOML = """
[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"
[database]
url = "mysql+pymysql://hotline:secret@db1/hotline"
nodes = ["mysql+pymysql://hotline:secret@db2:3307/hotline", "mysql+pymysql://hotline:secret@db3/hotline"]
[privacy]
key_file = "key"
"""


def test_the_check_tells_the_order_that_every_process_must_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By host and port: who is preferred, who stands in, whether they answer or not; no password on the screen."""
    down = NotOpened(why="the database does not answer: nobody listens at this address", outage=True)
    monkeypatch.setattr(cli, "open_engine", lambda _: down)
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "key").chmod(0o600)
    file = tmp_path / "hotline.toml"
    file.write_text(TOML, encoding="utf-8")
    told = CliRunner().invoke(main, ["config", "check", "-c", str(file)], prog_name="hotline").output
    assert "The preferred node is db1:3306; in its place stand, in this order: db2:3307, db3:3306." in told
    assert "secret" not in told


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ((), None),
        (("mysql+pymysql://u@db2/x", "mariadb+pymysql://u@db3/x"), None),
        (("mysql+pymysql://u@db2/x", "db3"), "number 2 is none"),
        (("sqlite:///x.db",), "number 1 is none"),
        (("mysql+pymysql://u@db2/x",) * 2, "names a node twice"),
    ],
)
def test_what_is_no_node_is_a_fault(given: tuple[str, ...], why: str | None) -> None:
    """Said without repeating the words: they may hold a password."""
    told = nodes(given)
    assert told is None if why is None else told is not None and why in told
