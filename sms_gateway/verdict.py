"""How one text is answered, and how that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.store.mail.answers import Answered
from booking.store.mail.inbox import InboxMessage
from booking.store.mail.post import ANSWERS, OutgoingText
from sms_gateway.dialogue import Dialogue, to_json
from sms_gateway.journal import Posted
from sms_gateway.privacy import without_identity

ANSWER_LIVES = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``command`` and ``outcome`` are codes for the books; ``says`` is empty when the store has posted the answer already;
    ``pending`` is the question that is asked now (None: none is pending any more)."""

    message: InboxMessage
    command: str
    outcome: str
    says: str
    pending: Dialogue | None = None


def posted(verdict: Verdict, sign: str, now: datetime) -> Posted:
    """The verdict as the journal writes it: signed (【仁和】), to the sender, with identity numbers masked in what is kept."""
    message = verdict.message
    reply = OutgoingText(
        to=message.source,
        body=f"【{sign}】{verdict.says}",
        kind="reply",
        lane=ANSWERS,
        dedupe="",  # named after its text by the store
        expires_at=now + ANSWER_LIVES,
    )
    return Posted(
        answered=Answered(
            inbox_id=message.id,
            hospital=message.hospital,
            outcome=verdict.outcome,
            reply=reply if verdict.says else None,
            masked=without_identity(message.text),
        ),
        phone=message.source,
        question=None if verdict.pending is None else to_json(verdict.pending),
    )
