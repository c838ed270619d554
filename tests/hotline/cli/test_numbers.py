"""`hotline extra` and `hotline pool`: a doctor adds numbers, a clerk keeps numbers back."""

from __future__ import annotations

import json
from datetime import time, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from booking.clock import naive_utc, wall
from booking.outcomes import Busy
from booking.requests import Caller, Channel, RegisterPhone
from booking.rules.rulebook import house_rules
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.people.people import thd_register
from booking.store.roster.roster import (
    DepartmentRow,
    DoctorRow,
    SessionRow,
    thd_hospital,
    thd_put_departments,
    thd_put_doctors,
    thd_put_sessions,
)
from booking.store.schema import slot
from booking.vault import Vault
from hotline.cli import numbers as numbers_module
from hotline.cli.main import main
from hotline.clock import SystemClock

DAY = wall(SystemClock()).date() + timedelta(days=2)
ZHANG = "11010519491231002X"


def run(*args: object, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args], input=typed)
    return result.exit_code, result.output


@pytest.fixture
def house(toml: Path) -> tuple[Path, ImmediateDatabase]:
    """One doctor with two numbers the day after tomorrow, and 张三."""
    assert run("db", "upgrade", "-c", toml)[0] == 0
    clock, vault = SystemClock(), Vault(bytes.fromhex("ab" * 32))
    database = ImmediateDatabase(make_engine(f"sqlite:///{toml.parent}/hotline.db"), clock)
    assert (
        run("pool", "--doctor", "1", "--day", DAY, "--period", "AM", "--numbers", "1", "--to", "open", "-c", toml)[0]
        == 1
    )
    hospital = database.now(thd_hospital, "renhe")
    assert hospital is not None
    database.now(thd_put_departments, vault, hospital, [DepartmentRow(code="01", name="内科")])
    doctor = DoctorRow(number="00868", name="王建国", title="主任医师", department_code="01")
    database.now(thd_put_doctors, vault, hospital, [doctor])
    session = SessionRow(doctor="00868", day=DAY, period="AM", first=time(8), minutes_per_slot=30, slots=2)
    database.now(thd_put_sessions, vault, hospital, [session])
    wish = RegisterPhone(
        caller=Caller(hospital=hospital, phone="+8613800138000", channel=Channel.SMS), identity=ZHANG, name="张三"
    )
    database.now(thd_register, vault, house_rules(), wish, naive_utc(clock))
    return toml, database


def ask(command: str, toml: Path, *more: object, typed: str = "", **changed: object) -> tuple[int, str]:
    wanted = {"doctor": "868", "day": DAY, "period": "上午"} | changed
    options = (part for key, value in wanted.items() for part in (f"--{key}", value))
    return run(command, *options, *more, "-c", toml, typed=typed)


def numbers(database: ImmediateDatabase) -> list[tuple[int, str, str, bool, int]]:
    columns = select(slot.c.seq, slot.c.start, slot.c.pool, slot.c.extra, slot.c.taken).order_by(slot.c.seq)
    return database.now(
        lambda conn: [(row.seq, f"{row.start:%H:%M}", row.pool, row.extra, row.taken) for row in conn.execute(columns)]
    )


def test_numbers_are_added(house: tuple[Path, ImmediateDatabase]) -> None:
    """They come after the last one, at its start unless another is told."""
    toml, database = house
    code, output = ask("extra", toml, "--count", 2)
    assert (code, "已加 2 个号（3-4号）" in output) == (0, True), output
    code, output = ask("extra", toml, "--at", "11:30", "--json", period="AM")
    assert json.loads(output) == {"numbers": [5], "offered": 0, "code": None}
    assert numbers(database)[2:] == [
        (3, "08:30", "open", True, 0),
        (4, "08:30", "open", True, 0),
        (5, "11:30", "open", True, 0),
    ]


def test_a_number_for_a_named_patient(house: tuple[Path, ImmediateDatabase]) -> None:
    """It is made and sold in one; a second in the same session is refused, and not made."""
    toml, database = house
    code, output = ask("extra", toml, "--for-patient", typed=ZHANG)
    assert (code, "已加 1 个号（3号），2号已约给指定患者，预约码" in output) == (0, True), output
    assert sum(taken for *_, taken in numbers(database)) == 1
    code, output = ask("extra", toml, "--for-patient", typed=ZHANG)
    assert (code, "已有预约" in output) == (1, True), output
    code, output = ask("extra", toml, "--for-patient", typed="440524188001010014")
    assert (code, "没有登记过" in output) == (1, True), output
    assert len(numbers(database)) == 3


def test_what_is_refused(house: tuple[Path, ImmediateDatabase]) -> None:
    """A doctor or a session that is not there, and options that do not fit."""
    toml, _ = house
    assert ask("extra", toml, doctor="99999")[0] == 1
    assert ask("extra", toml, period="晚上")[0] == 1
    for what, wrong, example in (
        ("doctor", "王建国", "00868"),
        ("period", "早", "上午"),
        ("day", "7/15", "2026-07-15"),
    ):
        code, output = ask("extra", toml, **{what: wrong})
        assert (code, example in output) == (2, True), output
    assert ask("extra", toml, "--for-patient", "--count", 2, typed=ZHANG)[0] == 2
    assert ask("extra", toml, "--for-patient", typed="123")[0] == 2
    for wrong in ("x", "3-1", "1-x"):
        assert ask("pool", toml, "--numbers", wrong, "--to", "open")[0] == 2


def test_numbers_are_kept_back(house: tuple[Path, ImmediateDatabase]) -> None:
    """A clerk keeps numbers for the window or from everybody; sold ones stay as they are."""
    toml, database = house
    code, output = ask("pool", toml, "--numbers", "1-2", "--to", "withheld")
    assert (code, "已改 2 个号" in output) == (0, True), output
    assert [pool for _, _, pool, _, _ in numbers(database)] == ["withheld", "withheld"]
    assert ask("extra", toml, "--for-patient", typed=ZHANG)[0] == 0
    assert "已改 0 个号" in ask("pool", toml, "--numbers", "3", "--to", "window")[1]


def test_a_store_that_is_busy(house: tuple[Path, ImmediateDatabase], monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage is told, with exit code 3."""
    toml, _ = house

    def thd_busy(*_args: object) -> None:
        raise Busy("out")

    monkeypatch.setattr(numbers_module, "thd_add_extra", thd_busy)
    assert ask("extra", toml)[0] == 3
