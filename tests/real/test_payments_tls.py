"""Payment ways over real TLS: a server is believed by its certificate, an answer by its signature, and neither stands in for the other.

The other end is the standard library's TLS with certificates made for the test. Who cannot prove that he is the way's host hears
nothing, and what he should have heard is put again.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import twisted.internet
from certificates import Authority
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from one_booking import BILL, TRADE, thd_put_booking
from open_house import open_house
from payment_server import SERIAL, Provider, serving
from prometheus_client import CollectorRegistry
from sqlalchemy import select, update
from twisted.logger import capturedLogs

from booking.cashier import Cashier
from booking.clock import naive_utc, wall
from booking.money.payments import Answer, Errand, Notice
from booking.rules.rulebook import house_rules
from booking.store.keeping.ending import Ending, thd_end
from booking.store.money import charging
from booking.store.money.charging import Due, thd_charge
from booking.store.money.tickets import thd_tickets
from booking.store.schema import charge, refund
from hotline.config import Config, read_config
from hotline.payments.http import AgentHttp
from hotline.payments.running import PaymentMetrics, Runner
from hotline.payments.settings import ways

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]

RULES = house_rules()
OURS, THEIRS, STRANGER = (rsa.generate_private_key(65537, 2048) for _ in range(3))
WAYS = ("bill", "alipay", "wechat")
TOML = """
[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"
[database]
url = "sqlite:///hotline.db"
[privacy]
key_file = "key"
[payments]
bill = "api"
bill_url = "{url}/bill"
bill_token_file = "token"
alipay_app_id = "2026"
alipay_key_file = "ours"
alipay_public_key_file = "theirs"
alipay_gateway = "{url}/gateway.do"
wechat_merchant = "M1"
wechat_serial = "S"
wechat_key_file = "ours"
wechat_platform_serial = "{serial}"
wechat_platform_key_file = "theirs"
wechat_v3_key_file = "v3"
wechat_api = "{url}"
"""
CA = "".join(f'{way}_ca_file = "ca.pem"\n' for way in WAYS)
SYSTEM = ""


def errand(way):
    """A refund by this way."""
    return Errand(kind="refund", id=1, way=way, trade_no=TRADE, amount_fen=5000, paid_fen=5000, refund_no=f"{TRADE}R01")


@pytest.fixture
def tls_spin(spin, monkeypatch):
    """As ``spin``; TLS sends small writes by the process's reactor, which is therefore this one."""

    def run(main):
        async def on(reactor):
            monkeypatch.setattr(twisted.internet, "reactor", reactor, raising=False)
            return await main(reactor)

        return spin(on)

    return run


@pytest.fixture
def authority(tmp_path):
    made = Authority()
    (tmp_path / "ca.pem").write_text(made.pem)
    return made


@pytest.fixture
def provider(clock):
    return Provider(THEIRS, clock.utc().timestamp())


@pytest.fixture
def configured(tmp_path, authority):
    """``configured(url, more)``: the payments' settings of a configuration whose ways all stand at this address."""
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "token").write_text("t")
    (tmp_path / "v3").write_text("k" * 32)
    (tmp_path / "ours").write_bytes(OURS.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = THEIRS.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "theirs").write_bytes(public)
    (tmp_path / "key").chmod(0o600)

    def put(url, more):
        file = tmp_path / "hotline.toml"
        file.write_text(TOML.format(url=url, serial=SERIAL) + more, encoding="utf-8")
        config = read_config(file, {})
        assert isinstance(config, Config), str(config)
        return config.payments.settings()

    return put


@pytest.fixture
def put_by(tls_spin, configured, provider, authority, clock, tmp_path):
    """``put_by(way, more, pem)``: what this way answers to a refund, where the server has the certificate ``pem``."""

    def put(way, more, pem):
        (tmp_path / "server.pem").write_text(pem)

        async def main(reactor):
            found = ways(settings, None, lambda believed: AgentHttp(reactor, believed), clock)
            (chosen,) = (each for each in found if each.way == way)
            (answer,) = await chosen.run([errand(way)])
            return answer

        with serving(provider, tmp_path / "server.pem") as url:
            settings = configured(url, more)
            return tls_spin(main)

    return put


@pytest.mark.parametrize("way", WAYS)
def test_a_way_with_an_authority_of_its_own_is_spoken_to(put_by, provider, authority, way):
    """``bill_ca_file``, ``alipay_ca_file``, ``wechat_ca_file`` name whose certificates are believed there."""
    answer = put_by(way, CA, authority.server("localhost"))
    assert answer.state == "done", answer
    assert len(provider.heard) == 1


def test_without_one_the_systems_authorities_are_believed(put_by, authority, tmp_path, monkeypatch):
    """Whom the system trusts needs no key in the configuration."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert put_by("alipay", SYSTEM, authority.server("localhost")) == Answer(state="done", provider_no="A9")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("more", "host", "over", "why"),
    [
        (SYSTEM, "localhost", False, "not trusted, or out of date"),
        (CA, "pay.example", False, "made out to another host"),
        (CA, "localhost", True, "not trusted, or out of date"),
    ],
    ids=["nobody-vouches", "another-host", "out-of-date"],
)
def test_who_cannot_prove_to_be_the_ways_host_hears_nothing(put_by, provider, authority, way, more, host, over, why):
    """Not a byte of the request is sent, so that the errand is put again as after any outage; the log says what a person has to mend."""
    with capturedLogs() as events:
        answer = put_by(way, more, authority.server(host, over=over))
    assert answer.state == "unheard"
    assert why in answer.error
    assert [event["host"] for event in events if why in str(event.get("why"))] == ["localhost"]
    assert provider.heard == []


@pytest.mark.parametrize("way", ["alipay", "wechat"])
def test_a_good_certificate_does_not_make_up_for_a_wrong_signature(put_by, provider, authority, way):
    """Whoever stands at the host has to sign what he says: nobody knows what became of the refund, and it is asked after."""
    provider.key = STRANGER
    answer = put_by(way, CA, authority.server("localhost"))
    assert answer.state == "unknown"
    assert "signature" in answer.error
    assert len(provider.heard) == 1


@pytest.fixture
def owed(small_hospital, vault, clock, monkeypatch):
    """A cashier's books: 50 yuan that came by Alipay are owed back."""
    monkeypatch.setattr(charging, "pay_terms", lambda *_: BILL)
    cashier = Cashier(open_house(small_hospital, vault, clock))

    def thd_due(conn):
        thd_put_booking(conn, vault, naive_utc(clock))
        due = Due(appointment_id=1, offer=thd_tickets(conn, 1, [1])[1].offer, fee_fen=5000, channel="phone")
        thd_charge(conn, 1, [due], RULES, naive_utc(clock), wall(clock))
        conn.execute(update(charge).values(way="alipay"))

    def thd_given_back(conn):
        by = Ending(by="patient", actor="t", trace="t", at=naive_utc(clock), wall=wall(clock), rules=RULES)
        return len(thd_end(conn, vault, 1, [1], by))

    async def paid():
        await cashier.paid(1, Notice(way="alipay", trade_no=TRADE, provider_no="A1", amount_fen=5000))

    return cashier, thd_due, paid, thd_given_back


def test_a_refund_waits_for_a_certificate_that_is_right(
    small_hospital, owed, result_of, tls_spin, configured, provider, authority, clock, tmp_path
):
    """Refused twice, then the certificate is mended: the same refund goes out by itself, once, and the patient's money is not lost."""
    cashier, thd_due, paid, thd_given_back = owed
    small_hospital.now(thd_due)
    result_of(paid())
    assert small_hospital.now(thd_given_back) == 1
    (tmp_path / "server.pem").write_text(authority.server("localhost"))
    states = []

    async def main(reactor):
        for settings in (distrustful, distrustful, trusting):
            found = ways(settings, None, lambda believed: AgentHttp(reactor, believed), clock)
            runner = Runner(cashier, 1, found, PaymentMetrics(CollectorRegistry()), clock)
            await runner.send()
            states.append(small_hospital.now(lambda conn: conn.execute(select(refund.c.status)).scalar_one()))
            clock.at += timedelta(hours=1)

    with serving(provider, tmp_path / "server.pem") as url:
        distrustful, trusting = configured(url, SYSTEM), configured(url, CA)
        tls_spin(main)
    assert states == ["due", "due", "done"]
    assert [f"{TRADE}R01" in body.decode() for _, body in provider.heard] == [True]
    assert result_of(cashier.disagreements(1, naive_utc(clock) - timedelta(days=1))) == ()
