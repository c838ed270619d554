"""The configuration: read whole, every fault at once, later sources over earlier ones."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from certificates import Authority
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from twisted.internet.testing import MemoryReactorClock

from booking.clock import FixedClock
from hotline.config import Config, Faults, read_config
from hotline.config.reading import written_name
from hotline.config.tables import TABLES, SmscTable
from hotline.payments.http import AgentHttp
from hotline.payments.settings import bill_files, ways

SAMPLE = Path(__file__).parents[2] / "hotline.sample.toml"

SMALLEST = """
[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"
[database]
url = "sqlite:///hotline.db"
[privacy]
key_file = "key"
"""
SMSC = """
[[smsc]]
name = "cmcc"
host = "10.0.0.1"
system_id = "hotline"
service_number = "12580"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    key = tmp_path / "key"
    key.write_text("ab" * 32)
    key.chmod(0o600)
    (tmp_path / "hotline.toml").write_text(SMALLEST, encoding="utf-8")
    return tmp_path


def read(folder: Path, *options: str, environ: dict[str, str] | None = None, more: str = "") -> Config:
    """The configuration in ``folder``, which must have no faults."""
    file = folder / "hotline.toml"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    config = read_config(file, environ, options)
    assert isinstance(config, Config), str(config)
    return config


def faults(folder: Path, *options: str, environ: dict[str, str] | None = None, more: str = "") -> list[str]:
    file = folder / "hotline.toml"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    found = read_config(file, environ, options)
    assert isinstance(found, Faults)
    return str(found).splitlines()


def test_the_least_configuration_takes_every_default(folder: Path) -> None:
    """Three tables are enough; everything else has a default that works on one machine."""
    config = read(folder)
    assert config.privacy.key == b"\xab" * 32
    assert config.fastagi.listen == "tcp:4573:interface=127.0.0.1"
    assert config.smsc == ()
    assert config.policy.window_days == 10


def test_every_fault_is_told_at_once_with_file_and_key(folder: Path) -> None:
    """One reading tells all that is wrong: types, bounds, unknown and missing keys, each with where it stands."""
    found = faults(
        folder,
        more=SMSC.replace("cmcc", "cucc")
        + 'port = "2775"\nwindow = 0\nbind = "both"\n[fastagi]\nlisten = "4573"\nalow = ["x"]\n'
        + '[databse]\nurl = 1\n[log]\nlevel = "loud"\n[metrics]\nlisten = 9180\n',
    )
    assert found == [
        "hotline.toml: [databse]: is no table (did you mean database?)",
        "hotline.toml: [fastagi] alow: is no key here (did you mean allow?)",
        "hotline.toml: [fastagi] listen: must be an endpoint such as \"tcp:4573:interface=127.0.0.1\", not '4573'",
        "hotline.toml: [metrics] listen: must be text in quotes, not 9180",
        "hotline.toml: [log] level: must be one of debug, info, warn, error, not 'loud'",
        "hotline.toml: [[smsc]] cucc port: must be a whole number, not '2775'",
        "hotline.toml: [[smsc]] cucc bind: must be one of transceiver, transmitter, receiver, not 'both'",
        "hotline.toml: [[smsc]] cucc window: must be from 1 to 10000, not 0",
    ]


@pytest.mark.parametrize(
    ("option", "why"),
    [
        ("fastagi.listen=tcp:99999", "has no port from 0 to 65535: 'tcp:99999'"),
        ("metrics.listen=tcp:http", "must be an endpoint such as \"tcp:4573:interface=127.0.0.1\", not 'tcp:http'"),
        (
            "fastagi.allow=127.0.0.1,300.1.1.1",
            'must hold addresses or networks such as "127.0.0.1" or "10.1.0.0/16", not \'300.1.1.1\'',
        ),
        ("hospital.short_name= ", "must not be empty"),
    ],
)
def test_what_would_only_fail_at_the_start_is_told_by_the_check(folder: Path, option: str, why: str) -> None:
    """Ports, addresses and empty names are judged before the daemon meets them."""
    [fault] = faults(folder, option)
    assert fault.endswith(f": {why}")


def test_addresses_and_networks_are_allowed(folder: Path) -> None:
    """Asterisk may stand on another machine, or on any of a network; a Unix socket is an endpoint too."""
    config = read(
        folder, "fastagi.allow=10.0.0.7,10.1.0.0/16,::1", "desk.listen=unix:/run/desk", "metrics.listen=tcp:0"
    )
    assert config.fastagi.allow == ("10.0.0.7", "10.1.0.0/16", "::1")


def test_two_accounts_of_one_name_are_told(folder: Path) -> None:
    """Within one file that is a slip of copying; the second would silently change the first."""
    assert faults(folder, more=SMSC + SMSC) == [
        "hotline.toml: [[smsc]] cmcc: stands twice: every account needs its own name"
    ]


def test_missing_keys_are_named(tmp_path: Path) -> None:
    """An empty file tells exactly which keys must be written."""
    file = tmp_path / "hotline.toml"
    file.write_text("")
    found = read_config(file)
    assert isinstance(found, Faults)
    assert [fault.key for fault in found.faults] == [
        "[hospital] code",
        "[hospital] name",
        "[hospital] short_name",
        "[database] url",
        "[privacy] key_file",
    ]


def test_a_file_that_is_not_there_is_the_only_fault_told(tmp_path: Path) -> None:
    """Where the file itself cannot be read, its missing keys are not listed as well."""
    found = read_config(tmp_path / "none.toml")
    assert isinstance(found, Faults)
    assert len(found.faults) == 1
    assert "cannot be read: No such file" in str(found)


def test_broken_toml_is_told_with_its_line(folder: Path) -> None:
    """A typing mistake in the file is told with line and column."""
    assert re.fullmatch(r"hotline.toml: is not TOML: .*line \d+.*", faults(folder, more="[log\n")[0])


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("smsc = 1\n", "hotline.toml: smsc: is a list: write [[smsc]]"),
        ("level = 1\n", "hotline.toml: level: stands outside any [table]"),
    ],
)
def test_misplaced_things_are_told(folder: Path, more: str, why: str) -> None:
    """A table written as a value, and a value outside any table, are told apart."""
    file = folder / "hotline.toml"
    file.write_text(more + SMALLEST, encoding="utf-8")
    assert str(read_config(file)) == why


def test_conf_d_overrides_key_by_key(folder: Path) -> None:
    """A file in conf.d changes the keys it names and leaves the others, also of one SMSC among several."""
    (folder / "conf.d").mkdir()
    (folder / "conf.d/10-site.toml").write_text(
        '[fastagi]\ncalls_max = 7\n[[smsc]]\nname = "cmcc"\nhost = "10.0.0.2"\n', encoding="utf-8"
    )
    config = read(folder, more=SMSC + '[fastagi]\nlisten = "tcp:1"\n')
    assert (config.fastagi.listen, config.fastagi.calls_max) == ("tcp:1", 7)
    assert [(smsc.host, smsc.system_id) for smsc in config.smsc] == [("10.0.0.2", "hotline")]


def test_a_fault_in_conf_d_names_that_file(folder: Path) -> None:
    """The file that is wrong is named, not the one that is right."""
    (folder / "conf.d").mkdir()
    (folder / "conf.d/10-site.toml").write_text("[drain]\nseconds = -1\n", encoding="utf-8")
    assert faults(folder) == ["conf.d/10-site.toml: [drain] seconds: must be at least 0, not -1"]


def test_the_environment_overrides_files_and_options_override_the_environment(folder: Path) -> None:
    """HOTLINE_* stands over the files, --set over everything; text becomes the key's type."""
    environ = {
        "HOTLINE_FASTAGI_ALLOW": "10.0.0.8, 10.0.0.9",
        "HOTLINE_FASTAGI_CALLS_MAX": "9",
        "HOTLINE_SMSC_CMCC_TLS": "yes",
        "HOTLINE_SMSC_CMCC_RATE": "12.5",
        "HOTLINE_LOG_LEVEL": "debug",
        "HOTLINE_SPOOL": "/elsewhere",
        "HOTLINE_CACHE": "/cache",
        "PATH": "/bin",
    }
    config = read(folder, "log.level=warn", "smsc.cmcc.host=sms.example", more=SMSC, environ=environ)
    assert config.fastagi.allow == ("10.0.0.8", "10.0.0.9")
    assert config.fastagi.calls_max == 9
    assert config.log.level == "warn"
    smsc = config.smsc[0]
    assert (smsc.host, smsc.tls, smsc.rate) == ("sms.example", True, 12.5)


def test_wrong_variables_and_options_are_told_by_their_name(folder: Path) -> None:
    """A variable or option that cannot be used is named as the operator wrote it."""
    environ = {"HOTLINE_FASTAGI_CALLS_MAX": "many", "HOTLINE_SMSC_CUCC_HOST": "x"}
    found = faults(folder, "nonsense", "smsc.cucc.host=1", "log.colour=1", environ=environ, more=SMSC)
    assert found == [
        "HOTLINE_SMSC_CUCC_HOST: no [[smsc]] has a name that fits; known: cmcc",
        "--set nonsense: write table.key=value, or smsc.NAME.key=value for a known NAME",
        "--set smsc.cucc.host=1: write table.key=value, or smsc.NAME.key=value for a known NAME",
        "HOTLINE_FASTAGI_CALLS_MAX: [fastagi] calls_max: must be a whole number, not 'many'",
        "--set log.colour: [log] colour: is no key here",
    ]


def test_secrets_come_from_files_and_never_show(folder: Path) -> None:
    """A password is what its file holds, and printing the configuration does not print it."""
    (folder / "smsc-password").write_text("s3cret\n")
    config = read(folder, more=SMSC + 'password_file = "smsc-password"\n')
    assert config.smsc[0].password == "s3cret"
    assert "s3cret" not in repr(config)
    assert "abab" not in repr(config)


def test_what_smpp_does_not_allow_is_told_with_the_account(folder: Path) -> None:
    """SMPP passwords have eight places: a longer one is a fault of the configuration, not of the first bind."""
    (folder / "smsc-password").write_text("far too long")
    (found,) = faults(folder, more=SMSC + 'password_file = "smsc-password"\n')
    assert found == "hotline.toml: [[smsc]] cmcc: password must be at most 8 ASCII characters (SMPP 3.4)"


def test_an_account_becomes_the_gateways_settings(folder: Path) -> None:
    """Every key of an account reaches the SMS gateway under the same name."""
    settings = read(folder, more=SMSC + 'window = 7\nlong_messages = "sar"\n').smsc[0].settings(hospital=3)
    assert (settings.name, settings.window, settings.long_messages, settings.hospital) == ("cmcc", 7, "sar", 3)
    assert settings.tls_ca_file is None


def test_paths_fill_in_systemd_credentials(folder: Path, tmp_path: Path) -> None:
    """${CREDENTIALS_DIRECTORY} in a path is systemd's folder of credentials."""
    (tmp_path / "cred").mkdir()
    (tmp_path / "cred/smsc").write_text("pw")
    more = SMSC + 'password_file = "${CREDENTIALS_DIRECTORY}/smsc"\n'
    config = read(folder, more=more, environ={"CREDENTIALS_DIRECTORY": str(tmp_path / "cred")})
    assert config.smsc[0].password == "pw"


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        ("ab" * 31, 0o600, "must hold 64 hexadecimal digits"),
        ("not hex", 0o600, "must hold 64 hexadecimal digits"),
        ("ab" * 32, 0o644, "may be read by everybody: chmod 600"),
        (None, 0o600, "cannot be read: No such file"),
    ],
)
def test_a_bad_key_file_is_told_without_its_content(folder: Path, content: str | None, mode: int, why: str) -> None:
    """What is wrong with the key's file is told; what is in it is not."""
    if content is None:
        (folder / "key").unlink()
    else:
        (folder / "key").write_text(content)
        (folder / "key").chmod(mode)
    (found,) = faults(folder)
    assert why in found
    assert "abab" not in found


def test_a_path_must_be_text(folder: Path) -> None:
    """A number is no path."""
    assert faults(folder, more="[prompts]\ndirectory = 5\n") == [
        "hotline.toml: [prompts] directory: must be a path in quotes"
    ]


def test_a_bad_database_url_is_told_without_repeating_it(folder: Path) -> None:
    """A database URL may hold a password, so a wrong one is not printed."""
    (found,) = faults(folder, "database.url=postgres://user:pw@host/db")
    assert "mysql+pymysql" in found
    assert "pw@host" not in found


def sample_values() -> dict[str, dict[str, str]]:
    """Each table's keys in the sample with their values as written, commented out or not."""
    tables: dict[str, dict[str, str]] = {}
    table = ""
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"\[+(\w+)\]+", line):
            table = found[1]
        elif found := re.match(r"#?(\w+) = (.*?)(\s+#.*)?$", line):
            tables.setdefault(table, {})[found[1]] = found[2]
    return tables


def test_the_sample_names_every_key_with_its_default(tmp_path: Path) -> None:
    """hotline.sample.toml knows every key there is, and no other, and its commented values are the defaults."""
    shown = sample_values()
    for name, kind in {**TABLES, "smsc": SmscTable}.items():
        assert shown[name].keys() == {written_name(field) for field in fields(kind)}, name
    for name, kind in {**TABLES, "smsc": SmscTable}.items():
        for field in fields(kind):
            if field.default is not MISSING and not field.metadata["held_as"]:
                assert _as_toml(field.default) == shown[name][field.name], f"{name}.{field.name}"


def _as_toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str() | Path():
            return f'"{value}"'
        case tuple():
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"
        case _:
            return str(value)


def test_the_sample_is_a_good_configuration(tmp_path: Path) -> None:
    """With its secrets in place the sample reads without a fault, as it stands and with every default written out."""
    (tmp_path / "key").write_text("cd" * 32)
    (tmp_path / "key").chmod(0o600)
    text = SAMPLE.read_text(encoding="utf-8")
    for name in re.findall(r'_file = "/etc/hotline/([\w-]+)"', text):
        if name != "key":
            (tmp_path / name).write_text("pw")
    text = text.replace("/etc/hotline/", "")
    file = tmp_path / "hotline.toml"
    for content in (text, re.sub(r"(?m)^#(\w+ = )", r"\1", text)):
        file.write_text(content, encoding="utf-8")
        config = read_config(file)
        assert isinstance(config, Config), str(config)
        assert config.smsc[0].name == "cmcc"


PAYMENT_FAULTS = {
    'bill = "api"': 'bill = "api" needs bill_url (https://…) and bill_token_file',
    'bill = "post"': "must be",
    'listen = "nowhere"': "must be an endpoint",
    'alipay_app_id = "1"': "needs alipay_key_file as well",
    'alipay_app_id = "1"\nalipay_key_file = "private"': "needs alipay_public_key_file as well",
    'alipay_app_id = "1"\nalipay_key_file = "key"\nalipay_public_key_file = "public"': "alipay_key_file is no private key",
    'alipay_app_id = "1"\nalipay_key_file = "private"\nalipay_public_key_file = "key"': "alipay_public_key_file is no",
    'alipay_app_id = "1"\nalipay_key_file = "private"\nalipay_public_key_file = "bare"\nalipay_ca_file = "key"': (
        "alipay_ca_file is no certificate"
    ),
    'wechat_merchant = "1"': "needs wechat_serial as well",
    'wechat_merchant = "1"\nwechat_serial = "a"': "needs wechat_platform_serial as well",
    'wechat_merchant = "1"\nwechat_serial = "a"\nwechat_platform_serial = "b"\nwechat_v3_key_file = "short"': "32 characters",
}
WHOLE = """
[payments]
listen = "tcp:9190:interface=127.0.0.1"
bill = "api"
bill_url = "https://bill.example"
bill_token_file = "short"
alipay_app_id = "1"
alipay_key_file = "private"
alipay_public_key_file = "bare"
wechat_merchant = "1"
wechat_serial = "a"
wechat_key_file = "private"
wechat_platform_serial = "b"
wechat_platform_key_file = "public"
wechat_v3_key_file = "v3"
"""


@pytest.fixture
def keys(folder: Path) -> Path:
    """Keys as the payment ways hand them out: PEM, and Alipay's one line of base64."""
    made = rsa.generate_private_key(65537, 2048)
    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "private").write_bytes(private)
    (folder / "public").write_bytes(public)
    (folder / "bare").write_text("".join(public.decode().split("\n")[1:-2]))
    (folder / "short").write_text("short")
    (folder / "v3").write_text("k" * 32)
    return folder


@pytest.mark.parametrize(("lines", "why"), PAYMENT_FAULTS.items())
def test_a_way_to_pay_is_whole_or_a_fault(keys: Path, lines: str, why: str) -> None:
    """What is missing or is no key is named; what a key file holds is not."""
    (keys / "hotline.toml").write_text(f"{SMALLEST}[payments]\n{lines}\n", encoding="utf-8")
    faults = read_config(keys / "hotline.toml")
    assert isinstance(faults, Faults)
    assert why in str(faults)
    assert "BEGIN" not in str(faults)


def test_whose_certificates_are_believed_is_said_of_each_way(keys: Path) -> None:
    """One or several in a file; a way that is not used, or names none, has none: then the system's authorities are believed."""
    (keys / "ca.pem").write_text(Authority().pem + Authority().pem)
    (keys / "hotline.toml").write_text(f'{SMALLEST}{WHOLE}bill_ca_file = "ca.pem"\n', encoding="utf-8")
    config = read_config(keys / "hotline.toml")
    assert isinstance(config, Config), str(config)
    assert {way: len(those) for way, those in config.payments.settings().believed.items()} == {"bill": 2}
    unused = "\n".join(f'{way}_ca_file = "short"' for way in ("bill", "alipay", "wechat"))
    (keys / "hotline.toml").write_text(f"{SMALLEST}[payments]\n{unused}\n", encoding="utf-8")
    config = read_config(keys / "hotline.toml")
    assert isinstance(config, Config), str(config)
    assert config.payments.settings().believed == {}


def test_ways_to_pay_come_from_their_tables(keys: Path) -> None:
    """The phone bill, Alipay and WeChat Pay where they are set up; without the table none."""
    clock, http = FixedClock.at_wall("2026-07-14 09:00"), AgentHttp(MemoryReactorClock())
    file = keys / "hotline.toml"
    for table, wanted in (("", []), (WHOLE, ["bill", "alipay", "wechat"]), ('[payments]\nbill = "file"', ["bill"])):
        file.write_text(SMALLEST + table, encoding="utf-8")
        config = read_config(file)
        assert isinstance(config, Config), str(config)
        settings = config.payments.settings()
        files = bill_files(settings, "renhe", clock)
        assert [way.way for way in ways(settings, files, lambda _: http, clock)] == wanted
        assert "BEGIN" not in repr(config)
