"""Alipay: what a notice must carry to be believed, refunds and questions through its gateway.

Law of this module: nothing unsigned is believed, neither a notice nor an answer. A notice must be of our application, and its
amount is compared later, in the store. Format: the open platform's (RSA2, ``key=value`` of all parameters sorted by name).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from booking.clock import Clock, wall
from booking.money.payments import Answer, Errand, Notice
from hotline.payments.http import Http
from hotline.payments.keys import sign, verified
from hotline.payments.port import heard
from hotline.payments.proofs import Forged, Ignored

GATEWAY = "https://openapi.alipay.com/gateway.do"
_PAID = {"TRADE_SUCCESS", "TRADE_FINISHED"}
_NO_PAYMENT = {"ACQ.TRADE_NOT_EXIST"}
_DOUBTFUL = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "isp.unknow-error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayKeys:
    """``ours`` signs what we ask, ``theirs`` is Alipay's public key."""

    app_id: str
    ours: RSAPrivateKey = field(repr=False)
    theirs: RSAPublicKey
    gateway: str = GATEWAY


def read_notice(keys: AlipayKeys, body: bytes) -> Notice | Forged | Ignored:
    """What the form that Alipay posted says."""
    try:
        given = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True))
    except ValueError:
        return Forged(why="no form")
    signature = given.pop("sign", "")
    given.pop("sign_type", None)
    if not verified(keys.theirs, to_sign(given), signature):
        return Forged(why="wrong signature")
    if given.get("app_id") != keys.app_id:
        return Forged(why="another application's")
    if given.get("trade_status") not in _PAID:
        return Ignored(what=given.get("trade_status", "no status"))
    amount = fen(given.get("total_amount", ""))
    if amount is None or not given.get("trade_no") or not given.get("out_trade_no"):
        return Forged(why="incomplete")
    return Notice(way="alipay", trade_no=given["out_trade_no"], provider_no=given["trade_no"], amount_fen=amount)


def to_sign(values: Mapping[str, str]) -> bytes:
    """``a=1&b=2`` of everything that is not empty, sorted by name, nothing escaped."""
    return "&".join(f"{name}={values[name]}" for name in sorted(values) if values[name]).encode()


def fen(yuan: str) -> int | None:
    """``50.00`` in fen; None for what is no amount of whole fen."""
    try:
        amount = Decimal(yuan) * 100
    except InvalidOperation:
        return None
    return int(amount) if amount.is_finite() and amount == int(amount) else None


def yuan(amount_fen: int) -> str:
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"


class Alipay:
    """Pays back and answers questions; to take money, the payer begins."""

    way = "alipay"
    takes = False
    gives = True

    def __init__(self, keys: AlipayKeys, http: Http, clock: Clock) -> None:
        self._keys = keys
        self._http = http
        self._clock = clock

    async def run(self, errands: Sequence[Errand]) -> list[Answer]:
        """Refund after refund: a batch is small, and Alipay takes one at a time."""
        return [await self._refund(errand) for errand in errands]

    async def _refund(self, errand: Errand) -> Answer:
        what = {**_trade(errand), "refund_amount": yuan(errand.amount_fen), "out_request_no": errand.refund_no}
        reply = await self._call("alipay.trade.refund", what)
        if isinstance(reply, Answer):
            return reply
        if reply.get("fund_change") == "Y":
            return Answer(state="done", provider_no=str(reply.get("trade_no", "")))
        return Answer(state="pending", error="no change of funds")  # done before, or under way: ``ask`` tells

    async def ask(self, errand: Errand) -> Answer:
        """A refund that Alipay does not show as made may be put again, under its own number."""
        if errand.kind == "charge":
            return await self._ask_payment(errand)
        what = {**_trade(errand), "out_request_no": errand.refund_no}
        reply = await self._call("alipay.trade.fastpay.refund.query", what)
        if isinstance(reply, Answer):
            return _of_question(reply)
        if reply.get("refund_status") == "REFUND_SUCCESS":
            return Answer(state="done", provider_no=str(reply.get("trade_no", "")))
        return Answer(state="unheard", error="no such refund yet")

    async def _ask_payment(self, errand: Errand) -> Answer:
        reply = await self._call("alipay.trade.query", _trade(errand))
        if isinstance(reply, Answer):
            return reply
        if reply.get("trade_status") in _PAID and fen(str(reply.get("total_amount", ""))) == errand.amount_fen:
            return Answer(state="done", provider_no=str(reply.get("trade_no", "")))
        return Answer(state="pending", error=str(reply.get("trade_status", "")))

    async def _call(self, method: str, what: Mapping[str, str]) -> dict[str, Any] | Answer:
        """The answer's fields, or what stands in their place."""
        body = urlencode(self._signed(method, what)).encode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}
        reply = await heard(self._http.request("POST", self._keys.gateway, headers, body))
        if isinstance(reply, Answer):
            return reply
        fields = _believed(self._keys, f"{method.replace('.', '_')}_response", reply.body)
        if fields is None:
            return Answer(state="unknown", error="an answer without a valid signature")
        return fields if fields.get("code") == "10000" else _refusal(fields)

    def _signed(self, method: str, what: Mapping[str, str]) -> dict[str, str]:
        values = {
            "app_id": self._keys.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": _stamp(wall(self._clock)),
            "version": "1.0",
            "biz_content": json.dumps(what, ensure_ascii=False),
        }
        return {**values, "sign": sign(self._keys.ours, to_sign(values))}


def _believed(keys: AlipayKeys, name: str, body: bytes) -> dict[str, Any] | None:
    """The object called ``name`` if Alipay signed exactly its text."""
    try:
        text = body.decode("utf-8")
        whole = json.loads(text)
        begin = text.index(f'"{name}"')
        begin = text.index("{", begin)
        fields, end = json.JSONDecoder().raw_decode(text, begin)
    except ValueError:
        return None
    if not isinstance(whole, dict) or not isinstance(fields, dict):
        return None
    return fields if verified(keys.theirs, text[begin:end].encode(), str(whole.get("sign", ""))) else None


def _refusal(fields: Mapping[str, Any]) -> Answer:
    error = str(fields.get("sub_code") or fields.get("code") or "")
    if fields.get("code") == "40004" and error not in _DOUBTFUL:
        return Answer(state="refused", error=error)
    return Answer(state="unknown", error=error)


def _of_question(answer: Answer) -> Answer:
    """What an unanswered question after a refund says of the refund: nothing, but where there is not even the payment."""
    return Answer(state="unheard" if answer.error in _NO_PAYMENT else "unknown", error=answer.error)


def _trade(errand: Errand) -> dict[str, str]:
    """Alipay's own number where we have it: two payments of one charge are told apart by it."""
    return {"trade_no": errand.provider_no} if errand.provider_no else {"out_trade_no": errand.trade_no}


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
