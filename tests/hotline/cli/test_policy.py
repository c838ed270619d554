"""``hotline policy``: rule books are checked with lines, imported by version, and tried out on every published example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from booking.clock import wall
from booking.outcomes import Busy
from hotline.cli import opened as opened_module
from hotline.cli.main import main
from hotline.clock import SystemClock

POLICIES = Path(__file__).parents[3] / "policies"
VECTORS = sorted((POLICIES / "vectors").glob("*.json"))
NEEDED = {1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 18, 21, 25, 26, 31, 32, 33, 35, 38, 40, 41, 42}
"""The acceptance vectors: numbers that are missing have no meaning."""


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["policy", *(str(arg) for arg in args)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


@pytest.mark.parametrize("vector", VECTORS, ids=lambda path: path.stem)
def test_every_published_example_comes_out_as_published(vector: Path) -> None:
    """Each acceptance vector says what its hospital's rules must decide, step by step; `policy try` decides so."""
    tree = json.loads(vector.read_text(encoding="utf-8"))
    platform = ["--platform", POLICIES / tree["platform"]] if "platform" in tree else []
    code, output = run("try", POLICIES / tree["policy"], vector, *platform, "--json")
    answers = [json.loads(line) for line in output.splitlines()]
    assert all("expect" in step for step in tree["steps"])
    wrong = [(step, answer) for step, answer in zip(tree["steps"], answers, strict=True) if not answer["as_expected"]]
    assert (code, wrong) == (0, [])


def test_no_published_example_is_missing() -> None:
    """All of the reference's vectors are there."""
    assert {int(path.stem.removeprefix("V").partition("-")[0]) for path in VECTORS} == NEEDED


@pytest.mark.parametrize("book", sorted(POLICIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_rule_book_is_right_and_names_its_source(book: Path) -> None:
    """The examples pass `policy check`, and each says which published row it follows."""
    code, output = run("check", book)
    assert (code, output.splitlines()[0]) == (0, f"{book}：没有错误。")
    assert all(line.startswith(f"{book}：注意 ") for line in output.splitlines()[1:])
    row = book.stem.partition("-")[0].upper().replace("P0", "P")
    assert f'source = "{row}' in book.read_text(encoding="utf-8")


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """A wrong rule book: each line that is wrong, what would be right, exit code 2; nothing of it is tried or imported."""
    book = tmp_path / "wrong.toml"
    book.write_text('[window]\nrelase = "8:30"\nto = "7"\n\n[cancel]\ndeadline = "tomorrow"\n', encoding="utf-8")
    code, output = run("check", book)
    assert code == 2
    assert [line.partition("：")[2].partition("：")[0] for line in output.splitlines()] == [
        "第 2 行 window.relase",
        "第 3 行 window.to",
        "第 6 行 cancel.deadline",
    ]
    assert "是不是 release？" in output
    code, output = run("check", book, "--json")
    assert code == 2
    assert [fault["line"] for fault in json.loads(output)["faults"]] == [2, 3, 6]
    assert run("try", book, VECTORS[0])[0] == 2
    book.write_bytes('name = "北京"'.encode("gb18030"))
    assert "应为 UTF-8" in run("check", book)[1]


def scenario(folder: Path, **story: object) -> Path:
    path = folder / "scenario.json"
    path.write_text(json.dumps(story, ensure_ascii=False), encoding="utf-8")
    return path


BOOK = {"ask": "book", "offer": {"start": "2025-07-15 09:00"}}


def test_a_refusal_names_the_rule_and_when_it_would_be_allowed(tmp_path: Path) -> None:
    """In words and as JSON; exit code 1."""
    rules = tmp_path / "rules.toml"
    rules.write_text('[window]\nto = 1\nrelease = "08:30"\n', encoding="utf-8")
    story = scenario(tmp_path, now="2025-07-14 08:00", steps=[BOOK])
    code, output = run("try", rules, story)
    assert code == 1
    assert output.splitlines()[0] == (
        "2025-07-14 08:00 预约：不可以，这一天还没有放号（NOT_OPEN_YET，规则 window.release），2025-07-14 08:30 起可以"
    )
    code, output = run("try", rules, story, "--json")
    assert (code, json.loads(output)) == (
        1,
        {
            "ask": "book",
            "at": "2025-07-14 08:00",
            "allowed": False,
            "reason": "NOT_OPEN_YET",
            "rule": "window.release",
            "when": "2025-07-14 08:30",
        },
    )
    assert run("try", rules, scenario(tmp_path, now="2025-07-14 08:30", steps=[BOOK]))[0] == 0


def test_what_does_not_come_as_expected_is_told(tmp_path: Path) -> None:
    """A hospital may write its own examples: the first that comes out otherwise is marked, exit code 1."""
    rules = tmp_path / "rules.toml"
    rules.write_text("", encoding="utf-8")
    steps = [{**BOOK, "expect": {"allowed": False}}]
    code, output = run("try", rules, scenario(tmp_path, now="2025-07-14 08:00", steps=steps))
    assert (code, "与预期不符" in output) == (1, True)


def test_payment_moving_and_lateness_can_be_tried(tmp_path: Path) -> None:
    """Each thing that can be asked has an answer in words."""
    offer, later = {"start": "2025-07-15 14:00", "doctor": "1"}, {"start": "2025-07-16 14:00", "doctor": "1"}
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[payment]\nclosed = ["23:40-00:10"]\nwhen = "hold"\n[pickup]\nopens = "D 12:00"\n[late]\nbehind = true\n'
        '[mobile]\nprefixes = ["138"]\n[[limits]]\nper = "visit-day"\n[[bans]]\ncounts = ["cancel"]\ncount = 1\nban = ["forever"]\n',
        encoding="utf-8",
    )
    steps = [
        {"ask": "book", "offer": offer, "at": "2025-07-14 09:00"},
        {"ask": "pay", "at": "2025-07-14 23:50"},
        {"ask": "pay", "at": "2025-07-15 00:10"},
        {"ask": "pick-up", "offer": offer, "at": "2025-07-15 11:00"},
        {"ask": "late", "offer": offer, "at": "2025-07-15 14:05"},
        {"ask": "change", "offer": offer, "to": later, "at": "2025-07-14 10:00"},
        {"ask": "change", "offer": later, "to": {**later, "start": "2026-07-16 14:00"}, "at": "2025-07-14 10:00"},
        {"ask": "refund", "offer": later, "at": "2025-07-14 10:00", "paid_fen": 5000},
        {"ask": "refund", "offer": later, "at": "2025-07-14 10:00"},
        {"ask": "cancel", "offer": later, "by": "hospital", "at": "2025-07-14 10:00"},
        {"ask": "book", "offer": later, "at": "2025-07-14 10:00"},
        {"ask": "cancel", "offer": later, "booked_at": "2025-07-14 09:59", "at": "2025-07-14 10:01"},
        {"ask": "cancel", "offer": later, "at": "2025-07-16 14:00"},
        {"ask": "ban", "offer": later, "at": "2025-07-14 10:02"},
    ]
    code, output = run("try", rules, scenario(tmp_path, patient={"phone": "+8613800000001"}, steps=steps), "--json")
    answers = [json.loads(line) for line in output.splitlines()]
    assert [answer["allowed"] for answer in answers] == [
        True,
        False,
        True,
        False,
        True,
        True,
        False,
        True,
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    assert (code, answers[0]["hold_minutes"], answers[1]["when"]) == (1, 15, "2025-07-15 00:10")
    assert (answers[4]["kind"], answers[4]["behind"], answers[7]["amount_fen"]) == ("late", True, 5000)
    assert "until" in answers[11]["bans"][0]
    words = run("try", rules, scenario(tmp_path, patient={"phone": "+8613800000001"}, steps=steps))[1]
    assert "停约 2025-07-14 10:01 至 解除为止（bans[1]）" in words
    assert (
        run(
            "try", rules, scenario(tmp_path, now="2025-07-14 09:00", patient={"phone": "+8613900000001"}, steps=[BOOK])
        )[0]
        == 1
    )


def test_phones_add_up_for_themselves_where_the_rules_say_so(tmp_path: Path) -> None:
    """Counted by phone, what another phone did is not counted; holidays of the scenario hold."""
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[noshow]\ncounted_by = "phone"\n[window]\nholiday = false\n[[bans]]\ncount = 1\n', encoding="utf-8"
    )
    story = {
        "now": "2025-07-14 09:00",
        "holidays": {"2025-07-15": "off", "2025-07-19": "work"},
        "patient": {"phone": "+8613800000001", "birth": "1990-01-01"},
        "history": {
            "conduct": [{"kind": "noshow", "at": "2025-07-01 09:00", "phone": "+8613900000001"}],
            "bans": [{"since": "2025-07-01 00:00", "until": "2025-07-10 00:00"}, {"since": "2025-08-01 00:00"}],
        },
        "steps": [{"ask": "ban"}, {**BOOK, "expect": {"rule": "window.holiday"}}],
    }
    assert run("try", rules, scenario(tmp_path, **story))[0] == 0


@pytest.mark.parametrize(
    ("story", "says"),
    [
        ([], "scenario：应为 {…}"),
        ({"steps": []}, "steps：至少要有一步"),
        ({"step": []}, "scenario.step：没有这一项"),
        ({"steps": [{"ask": "buy"}]}, "steps[1].ask：应为 book、cancel"),
        ({"steps": [{"ask": "book"}]}, "steps[1].at：应为时刻"),
        ({"steps": [{"ask": "book", "at": "2025-07-14 09:00"}]}, 'steps[1].offer：要写明是哪个号，例如 {"start"'),
        ({"steps": [{**BOOK, "at": "soon"}]}, "steps[1].at：应为时刻"),
        ({"patient": {"birth": "1990"}, "steps": [BOOK]}, "patient.birth：应为日期"),
        ({"history": {"bans": [{}]}, "steps": [BOOK]}, "history.bans[1].since：应为时刻"),
    ],
)
def test_a_scenario_that_tells_no_situation_is_a_wrong_file(tmp_path: Path, story: object, says: str) -> None:
    """Exit code 2 and a sentence that says where."""
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(story), encoding="utf-8")
    code, output = run("try", POLICIES / "p41-before-visit.toml", path)
    assert (code, says in output) == (2, True), output


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    """No JSON at all, two rule books, a platform without a hospital: exit code 2."""
    path = tmp_path / "scenario.json"
    path.write_text("{", encoding="utf-8")
    book = POLICIES / "p41-before-visit.toml"
    assert run("try", book, path)[0] == 2
    assert run("try", book, book, path)[0] == 2
    assert run("try", path, "--platform", book)[0] == 2


@pytest.fixture
def ready(toml: Path) -> Path:
    assert CliRunner().invoke(main, ["db", "upgrade", "-c", str(toml)]).exit_code == 0
    return toml


def test_going_back_to_old_rules_needs_a_new_day(ready: Path, tmp_path: Path) -> None:
    """An old file imported again does not hold over a version from a later day, and the clerk is told so with the day to write."""
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text("from = 2020-01-01\n[window]\nto = 3\n", encoding="utf-8")
    new.write_text("from = 2021-01-01\n[window]\nto = 5\n", encoding="utf-8")
    for book in (old, new):
        assert "停约规则" not in run("import", book, "-c", ready)[1]
    today = wall(SystemClock()).date()
    for options in (("--dry-run",), ()):
        output = run("import", old, "-c", ready, *options)[1]
        assert (
            f"第 2 版自 2021-01-01 起生效，比它晚，从那天起仍以第 2 版为准；要让本版在那以后也生效，请用 --from {today} 重新导入。"
            in output
        )
    assert json.loads(run("show", "-c", ready, "--json")[1])["holds"] == "hospital 2"
    assert "注意" not in run("import", old, "-c", ready, "--from", today)[1]
    assert json.loads(run("show", "-c", ready, "--json")[1])["holds"] == "hospital 4"


def test_rules_are_imported_shown_and_tried_from_the_store(ready: Path, tmp_path: Path) -> None:
    """Import makes a version, show lists them, try without a file asks what holds today."""
    book = tmp_path / "rules.toml"
    book.write_text("from = 2020-01-01\n[window]\nto = 3\n", encoding="utf-8")
    story = scenario(tmp_path, now="2025-07-14 08:00", steps=[{"ask": "days"}])
    assert 'last": "2025-07-24' in run("try", story, "-c", ready, "--json")[1]
    assert "试导入，未写入；将自 2020-01-01 起生效" in run("import", book, "-c", ready, "--dry-run")[1]
    assert json.loads(run("show", "-c", ready, "--json")[1]) == {"holds": "house", "versions": []}
    assert run("import", book, "-c", ready) == (
        0,
        "已导入 hospital 第 1 版，自 2020-01-01 起生效；运行中的系统半分钟内采用。\n",
    )
    code, output = run("import", book, "-c", ready, "--maker", "platform", "--from", "2021-02-03", "--json")
    assert (code, json.loads(output)) == (
        0,
        {
            "maker": "platform",
            "version": 1,
            "from": "2021-02-03",
            "dry_run": False,
            "bans_gone": [],
            "bans_new": [],
            "notes": {},
            "warnings": [],
            "overruled_by": None,
            "unknown": [],
        },
    )
    code, output = run("show", "-c", ready)
    assert output.splitlines() == [
        "今天生效：hospital 1 + platform 1",
        "hospital 第 1 版，自 2020-01-01 起",
        "platform 第 1 版，自 2021-02-03 起",
    ]
    assert run("show", "-c", ready, "--version", "1") == (0, book.read_text(encoding="utf-8"))
    assert run("show", "-c", ready, "--version", "9")[0] == 1
    code, output = run("try", story, "-c", ready)
    assert (code, "最远 2025-07-17" in output, "hospital 1 + platform 1" in output) == (0, True, True)


def test_a_rule_that_loses_its_name_is_told(ready: Path, tmp_path: Path) -> None:
    """Who renames a ban rule hears that its counts and its ladder are lost, also when he only tries the import."""
    book = tmp_path / "rules.toml"
    book.write_text('[[bans]]\nname = "三次"\n[[bans]]\nname = "取消"\ncounts = ["cancel"]\n', encoding="utf-8")
    assert "停约规则" not in run("import", book, "-c", ready)[1]
    assert "停约规则" not in run("import", book, "-c", ready)[1]
    book.write_text('[[bans]]\nname = "爽约三次"\n[[bans]]\nname = "取消"\ncounts = ["cancel"]\n', encoding="utf-8")
    for more in (["--dry-run"], []):
        output = run("import", book, "-c", ready, *more)[1]
        assert "停约规则不再有：三次。" in output
        assert "新的停约规则：爽约三次。" in output
    book.write_text('[[bans]]\nname = "取消"\ncounts = ["cancel"]\n', encoding="utf-8")
    told = json.loads(run("import", book, "-c", ready, "--json")[1])
    assert (told["bans_gone"], told["bans_new"]) == (["爽约三次"], [])


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("[[bans]]\n", [], ["see hotline visit"]),
        ("[noshow]\nmark = false\n[[bans]]\n", [], []),
        ('[[bans]]\ncounts = ["cancel"]\n', [], []),
        ('[payment]\nwhen = "hold"\n', [], ["没有配置其中任何一种付费方式"]),
        (
            '[payment]\nwhen = "hold"\n',
            ["--set", "payments.bill=file"],
            [
                "用 alipay、wechat 付费",
            ],
        ),
        ('[payment]\nwhen = "hold"\nways = ["wechat", "cash"]\n', [], []),
        (
            '[payment]\nwhen = "booking"\nways = ["wechat"]\n',
            ["--set", "payments.bill=file"],
            ["例如 wechat_merchant = "],
        ),
        ('[[layers]]\nnumber_type = "专家"\npayment.when = "hold"\n', [], ["锁的号都会过时释放"]),
        ('[payment]\nwhen = "booking"\n', [], ['例如 bill = "file"']),
        ('[payment]\nwhen = "booking"\n', ["--set", "payments.bill=file"], []),
    ],
)
def test_what_the_rules_need_besides_is_told(
    ready: Path, tmp_path: Path, text: str, more: list[str], said: list[str]
) -> None:
    """Bans for absence need somebody who enters arrivals, payment with the booking needs a way to pay."""
    book = tmp_path / "rules.toml"
    book.write_text(text, encoding="utf-8")
    code, output = run("import", book, "-c", ready, "--dry-run", "--json", *more)
    warnings = json.loads(output)["warnings"]
    assert (code, len(warnings)) == (0, len(said)), output
    assert all(words in warning for words, warning in zip(said, warnings, strict=True))


def test_what_the_store_cannot_judge_yet_is_told(ready: Path, tmp_path: Path) -> None:
    """A parameter whose fact the store does not know is no fault, but nobody may believe that it works."""
    book = tmp_path / "rules.toml"
    book.write_text(
        '[channels]\nsms_code = true\ngroups = ["老人"]\n[payment]\nprepaid = true\n[pickup]\ndocuments = ["身份证"]\n'
        '[identity]\nguardian_under = 14\nguardian_accepted = false\nguardian_until = 16\ndocuments = ["id-card"]\n'
        'documents_first = ["id-card"]\n[[limits]]\nmost = 9\n[[layers]]\nchannel = "web"\nlimits = [{key = ["ip"]}]\n',
        encoding="utf-8",
    )
    keys = {
        "identity.guardian_under", "identity.guardian_accepted", "identity.guardian_until", "identity.documents",
        "identity.documents_first", "channels.groups", "channels.sms_code", "payment.prepaid", "pickup.documents",
        "limits[].key",
    }  # fmt: skip
    code, output = run("check", book)
    assert code == 0
    assert {line.split("注意 ")[1].partition("：")[0] for line in output.splitlines()[1:]} == keys
    told = json.loads(run("check", book, "--json")[1])
    assert (told["ok"], {note["key"] for note in told["notes"]}) == (True, keys)
    assert run("import", book, "-c", ready)[1].count("注意 ") == len(keys)
    assert set(json.loads(run("import", book, "-c", ready, "--json")[1])["notes"]) == keys
    book.write_text("", encoding="utf-8")
    assert json.loads(run("check", book, "--json")[1])["notes"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('when = "booking"\n', ["没有写付费方式，预约即付（booking）的号一律从预约电话的话费（bill）扣"]),
        ('when = "booking"\nways = ["bill"]\n', []),
        ('when = "hold"\n', []),
        ('when = "hold"\nways = ["wechatpay", "alipay"]\n', ["没有“wechatpay”这种付费方式"]),
    ],
)
def test_how_bookings_are_charged_is_told(ready: Path, tmp_path: Path, text: str, said: list[str]) -> None:
    """Without a way in the rules a charge with the booking goes on the phone bill, whatever is configured; a misspelt way is none."""
    book = tmp_path / "rules.toml"
    book.write_text(f"[payment]\n{text}", encoding="utf-8")
    code, output = run("check", book)
    lines = output.splitlines()[1:]
    assert (code, len(lines)) == (0, len(said))
    assert all("注意 payment.ways：" + words in line for words, line in zip(said, lines, strict=True))
    notes = json.loads(run("check", book, "--json")[1])["notes"]
    assert [note["key"] for note in notes] == ["payment.ways"] * len(said)
    told = json.loads(run("import", book, "-c", ready, "--json")[1])["notes"]
    assert all(words in told["payment.ways"] for words in said)


def test_a_place_that_the_hospital_does_not_have_is_told(ready: Path, tmp_path: Path) -> None:
    """A department by its name where the code is wanted: its rule would hold for nothing, and the import says so."""
    departments = tmp_path / "departments.csv"
    departments.write_text("科室编码,科室名称\n01,眼科\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["import", "departments", str(departments), "-c", str(ready)])
    assert done.exit_code == 0, done.output
    book = tmp_path / "rules.toml"
    book.write_text('[[layers]]\ndepartment = ["01", "眼科"]\ncancel.deadline = "never"\n', encoding="utf-8")
    assert "本院没有 department = “眼科”" in run("import", book, "-c", ready, "--dry-run")[1]
    assert json.loads(run("import", book, "-c", ready, "--json")[1])["unknown"] == ["department 眼科"]


def test_a_wrong_rule_book_is_never_imported(ready: Path, tmp_path: Path) -> None:
    """Exit code 2 and nothing in the store."""
    book = tmp_path / "rules.toml"
    book.write_text("[windows]\n", encoding="utf-8")
    assert run("import", book, "-c", ready)[0] == 2
    assert json.loads(run("show", "-c", ready, "--json")[1])["versions"] == []


def test_without_a_database_nothing_is_imported(
    toml: Path, ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is not there, or does not answer, is told; exit codes 1 and 3."""
    book = POLICIES / "p41-before-visit.toml"
    other = tmp_path / "none"
    other.mkdir()
    assert run("import", book, "-c", toml, "--set", f"database.url=sqlite:///{other}/none.db")[0] == 1

    class Away:
        def __init__(self, *_: object) -> None: ...

        async def look(self, *_: object, name: str) -> None:
            raise Busy("away")

    monkeypatch.setattr(opened_module, "ImmediateDatabase", Away)
    code, output = run("import", book, "-c", ready)
    assert (code, "请稍后再试" in output) == (3, True)
