"""Looks that are asked for in one turn of the reactor share a thread's hop and a transaction.

Law: a look waits for nothing but the end of the turn it was asked in; ``TOGETHER_MOST`` bounds whom a slow one can delay. It begins
after all that was committed before it was asked. What one raises is its own: the transaction ends there, and those after it
get another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from booking.store.transaction import assert_plain
from booking.store.workers import Pool, hop

T = TypeVar("T")

TOGETHER_MOST = 16

Watch = Callable[[str, float, float], None]
"""Called in the reactor's thread after each look: its name, seconds waited, seconds run."""


@dataclass(slots=True)
class _Look:
    name: str
    thd: Callable[[Connection], Any]
    asked: float
    context: Context = field(default_factory=copy_context)
    answer: Deferred[Any] = field(default_factory=Deferred)
    began: float = 0.0
    ended: float = 0.0
    found: Any = None

    def thd_look(self, conn: Connection, seconds: Callable[[], float]) -> bool:
        """Whether it went well."""
        self.began = seconds()
        try:
            self.found = self.context.run(self.thd, conn)
            assert_plain(self.found)
        except Exception:
            self.found = Failure()  # type: ignore[no-untyped-call]
        self.ended = seconds()
        return not isinstance(self.found, Failure)


class Looks:
    """``reactor`` is an IReactorFromThreads and IReactorTime."""

    def __init__(self, engine: Engine, *, pool: Pool, reactor: Any, watch: Watch) -> None:
        self._engine = engine
        self._pool = pool
        self._reactor = reactor
        self._watch = watch
        self._asked: list[_Look] = []

    def ask(self, name: str, thd: Callable[[Connection], T]) -> Deferred[T]:
        """What ``thd`` finds in a transaction that is always rolled back, or what it raises."""
        if not self._asked:
            self._reactor.callLater(0, self._turn_ended)
        look = _Look(name, thd, self._reactor.seconds())
        self._asked.append(look)
        return look.answer

    def _turn_ended(self) -> None:
        asked, self._asked = self._asked, []
        for at in range(0, len(asked), TOGETHER_MOST):
            together = asked[at : at + TOGETHER_MOST]
            hop(self._reactor, self._pool, partial(self._thd_all, together)).addCallback(self._tell)

    def _tell(self, looks: Sequence[_Look]) -> None:
        for look in looks:
            self._watch(look.name, look.began - look.asked, look.ended - look.began)
            if isinstance(look.found, Failure):
                look.answer.errback(look.found)
            else:
                look.answer.callback(look.found)

    def _thd_all(self, looks: Sequence[_Look]) -> Sequence[_Look]:
        """Never raises: each look keeps what it found, or a Failure."""
        waiting = deque(looks)
        while waiting:
            try:
                self._thd_some(waiting)
            except Exception:  # no connection to be had: asking once for each would take as many times as long
                for look in waiting:
                    look.found = Failure()  # type: ignore[no-untyped-call]
                    look.began = look.ended = self._reactor.seconds()
                waiting.clear()
        return looks

    def _thd_some(self, waiting: deque[_Look]) -> None:
        """As many as go well in one transaction, and perhaps one that does not."""
        with self._engine.connect() as conn, conn.begin() as transaction:
            while waiting and waiting.popleft().thd_look(conn, self._reactor.seconds):
                pass
            transaction.rollback()
