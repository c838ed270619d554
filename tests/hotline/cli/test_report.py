"""`hotline report`: what an administrator types, and what comes out."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from hotline.cli import report as cli
from hotline.cli.main import main
from hotline.reports.catalogue import REPORTS

DOCS = Path(__file__).parents[3] / "docs" / "reports.md"
DAY = ("--from", "2026-07-15", "--to", "2026-07-15")


def run(*args):
    result = CliRunner().invoke(main, ["report", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def house(toml, clock, thd_furnish):
    """The small hospital's database, twelve numbers of 15 July, none booked."""
    CliRunner().invoke(main, ["db", "upgrade", "-c", str(toml)])
    engine = make_engine(f"sqlite:///{toml.parent}/hotline.db")
    ImmediateDatabase(engine, clock).now(thd_furnish)
    engine.dispose()
    return toml


def test_a_report_is_a_table_on_the_screen(house):
    """Chinese headings, a line a department, the totals last; nothing else on the screen."""
    code, out, err = run("booking-rate", "-c", house, *DAY)
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()] == [
        ["科室编码", "科室", "放号数", "已约数", "预约率", "加号数", "加号已约"],
        ["01", "心血管内科", "6", "0", "0.0%", "0", "0"],
        ["02", "消化内科", "6", "0", "0.0%", "0", "0"],
        ["合计", "12", "0", "0.0%", "0", "0"],
    ]


def test_it_is_grouped_as_asked_and_written_as_asked(house, tmp_path):
    """CSV for Excel, XLSX into a file, JSON for programs; grouped by what is named, in that order."""
    code, out, _ = run("booking-rate", "-c", house, *DAY, "--by", "day,doctor", "--format", "csv")
    assert (code, out.splitlines()[1]) == (0, "2026-07-15,00123,李梅,6,0,0.0000,0,0")
    file = tmp_path / "rate.xlsx"
    assert run("booking-rate", "-c", house, *DAY, "--format", "xlsx", "-o", file)[:2] == (0, "")
    assert load_workbook(file).worksheets[0].max_row == 4
    code, out, _ = run("booking-rate", "-c", house, *DAY, "--json")
    assert json.loads(out.splitlines()[0])["offered"] == 6


def test_without_days_it_is_yesterday(house, monkeypatch):
    """The report that is asked for every morning; one day named is that day."""
    asked = []
    monkeypatch.setattr(
        cli, "_run", lambda _config, _report, about, **_: asked.append((about.first, about.last, about.today))
    )
    for days in ((), ("--from", "2026-07-01"), ("--to", "2026-07-02"), ("--from", "2026-07-01", "--to", "2026-07-03")):
        assert run("volume", "-c", house, *days)[0] == 0
    first, last, today = asked[0]
    assert first == last == today - timedelta(days=1)
    assert [pair[:2] for pair in asked[1:]] == [
        (date(2026, 7, 1), date(2026, 7, 1)), (date(2026, 7, 2), date(2026, 7, 2)), (date(2026, 7, 1), date(2026, 7, 3)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "hotline report --list"),
        (("weather",), "no report weather"),
        (("volume", "--from", "15.7.2026"), "no day such as"),
        (("volume", "--from", "2026-07-15", "--to", "2026-07-14"), "is before"),
        (("volume", "--by", "clerk"), "can be grouped by day, month, department, doctor"),
        (("volume", "--by", ","), "can be grouped by"),
        (("refunds", "--by", "day"), "it is a list"),
    ],
)
def test_what_was_typed_wrong_is_told(house, args, said):
    """Exit code 2 with what is possible instead."""
    code, _, err = run(*args, "-c", house)
    assert code == 2
    assert said in err


def test_an_xlsx_file_is_not_for_the_screen(house, monkeypatch):
    """Bytes on a terminal help nobody; into a pipe they may go."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)
    code, _, err = run("volume", "-c", house, *DAY, "--format", "xlsx")
    assert code == 2
    assert "-o FILE" in err


def test_a_database_that_cannot_be_used_is_told(toml, monkeypatch, house):
    """1 with what to type when it is of another revision; 3 when it does not answer or the report takes too long."""
    monkeypatch.setattr(cli, "_run", _failing("database disk image is malformed"))
    assert run("volume", "-c", house)[::2] == (3, "the database does not answer: OperationalError\n")
    monkeypatch.setattr(cli, "_run", _failing("interrupted"))
    assert run("volume", "-c", house, "--most-seconds", "7")[::2] == (
        3,
        "the report took longer than 7 s: ask for fewer days\n",
    )
    (toml.parent / "hotline.db").unlink()
    code, _, err = run("volume", "-c", toml)
    assert (code, "hotline db upgrade" in err) == (1, True)


def _failing(why):
    def fail(*_, **__):
        raise OperationalError("SELECT", {}, Exception(why))

    return fail


def test_a_long_list_tells_how_far_it_is(monkeypatch, capsys):
    """On stderr, so that the list itself stays clean."""
    monkeypatch.setattr(cli, "PROGRESS_LINES", 2)
    assert len(list(cli._counted([(nth,) for nth in range(5)]))) == 5
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "2 行…\n4 行…\n")


def test_a_report_reads_beside_a_writer(house):
    """A booking that is being written makes no report wait, and no report can write."""
    engine = make_engine(f"sqlite:///{house.parent}/hotline.db").execution_options(begin="IMMEDIATE")
    with engine.begin() as conn:
        conn.execute(text("UPDATE slot SET taken = 1"))
        code, out, _ = run("booking-rate", "-c", house, *DAY, "--json")
        assert (code, json.loads(out.splitlines()[-1])["booked"]) == (0, 0)
    engine.dispose()


def test_the_list_names_every_report(house):
    """With its title and what it can be grouped by, in words and as JSON."""
    code, out, _ = run("--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(REPORTS)
    _, out, _ = run("--list", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert [each["name"] for each in told] == list(REPORTS)
    assert told[0]["groups"] == ["day", "month", "department", "doctor", "clinic-type", "channel"]


def test_the_handbook_knows_every_report_and_column():
    """docs/reports.md has a chapter for each report, in the list's order, with each of its columns by title and JSON name, and an example."""
    parts = re.split(r"^## (\S+) ", DOCS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    chapters = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert list(chapters) == list(REPORTS)
    for name, report in REPORTS.items():
        chapter = chapters[name]
        assert chapter.startswith(report.title), name
        assert f"hotline report {name} " in chapter
        for column in report.measures:
            if not column.base:
                json_name = f"{column.name}_fen" if column.kind == "money" else column.name
                assert f"| {column.title} | `{json_name}` |" in chapter, f"{name}: {column.title}"
        for dim in report.dims:
            assert f"`{dim}`" in chapter, f"{name}: {dim}"
