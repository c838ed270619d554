"""A hospital's desk for store tests: reception and waiting room over one store, and what must always be true of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from open_house import open_house
from sqlalchemy import Connection, func, select

from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, ChangeBooking, Channel, ConfirmBooking, JoinWaiting, Known
from booking.rulebooks import StandingRules
from booking.rules.layers import Policy
from booking.rules.reading import read_policy
from booking.rules.rulebook import Maker, rule_book
from booking.store.schema import appointment, hold, outbox, slot, waiting
from booking.waiting_room import WaitingRoom


def book_of(toml: str, platform: str | None = None) -> StandingRules:
    """The rules of this TOML text, and of the platform's."""
    makers = [Maker(policy=_policy(toml))]
    if platform is not None:
        makers.append(Maker(name="platform", policy=_policy(platform)))
    return StandingRules(rule_book(*makers))


def _policy(toml: str) -> Policy:
    policy = read_policy(toml)
    assert isinstance(policy, Policy), policy
    return policy


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def caller(phone: str | None = "+8613800138000", channel: Channel = Channel.SMS, trace: str = "t-1") -> Caller:
    return Caller(hospital=1, phone=phone, channel=channel, trace=trace)


@dataclass(kw_only=True)
class Desk:
    """Everything a test asks for by name, run at once."""

    store: Any
    vault: Any
    run: Callable[[Coroutine[Any, Any, Any]], Any]
    reception: Reception
    room: WaitingRoom
    keys: int = 0

    @classmethod
    def over(cls, store, vault, clock, bell, rng, run, rules) -> Desk:
        house = open_house(store, vault, clock, bell, rng, rules)
        return cls(store=store, vault=vault, run=run, reception=Reception(house), room=WaitingRoom(house))

    def key(self) -> str:
        self.keys += 1
        return f"k:{self.keys}"

    def book(self, start, patient, doctor="00868", who=None, **more):
        wish = BookSlot(caller=who or caller(), doctor=doctor, start=start, who=Known(patient), key=self.key(), **more)
        return self.run(self.reception.book(wish))

    def cancel(self, code, who=None):
        return self.run(self.reception.cancel(CancelBooking(caller=who or caller(), code=code, key=self.key())))

    def confirm(self, code, who=None):
        return self.run(self.reception.confirm(ConfirmBooking(caller=who or caller(), code=code, key=self.key())))

    def change(self, code, start, who=None, key=None, doctor=None):
        wish = ChangeBooking(caller=who or caller(), code=code, start=start, key=key or self.key(), doctor=doctor)
        return self.run(self.reception.change(wish))

    def join(self, patient, phone, start=None, key=None, **more):
        wish = JoinWaiting(
            caller=caller(phone), doctor="00868", who=Known(patient), key=key or self.key(), start=start, **more
        )
        return self.run(self.room.join(wish))

    def statuses(self) -> list[str]:
        """What the texts so far are, by kind, oldest first."""
        return self.store.now(lambda conn: list(conn.execute(select(outbox.c.kind).order_by(outbox.c.id)).scalars()))

    def texts(self, kind: str) -> list[str]:
        """The words of the texts of this kind, oldest first."""
        bodies = select(outbox.c.body_sealed).where(outbox.c.kind == kind).order_by(outbox.c.id)
        return [self.vault.open(body) for body in self.store.now(lambda conn: list(conn.execute(bodies).scalars()))]

    def waits(self) -> list[str]:
        """The waiting rows' states, first come first."""
        return self.store.now(
            lambda conn: list(conn.execute(select(waiting.c.status).order_by(waiting.c.id)).scalars())
        )


def thd_balance(conn: Connection) -> None:
    """Every number is taken by exactly as many live bookings as it says, each hold by one that is held."""
    live = select(appointment.c.slot_id, func.count()).where(appointment.c.live == 1).group_by(appointment.c.slot_id)
    held = {row[0]: row[1] for row in conn.execute(live)}
    taken = {row.id: row.taken for row in conn.execute(select(slot.c.id, slot.c.taken)) if row.taken}
    assert taken == held
    assert set(taken.values()) <= {1}
    holding = select(appointment.c.id).where(appointment.c.status == "held", appointment.c.live == 1)
    assert set(conn.execute(holding).scalars()) == set(conn.execute(select(hold.c.appointment_id)).scalars())
    offered = select(waiting.c.appointment_id).where(waiting.c.status == "offered")
    assert set(conn.execute(offered).scalars()) <= set(conn.execute(holding).scalars())
