"""Reads one text and decides who serves it: the question that is pending, the step-by-step dialogue, or the clerk.

Law: a text is read as of the moment it came in, so that reading it again after a crash reads the same. A command closes
the question that was pending (a later bare number must never act on a question long out of sight); words that are no
command are an answer while a question is pending, and are told so otherwise. Nothing is done on half a text.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from booking.clock import Clock, naive_utc, on_wall
from booking.requests import Caller, Channel
from booking.store.database import Store
from booking.store.mail.dialogue import thd_pending
from booking.store.mail.inbox import InboxMessage
from booking.vault import Vault
from command_parser.commands import Answer, BookMenu, Command, Misread
from command_parser.parse import parse
from sms_gateway.clerk import Clerk
from sms_gateway.dialogue import MINUTES, Dialogue, from_json, leaves
from sms_gateway.questions import Pending, Questions, Said
from sms_gateway.replies import Asked, Fault, Incomplete, reason_of, words
from sms_gateway.steps import Steps
from sms_gateway.turn import Turn
from sms_gateway.verdict import Verdict
from sms_gateway.waiting import Waiting


class Triage:
    def __init__(
        self,
        *,
        database: Store,
        vault: Vault,
        clock: Clock,
        clerk: Clerk,
        steps: Steps,
        waiting: Waiting,
        questions: Questions,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._clerk = clerk
        self._steps = steps
        self._waiting = waiting
        self._questions = questions

    async def judge(self, message: InboxMessage) -> Verdict:
        """Raises Busy; any other exception is a fault of ours (``at_fault`` is then the answer)."""
        if not message.complete:
            return _told(message, "INCOMPLETE", Incomplete(), None)
        command = parse(message.text, on_wall(message.received_at))
        match command:
            case BookMenu():
                return _turned(message, command, await self._steps.begin(_caller(message)))
            case Answer() | Misread(command=None):
                return await self._answer(message, command)
            case Misread():
                return await self._misread(message, command)
            case _:
                return await self._serve(message, command)

    async def _serve(self, message: InboxMessage, command: Command) -> Verdict:
        outcome = await self._clerk.serve(command, _caller(message), _key(message))
        turn = await self._waiting.beside(command, outcome, _caller(message), _asked(message, command))
        if turn is not None:
            return _turned(message, command, turn)
        return _told(message, name_of(command), outcome, command)

    async def _misread(self, message: InboxMessage, command: Misread) -> Verdict:
        """取消 alone is half a command, and a whole answer to the question that offered it."""
        if leaves(message.text) and (pending := await self._pending(message)) is not None:
            return await self._proceed(message, command, pending.dialogue)
        return _told(message, "MISREAD", command, None)

    async def _answer(self, message: InboxMessage, command: Answer | Misread) -> Verdict:
        """A number, yes or no may belong to any question, words only to the dialogue's; else help, or "not understood"."""
        pending = await self._pending(message)
        if isinstance(command, Misread):
            if pending is not None:
                return await self._proceed(message, command, pending.dialogue)
            return _told(message, "MISREAD", command, None)
        said = Said(
            words=command.value,
            at=message.received_at,
            caller=_caller(message),
            asked=_asked(message),
            key=_key(message),
        )
        turn = await self._questions.answer(said, pending)
        if turn is not None:
            return _turned(message, command, turn)
        return await self._serve(message, command)

    async def _proceed(self, message: InboxMessage, command: Misread, pending: Dialogue) -> Verdict:
        turn = await self._steps.proceed(pending, message.text, _caller(message), _asked(message), _key(message))
        return _turned(message, command, turn)

    async def _pending(self, message: InboxMessage) -> Pending | None:
        now = naive_utc(self._clock)
        kept = await self._database.look(thd_pending, self._vault, message.hospital, message.source, now)
        question = None if kept is None else from_json(kept.state)
        if kept is None or question is None:
            return None
        return Pending(dialogue=question, asked_at=kept.until - timedelta(minutes=MINUTES))


def at_fault(message: InboxMessage) -> Verdict:
    """The answer to a text that we fail to serve, however often we try."""
    return _told(message, "FAULT", Fault(), None)


def name_of(command: Command | Misread) -> str:
    """``BookMenu`` → ``BOOK_MENU``: the label of metrics and logs."""
    return _label(type(command).__name__)


@cache
def _label(name: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() and place else letter for place, letter in enumerate(name)).upper()


def _caller(message: InboxMessage) -> Caller:
    return Caller(hospital=message.hospital, phone=message.source, channel=Channel.SMS, trace=_key(message))


def _asked(message: InboxMessage, command: Command | None = None) -> Asked:
    return Asked(today=on_wall(message.received_at).date(), command=command)


def _key(message: InboxMessage) -> str:
    return f"sms:{message.id}"


def _told(message: InboxMessage, label: str, outcome: object, command: Command | None) -> Verdict:
    says = words(outcome, _asked(message, command))
    return Verdict(message=message, command=label, outcome=reason_of(outcome), says=says)


def _turned(message: InboxMessage, command: Command | Misread, turn: Turn) -> Verdict:
    return Verdict(message=message, command=name_of(command), outcome=turn.reason, says=turn.says, pending=turn.pending)
