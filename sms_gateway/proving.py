"""What an accepted submission proves: that the SMSC has read every acknowledgement which left before it.

Law: on one connection bytes arrive in the order in which they left. So when a submission is about to leave, all texts that came
before the oldest one still unacknowledged are behind it on the wire; when the SMSC accepts it, they are proved (``arrivals.is_repeat``
lives by that). A text that was put off counts as unacknowledged for as long as the SMSC may bring it through another bind. Proofs are
written with the settlements, once a second at most, and the last of them always.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from booking.clock import Clock, naive_utc
from booking.outcomes import Busy
from booking.store.mail.arrivals import OTHER_BIND
from booking.store.mail.proofs import Proof
from sms_gateway.smpp.settings import SmscSettings

WRITE_SECONDS = 1.0
_TICK = timedelta(microseconds=1)


class Book(Protocol):
    """Where proofs are written (the journal). ``soon``: at once, not with the next settlements."""

    async def prove(self, proof: Proof, *, soon: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Leaving:
    """A submission that is about to leave through ``bind``; when it is accepted, all that came by ``at`` is proved."""

    bind: str
    at: datetime


class Proving:
    """One for each link. Knows the present bind only: what is open when a bind ends is never proved."""

    _log = Logger()

    def __init__(self, settings: SmscSettings, *, reactor: IReactorTime, book: Book, clock: Clock) -> None:
        self._settings = settings
        self._reactor = reactor
        self._book = book
        self._clock = clock
        self._bind = ""
        self._count = 0
        self._open: dict[int, datetime] = {}
        self._put_off: set[int] = set()
        self._best: Leaving | None = None
        self._written_at = -WRITE_SECONDS
        self._timer: IDelayedCall | None = None
        self._closed = False

    def came(self, bind: str) -> int:
        """A text has come and is not acknowledged yet; the number by which ``answered`` knows it."""
        now = naive_utc(self._clock)
        if bind != self._bind:
            self._bind = bind
            self._open.clear()
            self._put_off.clear()
        self._forget_old(now)
        self._count += 1
        self._open[self._count] = now
        return self._count

    def answered(self, number: int, *, taken: bool) -> None:
        """To be called in the very turn in which the answer leaves; ``taken`` False: the SMSC is to bring the text again."""
        if taken:
            self._open.pop(number, None)
        elif number in self._open:
            self._put_off.add(number)

    def leaving(self, bind: str) -> Leaving:
        """To be called before a submission leaves."""
        now = naive_utc(self._clock)
        if bind != self._bind:
            return Leaving(bind, now)
        self._forget_old(now)
        oldest = next(iter(self._open.values()), None)
        return Leaving(bind, now if oldest is None else oldest - _TICK)

    def accepted(self, leaving: Leaving) -> None:
        """The submission was accepted: its proof is written now, or within a second."""
        best = self._best
        if best is not None and best.bind == leaving.bind and best.at >= leaving.at:
            return
        self._best = leaving
        if self._timer is None:
            wait = 0.0 if self._closed else self._written_at + WRITE_SECONDS - self._reactor.seconds()
            if wait > 0:
                self._timer = self._reactor.callLater(wait, self._write)
            else:
                self._write()

    def close(self) -> None:
        """What is proved and not written is written now, and so is whatever follows."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._write()

    def _forget_old(self, now: datetime) -> None:
        """A text put off longer ago than another bind's repeat may come is no concern any more."""
        while self._open:
            # Only the oldest is looked at: no copy of all that is open for each text and each submission.
            number, at = next(iter(self._open.items()))
            if number not in self._put_off or now - at <= OTHER_BIND:
                break
            del self._open[number]
            self._put_off.discard(number)

    def _write(self) -> None:
        self._timer = None
        best = self._best
        assert best is not None, "nothing is written before something was accepted"
        self._written_at = self._reactor.seconds()
        proof = Proof(hospital=self._settings.hospital, smsc=self._settings.name, bind=best.bind, at=best.at)
        Deferred.fromCoroutine(self._enter(proof))

    async def _enter(self, proof: Proof) -> None:
        """While the store is out a proof is lost: the next says more."""
        try:
            await self._book.prove(proof, soon=self._closed)
        except Busy:
            pass
        except Exception:
            self._log.failure("what {smsc} has proved cannot be written", smsc=proof.smsc)
