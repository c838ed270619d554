"""What one does while another looks: whoever looked too early starts over; and who is run again does nothing twice.

A race is made by doing the other's writes in the look itself, every time: so the job ends as Busy, because its look never gets better.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from desk import Desk, caller, thd_balance
from one_booking import BILL, thd_put_booking
from open_house import open_house
from sqlalchemy import delete, func, insert, select, update

from booking.cashier import Cashier
from booking.clock import naive_utc, wall
from booking.money.payments import Answer, MoreThanPaid, Owed
from booking.outcomes import Booked, Busy, Held
from booking.requests import JoinWaiting, Known, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.stop_clinic import StopPlan
from booking.stops import Stops
from booking.store.faults import TryAgain
from booking.store.keeping import keeping, moving
from booking.store.keeping.ending import Ending, thd_end
from booking.store.money import charging
from booking.store.money.charging import Due, thd_charge
from booking.store.money.tickets import thd_tickets
from booking.store.money.turn import Turn
from booking.store.money.window import thd_refund
from booking.store.queue import offering
from booking.store.queue.joining import thd_join
from booking.store.queue.offering import Hands
from booking.store.roster.extra import Extra, thd_add_extra
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.roster.stock import thd_version
from booking.store.schema import appointment, charge, clinic_session, hold, refund, slot, stop_notice, waiting
from booking.store.selling import selling
from booking.store.stops import telling
from booking.store.stops.plans import Moments
from booking.store.stops.stopping import thd_withdraw
from booking.store.stops.telling import thd_tell_some
from booking.waiting_outcomes import Waits

DAY = date(2026, 7, 15)
EIGHT = datetime.combine(DAY, time(8))
STARTS = [EIGHT + timedelta(minutes=30 * nth) for nth in range(6)]
PEOPLE = {
    "+8613800138000": "11010519491231002X", "+8613900139000": "440524188001010014", "+8613700137000": "110101199003070011",
    "+8613800138003": "110101199003070038", "+8613800138004": "110101199003070054", "+8613800138005": "110101199003070070",
    "+8613800138006": "110101199003070097",
}  # fmt: skip
PHONES = list(PEOPLE)
RULES = StandingRules(house_rules())


@pytest.fixture
def between(store, vault, clock, bell, rng, result_of):
    """The desk; each of the seven has a phone of his own."""
    desk = Desk.over(store, vault, clock, bell, rng, result_of, RULES)
    for nth, (phone, identity) in enumerate(PEOPLE.items()):
        desk.run(desk.reception.register(RegisterPhone(caller=caller(phone), identity=identity, name=f"王{nth}")))
    return desk


@pytest.fixture
def clinic(store, vault, clock, bell, rng, result_of):
    """``clinic("announce", plan)``: what stop-clinic answers."""
    stops = Stops(open_house(store, vault, clock, bell, rng, RULES))
    return lambda name, *args: result_of(getattr(stops, name)(*args))


def mine(between, nth, start, **more):
    return between.book(start, patient(between, nth), who=caller(PHONES[nth]), **more)


def patient(between, nth):
    """Ids are looked up, for a cluster leaves some out."""
    (found,) = between.run(between.reception.patients_of(caller(PHONES[nth])))
    return found.id


def rows(store, query):
    return store.now(lambda conn: [tuple(row) for row in conn.execute(query)])


def lost(job):
    """It lost its race every time."""
    with pytest.raises(Busy) as caught:
        job()
    assert isinstance(caught.value.__cause__, TryAgain)


def thd_confirmed(conn):
    conn.execute(update(appointment).values(status="booked"))
    conn.execute(delete(hold))


def thd_arrived(conn):
    conn.execute(update(appointment).values(status="arrived"))


def looked_before(monkeypatch, module, thd):
    """``thd_own`` of the module sees what was there before ``thd``."""
    look = module.thd_own

    def thd_looked(conn, *args):
        row = look(conn, *args)
        thd(conn)
        return row

    monkeypatch.setattr(module, "thd_own", thd_looked)


def test_a_hold_paid_for_beside_its_no_is_a_booking(between, store, monkeypatch):
    """The patient lets a held number go while his money comes in: no booking ends without a word and without the rules."""
    held = mine(between, 0, EIGHT, hold=timedelta(minutes=5))
    assert isinstance(held, Held)
    looked_before(monkeypatch, keeping, thd_confirmed)
    lost(lambda: between.cancel(held.booking.code))


def test_who_arrives_beside_his_cancel_has_arrived(between, monkeypatch):
    """Checked in at the desk while his phone cancels: judged anew, as one who is there."""
    booked = mine(between, 0, EIGHT)
    looked_before(monkeypatch, keeping, thd_arrived)
    lost(lambda: between.cancel(booked.booking.code))


def test_who_arrives_beside_his_change_has_arrived(between, monkeypatch):
    """The same for a booking that was about to be moved."""
    booked = mine(between, 0, EIGHT)
    looked_before(monkeypatch, moving, thd_arrived)
    lost(lambda: between.change(booked.booking.code, STARTS[1]))


def test_who_gave_his_booking_back_is_told_of_no_stop(between, clinic, store, monkeypatch):
    """He cancels while the batch that tells of the stop is made up: the batch starts over, without him."""
    mine(between, 0, EIGHT)
    mine(between, 1, STARTS[1])
    ids = telling.thd_ids

    def thd_too_early(conn, query, stop, most, **more):
        found = ids(conn, query, stop, most, **more)
        conn.execute(update(appointment).where(appointment.c.id == found[0]).values(live=None, status="cancelled"))
        conn.execute(update(slot).where(slot.c.start == EIGHT).values(taken=0))
        return found

    monkeypatch.setattr(telling, "thd_ids", thd_too_early)
    plan = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action="release", by="wang")
    lost(lambda: clinic("announce", plan))
    assert rows(store, select(stop_notice.c.id)) == []
    monkeypatch.undo()
    clinic("finish", 1)
    assert len(rows(store, select(stop_notice.c.id))) == 2


def sold_out(between):
    """All six numbers are sold; the codes."""
    return [mine(between, nth, start).booking.code for nth, start in enumerate(STARTS)]


def test_whose_offer_is_stopped_keeps_his_place(between, clinic, store):
    """The number offered to him is stopped with a part of the session: he is the first to be offered another, and told of it."""
    codes = sold_out(between)
    between.join(patient(between, 6), PHONES[6], EIGHT)
    between.cancel(codes[0], who=caller(PHONES[0]))
    assert between.waits() == ["offered"]
    early = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action="release", by="wang", until=time(8, 30))
    clinic("announce", early)
    assert between.waits() == ["waiting"]
    assert rows(store, select(appointment.c.id).where(appointment.c.status == "held")) == []
    between.cancel(codes[5], who=caller(PHONES[5]))
    assert between.waits() == ["offered"]
    assert len(between.texts("offer")) == 2
    booked = between.run(between.room.answer(caller(PHONES[6]), True))
    assert (type(booked), booked.booking.start) == (Booked, STARTS[5])
    store.now(thd_balance)


def test_who_waits_is_offered_his_old_number_under_his_place(between, clinic, store):
    """He put himself on the list after the stop took his number: the stop withdrawn, that place is what he answers."""
    sold_out(between)
    early = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action="release", by="wang", until=time(8, 30))
    stop = clinic("announce", early).stop
    assert isinstance(between.join(patient(between, 0), PHONES[0], STARTS[1]), Waits)
    clinic("withdraw", 1, stop, "wang")
    clinic("finish", 1)
    assert clinic("stop", 1, stop).status == "withdrawn"
    assert between.waits() == ["offered"]
    assert isinstance(between.run(between.room.answer(caller(PHONES[0]), True)), Booked)
    store.now(thd_balance)


def test_a_number_that_comes_back_ends_the_memory_of_sold_out(between, clinic, store, vault, clock):
    """His old number goes back on sale because no text can ask him: whoever remembers that it is gone forgets it at once."""
    mine(between, 0, EIGHT)
    plan = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", action="release", by="wang")
    stop = clinic("announce", plan).stop
    store.now(lambda conn: conn.execute(update(appointment).values(phone_sealed=None, phone_print=None)) and None)
    moments = Moments(at=naive_utc(clock), wall=wall(clock), by="wang")
    store.now(thd_withdraw, 1, stop, moments)
    before = store.now(thd_version, 1)
    assert store.now(thd_tell_some, vault, house_rules(), 1, stop, moments, 1)
    free = select(slot.c.id).where(slot.c.stop_id.is_(None), slot.c.session_id == 1)
    assert len(rows(store, free)) == 1
    assert store.now(thd_version, 1) > before


def test_the_same_wish_to_wait_after_its_place_has_ended(between, store, vault, clock, rng):
    """The answer was lost with a process, and his place is over meanwhile: asked again it is a new place, not busy for ever."""
    codes = sold_out(between)
    wish = JoinWaiting(
        caller=caller(PHONES[6]), doctor="00868", who=Known(patient(between, 6)), key="sms:1", start=EIGHT
    )
    hands = Hands(rules=house_rules(), wall=wall(clock), at=naive_utc(clock), trace="t", rng=rng)
    for _ in range(3):
        assert isinstance(store.now(thd_join, vault, wish, hands), Waits)
        assert store.now(thd_join, vault, wish, hands).again
        store.now(lambda conn: conn.execute(update(waiting).values(status="lapsed", live=None)) and None)
    assert len(codes) == len(rows(store, select(appointment.c.id)))
    assert len(rows(store, select(waiting.c.id))) == 3


def test_the_job_offers_of_some_sessions_at_a_time(between, store, vault, monkeypatch):
    """Numbers for many sessions are not offered in one transaction."""
    monkeypatch.setattr(offering, "_WANTED", offering._WANTED.limit(1))
    monkeypatch.setattr(offering, "SESSIONS_MOST", 1)
    later = [SessionRow(doctor="00868", day=DAY + timedelta(days=nth), period="AM", first=time(8), minutes_per_slot=30,
                        slots=1) for nth in (1, 2)]  # fmt: skip
    store.now(thd_put_sessions, vault, 1, later)
    new = select(clinic_session.c.id).where(clinic_session.c.day > DAY).order_by(clinic_session.c.day)
    sessions = rows(store, new)
    for nth, row in enumerate(later):
        start = datetime.combine(row.day, time(8))
        mine(between, nth, start)
        between.join(patient(between, 6), PHONES[6], start)
    store.now(lambda conn: conn.execute(insert(slot), [
        {"hospital_id": 1, "session_id": session, "doctor_id": 1, "start": datetime.combine(row.day, time(9)), "seq": 2,
         "taken": 0, "pool": "open"}
        for row, (session,) in zip(later, sessions, strict=True)
    ]) and None)  # fmt: skip
    runs = []
    store_run = store.run

    async def counted(thd, *args, **more):
        runs.append(more.get("name"))
        return await store_run(thd, *args, **more)

    monkeypatch.setattr(store, "run", counted)
    assert between.run(between.room.offer(1)) == 2
    assert runs.count("offer") == 3
    assert between.waits() == ["offered", "offered"]


def test_a_number_kept_back_beside_its_sale_is_not_sold(between, store, monkeypatch):
    """A clerk keeps the number for himself between the till's look and its locks."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("there a writer is alone from its first statement")
    look = selling.thd_shelf

    def thd_early(conn, hospital_id, asked):
        shelf = look(conn, hospital_id, asked)
        conn.execute(update(slot).where(slot.c.id == 1).values(pool="withheld"))
        return shelf

    monkeypatch.setattr(selling, "thd_shelf", thd_early)
    assert not isinstance(mine(between, 0, EIGHT), Booked | Held)
    monkeypatch.undo()
    assert isinstance(mine(between, 0, STARTS[1]), Booked)


def test_extra_numbers_are_added_once(between, store, vault, clock, rng):
    """The commit was not heard of, and the job is run again: so many numbers, not twice as many."""
    wanted = Extra(doctor="00868", day=DAY, period="AM", count=2, by="wang", key="extra:1")
    hands = Hands(rules=house_rules(), wall=wall(clock), at=naive_utc(clock), trace="t", rng=rng)
    first = store.now(thd_add_extra, vault, 1, wanted, hands)
    assert store.now(thd_add_extra, vault, 1, wanted, hands).numbers == first.numbers
    one = Extra(doctor="00868", day=DAY, period="AM", count=1, by="wang", key="extra:2", identity=PEOPLE[PHONES[0]])
    sold = store.now(thd_add_extra, vault, 1, one, hands)
    again = store.now(thd_add_extra, vault, 1, one, hands)
    assert (again.numbers, again.booking.code) == (sold.numbers, sold.booking.code)
    assert len(rows(store, select(slot.c.id).where(slot.c.session_id == 1))) == 6 + 3


@pytest.fixture
def billed(store, vault, clock, monkeypatch):
    """One booking, charged to the telephone bill; the cashier."""
    monkeypatch.setattr(charging, "pay_terms", lambda *_: BILL)
    store.now(thd_put_booking, vault, naive_utc(clock))

    def thd(conn):
        ticket = thd_tickets(conn, 1, [1])[1]
        due = Due(appointment_id=1, offer=ticket.offer, fee_fen=5000, channel="phone")
        thd_charge(conn, 1, [due], house_rules(), naive_utc(clock), wall(clock))

    store.now(thd)
    return Cashier(open_house(store, vault, clock, rules=RULES))


def test_a_charge_that_nobody_heard_of_ends_with_its_booking(billed, store, vault, clock, result_of):
    """Given back while the errand was out, and the operator never got it: the patient is not charged after all."""
    (errand,) = result_of(billed.errands(1, ["bill"], [], 10))
    ending = Ending(by="patient", actor="sms", trace="-", at=naive_utc(clock), wall=wall(clock), rules=house_rules())
    store.now(lambda conn: len(thd_end(conn, vault, 1, [1], ending)))
    result_of(billed.answered(1, errand, Answer(state="unheard")))
    clock.at += timedelta(hours=2)
    assert result_of(billed.errands(1, ["bill"], [], 10)) == []
    assert rows(store, select(charge.c.status, charge.c.live)) == [("void", None)]


def test_a_refund_asked_for_once_is_owed_once(*, billed, store, vault, clock, result_of):
    """The commit was not heard of, and the clerk's request is run again: it is the same refund."""
    (errand,) = result_of(billed.errands(1, ["bill"], [], 10))
    result_of(billed.answered(1, errand, Answer(state="done", provider_no="B1")))
    turn = Turn(
        hospital=1, at=naive_utc(clock), wall=wall(clock), rules=house_rules(), trace="-", clerk="li", vault=vault
    )
    asked = (thd_refund, turn, "12345678", 2000, ("window", "clerk"))
    first = store.now(*asked, "key-1")
    assert isinstance(first, Owed)
    assert store.now(*asked, "key-1") == first
    assert rows(store, select(func.count(), func.sum(refund.c.amount_fen))) == [(1, 2000)]
    assert store.now(*asked, "key-2").refund_no != first.refund_no
    assert isinstance(store.now(*asked, "key-3"), MoreThanPaid)
