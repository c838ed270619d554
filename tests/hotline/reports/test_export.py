"""Reports as files: what Excel, a program and a person see of the same lines."""

from __future__ import annotations

import io
import json
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from hotline.reports import export
from hotline.reports.columns import Column, Totals, cells
from hotline.reports.export import WRITERS, write_csv, write_json, write_table, write_xlsx

COLUMNS = (
    Column(name="day", title="日期", kind="day"),
    Column(name="doctor", title="医生", kind="text"),
    Column(name="channel", title="渠道", kind="word"),
    Column(name="booked", title="预约", kind="count"),
    Column(name="rate", title="预约率", kind="rate"),
    Column(name="fee", title="金额", kind="money"),
    Column(name="late", title="迟到", kind="minutes"),
    Column(name="start", title="时间", kind="moment"),
)
LINES = [
    (date(2026, 7, 15), "=王建国", "sms", 2, 0.5, 123456, -4.0, datetime.fromisoformat("2026-07-15 08:00")),
    ("合计", None, None, 2, None, 123456, None, None),
]


def written(writer, columns=COLUMNS, lines=LINES):
    out = io.BytesIO()
    writer(columns, iter(lines), out)
    return out.getvalue()


def test_a_table_stands_in_columns():
    """Chinese is two places wide, figures stand right, money is in yuan; the end of a line has no spaces."""
    assert written(write_table).decode().splitlines() == [
        "日期        医生     渠道  预约  预约率      金额  迟到  时间",
        "2026-07-15  =王建国  短信     2   50.0%  1,234.56  -4.0  2026-07-15 08:00",
        "合计                          2          1,234.56",
    ]


def test_csv_opens_in_excel():
    """A byte order mark first; yuan with two decimals, a share as a fraction; a name is no formula."""
    data = written(write_csv)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.decode("utf-8-sig").splitlines() == [
        "日期,医生,渠道,预约,预约率,金额,迟到,时间",
        "2026-07-15,'=王建国,短信,2,0.5000,1234.56,-4.0,2026-07-15 08:00",
        "合计,,,2,,1234.56,,",
    ]


def test_json_is_for_programs():
    """One object a line: fen, the program's own words, the shares unrounded."""
    first, last = (json.loads(line) for line in written(write_json).decode().splitlines())
    assert first == {"day": "2026-07-15", "doctor": "=王建国", "channel": "sms", "booked": 2, "rate": 0.5, "fee_fen": 123456,
                     "late": -4.0, "start": "2026-07-15T08:00:00"}  # fmt: skip
    assert last["day"] == "合计"


def test_xlsx_holds_figures_as_figures():
    """Yuan and shares can be summed in the sheet; a name is no formula there either."""
    sheet = load_workbook(io.BytesIO(written(write_xlsx))).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("日期", "医生", "渠道", "预约", "预约率", "金额", "迟到", "时间")
    assert rows[1][1:7] == ("'=王建国", "短信", 2, 0.5, 1234.56, -4)
    assert sheet["B2"].data_type == "s"
    assert sheet["F2"].number_format == "#,##0.00"
    assert rows[2] == ("合计", None, None, 2, None, 1234.56, None, None)


@pytest.mark.parametrize(("lines", "sheets"), [(0, [1]), (2, [3]), (3, [3, 2]), (4, [3, 3])])
def test_a_long_list_goes_on_in_a_further_sheet(monkeypatch, lines, sheets):
    """Excel ends at a million lines; each sheet has its header."""
    monkeypatch.setattr(export, "SHEET_LINES", 2)
    column = (Column(name="booked", title="预约", kind="count"),)
    book = load_workbook(io.BytesIO(written(write_xlsx, column, [(nth,) for nth in range(lines)])))
    assert [sheet.max_row for sheet in book.worksheets] == sheets


@pytest.mark.parametrize("form", WRITERS)
def test_lines_are_taken_one_by_one(form):
    """Nothing is gathered: when a line cannot be told, those before it are long written."""
    out, seen = io.BytesIO(), []

    def lines():
        for nth in range(5_000):
            seen.append(out.tell())
            yield (nth,)

    WRITERS[form]((Column(name="booked", title="预约", kind="count"),), lines(), out)
    assert len(seen) == 5_000
    if form != "xlsx":  # whose writer keeps its lines in a file of its own until the end
        assert seen[-1] > 4_000


def test_an_empty_report_has_a_header():
    """Nobody takes an empty file for a failure."""
    assert written(write_csv, lines=[]).decode("utf-8-sig") == "日期,医生,渠道,预约,预约率,金额,迟到,时间\r\n"
    assert written(write_table, lines=[]).decode().split() == [column.title for column in COLUMNS]


def test_the_totals_of_a_quotient_are_the_quotient_of_the_totals():
    """Half of two and all of two are three of four; a column of words has no total."""
    columns = (
        Column(name="channel", title="渠道", kind="word"),
        Column(name="clerk", title="收费员", kind="text"),
        Column(name="part", title="", kind="count", base=True),
        Column(name="whole", title="全部", kind="count"),
        Column(name="rate", title="率", kind="rate", of=("part", "whole")),
    )
    rows = [
        {"channel": "sms", "clerk": "li", "part": part, "whole": whole}
        for part, whole in ((1, 2), (2, 2), (None, None))
    ]
    totals = Totals(columns)
    for row in rows:
        totals.add(row)
    assert [cells(columns, row) for row in rows] == [
        ("sms", "li", 2, 0.5),
        ("sms", "li", 2, 1.0),
        ("sms", "li", 0, None),
    ]
    assert totals.line() == ("合计", None, 4, 0.75)
