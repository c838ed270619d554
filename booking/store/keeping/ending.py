"""The one way a live booking ends: conditional, its number back on the shelf, and all that hangs on it ended with it.

Law of this module: a booking ends once, by the row count of the update that ends ``live``; who comes second raises TryAgain and
reads it so. In the same transaction the number goes back to the shelf, or at once to the first of the waiting list who may
have it; texts of it that are no longer true are withdrawn, a refund is started, the change is noted. No text is posted here:
``Ended`` carries what the caller needs to word his own.

Locks are taken in one order everywhere: a stop's row, patients, sessions, numbers, bookings, charges, and last of all the stock's
version (``roster.stock``). The one exception is here: the patient to whom a number is offered on is locked after the number. When he
books that very number at that moment the two wait in a ring; the database breaks it, and one of them is run again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from booking.rules.facts import Offer
from booking.rules.rulebook import RuleBook
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.mail.letters import Parties, phones_to_tell, thd_registered_phones
from booking.store.money.refunding import thd_give_back
from booking.store.queue.offering import Hands, thd_offer_on
from booking.store.roster.pictures import booking_view, bookings, offer_of
from booking.store.roster.stock import thd_freed
from booking.store.schema import appointment, hold, outbox, slot, waiting
from booking.vault import Vault
from booking.views import BookingView

_HERE = appointment.c.hospital_id == bindparam("hospital")
_THOSE = appointment.c.id.in_(bindparam("ids", expanding=True))
_LIVE = bookings().where(_HERE, _THOSE, appointment.c.live == 1).order_by(appointment.c.slot_id)
# Slots are locked before appointments, in id order, as the till does: two that meet never wait for each other in a ring.
_LOCK = select(slot.c.id).where(slot.c.id.in_(bindparam("slots", expanding=True))).order_by(slot.c.id).with_for_update()
_END = (
    update(appointment)
    .where(_HERE, _THOSE, appointment.c.live == 1, appointment.c.status.in_(bindparam("seen", expanding=True)))
    .values(live=None, status="cancelled", cancelled_at=bindparam("now"), ended_by=bindparam("why"))
)
_PUT_BACK = update(slot).where(slot.c.id.in_(bindparam("slots", expanding=True)), slot.c.taken == 1).values(taken=0)
_HELD = _LIVE.where(appointment.c.status == "held")
# Whom a held number was offered to, waits no more: he said no, or nothing.
_UNOFFER = (
    update(waiting)
    .where(
        waiting.c.hospital_id == bindparam("hospital"),
        waiting.c.appointment_id.in_(bindparam("ids", expanding=True)),
        waiting.c.status == "offered",
    )
    .values(status=bindparam("became"), live=None)
)
_LET_GO = delete(hold).where(
    hold.c.hospital_id == bindparam("hospital"), hold.c.appointment_id.in_(bindparam("ids", expanding=True))
)
STALE_TEXTS = ("reminder", "stop", "changed", "offer")
"""Kinds of texts that are not sent any more when the booking they tell of has ended. Answers and doctors' texts are."""
_WITHDRAW = (
    update(outbox)
    .where(
        outbox.c.hospital_id == bindparam("hospital"),
        outbox.c.appointment_id.in_(bindparam("ids", expanding=True)),
        outbox.c.status == "pending",
        outbox.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .values(status="expired", settled_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why: ``by`` is patient, agent, hospital, expired, changed or void; ``actor`` and ``trace`` are for the audit; ``at`` is
    UTC, ``wall`` the hospital's clock, at which ``rules`` hold; ``rng`` draws the codes of numbers offered on.
    """

    by: str
    actor: str
    trace: str
    at: datetime
    wall: datetime
    rules: RuleBook
    rng: random.Random = field(default_factory=random.SystemRandom, repr=False)

    @property
    def hands(self) -> Hands:
        """How what it frees is offered on."""
        return Hands(rules=self.rules, wall=self.wall, at=self.at, trace=self.trace, rng=self.rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A booking that ended now. ``held`` is the phone that it was made from, ``registered`` are its patient's."""

    appointment_id: int
    patient_id: int
    slot_id: int
    session_id: int
    doctor_id: int
    channel: str
    was: str  # its status before
    offer: Offer
    booking: BookingView
    held: str | None
    registered: tuple[str, ...]
    doctor_phone: str | None

    @property
    def parties(self) -> Parties:
        """Whom to tell when nobody asked."""
        return self.parties_beside(None)

    def parties_beside(self, asking: str | None) -> Parties:
        """Whom to tell when this phone asked for it."""
        return Parties(
            appointment_id=self.appointment_id,
            booking=self.booking,
            patient_phones=phones_to_tell(asking, self.held, self.registered),
            doctor_phone=self.doctor_phone,
        )


def thd_end(
    conn: Connection,
    vault: Vault,
    hospital_id: int,
    appointment_ids: Sequence[int],
    ending: Ending,
    *,
    only_held: bool = False,
) -> list[Ended]:
    """End those of these bookings that are live (``only_held``: that are still held). Raises TryAgain when one of them ends or
    changes beside us. Who judged a booking by an earlier read looks at ``Ended.was``, or asks ``thd_end_as``.
    """
    if not appointment_ids:
        return []
    rows = conn.execute(_HELD if only_held else _LIVE, {"hospital": hospital_id, "ids": list(appointment_ids)}).all()
    if not rows:
        return []
    ids, slots = [row.id for row in rows], sorted(row.slot_id for row in rows)
    conn.execute(_LOCK, {"slots": slots})
    those = {"hospital": hospital_id, "ids": ids}
    seen = sorted({row.status for row in rows})
    if conn.execute(_END, {**those, "seen": seen, "now": ending.at, "why": ending.by}).rowcount != len(ids):
        raise TryAgain
    if conn.execute(_PUT_BACK, {"slots": slots}).rowcount != len(slots):
        raise TryAgain
    if "held" in seen:
        conn.execute(_UNOFFER, {**those, "became": "lapsed" if ending.by == "expired" else "left"})
        conn.execute(_LET_GO, those)
    why = (ending.by, ending.rules, ending.at, ending.wall, ending.actor, ending.trace)
    thd_give_back(conn, vault, hospital_id, ids, *why)
    conn.execute(_WITHDRAW, {**those, "kinds": STALE_TEXTS, "now": ending.at})
    thd_note(conn, *(_note(hospital_id, row, ending) for row in rows))
    registered = thd_registered_phones(conn, vault, hospital_id, [row.patient_id for row in rows])
    thd_offer_on(conn, vault, hospital_id, {row.session_id for row in rows}, ending.hands)
    thd_freed(conn, hospital_id)
    return [_ended(vault, row, registered.get(row.patient_id, [])) for row in rows]


def thd_end_as(  # noqa: PLR0917 - as thd_end
    conn: Connection, vault: Vault, hospital_id: int, appointment_id: int, was: str, ending: Ending
) -> Ended:
    """End the booking that was judged in this status; TryAgain when it ended, was confirmed or arrived beside us."""
    ended = thd_end(conn, vault, hospital_id, [appointment_id], ending)
    if not ended or ended[0].was != was:
        raise TryAgain  # the next run judges it as it is
    return ended[0]


def _ended(vault: Vault, row: Any, registered: Sequence[str]) -> Ended:
    return Ended(
        appointment_id=row.id,
        patient_id=row.patient_id,
        slot_id=row.slot_id,
        session_id=row.session_id,
        doctor_id=row.doctor_id,
        channel=row.channel,
        was=row.status,
        offer=offer_of(row),
        booking=replace(booking_view(vault, row), status="cancelled"),
        held=None if row.phone_sealed is None else vault.open(row.phone_sealed),
        registered=tuple(registered),
        doctor_phone=None if row.doctor_phone_sealed is None else vault.open(row.doctor_phone_sealed),
    )


def _note(hospital_id: int, row: Any, ending: Ending) -> Note:
    return Note(
        hospital=hospital_id,
        at=ending.at,
        action="cancelled",
        subject="appointment",
        subject_id=row.id,
        actor=ending.actor,
        trace=ending.trace,
        detail=f"slot={row.slot_id} by={ending.by}",
    )
