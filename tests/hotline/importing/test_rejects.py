"""Refused rows come back in a file that can be put right and imported again."""

from __future__ import annotations

from pathlib import Path

from hotline.importing.rejects import rejects_path, write_rejects
from hotline.importing.sheet import Line, read_sheet
from hotline.importing.verdicts import Rejected


def test_rejected_rows_can_be_read_again(tmp_path: Path) -> None:
    """The file of refused rows has the columns it came with and the reason; formulas are harmless; a second round keeps one reason."""
    file = rejects_path(tmp_path / "doctors.xlsx")
    assert file.name == "doctors.rejected.csv"
    assert rejects_path(file) == file
    rows = [Rejected(Line(2, ("868", "=1+1")), "职称是空的"), Rejected(Line(3, ("-1",)), "医生编号应为 5 位数字")]
    write_rejects(file, ("工号", "姓名", "原因"), rows)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "'=1+1" in file.read_text(encoding="utf-8-sig")
    read = read_sheet(file)
    assert read.header == ("工号", "姓名", "原因")
    assert [line.cells for line in read.lines] == [("868", "=1+1", "职称是空的"), ("-1", "", "医生编号应为 5 位数字")]
