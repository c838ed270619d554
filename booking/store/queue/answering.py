"""What is said to an offer: the number is taken, or the next one gets it.

Law of this module: an offer is answered once. Whose yes or no finds it ended beside him looks again, and hears what became of it.
"""

from __future__ import annotations

from sqlalchemy import Connection

from booking.outcomes import Booked
from booking.requests import Caller
from booking.store.faults import TryAgain
from booking.store.keeping.ending import Ending, thd_end
from booking.store.keeping.holding import Confirming, thd_confirm_held
from booking.store.money.charging import thd_charge_taken
from booking.store.queue.waiting import thd_offered
from booking.vault import Vault
from booking.waiting_outcomes import AnswerOutcome, LeftWaiting, NotWaiting


def thd_answer(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, caller: Caller, yes: bool, ending: Ending, waiting_id: int | None = None
) -> AnswerOutcome:
    """What the caller says to this offer, or to that which ends first."""
    offered = thd_offered(conn, vault, caller, waiting_id)
    if offered is None:
        return NotWaiting()
    if yes:
        confirming = Confirming(asking=caller.phone, actor=caller.channel, trace=caller.trace, at=ending.at)
        outcome = thd_confirm_held(conn, vault, caller.hospital, offered.appointment_id, confirming)
        if isinstance(outcome, Booked) and not outcome.again:
            thd_charge_taken(conn, caller.hospital, offered.appointment_id, ending.rules, ending.at)
        return outcome
    if not thd_end(conn, vault, caller.hospital, [offered.appointment_id], ending, only_held=True):
        raise TryAgain  # taken, or over, beside us
    return LeftWaiting(waiting=offered.waiting)
