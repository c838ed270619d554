"""`hotline import fees` and `hotline fees list`: the approved prices come in from a file and are told again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from booking.outcomes import Busy
from hotline.cli.main import main
from hotline.importing.fees import judge_fees
from hotline.importing.sheet import Line, Sheet


@pytest.fixture
def ready(toml: Path) -> Path:
    assert run("db", "upgrade", "-c", toml)[0] == 0
    return toml


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.output


PRICES = (
    "号别,项目,金额,起,止\n"
    "专家,挂号费,0.5,2026-01-01,\n"
    "专家,诊查费,30,2026-01-01,2026-06-30\n"
    "专家,诊查费,40,2026-07-01,\n"
    "普通,病历本,1.00,2026-01-01,\n"
)


def test_prices_come_in_and_are_told(ready: Path) -> None:
    """Item, price, from when to when; only those of a day; importing again changes nothing; undone, they are gone."""
    file = ready.with_name("fees.csv")
    file.write_text(PRICES, encoding="utf-8")
    code, output = run("fees", "list", "-c", ready)
    assert (code, "没有收费项目" in output) == (0, True)
    code, output = run("import", "fees", file, "-c", ready, "--json")
    assert code == 0, output
    batch = json.loads(output)["batch"]
    assert run("import", "fees", file, "-c", ready)[0] == 0
    code, output = run("fees", "list", "-c", ready)
    assert "专家  诊查费（consultation）  40.00 元  2026-07-01 起" in output
    assert "至 2026-06-30" in output
    code, output = run("fees", "list", "-c", ready, "--on", "2026-07-15", "--json")
    assert {(one["clinic_type"], one["item"]): one["amount_fen"] for one in json.loads(output)} == {
        ("专家", "registration"): 50,
        ("专家", "consultation"): 4000,
        ("普通", "record-book"): 100,
    }
    code, output = run("import", "undo", batch, "-c", ready)
    assert code == 0, output
    assert "没有收费项目" in run("fees", "list", "-c", ready)[1]


def test_each_row_of_a_price_list_is_judged_by_itself() -> None:
    """Item, amount and days are looked at; two prices of one item from one day contradict each other."""
    header = "号别|项目|金额|起|止|名称"
    rows = (
        "|挂号费|1|2026-01-01||",
        "专家|停车费|1|2026-01-01||",
        "专家|挂号费||2026-01-01||",
        "专家|挂号费|一元|2026-01-01||",
        "专家|挂号费|1|2026-02-01|2026-01-01|",
        "专家|挂号费|1|2026-01-01||",
        "专家|挂号费|2|2026-01-01||",
        "专家|green-channel|2|2026-01-01||绿色通道",
    )
    lines = tuple(Line(number, tuple(row.split("|"))) for number, row in enumerate(rows, 2))
    judged = judge_fees(Sheet(tuple(header.split("|")), lines))
    (kept,) = judged.accepted
    assert (kept.item, kept.name, kept.account, kept.amount_fen) == (
        "green-channel",
        "绿色通道",
        "income:green-channel",
        200,
    )
    assert [row.reason for row in judged.rejected] == [
        "号别是空的",
        "项目应为 挂号费、诊查费、病历本，或小写字母的代码",
        "金额是空的；不收费请写 0",
        "费用应为元，最多两位小数，例如 50 或 12.5",
        "“止”早于“起”",
        "与第 8 行编号相同、内容不同，请只留一行",
        "与第 7 行编号相同、内容不同，请只留一行",
    ]


def test_without_a_store_the_reason_is_told(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No database yet: exit code 1. A busy one: 3."""
    code, output = run("fees", "list", "-c", toml)
    assert (code, "hotline db upgrade" in output) == (1, True)
    assert run("db", "upgrade", "-c", toml)[0] == 0

    def busy(*_: object) -> None:
        raise Busy("later")

    monkeypatch.setattr("hotline.cli.fees.thd_fee_items", busy)
    code, output = run("fees", "list", "-c", toml)
    assert (code, "稍后再试" in output) == (3, True)
