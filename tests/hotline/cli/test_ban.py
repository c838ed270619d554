"""`hotline ban`: what staff see and do about a patient's bans, with the identity number on standard input only."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, insert, select

from booking.clock import wall
from booking.outcomes import Busy
from booking.rules.layers import Policy
from booking.rules.reading import read_policy
from booking.rules.rulebook import Maker, rule_book
from booking.store.audit import thd_chain
from booking.store.conduct.behaviour import Entered, thd_enter, thd_judge
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import (
    DepartmentRow,
    DoctorRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_sessions,
)
from booking.store.schema import appointment, audit, ban, patient
from booking.vault import Vault
from booking.wardens import Wardens
from hotline.cli.main import main
from hotline.cli.settings import settings_or_exit
from hotline.clock import SystemClock
from hotline.opening import Opened, open_store

ZHANG_ID, LI_ID = "11010519491231002X", "440524188001010014"


def run(*args: object, identity: str = ZHANG_ID) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["ban", *(str(arg) for arg in args)], input=f"{identity}\n")
    return result.exit_code, result.output


@pytest.fixture
def ready(toml: Path) -> Path:
    assert CliRunner().invoke(main, ["db", "upgrade", "-c", str(toml)]).exit_code == 0
    return toml


def test_a_ban_is_made_shown_and_lifted(ready: Path) -> None:
    """By hand, with its reason; the list tells its number; lifting twice is no error. No number of a person is told or kept."""
    last = wall(SystemClock()).date() + timedelta(days=9)
    code, output = run("add", "--why", "扰乱秩序 13800138000", "--until", last, "-c", ready)
    assert (code, output) == (0, "已加限制 1。\n")
    assert run("add", "--why", "扰乱秩序", "-c", ready) == (0, "已有同样的限制 1。\n")
    code, output = run("list", "-c", ready)
    assert code == 0
    assert "限制 1 生效中：医院登记的限制，扰乱秩序 ***，全院" in output
    assert "110105********002X" in output
    assert ZHANG_ID not in output
    assert run("lift", 1, "--why", "误会", "-c", ready) == (0, "限制 1 已解除。\n")
    assert run("lift", 1, "--why", "误会", "-c", ready) == (0, "限制 1 此前已经解除。\n")
    assert "限制 1 已解除（agent:" in run("list", "-c", ready)[1]
    engine = make_engine(f"sqlite:///{ready.parent}/hotline.db")
    with engine.connect() as conn:
        details = " ".join(conn.execute(select(audit.c.detail)).scalars())
        assert ZHANG_ID not in details
        assert "13800138000" not in details
        assert thd_chain(conn).broken is None
        print_ = conn.execute(select(ban.c.subject_print)).scalar_one()
        assert ZHANG_ID.encode() not in bytes(print_)
    engine.dispose()


def test_who_lifts_is_told_what_still_stands(ready: Path) -> None:
    """Beside a lifted ban another may keep the patient out: each that is left, and what to type for the next; as JSON, too."""
    run("add", "--why", "扰乱秩序", "-c", ready)
    run("add", "--why", "倒号", "--until", "2999-01-01", "-c", ready, identity=LI_ID)
    with_department(ready)
    run("add", "--why", "霸号", "--department", "01", "-c", ready)
    code, output = run("lift", 1, "--why", "误会", "-c", ready)
    lifted, head, left, command = output.splitlines()
    assert (code, lifted, head) == (0, "限制 1 已解除。", "该患者还有 1 项限制没有解除：")
    assert left.startswith("限制 3 生效中：医院登记的限制，霸号，科室 01，")
    assert command == "要解除下一项：hotline ban lift 3 --why 原因"
    told = json.loads(run("lift", 1, "--why", "误会", "--json", "-c", ready)[1])
    assert (told["again"], [(each["id"], each["state"]) for each in told["left"]]) == (True, [(3, "standing")])
    assert run("lift", 3, "--why", "误会", "-c", ready) == (0, "限制 3 已解除。\n")


def test_a_ban_of_the_hospitals_list_that_is_left_has_no_command(ready: Path) -> None:
    """It is told with the list that has to be mended; one that begins later is told before it does."""
    run("add", "--why", "扰乱秩序", "-c", ready)
    source = ready.with_name("blacklist.csv")
    source.write_text(f"身份证号,姓名,原因,起\n{ZHANG_ID},张三,倒号,2999-01-01\n", encoding="utf-8")
    imported = CliRunner().invoke(main, ["import", "blacklist", str(source), "-c", str(ready)])
    assert imported.exit_code == 0, imported.output
    _, _, left, where = run("lift", 1, "--why", "误会", "-c", ready)[1].splitlines()
    assert left.startswith("限制 2 未开始：")
    assert "在名单中去掉后同步" in where


def with_department(ready: Path) -> None:
    opened = open_store(settings_or_exit(ready, ()), SystemClock())
    assert isinstance(opened, Opened)
    store = ImmediateDatabase(opened.engine, SystemClock())
    store.now(thd_put_departments, opened.vault, opened.hospital, [DepartmentRow(code="01", name="内科")])
    opened.engine.dispose()


def test_another_persons_ban_cannot_be_lifted(ready: Path) -> None:
    """A wrong number of the list opens nothing of anybody else."""
    run("add", "--why", "扰乱秩序", "-c", ready)
    assert run("lift", 1, "--why", "误会", "-c", ready, identity=LI_ID) == (1, "该患者没有这个编号的记录。\n")
    assert run("forgive", 1, "--why", "住院", "-c", ready) == (1, "该患者没有这个编号的记录。\n")
    assert run("list", "-c", ready, identity=LI_ID)[1] == "440524********0014\n没有限制。\n"


def test_only_whom_the_rules_name_may_lift(ready: Path) -> None:
    """The refusal says who may."""
    run("add", "--why", "扰乱秩序", "-c", ready)
    code, output = run("lift", 1, "--why", "误会", "--as", "window", "-c", ready)
    assert (code, output) == (1, "按本院规则，只有 agent 可以解除。\n")
    rules = ready.with_name("rules.toml")
    rules.write_text("[unlock]\nwho = []\n", encoding="utf-8")
    imported = CliRunner().invoke(main, ["policy", "import", str(rules), "-c", str(ready)])
    assert imported.exit_code == 0, imported.output
    assert run("lift", 1, "--why", "误会", "-c", ready) == (1, "按本院规则，到期以前谁也不能解除。\n")


def test_answers_as_json(ready: Path) -> None:
    """Programs read the outcome and its reason."""
    made = json.loads(run("add", "--why", "x", "--json", "-c", ready)[1])
    assert made == {"done": True, "reason": None, "ban": 1, "again": False}
    refused = json.loads(run("lift", 7, "--why", "x", "--json", "-c", ready)[1])
    assert (refused["done"], refused["reason"]) == (False, "NOT_HIS")
    listed = json.loads(run("list", "--json", "-c", ready)[1])
    assert (listed["identity_masked"], listed["bans"][0]["cause"], listed["deeds"]) == (
        "110105********002X",
        "manual",
        [],
    )


def test_what_cannot_be_is_refused(ready: Path) -> None:
    """A wrong identity number, a department that is not there, a day already gone, no reason."""
    assert run("list", "-c", ready, identity="110105") == (2, "身份证号不正确，应为 18 位，例如 11010519491231002X。\n")
    assert run("add", "--why", "x", "--department", "77", "-c", ready) == (1, "没有编码为“77”的科室。\n")
    assert run("add", "--why", "x", "--until", "2020-01-01", "-c", ready)[0] == 2
    assert run("add", "--why", " ", "-c", ready) == (1, "请说明原因（--why）。\n")
    assert run("add", "-c", ready)[0] == 2


def test_the_hospitals_own_list_is_named(ready: Path) -> None:
    """What the list bans is lifted by the list."""
    source = ready.with_name("blacklist.csv")
    source.write_text(f"身份证号,姓名,原因\n{ZHANG_ID},张三,倒号\n", encoding="utf-8")
    imported = CliRunner().invoke(main, ["import", "blacklist", str(source), "-c", str(ready)])
    assert imported.exit_code == 0, imported.output
    code, output = run("lift", 1, "--why", "误会", "-c", ready)
    assert (code, "在名单中去掉后同步" in output) == (1, True)


def test_without_its_database_nothing_is_done(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another revision is exit code 1, an outage 3."""
    assert run("list", "-c", toml)[0] == 1
    assert run("list", "-c", toml, "--set", "database.url=sqlite:////nowhere/x.db")[0] == 3
    assert CliRunner().invoke(main, ["db", "upgrade", "-c", str(toml)]).exit_code == 0

    async def busy(*args: object) -> None:
        raise Busy("lost")

    monkeypatch.setattr(Wardens, "record", busy)
    code, output = run("list", "-c", toml)
    assert (code, "没有改动任何内容" in output) == (3, True)


def test_conduct_is_shown_and_forgiven(ready: Path) -> None:
    """A no-show with its booking; forgiven once, with who did it; what counts no more is still shown."""
    rules = ready.with_name("rules.toml")
    rules.write_text('[[bans]]\ncount = 1\nban = "3 months"\n', encoding="utf-8")
    assert CliRunner().invoke(main, ["policy", "import", str(rules), "-c", str(ready)]).exit_code == 0
    opened = open_store(settings_or_exit(ready, ()), SystemClock())
    assert isinstance(opened, Opened)
    yesterday = wall(SystemClock()).date() - timedelta(days=1)
    store, put = ImmediateDatabase(opened.engine, SystemClock()), (opened.vault, opened.hospital)
    store.now(thd_put_departments, *put, [DepartmentRow(code="01", name="内科")])
    store.now(thd_put_doctors, *put, [DoctorRow(number="00868", name="王", title="医师", department_code="01")])
    row = SessionRow(doctor="00868", day=yesterday, period="AM", first=time(8), minutes_per_slot=30, slots=1)
    store.now(thd_put_sessions, *put, [row])
    store.now(thd_missed, opened.vault, yesterday)
    shown = run("list", "-c", ready)[1]
    assert f"记录 1 {yesterday} 08:00 爽约：预约 12345678，phone" in shown
    assert "限制 1 生效中：多次预约后未按时就诊" in shown
    assert run("forgive", 1, "--why", "住院", "-c", ready) == (0, "记录 1 已免计，随之解除限制 1。\n")
    assert run("forgive", 1, "--why", "住院", "-c", ready) == (0, "记录 1 此前已经免计。\n")
    assert "已免计）" in run("list", "-c", ready)[1]
    opened.engine.dispose()


def thd_missed(conn: Connection, vault: Vault, day: date) -> None:
    """张三 did not come to the only number of that day; judged by the rule that was imported."""
    at = datetime.combine(day, time())
    who = {"identity_print": vault.fingerprint(ZHANG_ID), "identity_sealed": vault.seal(ZHANG_ID)}
    conn.execute(insert(patient).values(hospital_id=1, name_sealed=vault.seal("张三"), created_at=at, **who))
    booking = {
        "hospital_id": 1, "code": "12345678", "slot_id": 1, "session_id": 1, "doctor_id": 1, "patient_id": 1, "day": day,
        "status": "noshow", "live": 1, "channel": "phone", "fee_fen": 0, "request_key": "k", "created_at": at,
    }  # fmt: skip
    conn.execute(insert(appointment).values(booking))
    now = datetime.combine(day + timedelta(days=1), time())
    thd_enter(conn, 1, [Entered(appointment_id=1, kind="noshow")], now)
    policy = read_policy('[[bans]]\ncount = 1\nban = "3 months"\n')
    assert isinstance(policy, Policy)
    rules = rule_book(Maker(policy=policy))
    assert len(thd_judge(conn, vault, rules, 1, [1], now, at)) == 1
