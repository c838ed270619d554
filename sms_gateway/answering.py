"""Every text that was taken is answered once.

Law: texts of one phone are answered in the order they came, those of different phones side by side, ``PHONES_MAX`` at a time.
What cannot be answered now (store out, too many in memory, too many of one phone) stays a row and is swept up again: the table
is the queue, memory only a window on it. A phone that has such a row is ``_behind``: its later texts wait for the sweep, too.
Serving a text twice is harmless by its request key, answering it twice is refused by its row, and a sweep that looked before an
answer was committed is caught by ``_done``.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from booking.clock import Clock, naive_utc
from booking.outcomes import Busy
from booking.store.database import Store
from booking.store.mail.inbox import InboxMessage, thd_unanswered
from booking.trace import trace_id
from booking.vault import Vault
from command_parser.masking import mask_phone
from sms_gateway.journal import Journal
from sms_gateway.metrics import TextMetrics
from sms_gateway.triage import Triage, at_fault
from sms_gateway.verdict import Verdict, posted

PHONES_MAX = 64
WAITING_MAX = 1000
PHONE_MAX = 250
TRIES_MAX = 3
REMEMBERED_MAX = 20_000


class Answering:
    """``reactor`` is an IReactorTime (for measuring); ``smscs`` are the links whose texts are swept up; ``sign`` is a hospital's
    signature."""

    _log = Logger()

    def __init__(
        self,
        *,
        reactor: Any,
        database: Store,
        vault: Vault,
        triage: Triage,
        journal: Journal,
        clock: Clock,
        sign: Callable[[int], str],
        metrics: TextMetrics,
        smscs: Sequence[str],
    ) -> None:
        self._reactor = reactor
        self._database = database
        self._vault = vault
        self._triage = triage
        self._journal = journal
        self._clock = clock
        self._sign = sign
        self._metrics = metrics
        self._smscs = smscs
        self._queues: dict[str, deque[InboxMessage]] = {}
        self._ready: deque[str] = deque()
        self._known: set[int] = set()
        self._done: OrderedDict[int, None] = OrderedDict()
        self._faults: dict[int, int] = {}
        self._behind: dict[str, int] = {}
        self._sweeps = 0
        self._serving = 0
        self._idle: list[Deferred[None]] = []

    def add(self, message: InboxMessage) -> None:
        """Have it answered, unless it must wait for the next sweep; a text known already is not taken twice."""
        if message.source in self._behind:
            self._put_behind(message.source)
        else:
            self._take_up(message)

    def _take_up(self, message: InboxMessage) -> None:
        if message.id in self._known or message.id in self._done:
            return
        queue = self._queues.get(message.source)
        if len(self._known) >= WAITING_MAX or (queue is not None and len(queue) >= PHONE_MAX):
            self._put_behind(message.source)
            return
        self._known.add(message.id)
        self._metrics.backlog.set(len(self._known))
        if queue is not None:
            queue.append(message)
            return
        self._queues[message.source] = deque([message])
        self._ready.append(message.source)
        self._start()

    def _put_behind(self, phone: str) -> None:
        self._behind[phone] = self._sweeps

    async def sweep(self) -> None:
        """Take up what is stored and unanswered: at the start, and every few seconds for what was left behind. Raises Busy."""
        self._sweeps += 1
        all_seen = True
        for smsc in self._smscs:
            room = WAITING_MAX - len(self._known)
            if room <= 0:
                return
            # Those in memory are among the oldest rows, so they are asked for too and passed over in ``_take_up``.
            most = room + len(self._known)
            found = await self._database.look(thd_unanswered, self._vault, smsc, most)
            for message in found:
                self._take_up(message)
            all_seen = all_seen and len(found) < most
        if all_seen:  # who was put behind after this sweep began may have a row that it did not see
            self._behind = {phone: sweep for phone, sweep in self._behind.items() if sweep >= self._sweeps}

    def idle(self) -> Deferred[None]:
        """Fires when no text in memory is left unanswered (or given back to the sweep)."""
        waiter: Deferred[None] = Deferred(canceller=self._idle.remove)
        self._idle.append(waiter)
        self._tell_idle()
        return waiter

    def _tell_idle(self) -> None:
        if not self._known:
            waiters, self._idle = self._idle, []
            for waiter in waiters:
                waiter.callback(None)

    def _start(self) -> None:
        while self._ready and self._serving < PHONES_MAX:
            self._serving += 1
            Deferred.fromCoroutine(self._serve(self._ready.popleft()))

    async def _serve(self, phone: str) -> None:
        """Answer a phone's texts, oldest first, until none is left or the store is out."""
        queue = self._queues[phone]
        while queue:
            message = queue.popleft()
            answered = await self._try(message)
            self._leave([message] if answered else [message, *queue])
            if not answered:
                self._put_behind(phone)
                break
        del self._queues[phone]
        self._serving -= 1
        self._start()
        self._tell_idle()

    def _leave(self, messages: Sequence[InboxMessage]) -> None:
        self._known.difference_update(message.id for message in messages)
        self._metrics.backlog.set(len(self._known))

    async def _try(self, message: InboxMessage) -> bool:
        """True when the text needs no more of us."""
        trace_id.set(f"sms:{message.id}")
        begun = self._reactor.seconds()
        try:
            verdict = await self._triage.judge(message)
            await self._post(verdict)
        except Busy:
            self._metrics.faults.labels("busy").inc()
            return False
        except Exception:
            return await self._fault(message)
        self._metrics.answered.labels(verdict.command, verdict.outcome).inc()
        self._metrics.answer_seconds.observe(self._reactor.seconds() - begun)
        self._remember(message.id)
        return True

    async def _fault(self, message: InboxMessage) -> bool:
        """A bug of ours must not lose the text, nor be tried for ever: after ``TRIES_MAX`` the patient hears that it is our fault."""
        self._metrics.faults.labels("bug").inc()
        self._log.failure(
            "text {inbox} from {phone} could not be served", inbox=message.id, phone=mask_phone(message.source)
        )
        self._faults[message.id] = self._faults.get(message.id, 0) + 1
        if self._faults[message.id] < TRIES_MAX:
            return False
        try:
            await self._post(at_fault(message))
        except Exception:
            self._log.failure("text {inbox} could not even be answered with an apology", inbox=message.id)
            return False
        self._metrics.answered.labels("FAULT", "FAULT").inc()
        del self._faults[message.id]
        self._remember(message.id)
        return True

    async def _post(self, verdict: Verdict) -> None:
        await self._journal.post(posted(verdict, self._sign(verdict.message.hospital), naive_utc(self._clock)))

    def _remember(self, inbox_id: int) -> None:
        self._done[inbox_id] = None
        if len(self._done) > REMEMBERED_MAX:
            self._done.popitem(last=False)
