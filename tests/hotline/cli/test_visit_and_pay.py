"""``hotline visit`` and ``hotline pay``: arrivals and money at the window, from the command line."""

from __future__ import annotations

import csv
import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from open_house import open_house

from booking.cashier import Cashier
from booking.clock import FixedClock, wall
from booking.outcomes import Booked, Busy
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Known, RegisterPhone
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import (
    DepartmentRow,
    DoctorRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_sessions,
)
from hotline.cli import opened as opened_module
from hotline.cli.main import main
from hotline.config import Config, read_config
from hotline.opening import Opened, open_store

ZHANG = "11010519491231002X"
DAY = "2026-07-15"


def run(toml: Path, *args: object, typed: str = "") -> tuple[int, str]:
    group, name, *rest = args
    result = CliRunner().invoke(main, [str(group), str(name), "-c", str(toml), *map(str, rest)], input=typed)
    return result.exit_code, result.output


def told(toml: Path, *args: object, typed: str = "") -> tuple[int, Any]:
    code, output = run(toml, *args, "--json", typed=typed)
    return code, json.loads(output)


@pytest.fixture
def house(toml: Path, result_of: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """王建国 sees patients on Wednesday from 8:00; 张三 has booked 8:00 on Monday evening; now it is Wednesday 7:50."""
    assert CliRunner().invoke(main, ["db", "upgrade", "-c", str(toml)]).exit_code == 0
    clock = FixedClock.at_wall("2026-07-13 20:00")
    config = read_config(toml)
    assert isinstance(config, Config)
    opened = open_store(config, clock)
    assert isinstance(opened, Opened)
    database = ImmediateDatabase(opened.engine, clock)
    put = opened.vault, opened.hospital
    database.now(thd_put_departments, *put, [DepartmentRow(code="01", name="心血管内科")])
    doctor = DoctorRow(number="00868", name="王建国", title="主任医师", department_code="01")
    database.now(thd_put_doctors, *put, [doctor])
    day = wall(clock).date() + timedelta(days=2)
    session = SessionRow(
        doctor="00868", day=day, period="AM", first=time(8), minutes_per_slot=30, slots=4, fee_fen=5000
    )
    database.now(thd_put_sessions, *put, [session])
    reception = Reception(open_house(database, opened.vault, clock))
    her = Caller(hospital=opened.hospital, phone="+8613800138000", channel=Channel.SMS)
    patient = result_of(reception.register(RegisterPhone(caller=her, identity=ZHANG, name="张三"))).patient
    wish = BookSlot(caller=her, doctor="00868", start=datetime.combine(day, time(8)), who=Known(patient.id), key="1")
    outcome = result_of(reception.book(wish))
    assert isinstance(outcome, Booked)
    clock.at = FixedClock.at_wall(f"{DAY} 07:50").at
    monkeypatch.setattr(opened_module, "SystemClock", lambda: clock)
    yield clock, outcome.booking.code
    opened.engine.dispose()


def test_a_visit_from_check_in_to_seen_and_back(toml: Path, house: Any) -> None:
    """He comes, comes again, is seen; the last mark is taken back with a reason."""
    _, code = house
    assert run(toml, "visit", "check-in", code) == (0, f"预约 {code} 已到诊（07-15 07:50），1号。\n")
    status, again = told(toml, "visit", "check-in", code)
    assert (status, again["done"], again["verdicts"][0]["again"]) == (0, True, True)
    status, seen = told(toml, "visit", "seen", code, "--by", "wang")
    assert (status, seen["status"], seen["again"]) == (0, "visited", False)
    assert told(toml, "visit", "take-back", code, "--why", " ") == (1, {"done": False, "reason": "NEEDS_REASON"})
    assert run(toml, "visit", "take-back", code, "--why", "点错") == (0, f"预约 {code} 现为：已到诊。\n")
    assert told(toml, "visit", "seen", "00000000")[1]["reason"] == "NO_SUCH_BOOKING"


def test_the_patient_is_found_by_identity_number_that_is_never_an_argument(toml: Path, house: Any) -> None:
    """Asked for on standard input; another's document is refused, a wrong number and nothing at all are wrong usage."""
    _, code = house
    other = "110105194912310038"
    status, answer = told(toml, "visit", "check-in", code, "--patient", typed=f"{ZHANG}\n")
    assert (status, answer["verdicts"][0]["code"]) == (0, code)
    assert "不符" in run(toml, "visit", "check-in", code, "--name", "李四")[1]
    assert run(toml, "visit", "check-in", "--patient", typed=f"{ZHANG}\n")[0] == 0
    assert run(toml, "visit", "check-in", "--patient", typed=f"{other}\n")[0] in {1, 2}
    assert run(toml, "visit", "check-in", "--patient", typed="1\n")[0] == 2
    assert run(toml, "visit", "check-in")[0] == 2
    assert ZHANG not in json.dumps(answer)


def test_who_comes_on_another_day_is_refused(toml: Path, house: Any) -> None:
    """The day before, nobody has arrived and no doctor has seen him."""
    clock, code = house
    clock.at -= timedelta(days=1)
    assert told(toml, "visit", "check-in", code)[1]["verdicts"][0]["reason"] == "TOO_EARLY"
    assert "还没到取号时间" in run(toml, "visit", "check-in", code)[1]
    status, answer = told(toml, "visit", "seen", code)
    assert (status, answer["reason"], answer["status"]) == (1, "STATUS", "booked")


def test_the_hospitals_list_is_entered_row_by_row(toml: Path, house: Any, tmp_path: Path) -> None:
    """Good rows are entered, the others are written beside the file for its owner alone; the file may be put again."""
    _, code = house
    file, rejects = tmp_path / "list.csv", tmp_path / "list.rejected.csv"
    rows = [
        f"{code},到诊,07:45", f"{code},就诊,2026-07-15 07:48", "12345678,就诊,", f"{code},来了,",
        f"{code},到诊,2026-07-15 09:00", f"{code},到诊,早上", "x,到诊,", f"{code},未到,",
    ]  # fmt: skip
    file.write_text("\n".join(["预约码,状态,时间", *rows]), encoding="utf-8")
    rejects.write_text("old")
    rejects.chmod(0o644)
    status, answer = told(toml, "visit", "file", file)
    assert (status, answer["done"], answer["absent"]) == (1, 2, 1)
    assert [each["row"] for each in answer["rejected"]] == [4, 5, 6, 7, 8]
    assert rejects.stat().st_mode & 0o777 == 0o600
    assert len(list(csv.reader(rejects.read_text(encoding="utf-8-sig").splitlines()))) == 6
    assert told(toml, "visit", "seen", code)[1]["again"]
    file.write_text(f"预约码,状态\n{code},到诊", encoding="utf-8")
    assert run(toml, "visit", "file", file) == (0, "已录入 1 行，未到 0 行，拒绝 0 行。\n")
    file.write_text("状态\n到诊", encoding="utf-8")
    assert run(toml, "visit", "file", file)[0] == 1


def test_yesterdays_list_counts_arrivals_as_seen(toml: Path, house: Any, tmp_path: Path) -> None:
    """A list that comes the next morning still says who was there."""
    clock, code = house
    clock.at += timedelta(days=1)
    file = tmp_path / "list.csv"
    file.write_text(f"预约码,状态,时间\n{code},到诊,2026/07/15 07:55", encoding="utf-8")
    assert told(toml, "visit", "file", file)[1]["done"] == 1
    assert told(toml, "visit", "seen", code)[1]["again"]


def test_money_from_the_bill_to_the_pay_out(toml: Path, house: Any) -> None:
    """Yuan for people, fen in JSON; a clerk is named; nothing is taken twice or given beyond what was paid."""
    _, code = house
    assert run(toml, "pay", "bill", code) == (0, f"预约 {code}：50.00 元，未开单。\n")
    assert run(toml, "pay", "take", code, "--way", "cash")[0] == 2
    by = ("--by", "李收费")
    status, taken = told(toml, "pay", "take", code, "--way", "cash", *by)
    assert (status, taken["done"], taken["amount_fen"]) == (0, True, 5000)
    assert run(toml, "pay", "take", code, "--way", "card", *by) == (1, f"未收：预约 {code} 已付过 50.00 元（现金）。\n")
    back = ("pay", "refund", code, "--route", "window", "--reason", "少做一项", *by)
    assert run(toml, *back, "--yuan", "12.505")[0] == 2
    assert run(toml, *back, "--yuan", "0")[0] == 2
    assert run(toml, *back, "--yuan", "50.01") == (1, "未退：最多还能退 50.00 元。\n")
    status, owed = told(toml, *back, "--yuan", "12.5")
    assert (status, owed["amount_fen"], owed["at_window"]) == (0, 1250, True)
    out = ("pay", "out", owed["refund_no"], "--way", "cash", *by)
    assert run(toml, *out) == (0, f"退款 {owed['refund_no']}：12.50 元已付给患者。\n")
    assert told(toml, *out)[1]["again"]
    assert told(toml, "pay", "bill", code)[1]["refunded_fen"] == 1250
    assert run(toml, "pay", "out", "R0", "--way", "cash", *by)[0] == 1
    assert told(toml, "pay", "bill", "00000000")[1]["reason"] == "NO_SUCH_BOOKING"


def test_a_store_that_does_not_answer_is_exit_code_three(
    toml: Path, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Try again later; what was asked did not happen."""

    async def busy(*args: object) -> None:
        raise Busy("bill")

    monkeypatch.setattr(Cashier, "bill", busy)
    code, output = run(toml, "pay", "bill", house[1])
    assert (code, "请稍后再试" in output) == (3, True)


def test_a_store_without_tables_is_refused(toml: Path) -> None:
    """Nothing was set up yet."""
    assert run(toml, "pay", "bill", "12345678")[0] == 1
