"""`hotline import`: files become departments, doctors and schedules; every row gets its verdict."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from booking.clock import wall
from booking.outcomes import Busy
from booking.store.database import make_engine
from booking.store.schema import audit, department, doctor, slot
from hotline.cli import importing as importing_module
from hotline.cli.main import main
from hotline.clock import SystemClock
from hotline.importing.blacklist import BLACKLIST_COLUMNS
from hotline.importing.holidays import HOLIDAY_COLUMNS
from hotline.importing.roster import DEPARTMENT_COLUMNS, DOCTOR_COLUMNS, SESSION_COLUMNS


@pytest.fixture
def ready(toml: Path) -> Path:
    assert run("db", "upgrade", "-c", toml)[0] == 0
    return toml


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.output


def file(toml: Path, name: str, text: str) -> Path:
    path = toml.with_name(name)
    path.write_text(text, encoding="utf-8")
    return path


def count(toml: Path, table: object) -> int:
    engine = make_engine(f"sqlite:///{toml.parent}/hotline.db")
    with engine.connect() as conn:
        found = conn.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]
    engine.dispose()
    return int(found)


def test_a_hospital_is_imported_step_by_step(ready: Path) -> None:
    """Departments, then doctors, then schedules; importing a file again changes nothing."""
    departments = file(ready, "departments.csv", "科室编码,科室名称,位置\n01,心血管内科,门诊楼1层\n")
    doctors = file(ready, "doctors.csv", "工号,姓名,职称,科室编码,手机\n868,王建国,主任医师,01,16100000868\n")
    day = wall(SystemClock()).date() + timedelta(days=3)
    schedules = file(
        ready, "schedules.csv", f"工号,日期,时段,开始时间,每号分钟,号数,挂号费\n868,{day},上午,08:00,15,16,50\n"
    )
    for _ in range(2):
        for kind, path in (("departments", departments), ("doctors", doctors), ("schedules", schedules)):
            code, output = run("import", kind, path, "-c", ready)
            assert (code, "拒绝 0" in output) == (0, True), output
    assert [count(ready, table) for table in (department, doctor, slot)] == [1, 1, 16]
    assert count(ready, audit) == 6


def test_refused_rows_are_written_beside_the_file(ready: Path) -> None:
    """The good rows are put, the bad ones come back with their reasons, and the exit code says that there were some."""
    source = file(ready, "departments.csv", "科室编码,科室名称\n01,心血管内科\n,无名\n")
    code, output = run("import", "departments", source, "-c", ready)
    assert code == 1
    assert "第 3 行：科室编码是空的" in output
    assert "新增 1，更新 0，拒绝 1" in output
    assert "科室编码是空的" in source.with_name("departments.rejected.csv").read_text(encoding="utf-8-sig")
    assert count(ready, department) == 1


def test_a_dry_run_judges_and_changes_nothing(ready: Path) -> None:
    """--dry-run tells what would happen; the roster and the audit stay as they were."""
    source = file(ready, "departments.csv", "科室编码,科室名称\n01,心血管内科\n")
    code, output = run("import", "departments", source, "-c", ready, "--dry-run", "--json")
    answer = json.loads(output)
    assert (code, answer["dry_run"], answer["new"], answer["rejected"], answer["rejects_file"]) == (
        0,
        True,
        1,
        [],
        None,
    )
    tried = run("import", "departments", source, "-c", ready, "--dry-run")[1]
    assert "试导入，未写入：共" in tried
    assert "批次" not in tried, "nothing that could be undone"
    assert (count(ready, department), count(ready, audit)) == (0, 0)


def test_rejected_rows_as_json(ready: Path) -> None:
    """Programs read row numbers and reasons, and where the refused rows are."""
    source = file(ready, "doctors.csv", "工号,姓名,职称,科室编码\n868,王建国,主任医师,01\n")
    code, output = run("import", "doctors", source, "-c", ready, "--json")
    answer = json.loads(output)
    assert (code, answer["rejected"]) == (1, [{"row": 2, "reason": "没有编码为“01”的科室"}])
    assert answer["rejects_file"].endswith("doctors.rejected.csv")


def test_a_file_that_cannot_be_used_is_refused_whole(ready: Path) -> None:
    """Missing columns are one reason for the whole file."""
    code, output = run("import", "doctors", file(ready, "doctors.csv", "a,b\n1,2\n"), "-c", ready)
    assert code == 1
    assert "缺少列：医生编号、姓名、职称、科室编码" in output


def test_without_its_database_nothing_is_imported(toml: Path) -> None:
    """A database of another revision is refused with what to type, one that cannot be reached is exit code 3."""
    source = file(toml, "departments.csv", "科室编码,科室名称\n01,心血管内科\n")
    code, output = run("import", "departments", source, "-c", toml)
    assert code == 1
    assert "hotline db upgrade" in output
    code, _ = run("import", "departments", source, "-c", toml, "--set", "database.url=sqlite:////nowhere/x.db")
    assert code == 3


def test_a_store_that_gives_up_meanwhile_is_told(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage in the middle imports nothing, and says so."""

    def busy(*args: object) -> None:
        raise Busy("lost")

    monkeypatch.setattr(importing_module, "thd_import", busy)
    code, output = run("import", "departments", file(ready, "d.csv", "科室编码,科室名称\n01,a\n"), "-c", ready)
    assert code == 3
    assert "没有导入任何内容" in output


def test_the_columns_are_in_the_help() -> None:
    """A clerk who has forgotten a column's name finds it without another paper."""
    shown = CliRunner().invoke(main, ["import", "--help"]).output
    kinds = (DEPARTMENT_COLUMNS, DOCTOR_COLUMNS, SESSION_COLUMNS, HOLIDAY_COLUMNS, BLACKLIST_COLUMNS)
    for columns in ({*kind.values()} for kind in kinds):
        assert all(names[0] in shown for names in columns)


def test_a_batch_is_undone_by_its_name(ready: Path) -> None:
    """The import tells the batch; undo restores; a second undo says when it was; an unknown name is told."""
    source = file(ready, "departments.csv", "科室编码,科室名称\n01,心血管内科\n")
    batch = json.loads(run("import", "departments", source, "-c", ready, "--json")[1])["batch"]
    assert run("import", "undo", batch, "-c", ready) == (0, f"已撤销批次 {batch}：撤下 1 行，恢复 0 行。\n")
    assert count(ready, department) == 0
    code, output = run("import", "undo", batch, "-c", ready)
    assert (code, "撤销过，这次没有改动" in output) == (0, True)
    assert json.loads(run("import", "undo", batch, "-c", ready, "--json")[1])["outcome"] == "undone-before"
    assert run("import", "undo", "b9", "-c", ready) == (1, "没有批次 b9，请核对批次号。\n")
    assert run("import", "undo", "b9", "-c", ready, "--set", "database.url=sqlite:////nowhere/x.db")[0] == 3


def test_what_cannot_be_undone_is_listed(ready: Path) -> None:
    """A department with a doctor stays, and the answer says why."""
    source = file(ready, "departments.csv", "科室编码,科室名称\n01,心血管内科\n")
    batch = json.loads(run("import", "departments", source, "-c", ready, "--json")[1])["batch"]
    doctors = file(ready, "doctors.csv", "工号,姓名,职称,科室编码\n868,王建国,主任医师,01\n")
    run("import", "doctors", doctors, "-c", ready)
    code, output = run("import", "undo", batch, "-c", ready)
    assert (code, output) == (
        1,
        f"批次 {batch} 不能撤销，没有改动任何内容：\n科室 01 已有医生或限制记录\n",
    )
    answer = json.loads(run("import", "undo", batch, "-c", ready, "--json")[1])
    assert (answer["outcome"], answer["total"]) == ("refused", 1)


def test_an_undo_that_meets_an_outage(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is undone, and it says so."""

    def busy(*args: object) -> None:
        raise Busy("lost")

    monkeypatch.setattr(importing_module, "thd_undo", busy)
    code, output = run("import", "undo", "b1", "-c", ready)
    assert (code, "没有撤销任何内容" in output) == (3, True)


def test_a_blacklist_is_followed(ready: Path) -> None:
    """The next whole list lifts who is no longer on it; a list with refused rows lifts nobody and says so. No number is told."""
    head, zhang, li = "身份证号,姓名,原因\n", "11010519491231002X,张三,倒号\n", "440524188001010014,李四,倒号\n"
    source = file(ready, "blacklist.csv", head + zhang + li)
    assert run("import", "blacklist", source, "-c", ready)[0] == 0
    file(ready, "blacklist.csv", head + li + "110105,王五,倒号\n")
    code, output = run("import", "blacklist", source, "-c", ready, "--sync")
    assert (code, "没有解除任何人" in output) == (1, True)
    file(ready, "blacklist.csv", head + li)
    dry = json.loads(run("import", "blacklist", source, "-c", ready, "--sync", "--dry-run", "--json")[1])
    code, output = run("import", "blacklist", source, "-c", ready, "--sync")
    assert (dry["lifted"], code, "解除 1" in output) == (1, 0, True)
    assert "11010519491231002X" not in output


def test_holidays_are_imported(ready: Path) -> None:
    """A year's days; what turns a day round is told."""
    day = wall(SystemClock()).date() + timedelta(days=30)
    source = file(ready, "holidays.csv", f"日期,类型,名称\n{day},休,院庆\n")
    assert "新增 1" in run("import", "holidays", source, "-c", ready)[1]
    saturday = day + timedelta(days=(5 - day.weekday()) % 7)
    file(ready, "holidays.csv", f"日期,类型\n{saturday},休\n")
    run("import", "holidays", source, "-c", ready)
    file(ready, "holidays.csv", f"日期,类型\n{saturday},班\n")
    assert f"注意：{saturday} 原为“休”，现改为“班”" in run("import", "holidays", source, "-c", ready)[1]
