"""Alipay: a notice counts when Alipay signed it, and a refund is asked for once."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from booking.clock import FixedClock
from booking.money.payments import Answer, Errand, Notice
from hotline.payments.alipay import Alipay, AlipayKeys, fen, read_notice, to_sign, yuan
from hotline.payments.http import NoAnswer, NotDelivered, Reply
from hotline.payments.keys import sign
from hotline.payments.proofs import Forged, Ignored

OURS = rsa.generate_private_key(65537, 2048)
ALIPAY = rsa.generate_private_key(65537, 2048)
KEYS = AlipayKeys(app_id="2026", ours=OURS, theirs=ALIPAY.public_key())
PAID = {
    "app_id": "2026",
    "trade_status": "TRADE_SUCCESS",
    "out_trade_no": "000010000000000101",
    "trade_no": "A2",
    "total_amount": "50.00",
    "subject": "挂号 费&=",
    "empty": "",
}
REFUND = Errand(
    kind="refund",
    id=1,
    way="alipay",
    trade_no="T1",
    amount_fen=2005,
    paid_fen=5000,
    refund_no="T1R01",
    provider_no="A2",
)


def posted(key=ALIPAY, **changed):
    """A form as Alipay posts it, signed with ``key``."""
    values = PAID | changed
    return urlencode({**values, "sign": sign(key, to_sign(values)), "sign_type": "RSA2"}).encode()


def test_a_signed_notice_is_believed():
    """Number, Alipay's number and the amount in fen."""
    wanted = Notice(way="alipay", trade_no="000010000000000101", provider_no="A2", amount_fen=5000)
    assert read_notice(KEYS, posted()) == wanted


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (posted(key=OURS), "wrong signature"),
        (posted().replace(b"50.00", b"50.01"), "wrong signature"),
        (posted().replace(b"&sign=", b"&sing="), "wrong signature"),
        (posted(app_id="2027"), "another application's"),
        (posted(total_amount="a lot"), "incomplete"),
        (posted(total_amount="50.001"), "incomplete"),
        (posted(out_trade_no=""), "incomplete"),
        (b"\xff", "no form"),
        (b"nothing", "no form"),
    ],
)
def test_what_is_not_proved_is_refused(body, why):
    """A wrong key, a changed amount, another application, a broken form."""
    assert read_notice(KEYS, body) == Forged(why=why)


def test_a_notice_of_anything_but_payment_changes_nothing():
    """A closed trade is proved and ignored."""
    assert read_notice(KEYS, posted(trade_status="TRADE_CLOSED")) == Ignored(what="TRADE_CLOSED")


def test_yuan_and_fen():
    """Two places, no rounding."""
    assert (yuan(5), yuan(12345), fen("0.05"), fen("NaN"), fen("")) == ("0.05", "123.45", 5, None, None)


class Gateway:
    """Alipay's gateway: answers each call with the next of ``answers`` and keeps what it was asked."""

    def __init__(self, *answers, key=ALIPAY):
        self.answers = list(answers)
        self.key = key
        self.asked = []

    async def request(self, method, url, headers, body):
        values = {name: found[0] for name, found in parse_qs(body.decode()).items()}
        signature = values.pop("sign")
        assert sign(OURS, to_sign(values)) == signature
        self.asked.append((values["method"], json.loads(values["biz_content"])))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, bytes):
            return Reply(status=200, body=answer)
        text = json.dumps(answer, ensure_ascii=False)
        name = values["method"].replace(".", "_") + "_response"
        return Reply(status=200, body=f'{{"{name}":{text},"sign":"{sign(self.key, text.encode())}"}}'.encode())


@pytest.mark.parametrize(
    ("reply", "state", "error"),
    [
        ({"code": "10000", "msg": "Success", "fund_change": "Y", "trade_no": "A2"}, "done", ""),
        ({"code": "10000", "fund_change": "N"}, "pending", "no change of funds"),
        ({"code": "40004", "sub_code": "ACQ.TRADE_HAS_FINISHED"}, "refused", "ACQ.TRADE_HAS_FINISHED"),
        ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, "unknown", "ACQ.SYSTEM_ERROR"),
        ({"code": "20000"}, "unknown", "20000"),
        (NotDelivered("refused"), "unheard", "refused"),
        (NoAnswer("late"), "unknown", "late"),
        (b"<html>", "unknown", "an answer without a valid signature"),
        (b"[1]", "unknown", "an answer without a valid signature"),
        (b'{"alipay_trade_refund_response":{"code":"10000","fund_change":"Y"},"sign":"AA=="}', "unknown",
         "an answer without a valid signature"),
    ],
)  # fmt: skip
def test_a_refund_is_put_under_its_number(result_of, reply, state, error):
    """By Alipay's own number of the payment, in yuan; only a signed yes is a yes."""
    gateway = Gateway(reply)
    (answer,) = result_of(Alipay(KEYS, gateway, FixedClock.at_wall("2026-07-14 09:00")).run([REFUND]))
    assert (answer.state, answer.error) == (state, error)
    wanted = {"trade_no": "A2", "refund_amount": "20.05", "out_request_no": "T1R01"}
    assert gateway.asked == [("alipay.trade.refund", wanted)]


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (
            {"code": "10000", "refund_status": "REFUND_SUCCESS", "trade_no": "A2"},
            Answer(state="done", provider_no="A2"),
        ),
        ({"code": "10000"}, Answer(state="unheard", error="no such refund yet")),
        ({"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}, Answer(state="unheard", error="ACQ.TRADE_NOT_EXIST")),
        ({"code": "40004", "sub_code": "X"}, Answer(state="unknown", error="X")),
        (NotDelivered("refused"), Answer(state="unknown", error="refused")),
        (NoAnswer("late"), Answer(state="unknown", error="late")),
    ],
)
def test_a_refund_that_alipay_does_not_show_may_be_put_again(result_of, reply, answer):
    """Asked after by its own number. A question that is refused, or does not arrive, says nothing of the refund: it may be made."""
    gateway = Gateway(reply)
    assert result_of(Alipay(KEYS, gateway, FixedClock.at_wall("2026-07-14 09:00")).ask(REFUND)) == answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ({"code": "10000", "trade_status": "TRADE_SUCCESS", "total_amount": "50.00", "trade_no": "A2"},
         Answer(state="done", provider_no="A2")),
        ({"code": "10000", "trade_status": "TRADE_SUCCESS", "total_amount": "5.00"},
         Answer(state="pending", error="TRADE_SUCCESS")),
        (NoAnswer("late"), Answer(state="unknown", error="late")),
    ],
)  # fmt: skip
def test_a_payment_can_be_asked_after(result_of, reply, answer):
    """Paid only when the amount is right."""
    errand = Errand(kind="charge", id=1, way="alipay", trade_no="T1", amount_fen=5000, paid_fen=5000)
    gateway = Gateway(reply)
    assert result_of(Alipay(KEYS, gateway, FixedClock.at_wall("2026-07-14 09:00")).ask(errand)) == answer
    assert gateway.asked == [("alipay.trade.query", {"out_trade_no": "T1"})]


def test_an_answer_signed_by_another_is_not_believed(result_of):
    """Somebody between us and Alipay cannot say yes."""
    gateway = Gateway({"code": "10000", "fund_change": "Y"}, key=OURS)
    (answer,) = result_of(Alipay(KEYS, gateway, FixedClock.at_wall("2026-07-14 09:00")).run([REFUND]))
    assert answer.state == "unknown"
