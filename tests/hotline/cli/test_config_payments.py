"""`hotline config check` on payments: what would start, but to somebody's loss, is told with its reason and a right example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy.exc import OperationalError

from booking.rulebooks import Unreadable
from hotline.cli import config as cli
from hotline.cli.main import main

ALIPAY = """
alipay_app_id = "2021"
alipay_key_file = "ours"
alipay_public_key_file = "theirs"
"""
WECHAT = """
wechat_merchant = "1600"
wechat_serial = "S"
wechat_key_file = "ours"
wechat_platform_serial = "P"
wechat_platform_key_file = "theirs"
wechat_v3_key_file = "v3"
"""
BILL = """
bill = "api"
bill_url = "https://bill.example"
bill_token_file = "token"
"""
HERE = 'listen = "tcp:9190:interface=127.0.0.1"\n'
HOLD = '[payment]\nwhen = "hold"\n'


def run(*args: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def pairs() -> list[tuple[bytes, bytes]]:
    """Ours and the way's keys, private and public."""
    made = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    return [
        (
            each.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            each.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        )
        for each in made
    ]


@pytest.fixture
def warned(toml: Path, pairs: list[tuple[bytes, bytes]]):
    """``warned(lines)``: key and words of each warning, with these lines in ``[payments]``; nothing of it is a fault."""
    (ours, our_public), (_, theirs) = pairs
    for name, content in {
        "ours": ours,
        "theirs": theirs,
        "our-public": our_public,
        "v3": b"k" * 32,
        "token": b"t",
    }.items():
        (toml.parent / name).write_bytes(content)
        (toml.parent / name).chmod(0o600)
    plain = toml.read_text(encoding="utf-8")

    def check(lines: str) -> list[tuple[str, str]]:
        toml.write_text(f"{plain}[payments]\n{lines}", encoding="utf-8")
        code, output = run("config", "check", "-c", toml, "--json")
        told = json.loads(output)
        assert (code, told["ok"], told["faults"]) == (0, True, [])
        return [(each["key"].removeprefix("[payments] "), each["why"]) for each in told["warnings"]]

    return check


@pytest.mark.parametrize(
    "lines",
    ["", HERE + ALIPAY + WECHAT + BILL, HERE.replace("127.0.0.1", r"\\:\\:1") + WECHAT, 'bill = "file"\n', BILL],
    ids=["none", "all", "ipv6", "bill-by-file", "bill-by-http"],
)
def test_whole_ways_are_not_warned_of(warned, lines: str) -> None:
    """No way at all, each by itself, all together."""
    assert warned(lines) == []


@pytest.mark.parametrize(
    ("lines", "key", "why", "right"),
    [
        (ALIPAY, "listen", "a payment by alipay is only found minutes later", '"tcp:9190:interface=127.0.0.1"'),
        (HERE, "listen", "serves nobody", 'listen = ""'),
        ('listen = "tcp:9190"' + WECHAT, "listen", "without TLS", '"tcp:9190:interface=127.0.0.1"'),
        ('listen = "tcp:9190:interface=10.0.0.5"' + WECHAT, "listen", "without TLS", "TLS proxy"),
        (
            HERE + ALIPAY + 'alipay_gateway = "http://openapi.alipay.com/gateway.do"',
            "alipay_gateway",
            "anybody on the way could read",
            '"https://openapi.alipay.com/gateway.do"',
        ),
        (
            HERE + WECHAT + 'wechat_api = "api.mch.weixin.qq.com"',
            "wechat_api",
            "no https:// address",
            '"https://api.mch.weixin.qq.com"',
        ),
        ('alipay_key_file = "ours"', "alipay_key_file", "not read without alipay_app_id", "alipay_app_id = "),
        ('wechat_serial = "S"', "wechat_serial", "not read without wechat_merchant", "wechat_merchant = "),
        ('bill_url = "https://bill.example"', "bill_url", 'not read with bill = "none"', 'bill = "api"'),
        ('bill = "file"\nbill_ca_file = "theirs"', "bill_ca_file", 'not read with bill = "file"', 'bill = "api"'),
        ('bill_directory = "bills"', "bill_directory", 'not read with bill = "none"', 'bill = "file"'),
        (
            HERE + ALIPAY.replace("theirs", "our-public"),
            "alipay_public_key_file",
            "other half of alipay_key_file",
            "支付宝公钥",
        ),
        (
            HERE + WECHAT.replace("theirs", "our-public"),
            "wechat_platform_key_file",
            "other half of wechat_key_file",
            "平台证书",
        ),
    ],
)
def test_what_is_there_by_half_or_not_sealed_is_told(warned, lines: str, key: str, why: str, right: str) -> None:
    """One warning each: the key, the reason, one example that is right."""
    ((found, said),) = warned(lines)
    assert found == key
    reason, _, example = said.partition("; right: ")
    assert why in reason
    assert right in example


def test_a_proxy_on_this_machine_may_add_the_tls(warned) -> None:
    """What goes to the machine itself is on nobody's way."""
    assert warned(HERE + ALIPAY + 'alipay_gateway = "http://127.0.0.1:8443/gateway.do"') == []


@pytest.mark.parametrize(
    ("lines", "key", "name"),
    [
        (ALIPAY, "alipay_key_file", "ours"),
        (WECHAT, "wechat_v3_key_file", "v3"),
        (BILL, "bill_token_file", "token"),
    ],
    ids=["alipay", "wechat", "bill"],
)
def test_a_secret_that_others_may_read_is_told(warned, toml: Path, lines: str, key: str, name: str) -> None:
    """With what to type; a public key may be read by anybody."""
    for file in (name, "theirs"):
        (toml.parent / file).chmod(0o644)
    listen = "" if lines == BILL else HERE
    assert warned(listen + lines) == [(key, f"may be read by everybody; right: chmod 600 {toml.parent / name}")]


def test_a_key_that_is_not_there_is_a_fault(toml: Path) -> None:
    """Without it the daemon does not start."""
    nowhere = ("--set", "payments.alipay_app_id=2021", "--set", "payments.alipay_key_file=nowhere")
    code, output = run("config", "check", "-c", toml, *nowhere)
    assert (code, "alipay_key_file: cannot be read: No such file" in output) == (2, True)


@pytest.mark.parametrize("folder", ["bills", "bills/in"])
def test_a_folder_in_which_anybody_can_pay_bills_is_told(warned, toml: Path, folder: str) -> None:
    """The operator's answers lie there; a folder that is not there yet is made by the daemon."""
    lines = 'bill = "file"\nbill_directory = "bills"\n'
    assert warned(lines) == []
    (toml.parent / folder).mkdir(parents=True)
    (toml.parent / folder).chmod(0o777)
    ((key, said),) = warned(lines)
    assert key == "bill_directory"
    assert said.endswith(f"right: chmod 700 {toml.parent / folder}")


@pytest.fixture
def ruled(toml: Path, tmp_path: Path):
    """``ruled(text, …)``: these rules are imported."""

    def put(text: str, *more: str) -> None:
        book = tmp_path / "rules.toml"
        book.write_text(text, encoding="utf-8")
        assert run("db", "upgrade", "-c", toml)[0] == 0
        code, output = run("policy", "import", book, "-c", toml, *more)
        assert code == 0, output

    return put


@pytest.mark.parametrize(
    ("rules", "lines", "key", "why"),
    [
        (HOLD, "", "wechat_merchant", "every hold would run out"),
        (HOLD, BILL, "wechat_merchant", "every hold would run out"),
        (HOLD, HERE + ALIPAY, None, ""),
        (HOLD + 'ways = ["alipay"]\n', HERE + WECHAT, "alipay_app_id", "(by alipay)"),
        (HOLD + 'ways = ["wechat", "card"]\n', "", None, ""),
        ('[payment]\nwhen = "booking"\n', HERE + WECHAT, "bill", "nobody is there who could be charged"),
        ('[payment]\nwhen = "booking"\n', BILL, None, ""),
        ('[payment]\nwhen = "booking"\nways = ["wechat"]\n', BILL, "wechat_merchant", "nobody is there who could be"),
        (HOLD + 'ways = ["bill"]\n', HERE + WECHAT, "bill", "every hold would run out"),
        ('[payment]\nwhen = "visit"\n', "", None, ""),
        (
            '[[layers]]\nnumber_type = "专家"\npayment.when = "hold"\n',
            "",
            "wechat_merchant",
            "every hold would run out",
        ),
    ],
)
def test_rules_that_nobody_could_pay_by_are_told(
    ruled, warned, rules: str, lines: str, key: str | None, why: str
) -> None:
    """Rules may want payment that the configuration has no way for; a layer's rules, too; the window needs no configuration."""
    ruled(rules)
    found = warned(lines)
    assert [each for each, _ in found] == ([] if key is None else [key])
    assert all(why in said and "; right: " in said for _, said in found)


def test_rules_that_hold_from_a_later_day_are_looked_at_today(ruled, warned) -> None:
    """There is time to mend it."""
    ruled(HOLD, "--from", "2999-01-01")
    assert [key for key, _ in warned("")] == ["wechat_merchant"]


def test_warnings_are_told_in_words_with_their_place(ruled, toml: Path) -> None:
    """Exit code 0: the daemon would start. What is written in no file is told of the main one."""
    ruled(HOLD)
    (toml.parent / "conf.d").mkdir()
    (toml.parent / "conf.d/pay.toml").write_text('[payments]\nlisten = "tcp:1:interface=127.0.0.1"\n', encoding="utf-8")
    code, output = run("config", "check", "-c", toml)
    assert code == 0
    first, second, third = output.splitlines()
    assert first == f"{toml}: no faults."
    assert second.startswith("warning: conf.d/pay.toml: [payments] listen: serves nobody")
    assert third.startswith("warning: hotline.toml: [payments] wechat_merchant: the imported rules hold numbers")


def test_without_its_database_the_rules_are_not_looked_at(toml: Path) -> None:
    """The configuration is checked where there is no database, too; what was not looked at is said."""
    nowhere = ("config", "check", "-c", toml, "--set", "database.url=sqlite:////nowhere/at/all/hotline.db")
    unseen = "The imported rules were not looked at: the database does not answer: unable to open database file."
    assert run(*nowhere) == (0, f"{toml}: no faults.\n{unseen}\n")
    assert json.loads(run(*nowhere, "--json")[1])["notes"] == [unseen]


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (Unreadable("[new] key"), "a newer program wrote them"),
        (
            OperationalError("SELECT", {}, OSError(2003, "x")),
            "the database does not answer: nobody listens at this address",
        ),
    ],
)
def test_rules_that_cannot_be_read_are_no_fault(
    toml: Path, ruled, monkeypatch: pytest.MonkeyPatch, broken: Exception, why: str
) -> None:
    """The other half of a cluster was upgraded already, or the database went away just now."""
    ruled(HOLD)

    def newer(*_: object) -> None:
        raise broken

    monkeypatch.setattr(cli.StoredRules, "take", newer)
    assert run("config", "check", "-c", toml) == (
        0,
        f"{toml}: no faults.\nThe imported rules were not looked at: {why}.\n",
    )


def test_another_hospitals_rules_are_not_ours(ruled, toml: Path) -> None:
    """One database may serve several: only the configured one's rules count; one that it does not know has none."""
    ruled(HOLD)
    code, output = run("config", "check", "-c", toml, "--set", "hospital.code=other")
    assert (code, output) == (0, f"{toml}: no faults.\n")
