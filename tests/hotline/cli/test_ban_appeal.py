"""`hotline ban appeal`: a patient's objection becomes a case with a day, until there is a desk that takes it down."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from booking.clock import wall
from booking.store.audit import thd_chain
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import audit, complaint
from hotline.cli.main import main
from hotline.cli.settings import settings_or_exit
from hotline.clock import SystemClock
from hotline.opening import Opened, open_store

ZHANG_ID, LI_ID = "11010519491231002X", "440524188001010014"
WORDS = "我当时在急诊"


def ban(*args: object, identity: str = ZHANG_ID) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["ban", *(str(arg) for arg in args)], input=f"{identity}\n")
    return result.exit_code, result.output


@pytest.fixture
def banned(toml: Path) -> Path:
    """张三 is banned by hand (1); nobody else is."""
    assert CliRunner().invoke(main, ["db", "upgrade", "-c", str(toml)]).exit_code == 0
    assert ban("add", "--why", "扰乱秩序", "-c", toml) == (0, "已加限制 1。\n")
    return toml


def promise(toml: Path, days: int) -> None:
    rules = toml.with_name("rules.toml")
    rules.write_text(f"[unlock]\nanswer_workdays = {days}\n", encoding="utf-8")
    imported = CliRunner().invoke(main, ["policy", "import", str(rules), "-c", str(toml)])
    assert imported.exit_code == 0, imported.output


def kept(toml: Path) -> list[tuple[str, str | None, str]]:
    """The cases: their words, where they are answered, whence they came."""
    opened = open_store(settings_or_exit(toml, ()), SystemClock())
    assert isinstance(opened, Opened)
    store, unseal = ImmediateDatabase(opened.engine, SystemClock()), opened.vault.open
    asked = select(complaint.c.text_sealed, complaint.c.phone_sealed, complaint.c.channel).order_by(complaint.c.id)
    rows = store.now(lambda conn: [tuple(row) for row in conn.execute(asked)])
    assert store.now(thd_chain).broken is None
    opened.engine.dispose()
    return [(unseal(text), None if phone is None else unseal(phone), channel) for text, phone, channel in rows]


def test_an_appeal_is_a_case_with_its_day(banned: Path) -> None:
    """The rules promise an answer within so many working days: the day is told, and what the patient sends to ask after it."""
    promise(banned, 2)
    code, output = ban("appeal", 1, "--words", WORDS, "--phone", "13800138000", "-c", banned)
    told = re.fullmatch(r"申诉已受理，编号 (\d+)，最迟 (\d{4}-\d\d-\d\d) 答复。患者查进度请发 TS(\d+)。\n", output)
    assert (code, told is not None) == (0, True), output
    assert told is not None
    assert told[1] == told[3]
    assert 2 <= (date.fromisoformat(told[2]) - wall(SystemClock()).date()).days <= 14
    assert kept(banned) == [(f"【申诉：限制1，{told[2]}前答复】{WORDS}", "+8613800138000", "agent")]


def test_the_same_appeal_typed_twice_is_one_case(banned: Path) -> None:
    """Whoever was not sure types it again and hears the same case; other words are another one."""
    first = json.loads(ban("appeal", 1, "--words", WORDS, "--json", "-c", banned)[1])
    again = json.loads(ban("appeal", 1, "--words", f" {WORDS} ", "--json", "-c", banned)[1])
    assert first == {"done": True, "reason": None, "case": first["case"], "answer_by": None, "again": False}
    assert again == {**first, "again": True}
    output = ban("appeal", 1, "--words", WORDS, "-c", banned)[1]
    assert output == f"申诉此前已经受理，编号 {first['case']}，没有承诺答复日期。患者查进度请发 TS{first['case']}。\n"
    assert ban("appeal", 1, "--words", "我没有扰乱秩序", "-c", banned)[0] == 0
    assert [words for words, *_ in kept(banned)] == [f"【申诉：限制1】{WORDS}", "【申诉：限制1】我没有扰乱秩序"]


def test_only_a_ban_of_his_that_stands_is_appealed_against(banned: Path) -> None:
    """A wrong number hears the right one; who is not banned, or no more, hears that; nothing is taken down."""
    wrong = "该患者没有生效中的限制 7。例如：hotline ban appeal 1 --words 我当时在急诊\n"
    assert ban("appeal", 7, "--words", WORDS, "-c", banned) == (1, wrong)
    none = "该患者现在没有生效中的限制，不需要申诉。要看以前的：hotline ban list\n"
    assert ban("appeal", 1, "--words", WORDS, "-c", banned, identity=LI_ID) == (1, none)
    assert ban("lift", 1, "--why", "误会", "-c", banned)[0] == 0
    assert ban("appeal", 1, "--words", WORDS, "-c", banned) == (1, none)
    refused = json.loads(ban("appeal", 1, "--words", WORDS, "--json", "-c", banned)[1])
    assert refused == {"done": False, "reason": "NOT_HIS"}
    assert kept(banned) == []


@pytest.mark.parametrize(
    ("wrong", "example"),
    [
        (("--words", " "), "例如 --words 我当时在急诊"),
        (("--words", "冤" * 1_001), "最多 1000 字"),
        (("--words", WORDS, "--phone", "1380013800"), "例如 --phone 13800138000"),
    ],
)
def test_what_cannot_be_an_appeal_is_wrong_usage(banned: Path, wrong: tuple[str, ...], example: str) -> None:
    """Exit code 2, with one right example, before anybody is asked for an identity number."""
    code, output = ban("appeal", 1, *wrong, "-c", banned, identity="")
    assert (code, example in output) == (2, True), output
    assert kept(banned) == []


def test_an_appeal_is_in_the_audit_without_its_words(banned: Path) -> None:
    """Who took it down is known; what was said, and by whom, is sealed."""
    assert ban("appeal", 1, "--words", WORDS, "--phone", "13800138000", "-c", banned)[0] == 0
    opened = open_store(settings_or_exit(banned, ()), SystemClock())
    assert isinstance(opened, Opened)
    asked = select(audit.c.actor, audit.c.trace, audit.c.detail).where(audit.c.action == "complained")
    ((actor, trace, detail),) = ImmediateDatabase(opened.engine, SystemClock()).now(
        lambda conn: [tuple(row) for row in conn.execute(asked)]
    )
    opened.engine.dispose()
    assert (actor, trace.startswith("cli:"), detail) == ("agent", True, "")
