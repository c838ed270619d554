"""A verdict becomes rows: the answer in the outbox, the mark on the text, the dialogue's next question, in one transaction.

Law: verdicts that come while a transaction is being written gather into the next one. A link that is bound and has room claims
what was just posted within the same transaction, so that an answer leaves without a second look at the store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection

from booking.clock import Clock, naive_utc
from booking.store.database import Store
from booking.store.dialogue import thd_forget, thd_remember
from booking.store.inbox import InboxMessage, thd_answer
from booking.store.outbox import Letter, OutgoingText, thd_claim
from booking.vault import Vault
from sms_gateway.dialogue import MINUTES, Dialogue, to_json
from sms_gateway.gathering import Gathering
from sms_gateway.privacy import without_identity

ANSWER_LIVES = timedelta(hours=24)
_DIALOGUE_LIVES = timedelta(minutes=MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one text is answered. ``says`` is empty when the store has posted the answer already; ``pending`` is the question asked now."""

    message: InboxMessage
    command: str
    outcome: str
    says: str
    pending: Dialogue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A bound link's offer to send ``limit`` texts of its hospital at once."""

    smsc: str
    hospital: int
    limit: int


class Sender(Protocol):
    """A link's outbox, as whoever posts sees it."""

    def offer(self) -> Claim | None:
        """Room to send now; None while unbound or full (the texts then wait in the outbox)."""
        ...

    def take(self, claim: Claim, letters: Sequence[Letter]) -> None:
        """What an offer was used for: nothing, when the transaction failed."""
        ...


class Posting:
    """``signatures`` names each hospital as its texts are signed (【仁和】)."""

    def __init__(
        self, *, database: Store, vault: Vault, clock: Clock, senders: Sequence[Sender], sign: Callable[[int], str]
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._senders = senders
        self._sign = sign
        self._gathering: Gathering[Verdict, None] = Gathering(self._write)

    async def post(self, verdict: Verdict) -> None:
        """Returns when the text counts as answered. Raises Busy."""
        await self._gathering.put(verdict)

    async def _write(self, verdicts: list[Verdict]) -> list[None]:
        offers = [(sender, claim) for sender in self._senders if (claim := sender.offer()) is not None]
        claims = [claim for _, claim in offers]
        claimed: list[list[Letter]] = [[] for _ in claims]
        try:
            now = naive_utc(self._clock)
            drafts = [_draft(verdict, self._sign(verdict.message.hospital), now) for verdict in verdicts]
            claimed = await self._database.run(thd_post_answers, self._vault, drafts, claims, now)
        finally:
            for (sender, claim), letters in zip(offers, claimed, strict=True):
                sender.take(claim, letters)
        return [None] * len(verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A verdict, ready to be written. ``text`` replaces the stored words where they held an identity number."""

    verdict: Verdict
    replies: list[OutgoingText]
    text: str | None


def _draft(verdict: Verdict, sign: str, now: datetime) -> Draft:
    message = verdict.message
    reply = OutgoingText(
        to=message.source,
        body=f"【{sign}】{verdict.says}",
        kind="reply",
        lane=0,
        dedupe=f"reply:{message.id}:0",
        expires_at=now + ANSWER_LIVES,
    )
    return Draft(verdict=verdict, replies=[reply] if verdict.says else [], text=without_identity(message.text))


def thd_post_answers(
    conn: Connection, vault: Vault, drafts: Sequence[Draft], claims: Sequence[Claim], now: datetime
) -> list[list[Letter]]:
    """Write every draft; then, for each claim, what its link shall send (in the order of ``claims``)."""
    for draft in drafts:
        _thd_post_one(conn, vault, draft, now)
    return [thd_claim(conn, vault, (claim.hospital,), claim.smsc, claim.limit, now) for claim in claims]


def _thd_post_one(conn: Connection, vault: Vault, draft: Draft, now: datetime) -> None:
    verdict, message = draft.verdict, draft.verdict.message
    thd_answer(conn, vault, message.id, verdict.outcome, draft.replies, now, masked=draft.text)
    if verdict.pending is None:
        thd_forget(conn, vault, message.hospital, message.source)
    else:
        until = now + _DIALOGUE_LIVES
        thd_remember(conn, vault, message.hospital, message.source, to_json(verdict.pending), until)
