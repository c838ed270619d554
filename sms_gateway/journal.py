"""Everything the text gateway writes: one transaction at a time, whatever gathered meanwhile all in it.

Law: texts taken, answers posted, what became of texts sent, receipts, and the claims of links that have room share a
transaction, so that a busy second costs few commits and an answer leaves without a second look at the store. Each entry has its
own result, and the bad entry of one never fails another's (``gathering``). Settlements have a little patience: nobody waits for
them, and under load the next text's transaction carries them along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection

from booking.clock import Clock, naive_utc
from booking.store.database import Store
from booking.store.mail.answers import Answered, thd_answer_all
from booking.store.mail.dialogue import thd_forget, thd_remember
from booking.store.mail.inbox import Incoming, Taken, thd_take
from booking.store.mail.outbox import Letter, Settlement, thd_claim, thd_receipt, thd_settle
from booking.store.mail.proofs import Proof, thd_prove
from booking.vault import Vault
from sms_gateway.dialogue import MINUTES
from sms_gateway.gathering import Gathering

SETTLE_PATIENCE_SECONDS = 0.005
_DIALOGUE_LIVES = timedelta(minutes=MINUTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A text's answer; ``question`` is the dialogue that is pending on ``phone`` now (JSON), None: none."""

    answered: Answered
    phone: str
    question: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A delivery receipt."""

    smsc: str
    message_id: str
    state: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A bound link's offer to send ``limit`` texts of its hospital at once."""

    smsc: str
    hospital: int
    limit: int


class Sender(Protocol):
    """A link's outbox, as the journal sees it."""

    def offer(self, posted: bool) -> Claim | None:
        """Room to send now; None while unbound or full, or when nothing was posted and nobody rang."""
        ...

    def take(self, claim: Claim, letters: Sequence[Letter]) -> None:
        """What an offer was used for: nothing, when the transaction failed."""
        ...


@dataclass(slots=True)
class Page:
    """What one transaction writes, by kind; results stand in the order of the entries of their kind."""

    incoming: list[Incoming] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    settled: list[Settlement] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    taken: list[Taken]
    known: list[bool]
    letters: list[list[Letter]]


Entry = Incoming | Posted | Told | Settlement | Proof


class Journal:
    """One for all links of a process. ``reactor`` is an IReactorTime."""

    def __init__(self, *, reactor: Any, database: Store, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._senders: list[Sender] = []
        self._gathering: Gathering[Entry] = Gathering(self._write, reactor=reactor)

    def enlist(self, sender: Sender) -> None:
        """From now on ``sender`` is asked for offers."""
        self._senders.append(sender)

    async def take(self, incoming: Incoming) -> Taken:
        """Returns when the text may be acknowledged. Raises Busy, as all of this class."""
        taken: Taken = await self._gathering.put(incoming)
        return taken

    async def post(self, posted: Posted) -> None:
        """Returns when the text counts as answered."""
        await self._gathering.put(posted)

    async def tell(self, told: Told) -> bool:
        """Returns when the receipt may be acknowledged; whether its text is known."""
        known: bool = await self._gathering.put(told)
        return known

    async def settle(self, settlement: Settlement) -> None:
        """Returns when what became of the text is written down."""
        await self._gathering.put(settlement, SETTLE_PATIENCE_SECONDS)

    async def prove(self, proof: Proof, *, soon: bool) -> None:
        """Returns when what a bind has proved is written down; ``soon``: with no patience for company."""
        await self._gathering.put(proof, 0.0 if soon else SETTLE_PATIENCE_SECONDS)

    def nudge(self) -> None:
        """A sender wants to be asked for an offer."""
        self._gathering.nudge()

    async def _write(self, entries: list[Entry]) -> Sequence[Any]:
        page = Page()
        for entry in entries:
            _column(page, entry).append(entry)
        offers = self._offers(bool(page.posted))
        page.claims = [claim for _, claim in offers]
        if not entries and not offers:
            return []
        letters: list[list[Letter]] = [[] for _ in offers]
        try:
            now = naive_utc(self._clock)
            written = await self._database.run(thd_write_page, self._vault, page, now, name="journal")
            letters = written.letters
        finally:
            for (sender, claim), claimed in zip(offers, letters, strict=True):
                sender.take(claim, claimed)
        taken, known = iter(written.taken), iter(written.known)
        return [_result(entry, taken, known) for entry in entries]

    def _offers(self, posted: bool) -> list[tuple[Sender, Claim]]:
        found = ((sender, sender.offer(posted)) for sender in self._senders)
        return [(sender, claim) for sender, claim in found if claim is not None]


def _column(page: Page, entry: Entry) -> list[Any]:
    match entry:
        case Incoming():
            return page.incoming
        case Posted():
            return page.posted
        case Told():
            return page.told
        case Proof():
            return page.proofs
        case _:
            return page.settled


def _result(entry: Entry, taken: Any, known: Any) -> Any:
    match entry:
        case Incoming():
            return next(taken)
        case Told():
            return next(known)
        case _:
            return None


def thd_write_page(conn: Connection, vault: Vault, page: Page, now: datetime) -> Written:
    """Settlements before receipts (which may tell of them), proofs before texts (which they may show to be new), answers before
    claims (which may send them)."""
    if page.settled:
        thd_settle(conn, page.settled, now)
    if page.proofs:
        thd_prove(conn, page.proofs)
    known = [thd_receipt(conn, told.smsc, told.message_id, told.state, told.at) for told in page.told]
    taken = thd_take(conn, vault, page.incoming) if page.incoming else []
    if page.posted:
        _thd_post(conn, vault, page.posted, now)
    letters = [thd_claim(conn, vault, (claim.hospital,), claim.smsc, claim.limit, now) for claim in page.claims]
    return Written(taken, known, letters)


def _thd_post(conn: Connection, vault: Vault, posted: Sequence[Posted], now: datetime) -> None:
    """A text that was answered before changes no question either."""
    fresh = thd_answer_all(conn, vault, [each.answered for each in posted], now)
    questions = {
        (each.answered.hospital, each.phone): each.question for each in posted if each.answered.inbox_id in fresh
    }
    # Nearly every text leaves no question: one statement for all of them, not one for each (3 % of a busy gateway's work).
    silent: dict[int, list[str]] = {}
    for (hospital, phone), question in questions.items():
        if question is None:
            silent.setdefault(hospital, []).append(phone)
        else:
            thd_remember(conn, vault, hospital, phone, question, now + _DIALOGUE_LIVES)
    for hospital, phones in silent.items():
        thd_forget(conn, vault, hospital, phones)
