"""WeChat Pay (API v3): what a notice must carry to be believed, refunds and questions.

Law of this module: nothing unsigned is believed. A notice's signature stands over ``timestamp\\nnonce\\nbody\\n`` and is checked with
the platform's certificate (or public key) of the serial number given; one that is older than five minutes is refused; what it
says is sealed with AES-256-GCM under the v3 key.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from booking.clock import Clock
from booking.money.payments import Answer, Errand, Notice
from hotline.payments.http import Http, Reply
from hotline.payments.keys import sign, verified
from hotline.payments.port import heard
from hotline.payments.proofs import Forged, Ignored, RefundNotice

API = "https://api.mch.weixin.qq.com"
OLDEST_SECONDS = 300
_SCHEME = "WECHATPAY2-SHA256-RSA2048"


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatKeys:
    """``ours`` (whose certificate has ``our_serial``) signs what we ask; ``theirs`` are the platform's keys by serial number."""

    merchant: str
    our_serial: str
    ours: RSAPrivateKey = field(repr=False)
    theirs: Mapping[str, RSAPublicKey]
    v3_key: bytes = field(repr=False)
    api: str = API


def read_notice(
    keys: WechatKeys, headers: Mapping[str, str], body: bytes, now: float
) -> Notice | RefundNotice | Forged | Ignored:
    """What WeChat posted says; ``headers`` by lower-case name, ``now`` in seconds since 1970."""
    if (why := distrusted(keys, headers, body, now)) is not None:
        return Forged(why=why)
    try:
        message = json.loads(body)
        event, said = str(message["event_type"]), opened(keys, message["resource"])
    except (ValueError, KeyError, TypeError):
        return Forged(why="cannot be read")
    if said is None:
        return Forged(why="sealed with another key")
    if said.get("mchid") != keys.merchant:
        return Forged(why="another merchant's")
    return _notice(event, said)


def distrusted(keys: WechatKeys, headers: Mapping[str, str], body: bytes, now: float) -> str | None:
    """Why this is not believed to be WeChat's; None when it is."""
    stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    theirs = keys.theirs.get(headers.get("wechatpay-serial", ""))
    if theirs is None:
        return "signed with an unknown certificate"
    if not verified(theirs, f"{stamp}\n{nonce}\n".encode() + body + b"\n", headers.get("wechatpay-signature", "")):
        return "wrong signature"
    if not stamp.isdecimal() or abs(now - int(stamp)) > OLDEST_SECONDS:
        return "too old"
    return None


def opened(keys: WechatKeys, resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the sealed ``resource`` holds; None when it was not sealed under our key."""
    if resource["algorithm"] != "AEAD_AES_256_GCM":
        return None
    extra = str(resource.get("associated_data") or "").encode()
    try:
        sealed = base64.b64decode(resource["ciphertext"], validate=True)
        plain = AESGCM(keys.v3_key).decrypt(str(resource["nonce"]).encode(), sealed, extra)
    except (InvalidTag, binascii.Error):
        return None
    found = json.loads(plain)
    return found if isinstance(found, dict) else None


def _notice(event: str, said: Mapping[str, Any]) -> Notice | RefundNotice | Forged | Ignored:
    try:
        if event == "TRANSACTION.SUCCESS" and said["trade_state"] == "SUCCESS":
            return Notice(
                way="wechat",
                trade_no=str(said["out_trade_no"]),
                provider_no=str(said["transaction_id"]),
                amount_fen=int(said["amount"]["total"]),
            )
        if event.startswith("REFUND."):
            return RefundNotice(refund_no=str(said["out_refund_no"]), answer=_refund_answer(said, "refund_status"))
    except (KeyError, TypeError, ValueError):
        return Forged(why="incomplete")
    return Ignored(what=event)


def _refund_answer(said: Mapping[str, Any], field_name: str) -> Answer:
    status = str(said[field_name])
    if status == "SUCCESS":
        return Answer(state="done", provider_no=str(said["refund_id"]))
    if status == "PROCESSING":
        return Answer(state="pending")
    return Answer(state="refused", error=status)  # CLOSED, ABNORMAL: a person has to pay it out


class Wechat:
    """Pays back and answers questions; to take money, the payer begins."""

    way = "wechat"
    takes = False
    gives = True

    def __init__(
        self, keys: WechatKeys, http: Http, clock: Clock, nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        self._keys = keys
        self._http = http
        self._clock = clock
        self._nonce = nonce

    async def run(self, errands: Sequence[Errand]) -> list[Answer]:
        """Refund after refund: WeChat takes one at a time."""
        return [await self._refund(errand) for errand in errands]

    async def _refund(self, errand: Errand) -> Answer:
        trade = {"transaction_id": errand.provider_no} if errand.provider_no else {"out_trade_no": errand.trade_no}
        amount = {"refund": errand.amount_fen, "total": errand.paid_fen, "currency": "CNY"}
        what = {**trade, "out_refund_no": errand.refund_no, "amount": amount}
        return _outcome(await self._call("POST", "/v3/refund/domestic/refunds", what), "status")

    async def ask(self, errand: Errand) -> Answer:
        """A refund that WeChat has never heard of may be put again, under its own number."""
        if errand.kind == "charge":
            path = f"/v3/pay/transactions/out-trade-no/{errand.trade_no}?mchid={self._keys.merchant}"
            return _payment(await self._call("GET", path, None), errand)
        reply = await self._call("GET", f"/v3/refund/domestic/refunds/{errand.refund_no}", None)
        return _of_question(reply, _outcome(reply, "status"))

    async def _call(self, method: str, path: str, what: Mapping[str, Any] | None) -> tuple[int, Any] | Answer:
        body = b"" if what is None else json.dumps(what).encode()
        url = self._keys.api + path
        reply = await heard(self._http.request(method, url, self._headers(method, url, body), body))
        return reply if isinstance(reply, Answer) else self._believed(reply)

    def _believed(self, reply: Reply) -> tuple[int, Any] | Answer:
        now = self._clock.utc().timestamp()
        if (why := distrusted(self._keys, reply.headers, reply.body, now)) is not None:
            return Answer(state="unknown", error=f"an answer that is {why}")
        try:
            return reply.status, json.loads(reply.body or b"{}")
        except ValueError:
            return Answer(state="unknown", error="cannot be read")

    def _headers(self, method: str, url: str, body: bytes) -> dict[str, str]:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        stamp, nonce = str(int(self._clock.utc().timestamp())), self._nonce()
        signature = sign(self._keys.ours, f"{method}\n{path}\n{stamp}\n{nonce}\n".encode() + body + b"\n")
        fields = {
            "mchid": self._keys.merchant,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": stamp,
            "serial_no": self._keys.our_serial,
        }
        told = ",".join(f'{name}="{value}"' for name, value in fields.items())
        return {
            "authorization": f"{_SCHEME} {told}",
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": "hotline",
        }


def _outcome(reply: tuple[int, Any] | Answer, field_name: str) -> Answer:
    if isinstance(reply, Answer):
        return reply
    status, said = reply
    try:
        if status == 200:
            return _refund_answer(said, field_name)
        code = str(said["code"])
    except (KeyError, TypeError):
        return Answer(state="unknown", error=f"HTTP {status}")
    if status in {404, 429}:
        return Answer(state="unheard", error=code)
    if status in {400, 403}:
        return Answer(state="refused", error=code)
    return Answer(state="unknown", error=code)


def _of_question(reply: tuple[int, Any] | Answer, outcome: Answer) -> Answer:
    """What the answer to a question after a refund says of the refund: nothing, but where it tells of it (200) or knows of none (404)."""
    if isinstance(reply, tuple) and reply[0] in {200, 404}:
        return outcome
    return Answer(state="unknown", error=outcome.error)


def _payment(reply: tuple[int, Any] | Answer, errand: Errand) -> Answer:
    if isinstance(reply, Answer):
        return reply
    status, said = reply
    try:
        if status == 200 and said["trade_state"] == "SUCCESS" and said["amount"]["total"] == errand.amount_fen:
            return Answer(state="done", provider_no=str(said["transaction_id"]))
    except (KeyError, TypeError):
        return Answer(state="unknown", error="cannot be read")
    return Answer(state="pending", error=f"HTTP {status}")
