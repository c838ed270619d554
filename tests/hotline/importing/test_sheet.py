"""Files as people really save them become the same rows of text."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook

from hotline.importing import sheet as sheets
from hotline.importing.sheet import Line, Unreadable, read_sheet

TEXT = '医生编号,姓名,专长\r\n00868,王建国,"高血压,冠心病"\r\n\r\n868, 李梅 ,\r\n'
ROWS = (Line(2, ("00868", "王建国", "高血压,冠心病")), Line(4, ("868", "李梅", "")))


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", TEXT),
        ("utf-8-sig", TEXT),
        ("gb18030", TEXT),
        ("utf-16", TEXT.replace('"高血压,冠心病"', "高血压，冠心病").replace(",", "\t").replace("，", ",")),
        ("utf-8", "医生编号;姓名;专长\n00868;王建国;高血压,冠心病\n\n868; 李梅 ;\n"),
    ],
)
def test_csv_in_every_usual_encoding(tmp_path: Path, encoding: str, text: str) -> None:
    """UTF-8, UTF-8 with BOM, Excel's GB18030 and semicolons read alike; empty lines count but carry nothing."""
    file = tmp_path / "doctors.csv"
    file.write_bytes(text.encode(encoding))
    read = read_sheet(file)
    assert read.header == ("医生编号", "姓名", "专长")
    assert read.lines == ROWS


def test_xlsx_cells_read_as_a_person_sees_them(tmp_path: Path) -> None:
    """Numbers lose Excel's .0, dates and times look like dates and times, an apostrophe that forces text goes."""
    book = Workbook()
    assert book.active is not None
    book.active.append(["编号", "日期", "时间", "两者", "手机", "空", "费用"])
    book.active.append(
        [868.0, date(2026, 7, 15), time(8), datetime.fromisoformat("2026-07-15 08:30"), 1e16, None, 12.5]
    )
    book.active.append(["'00868", datetime.fromisoformat("2026-07-15")])
    file = tmp_path / "schedules.XLSX"
    book.save(file)
    lines = read_sheet(file).lines
    assert lines[0].cells == ("868", "2026-07-15", "08:00", "2026-07-15 08:30", "1" + "0" * 16, "", "12.5")
    assert lines[1].cells[:2] == ("00868", "2026-07-15")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.csv", b"", "文件是空的"),
        ("broken.csv", b'a,b\n"x"y,z\n', "不是正确的 CSV 文件"),
        ("odd.csv", b"\xff\xff\xff", "编码无法识别"),
        ("text.xlsx", b"a,b", "不是正确的 XLSX 文件"),
        ("old.xls", b"\xd0\xcf\x11\xe0", "请另存为 XLSX"),
        ("big.csv", b"x" * (sheets.MOST_BYTES + 1), "文件超过 10 MB"),
    ],
)
def test_a_file_that_is_none_is_told_why(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    """A file that cannot be used as a whole is refused with one reason."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Unreadable, match=why):
        read_sheet(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A vanished file is told in the system's words."""
    with pytest.raises(Unreadable, match="No such file"):
        read_sheet(tmp_path / "none.csv")


def test_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More rows than any hospital has are refused before they are judged."""
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    (tmp_path / "many.csv").write_text("a\n1\n2\n3\n")
    with pytest.raises(Unreadable, match="超过 2 行"):
        read_sheet(tmp_path / "many.csv")


def test_what_nobody_sees_in_a_cell_counts_as_a_space(tmp_path: Path) -> None:
    """A line break, a control character or an ideographic space must not become part of a name."""
    file = tmp_path / "departments.csv"
    file.write_text('编码,名称\n\u300001\u200b,"心血管\n内科\x00\u00a0"\n', encoding="utf-8")
    assert read_sheet(file).lines == (Line(2, ("01", "心血管 内科")),)
