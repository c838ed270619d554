"""Whatever callers do, in whatever order: the promises of the store hold after every step."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from open_house import open_house
from sqlalchemy import func, select
from twisted.internet.defer import Deferred

from booking.clock import FixedClock
from booking.keeping_outcomes import Cancelled
from booking.outcomes import Booked
from booking.people_outcomes import Registered
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Known, Named, RegisterPhone
from booking.store.audit import thd_chain, thd_seal
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import appointment, audit, metadata, outbox, slot
from booking.vault import Vault

PHONES = ["+8613800138000", "+8613900139000", "+861065001234", None]
PEOPLE = {"11010519491231002X": "张三", "440524188001010014": "李四"}
VAULT = Vault(bytes(range(32)))  # the key of the fixture that furnishes
START = datetime.fromisoformat("2026-07-15 08:00")

phones, people = st.sampled_from(PHONES), st.sampled_from(sorted(PEOPLE))
keys = st.integers(0, 12).map("key:{}".format)


def answered(coroutine):
    results = []
    Deferred.fromCoroutine(coroutine).addBoth(results.append)
    (result,) = results
    if hasattr(result, "raiseException"):
        result.raiseException()
    return result


class Hotline(RuleBasedStateMachine):
    """Two patients, four phones, twelve slots; every request may come again under its key."""

    codes = Bundle("codes")
    furnish = None

    def __init__(self):
        super().__init__()
        self.clock = FixedClock.at_wall("2026-07-14 09:00")
        engine = make_engine("sqlite://")
        metadata.create_all(engine)
        self.database = ImmediateDatabase(engine, self.clock)
        self.database.now(type(self).furnish)
        self.reception = Reception(open_house(self.database, VAULT, self.clock))
        self.changes = Counter()
        self.granted = {}

    def teardown(self):
        self.database.engine.dispose()

    def caller(self, phone):
        return Caller(hospital=1, phone=phone, channel=Channel.SMS)

    @rule(phone=phones, identity=people)
    def register(self, phone, identity):
        request = RegisterPhone(caller=self.caller(phone), identity=identity, name=PEOPLE[identity])
        outcome = answered(self.reception.register(request))
        if isinstance(outcome, Registered) and not outcome.again:
            self.changes["phone-registered"] += 1

    @rule(
        target=codes,
        phone=phones,
        who=people.map(PEOPLE.get).map(Named) | st.integers(1, 3).map(Known),
        doctor=st.sampled_from(["00868", "00123", "99999"]),
        nth=st.integers(-1, 6),
        key=keys,
    )
    def book(self, **wish):
        start = START + timedelta(minutes=30 * wish["nth"])
        caller = self.caller(wish["phone"])
        request = BookSlot(caller=caller, doctor=wish["doctor"], start=start, who=wish["who"], key=wish["key"])
        outcome = answered(self.reception.book(request))
        if not isinstance(outcome, Booked):
            return multiple()
        assert outcome.again == (wish["key"] in self.granted)
        assert self.granted.setdefault(wish["key"], outcome.booking.code) == outcome.booking.code
        self.changes["booked"] += not outcome.again
        return outcome.booking.code

    @rule(phone=phones, code=codes)
    def cancel(self, phone, code):
        request = CancelBooking(caller=self.caller(phone), code=code, key="x")
        outcome = answered(self.reception.cancel(request))
        if isinstance(outcome, Cancelled):
            self.changes["cancelled"] += not outcome.again

    @rule(minutes=st.integers(1, 900))
    def wait(self, minutes):
        self.clock.at += timedelta(minutes=minutes)

    @invariant()
    def no_slot_is_sold_twice(self):
        def thd(conn):
            live = select(appointment.c.slot_id).where(appointment.c.live == 1)
            taken = select(slot.c.id).where(slot.c.taken == 1)
            return conn.execute(live).scalars().all(), conn.execute(taken).scalars().all()

        live, taken = self.database.now(thd)
        assert len(live) == len(set(live))
        assert sorted(live) == sorted(taken)

    @invariant()
    def no_booking_lacks_its_texts(self):
        def thd(conn):
            booked = {
                row.id: row.phone_print for row in conn.execute(select(appointment.c.id, appointment.c.phone_print))
            }
            kinds = conn.execute(select(outbox.c.appointment_id, outbox.c.kind)).all()
            return booked, {tuple(row) for row in kinds}

        booked, texts = self.database.now(thd)
        reached = {VAULT.fingerprint(phone) for phone in PHONES[:2]}
        for row_id, phone in booked.items():
            assert (row_id, "doctor") in texts
            assert (row_id, "confirmation") in texts or phone not in reached

    @invariant()
    def every_change_has_its_audit_row(self):
        query = select(audit.c.action, func.count()).where(audit.c.action != "patient-made").group_by(audit.c.action)
        told = self.database.now(lambda conn: {row[0]: row[1] for row in conn.execute(query)})
        assert told == {name: count for name, count in self.changes.items() if count}

    @invariant()
    def the_audit_chain_holds(self):
        self.database.now(thd_seal, datetime.fromisoformat("2027-01-01 00:00"))
        assert self.database.now(thd_chain).broken is None


def test_the_promises_hold_whatever_callers_do(thd_furnish):
    """No slot twice, no booking without its texts, no change without its audit row, one booking per request key."""
    Hotline.furnish = staticmethod(thd_furnish)
    quick = settings(max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Hotline, settings=quick)
