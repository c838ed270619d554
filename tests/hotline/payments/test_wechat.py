"""WeChat Pay: a notice counts when the platform signed it just now, and a refund is asked for once."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from booking.clock import FixedClock
from booking.money.payments import Answer, Errand, Notice
from hotline.payments.http import NoAnswer, NotDelivered, Reply
from hotline.payments.keys import sign, verified
from hotline.payments.proofs import Forged, Ignored, RefundNotice
from hotline.payments.wechat import Wechat, WechatKeys, read_notice

OURS = rsa.generate_private_key(65537, 2048)
PLATFORM = rsa.generate_private_key(65537, 2048)
V3 = b"0123456789abcdef0123456789abcdef"
KEYS = WechatKeys(merchant="M1", our_serial="OUR1", ours=OURS, theirs={"P1": PLATFORM.public_key()}, v3_key=V3)
CLOCK = FixedClock.at_wall("2026-07-14 09:00")
NOW = CLOCK.utc().timestamp()
PAID = {
    "mchid": "M1",
    "out_trade_no": "T1",
    "transaction_id": "W1",
    "trade_state": "SUCCESS",
    "amount": {"total": 5000},
}
REFUND = Errand(
    kind="refund",
    id=1,
    way="wechat",
    trade_no="T1",
    amount_fen=2000,
    paid_fen=5000,
    refund_no="T1R01",
    provider_no="W1",
)


def posted(said=PAID, event="TRANSACTION.SUCCESS", v3=V3, **changed):
    """Body and headers as WeChat posts them."""
    nonce, extra = b"abcdefabcdef", b"transaction"
    sealed = base64.b64encode(AESGCM(v3).encrypt(nonce, json.dumps(said).encode(), extra)).decode()
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": sealed,
        "nonce": nonce.decode(),
        "associated_data": extra.decode(),
    } | changed
    body = json.dumps({"event_type": event, "resource": resource}).encode()
    return signed(body), body


def signed(body, key=PLATFORM, stamp=int(NOW), serial="P1"):
    return {
        "wechatpay-timestamp": str(stamp),
        "wechatpay-nonce": "n",
        "wechatpay-serial": serial,
        "wechatpay-signature": sign(key, f"{stamp}\nn\n".encode() + body + b"\n"),
    }


def test_a_signed_notice_is_believed():
    """What was sealed for us: our number, WeChat's, the amount."""
    assert read_notice(KEYS, *posted(), NOW) == Notice(way="wechat", trade_no="T1", provider_no="W1", amount_fen=5000)


def test_what_is_not_proved_is_refused():
    """An unknown certificate, a wrong key, a changed body, an old or undated message."""
    headers, body = posted()
    assert read_notice(KEYS, {}, body, NOW) == Forged(why="signed with an unknown certificate")
    assert read_notice(KEYS, signed(body, key=OURS), body, NOW) == Forged(why="wrong signature")
    assert read_notice(KEYS, headers, body + b" ", NOW) == Forged(why="wrong signature")
    assert read_notice(KEYS, headers, body, NOW + 301) == Forged(why="too old")
    assert read_notice(KEYS, signed(body, stamp="now"), body, NOW) == Forged(why="too old")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (posted(v3=bytes(32)), "sealed with another key"),
        (posted(ciphertext="%%%"), "sealed with another key"),
        (posted(algorithm="ROT13"), "sealed with another key"),
        (posted(said=[1]), "sealed with another key"),
        (posted(said=PAID | {"mchid": "M2"}), "another merchant's"),
        (posted(said={"mchid": "M1", "trade_state": "SUCCESS"}), "incomplete"),
        (posted(said=PAID | {"amount": {"total": "much"}}), "incomplete"),
    ],
)
def test_what_was_not_sealed_for_us_is_refused(message, why):
    """Signed, but not meant for this merchant or not whole."""
    assert read_notice(KEYS, *message, NOW) == Forged(why=why)


def test_a_signed_body_that_cannot_be_read_is_refused():
    """No JSON, no resource."""
    for body in (b"{", b"{}", b"[]"):
        assert read_notice(KEYS, signed(body), body, NOW) == Forged(why="cannot be read")


def test_notices_of_refunds_and_of_nothing():
    """What became of a refund is told by notice, too."""
    said = {"mchid": "M1", "out_refund_no": "T1R01", "refund_id": "F1", "refund_status": "SUCCESS"}
    assert read_notice(KEYS, *posted(said=said, event="REFUND.SUCCESS"), NOW) == RefundNotice(
        refund_no="T1R01", answer=Answer(state="done", provider_no="F1")
    )
    abnormal = read_notice(KEYS, *posted(said=said | {"refund_status": "ABNORMAL"}, event="REFUND.ABNORMAL"), NOW)
    assert abnormal == RefundNotice(refund_no="T1R01", answer=Answer(state="refused", error="ABNORMAL"))
    assert read_notice(KEYS, *posted(event="COUPON.USE"), NOW) == Ignored(what="COUPON.USE")


class Api:
    """WeChat's API: checks our signature, answers with the next of ``answers`` and signs it."""

    def __init__(self, *answers, key=PLATFORM):
        self.answers = list(answers)
        self.key = key
        self.asked = []

    async def request(self, method, url, headers, body):
        path = url.removeprefix("https://api.mch.weixin.qq.com")
        told = dict(part.split("=", 1) for part in headers["authorization"].split(" ", 1)[1].split(","))
        values = {name: value.strip('"') for name, value in told.items()}
        message = f"{method}\n{path}\n{values['timestamp']}\n{values['nonce_str']}\n".encode() + body + b"\n"
        signature = told["signature"].strip('"')
        assert verified(OURS.public_key(), message, signature)
        assert (values["mchid"], values["serial_no"]) == ("M1", "OUR1")
        self.asked.append((method, path, json.loads(body or b"null")))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, content = answer
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return Reply(status=status, body=body, headers=signed(body, key=self.key))


@pytest.mark.parametrize(
    ("reply", "put", "asked"),
    [
        ((200, {"status": "SUCCESS", "refund_id": "F1"}), "done", "done"),
        ((200, {"status": "PROCESSING", "refund_id": "F1"}), "pending", "pending"),
        ((200, {"status": "CLOSED", "refund_id": "F1"}), "refused", "refused"),
        ((200, {}), "unknown", "unknown"),
        ((200, b"<html>"), "unknown", "unknown"),
        ((400, {"code": "NOT_ENOUGH"}), "refused", "unknown"),
        ((403, {"code": "NO_AUTH"}), "refused", "unknown"),
        ((429, {"code": "FREQUENCY_LIMITED"}), "unheard", "unknown"),
        ((404, {"code": "RESOURCE_NOT_EXISTS"}), "unheard", "unheard"),
        ((500, {"code": "SYSTEM_ERROR"}), "unknown", "unknown"),
        (NotDelivered("refused"), "unheard", "unknown"),
        (NoAnswer("late"), "unknown", "unknown"),
    ],
)
def test_a_refund_is_put_and_asked_after_under_its_number(result_of, reply, put, asked):
    """By WeChat's own number of the payment, with what was paid in all. A question that is refused, or does not arrive, says nothing
    of the refund: it may be made."""
    api = Api(reply, reply)
    way = Wechat(KEYS, api, CLOCK)
    (answer,) = result_of(way.run([REFUND]))
    assert answer.state == put
    assert result_of(way.ask(REFUND)).state == asked
    amount = {"refund": 2000, "total": 5000, "currency": "CNY"}
    assert api.asked == [
        ("POST", "/v3/refund/domestic/refunds", {"transaction_id": "W1", "out_refund_no": "T1R01", "amount": amount}),
        ("GET", "/v3/refund/domestic/refunds/T1R01", None),
    ]


def test_an_answer_signed_by_another_is_not_believed(result_of):
    """Somebody between us and WeChat cannot say yes."""
    api = Api((200, {"status": "SUCCESS", "refund_id": "F1"}), key=OURS)
    (answer,) = result_of(Wechat(KEYS, api, CLOCK).run([REFUND]))
    assert answer == Answer(state="unknown", error="an answer that is wrong signature")


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ((200, {"trade_state": "SUCCESS", "amount": {"total": 5000}, "transaction_id": "W1"}), "done"),
        ((200, {"trade_state": "SUCCESS", "amount": {"total": 1}, "transaction_id": "W1"}), "pending"),
        ((404, {"code": "ORDER_NOT_EXIST"}), "pending"),
        ((200, {}), "unknown"),
        (NoAnswer("late"), "unknown"),
    ],
)
def test_a_payment_can_be_asked_after(result_of, reply, state):
    """Paid only when the amount is right; a trade that nobody began yet stays open."""
    errand = Errand(kind="charge", id=1, way="wechat", trade_no="T1", amount_fen=5000, paid_fen=5000)
    api = Api(reply)
    assert result_of(Wechat(KEYS, api, CLOCK).ask(errand)).state == state
    assert api.asked == [("GET", "/v3/pay/transactions/out-trade-no/T1?mchid=M1", None)]
