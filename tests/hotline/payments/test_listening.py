"""What Alipay and WeChat Pay hear when they tell of a payment."""

from __future__ import annotations

import io
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred
from twisted.web.test.requesthelper import DummyRequest

from booking.clock import FixedClock
from booking.money.payments import Answer, Errand, NoSuchTrade, Settled, WrongAmount
from booking.outcomes import Busy
from hotline.payments.alipay import AlipayKeys, to_sign
from hotline.payments.keys import sign
from hotline.payments.listening import BODY_MOST, Door, make_site
from hotline.payments.proofs import RefundNotice
from hotline.payments.running import PaymentMetrics
from hotline.payments.wechat import WechatKeys

THEIRS = rsa.generate_private_key(65537, 2048)
ALIPAY = AlipayKeys(app_id="2026", ours=THEIRS, theirs=THEIRS.public_key())
WECHAT = WechatKeys(merchant="M1", our_serial="S", ours=THEIRS, theirs={"P1": THEIRS.public_key()}, v3_key=b"0" * 32)
CLOCK = FixedClock.at_wall("2026-07-14 09:00")
PAID = {
    "app_id": "2026",
    "trade_status": "TRADE_SUCCESS",
    "out_trade_no": "T1",
    "trade_no": "A2",
    "total_amount": "50.00",
}
REFUND = Errand(kind="refund", id=2, way="wechat", trade_no="T0", amount_fen=1, paid_fen=1, refund_no="T0R01")


SETTLED = Settled(code="12345678")


class Cashier:
    """Says what it is told to; keeps what it was told."""

    def __init__(self, says=SETTLED):
        self.says = says
        self.heard = []

    async def paid(self, hospital, notice):
        self.heard.append((hospital, notice))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    async def errand(self, hospital, kind, number):
        return REFUND if number == REFUND.refund_no else None

    async def answered(self, hospital, errand, answer):
        self.heard.append((errand, answer))


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def post(registry):
    """``post(cashier, path, body, headers)``: status and body of the answer."""

    metrics = PaymentMetrics(registry)

    def posted(cashier, path, body, headers=()):
        site = make_site(Door(cashier, 1, metrics), CLOCK, ALIPAY, WECHAT)
        request = DummyRequest([path])
        request.method = b"POST"
        request.content = io.BytesIO(body)
        request._disconnected = False
        for name, value in headers:
            request.requestHeaders.addRawHeader(name, value)
        page = site.resource.getChildWithDefault(path, request)
        if hasattr(page, "render_POST"):
            page.render_POST(request)
        return request.responseCode, b"".join(request.written)

    return posted


def form(**changed):
    values = PAID | changed
    return urlencode({**values, "sign": sign(THEIRS, to_sign(values)), "sign_type": "RSA2"}).encode()


def count(registry, way, outcome):
    return registry.get_sample_value("hotline_payment_notices_total", {"way": way, "outcome": outcome})


def test_a_proved_notice_is_entered_and_acknowledged(post, registry):
    """Alipay hears ``success`` when the store has it."""
    cashier = Cashier()
    assert post(cashier, b"alipay", form()) == (200, b"success")
    (heard,) = cashier.heard
    assert (heard[0], heard[1].trade_no, heard[1].amount_fen) == (1, "T1", 5000)
    assert count(registry, "alipay", "settled") == 1


def test_a_forged_notice_is_refused_and_counted(post, registry):
    """Nothing reaches the store."""
    cashier = Cashier()
    assert post(cashier, b"alipay", form().replace(b"50.00", b"99.00")) == (401, b"failure")
    assert post(cashier, b"wechat", b"{}") == (401, b'{"code":"FAIL"}')
    assert post(cashier, b"alipay", b"x" * (BODY_MOST + 1)) == (401, b"failure")
    assert cashier.heard == []
    assert (count(registry, "alipay", "forged"), count(registry, "wechat", "forged")) == (2, 1)


def test_what_changes_nothing_is_acknowledged(post, registry):
    """A closed trade."""
    assert post(Cashier(), b"alipay", form(trade_status="TRADE_CLOSED")) == (200, b"success")
    assert count(registry, "alipay", "ignored") == 1


def test_a_busy_store_asks_to_come_again(post, registry):
    """Not acknowledged: the way repeats it."""
    assert post(Cashier(Busy("later")), b"alipay", form()) == (503, b"failure")
    assert count(registry, "alipay", "busy") == 1


@pytest.mark.parametrize("says", [NoSuchTrade(trade_no="T1"), WrongAmount(trade_no="T1")])
def test_what_a_person_must_look_at_is_not_repeated_for_ever(post, registry, says):
    """It is acknowledged, counted and said aloud."""
    assert post(Cashier(says), b"alipay", form()) == (200, b"success")
    assert count(registry, "alipay", says.reason.lower()) == 1


def test_a_bug_is_no_acknowledgement(post):
    """Whatever broke, the notice comes again."""
    assert post(Cashier(ZeroDivisionError()), b"alipay", form()) == (500, b"failure")


def test_there_is_nothing_else(post, registry):
    """Other paths and ways without keys have no page."""
    site = make_site(Door(Cashier(), 1, PaymentMetrics(CollectorRegistry())), CLOCK, None, None)
    assert site.resource.children == {}
    request = DummyRequest([b"alipay"])
    site.resource.getChildWithDefault(b"alipay", request).render(request)
    assert request.responseCode == 404


def test_a_refund_notice_answers_its_errand(registry, result_of):
    """One that names no refund of ours is acknowledged and said aloud."""
    cashier = Cashier()
    door = Door(cashier, 1, PaymentMetrics(registry))
    done = Answer(state="done", provider_no="F1")
    assert result_of(door.take("wechat", RefundNotice(refund_no="T0R01", answer=done))) == 200
    assert result_of(door.take("wechat", RefundNotice(refund_no="T9R01", answer=done))) == 200
    assert cashier.heard == [(REFUND, done)]
    assert (count(registry, "wechat", "refund"), count(registry, "wechat", "no_such_trade")) == (1, 1)


def test_who_has_gone_is_not_answered(registry):
    """The connection broke meanwhile: he comes again."""
    waiting = Deferred()

    class Slow(Cashier):
        async def paid(self, hospital, notice):
            return await waiting

    site = make_site(Door(Slow(), 1, PaymentMetrics(registry)), CLOCK, ALIPAY, None)
    request = DummyRequest([b"alipay"])
    request.content = io.BytesIO(form())
    site.resource.getChildWithDefault(b"alipay", request).render_POST(request)
    request._disconnected = True
    waiting.callback(Settled(code="12345678"))
    assert request.written == []
