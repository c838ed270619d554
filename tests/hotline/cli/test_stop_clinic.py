"""`hotline stop-clinic`: announced, looked at, decided, withdrawn; who is to be phoned."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from open_house import open_house
from sqlalchemy import update

from booking.clock import wall
from booking.outcomes import Booked, Busy
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Known, RegisterPhone
from booking.rules.rulebook import house_rules
from booking.stops import Stops
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import (
    DepartmentRow,
    DoctorRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_sessions,
)
from booking.store.schema import outbox
from hotline.cli import stop_clinic
from hotline.cli.main import main
from hotline.clock import SystemClock
from hotline.config import read_config
from hotline.opening import open_store

CLOCK = SystemClock()
DAY = wall(CLOCK).date() + timedelta(days=3)


def run(toml: Path, *args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["stop-clinic", str(args[0]), "-c", str(toml), *map(str, args[1:])])
    return result.exit_code, result.output


def told(toml: Path, *args: object) -> Any:
    code, output = run(toml, *args, "--json")
    assert code == 0, output
    return json.loads(output)


@pytest.fixture
def store(toml: Path, result_of: Any) -> Any:
    """王建国 and 陈晓明, both 主任医师; 王建国 sees patients in three days from 8:00, and 张三 has booked 8:00."""
    assert CliRunner().invoke(main, ["db", "upgrade", "-c", str(toml)]).exit_code == 0
    opened = open_store(read_config(toml), CLOCK)
    database = ImmediateDatabase(opened.engine, CLOCK)
    put = opened.vault, opened.hospital
    database.now(thd_put_departments, *put, [DepartmentRow(code="01", name="心血管内科")])
    names = {"00868": "王建国", "00777": "陈晓明"}
    doctors = [DoctorRow(number=one, name=names[one], title="主任医师", department_code="01") for one in names]
    database.now(thd_put_doctors, *put, doctors)
    session = SessionRow(doctor="00868", day=DAY, period="AM", first=time(8), minutes_per_slot=30, slots=4)
    database.now(thd_put_sessions, *put, [session])
    reception = Reception(open_house(database, opened.vault, CLOCK))
    her = Caller(hospital=opened.hospital, phone="+8613800138000", channel=Channel.SMS)
    patient = result_of(
        reception.register(RegisterPhone(caller=her, identity="11010519491231002X", name="张三"))
    ).patient
    start = datetime.combine(DAY, time(8))
    outcome = result_of(
        reception.book(BookSlot(caller=her, doctor="00868", start=start, who=Known(patient.id), key="1"))
    )
    assert isinstance(outcome, Booked)
    yield database, outcome.booking.code
    opened.engine.dispose()


def test_a_dry_run_says_whom_it_would_concern(toml: Path, store: Any) -> None:
    """The clerk sees how many patients there are before anything happens."""
    found = told(toml, "announce", "868", DAY, "上午", "--dry-run")
    assert (found["numbers"], found["bookings"], found["waiting"], found["approval"]) == (4, 1, 0, False)
    code, output = run(toml, "announce", "868", DAY, "AM", "--dry-run")
    assert (code, "试算，未写入。王建国主任医师：号 4 个，涉及预约 1 个" in output) == (0, True), output
    assert told(toml, "list") == []


def test_a_stop_from_announcement_to_withdrawal(toml: Path, store: Any) -> None:
    """Announced and done at once, listed, shown, withdrawn."""
    made = told(toml, "announce", "868", DAY, "AM", "--reason", "会议", "--by", "wang")
    assert (made["stop"], made["status"], made["concerned"]["bookings"]) == (1, "done", 1)
    (listed,) = told(toml, "list")
    assert (listed["told"], listed["action"], listed["doctor"]["name"]) == (1, "release", "王建国")
    code, output = run(toml, "show", 1)
    assert (code, f"{DAY} 上午  00868" in output, "申请 wang。原因：会议" in output, "未答复 1" in output) == (
        0,
        True,
        True,
        True,
    )
    assert "已撤销" in run(toml, "withdraw", 1)[1]
    assert run(toml, "withdraw", 1) == (1, "未办理：该停诊已结束、已撤销或已过期，不能撤销。\n")


def test_each_action(toml: Path, store: Any) -> None:
    """A substitute by number, minutes later, another room, a part of the session."""
    assert told(toml, "announce", "868", DAY, "AM", "--action", "move:+30")["status"] == "done"
    assert told(toml, "announce", "868", DAY, "AM", "--action", "room:二楼")["status"] == "done"
    assert "出诊变更" not in run(toml, "list")[1]
    assert "改时间或诊室 +30分钟" in run(toml, "list")[1]
    part = told(toml, "announce", "868", DAY, "AM", "--from", "09:00", "--to", "09:30")
    assert part["concerned"]["numbers"] == 1
    assert told(toml, "announce", "868", DAY, "AM", "--action", "substitute:777", "--dry-run")["bookings"] == 1


@pytest.mark.parametrize("action", ["vanish", "move:soon", "substitute", "release:now"])
def test_a_wrong_action_is_wrong_usage(action: str, toml: Path, store: Any) -> None:
    """What the command does not know is usage (exit code 2), and nothing happens."""
    code, output = run(toml, "announce", "868", DAY, "AM", "--action", action)
    assert (code, "--action" in output) == (2, True), output


def test_refusals_have_their_reason(toml: Path, store: Any) -> None:
    """Exit code 1, the reason in words, or its name as JSON."""
    assert run(toml, "announce", "99999", DAY, "AM") == (1, "未办理：没有这个工号的医生。\n")
    assert run(toml, "announce", "868", DAY, "PM", "--dry-run", "--json") == (1, '{"error": "NO_SESSION"}\n')
    for command in ("approve", "refuse", "withdraw", "show"):
        assert run(toml, command, 9) == (1, "未办理：没有这个编号的停诊。\n")
    assert run(toml, "list") == (0, "没有停诊。\n")


def test_every_reason_has_words() -> None:
    """No clerk reads a bare code."""
    reasons = set(stop_clinic.WHY)
    assert {"OTHER_GRADE", "SUBSTITUTE_BUSY", "SAME_PERSON", "SESSION_TAKEN"} <= reasons
    assert set(stop_clinic.STATES) == {"announced", "approved", "done", "withdrawing", "withdrawn", "refused"}


def test_approval_by_another_person(toml: Path, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rules ask for it, who announced cannot approve; another can, or refuse."""
    terms = stop_clinic.stop_terms(house_rules())
    monkeypatch.setattr("booking.stops.stop_terms", lambda _: type(terms)(practice="release", approval=True))
    assert told(toml, "announce", "868", DAY, "AM", "--by", "wang")["status"] == "announced"
    assert run(toml, "approve", 1, "--by", "wang") == (1, "未办理：须由申请人以外的人审批。\n")
    assert told(toml, "refuse", 1, "--by", "li")["status"] == "refused"
    told(toml, "announce", "868", DAY, "AM", "--by", "wang")
    assert told(toml, "approve", 2, "--by", "li")["status"] == "done"


def test_the_phone_list(toml: Path, store: Any, result_of: Any) -> None:
    """Who was not reached is listed with his number, and ticked off with a note; nobody twice."""
    database, code = store
    assert run(toml, "phone-list") == (0, "没有需要电话通知的患者。\n")
    told(toml, "announce", "868", DAY, "AM")
    failed = update(outbox).where(outbox.c.kind == "stop").values(status="failed")
    database.now(lambda conn: conn.execute(failed).rowcount)
    stops = Stops(open_house(database, open_store(read_config(toml), CLOCK).vault, CLOCK))
    assert result_of(stops.find_unreached(1)) == 1
    (listed,) = told(toml, "phone-list")
    assert (listed["code"], listed["phones"], listed["patient"]) == (code, ["+8613800138000"], "张*")
    assert f"{code}  张*  +8613800138000" in run(toml, "phone-list")[1]
    assert run(toml, "phoned", "00000000") == (1, "名单上没有这个预约码。\n")
    assert run(toml, "phoned", code, "--note", "已另约") == (0, "已记下。\n")
    assert run(toml, "phoned", code) == (0, "先前已经记过。\n")
    assert told(toml, "phone-list") == []


def test_an_outage(toml: Path, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer is exit code 3, in words."""

    async def busy(*_: object) -> None:
        raise Busy("out")

    monkeypatch.setattr(Stops, "stops", busy)
    code, output = run(toml, "list")
    assert (code, "数据库暂时没有应答" in output) == (3, True), output
