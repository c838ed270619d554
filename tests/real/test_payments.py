"""Payments for real: notices over a socket, HTTP that breaks, the same notice in two processes, a payment against an ending."""

from __future__ import annotations

import base64
import json
from collections import Counter
from datetime import date, datetime
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from money_model import Money, terms
from open_house import open_house
from ports import free_port
from prometheus_client import CollectorRegistry
from sqlalchemy import func, select
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.protocol import Factory, Protocol

from booking.cashier import Cashier
from booking.clock import naive_utc, wall
from booking.money.payments import Notice, Returned, Settled
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.database import Database, make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.keeping.ending import Ending, thd_end
from booking.store.money import charging
from booking.store.money.charging import trade_no
from booking.store.schema import appointment, charge, entry, metadata, refund
from hotline.payments.alipay import AlipayKeys, to_sign
from hotline.payments.http import AgentHttp, NoAnswer, NotDelivered
from hotline.payments.keys import sign
from hotline.payments.listening import Door, make_site
from hotline.payments.running import PaymentMetrics
from hotline.payments.wechat import WechatKeys

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]

RULES = house_rules()
ALIPAY = rsa.generate_private_key(65537, 2048)
WECHAT = rsa.generate_private_key(65537, 2048)
V3 = b"0123456789abcdef0123456789abcdef"
ALIPAY_KEYS = AlipayKeys(app_id="2026", ours=ALIPAY, theirs=ALIPAY.public_key())
WECHAT_KEYS = WechatKeys(merchant="M1", our_serial="S", ours=WECHAT, theirs={"P1": WECHAT.public_key()}, v3_key=V3)
HELD = range(2, 13, 2)


def alipay_form(nth, amount, key=ALIPAY):
    values = {
        "app_id": "2026",
        "trade_status": "TRADE_SUCCESS",
        "out_trade_no": trade_no(1, nth, 1),
        "trade_no": f"A{nth}",
        "total_amount": amount,
    }
    return urlencode({**values, "sign": sign(key, to_sign(values)), "sign_type": "RSA2"}).encode()


def wechat_post(nth, amount_fen, now, key=WECHAT):
    said = {
        "mchid": "M1",
        "out_trade_no": trade_no(1, nth, 1),
        "transaction_id": f"W{nth}",
        "trade_state": "SUCCESS",
        "amount": {"total": amount_fen},
    }
    sealed = base64.b64encode(AESGCM(V3).encrypt(b"n" * 12, json.dumps(said).encode(), b"transaction")).decode()
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": sealed,
        "nonce": "n" * 12,
        "associated_data": "transaction",
    }
    body = json.dumps({"event_type": "TRANSACTION.SUCCESS", "resource": resource}).encode()
    stamp = str(int(now))
    headers = {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": "n",
        "Wechatpay-Serial": "P1",
        "Wechatpay-Signature": sign(key, f"{stamp}\nn\n".encode() + body + b"\n"),
    }
    return headers, body


@pytest.fixture
def furnish(vault, clock, thd_furnish, monkeypatch):
    """``furnish(url)``: a store with twelve bookings, the even ones held until they are paid on line."""
    monkeypatch.setattr(charging, "pay_terms", terms)

    def put(url):
        engine = make_engine(url)
        metadata.create_all(engine)
        store = ImmediateDatabase(engine, clock)
        store.now(thd_furnish)
        money = Money(store, vault, clock, RULES, None, None)
        for nth in range(1, 13):
            money.book(nth)
        return store

    return put


def cashier_of(database, vault, clock):
    return Cashier(open_house(database, vault, clock, rules=StandingRules(RULES)))


def test_notices_come_over_a_socket(tmp_path, spin, vault, clock, furnish):
    """Signed by Alipay or WeChat: acknowledged and settled; repeated: acknowledged; signed by another: refused; elsewhere: nothing."""
    url = f"sqlite:///{tmp_path}/hotline.db"
    store, port, registry = furnish(url), free_port(), CollectorRegistry()

    async def main(reactor):
        database = Database(make_engine(url), reactor=reactor, clock=clock)
        database.start()
        door = Door(cashier_of(database, vault, clock), 1, PaymentMetrics(registry))
        site = make_site(door, clock, ALIPAY_KEYS, WECHAT_KEYS)
        listening = reactor.listenTCP(port, site, interface="127.0.0.1")
        http, at = AgentHttp(reactor), f"http://127.0.0.1:{port}"
        now = clock.utc().timestamp()
        form = {"content-type": "application/x-www-form-urlencoded"}
        posts = [
            ("/alipay", form, alipay_form(2, "50.00")),
            ("/alipay", form, alipay_form(2, "50.00")),
            ("/alipay", form, alipay_form(4, "50.00", key=WECHAT)),
            ("/wechat", *wechat_post(4, 5000, now)),
            ("/wechat", *wechat_post(6, 5000, now, key=ALIPAY)),
            ("/wechat", *wechat_post(6, 5000, now - 600)),
            ("/", form, b"x"),
        ]
        found = []
        for path, headers, body in posts:
            reply = await http.request("POST", at + path, headers, body)
            found.append((reply.status, reply.body[:20]))
        await listening.stopListening()
        await database.stop()
        return found

    found = spin(main)
    good, bad = b'{"code":"SUCCESS"}', b'{"code":"FAIL"}'
    assert found[:6] == [
        (200, b"success"), (200, b"success"), (401, b"failure"), (200, good), (401, bad), (401, bad)
    ]  # fmt: skip
    assert found[6][0] in {404, 405}
    paid = store.now(
        lambda conn: conn.execute(select(charge.c.appointment_id).where(charge.c.status == "paid")).scalars().all()
    )
    assert sorted(paid) == [2, 4]
    forged = registry.get_sample_value("hotline_payment_notices_total", {"way": "wechat", "outcome": "forged"})
    assert forged == 2


class Cut(Protocol):
    """Hears a request and hangs up."""

    def dataReceived(self, data):
        self.transport.loseConnection()


def test_http_tells_what_did_not_arrive_from_what_nobody_knows(spin):
    """Nobody listening: it may be put again. Cut off after it was sent: it may not."""

    async def main(reactor):
        http, port = AgentHttp(reactor), free_port()
        with pytest.raises(NotDelivered):
            await http.request("POST", f"http://127.0.0.1:{port}/", {}, b"x")
        listening = reactor.listenTCP(port, Factory.forProtocol(Cut), interface="127.0.0.1")
        with pytest.raises(NoAnswer):
            await http.request("POST", f"http://127.0.0.1:{port}/", {}, b"x")
        await listening.stopListening()

    spin(main)


@pytest.mark.needs("mariadb")
def test_the_same_notice_in_two_processes_settles_once(mariadb_url, spin, vault, clock, furnish):
    """Each held number is paid by one notice that comes ten times, to two processes at once: settled once, nothing owed back."""
    store = furnish(mariadb_url)

    async def main(reactor):
        databases = [Database(make_engine(mariadb_url), reactor=reactor, clock=clock) for _ in range(2)]
        for database in databases:
            database.start()
        cashiers = [cashier_of(database, vault, clock) for database in databases]
        told = [
            Deferred.fromCoroutine(
                cashiers[nth % 2].paid(1, Notice(way="wechat", trade_no=trade_no(1, held, 1), provider_no=f"W{held}",
                                                 amount_fen=5000 if held <= 6 else 3000))
            )
            for nth in range(10)
            for held in HELD
        ]  # fmt: skip
        outcomes = await gatherResults(told, consumeErrors=True)
        wrong = await cashiers[0].disagreements(1, datetime.fromisoformat("2026-01-01"))
        for database in databases:
            await database.stop()
        return outcomes, wrong

    outcomes, wrong = spin(main)
    assert wrong == ()
    assert all(isinstance(outcome, Settled) for outcome in outcomes)
    assert Counter(outcome.again for outcome in outcomes) == {False: len(HELD), True: 9 * len(HELD)}
    kinds = store.now(lambda conn: Counter(conn.execute(select(entry.c.kind)).scalars().all()))
    assert kinds == {"charge": 12, "settle": len(HELD)}
    assert store.now(lambda conn: conn.execute(select(func.count()).select_from(refund)).scalar_one()) == 0
    states = store.now(lambda conn: Counter(conn.execute(select(appointment.c.status)).scalars().all()))
    assert states == {"booked": 12}


@pytest.mark.needs("mariadb")
def test_a_payment_and_an_ending_at_one_moment_keep_no_money_for_nothing(mariadb_url, spin, vault, clock, furnish):
    """The patient gives a held number back while his payment arrives: whichever is first, in the end nothing of it is kept."""
    store = furnish(mariadb_url)
    ending = Ending(by="patient", actor="t", trace="t", at=naive_utc(clock), wall=wall(clock), rules=RULES)

    def thd_ended(conn, nth):
        return len(thd_end(conn, vault, 1, [nth], ending))

    async def main(reactor):
        database = Database(make_engine(mariadb_url), reactor=reactor, clock=clock)
        database.start()
        cashier = cashier_of(database, vault, clock)
        jobs = []
        for nth in HELD:
            fen = 5000 if nth <= 6 else 3000
            notice = Notice(way="wechat", trade_no=trade_no(1, nth, 1), provider_no=f"W{nth}", amount_fen=fen)
            jobs.append(Deferred.fromCoroutine(cashier.paid(1, notice)))
            jobs.append(Deferred.fromCoroutine(database.run(thd_ended, nth, name="end")))
        outcomes = await gatherResults(jobs, consumeErrors=True)
        wrong = await cashier.disagreements(1, datetime.fromisoformat("2026-01-01"))
        lines = await cashier.trial_balance(1, date(2026, 1, 1), date(2027, 1, 1))
        await database.stop()
        return outcomes[::2], outcomes[1::2], wrong, lines

    paid, ended, wrong, lines = spin(main)
    assert wrong == ()
    assert ended == [1] * len(HELD)
    assert all(isinstance(outcome, Settled | Returned) for outcome in paid)
    came = sum(line.debit_fen for line in lines if line.account == "clearing:wechat")
    owed = sum(line.credit_fen for line in lines if line.account == "payable:refunds")
    assert came == owed == 3 * 5000 + 3 * 3000
    assert store.now(lambda conn: conn.execute(select(func.count()).select_from(refund)).scalar_one()) == len(HELD)
