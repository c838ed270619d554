"""Phone bills by the operator's HTTP interface: JSON, a bearer token, our number as idempotency key. docs/money.md has the calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from booking.money.payments import Answer, Errand, State
from hotline.payments.http import Http, Reply
from hotline.payments.port import heard

_RESULTS: dict[str, State] = {"done": "done", "refused": "refused", "pending": "pending"}


class BillApi:
    """One request an errand."""

    way = "bill"
    takes = True
    gives = True

    def __init__(self, url: str, token: str, http: Http) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._http = http

    async def run(self, errands: Sequence[Errand]) -> list[Answer]:
        return [await self._put(errand) for errand in errands]

    async def ask(self, errand: Errand) -> Answer:
        """What the operator does not know (404) may be put again."""
        return await self._call("GET", f"/{errand.kind}s/{errand.number}", {}, errand)

    async def _put(self, errand: Errand) -> Answer:
        what: dict[str, Any] = {"number": errand.number, "phone": errand.phone, "amount_fen": errand.amount_fen}
        if errand.kind == "refund":
            what |= {"charge": errand.trade_no, "provider_no": errand.provider_no}
        return await self._call("POST", f"/{errand.kind}s", what, errand)

    async def _call(self, method: str, path: str, what: Mapping[str, Any], errand: Errand) -> Answer:
        headers = {
            "authorization": f"Bearer {self._token}",
            "content-type": "application/json",
            "idempotency-key": errand.number,
        }
        body = json.dumps(what).encode() if what else b""
        reply = await heard(self._http.request(method, self._url + path, headers, body), _not_taken(method))
        return reply if isinstance(reply, Answer) else _answer(method, reply, errand)


def _not_taken(method: str) -> State:
    """What is known of an errand when this request was not taken: when it was only a question, nothing."""
    return "unknown" if method == "GET" else "unheard"


def _answer(method: str, reply: Reply, errand: Errand) -> Answer:
    if reply.status == 429:
        return Answer(state=_not_taken(method), error="HTTP 429")
    if method == "GET" and reply.status == 404:
        return Answer(state="unheard", error="HTTP 404")
    try:
        said = json.loads(reply.body)
        state = _RESULTS[said["result"]]
        provider_no, error = str(said.get("provider_no", "")), str(said.get("error", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Answer(state="unknown", error=f"HTTP {reply.status}")
    if state == "done" and said.get("amount_fen") != errand.amount_fen:
        return Answer(state="unknown", error="another amount")
    return Answer(state=state, provider_no=provider_no, error=error)
