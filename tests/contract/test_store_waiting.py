"""The waiting list: first come, first served, each number offered to one at a time, nobody beside a free number."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from desk import Desk, at, book_of, caller, thd_balance
from open_house import open_house
from sqlalchemy import false, insert, select, update

from booking.keeping_outcomes import HoldOver
from booking.outcomes import AlreadyBooked, Booked, Busy, Full, NoSuchDoctor, NoSuchTime, NotRegistered
from booking.requests import Channel, Identified, JoinWaiting, Named, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.stop_clinic import Announced, Choice, ChoiceTooLate, Chosen, StopPlan
from booking.stops import Stops
from booking.store.queue import offering
from booking.store.queue import waiting as list_of
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.schema import appointment, hold, outbox, slot
from booking.waiting_outcomes import LeftWaiting, NotWaiting, NoWaitingList, StillOpen, Waits

DAY = date(2026, 7, 15)
AT_8 = at("2026-07-15 08:00")
STARTS = [AT_8 + timedelta(minutes=30 * nth) for nth in range(6)]
IDENTITIES = (
    "11010519491231002X", "440524188001010014", "110101199003070011", "110101199003070038", "110101199003070054",
    "110101199003070070", "110101199003070097", "11010119900307010X", "110101199003070118", "110101199003070134",
)  # fmt: skip
PHONES = [f"+86138001380{nth:02d}" for nth in range(10)]


@pytest.fixture
def queue_desk(store, vault, clock, bell, rng, result_of):
    """``queue_desk(rules)``: the desk under these rules, the house's own unless told."""
    return lambda rules=None: Desk.over(
        store, vault, clock, bell, rng, result_of, rules or StandingRules(house_rules())
    )


@pytest.fixture
def people(queue_desk):
    """Ten patients, each registered to a phone of his own."""
    desk = queue_desk()
    return [
        desk.run(
            desk.reception.register(RegisterPhone(caller=caller(phone), identity=identity, name=f"王{nth}"))
        ).patient.id
        for nth, (phone, identity) in enumerate(zip(PHONES, IDENTITIES, strict=True))
    ]


@pytest.fixture
def sold_out(queue_desk, people):
    """The doctor's six numbers are sold to the first six; the desk, and the six codes."""
    desk = queue_desk()
    booked = [desk.book(start, people[nth], who=caller(PHONES[nth])) for nth, start in enumerate(STARTS)]
    return desk, [each.booking.code for each in booked]


def test_first_come_first_served(sold_out, people, store, vault):
    """A number given back is held at once for the first who waits, and offered to him by text; yes makes it a booking."""
    desk, codes = sold_out
    first, second = desk.join(people[6], PHONES[6], STARTS[0]), desk.join(people[7], PHONES[7], day=DAY, period="AM")
    assert (first.waiting.place, second.waiting.place) == (1, 2)
    assert desk.join(people[6], PHONES[6], STARTS[1]).again
    desk.cancel(codes[2], who=caller(PHONES[2]))
    store.now(thd_balance)
    assert desk.waits() == ["offered", "waiting"]
    assert isinstance(desk.book(STARTS[2], people[8], who=caller(PHONES[8])), Full)
    (told,) = desk.texts("offer")
    assert "保留到9:15。要请回复Y，不要请回复N" in told
    (mine,) = desk.run(desk.room.mine(caller(PHONES[6])))
    assert (mine.place, mine.booking.start, mine.until) == (0, STARTS[2], at("2026-07-14 09:15"))
    assert desk.run(desk.room.mine(caller(PHONES[7])))[0].place == 1
    booked = desk.run(desk.room.answer(caller(PHONES[6], Channel.PHONE), True))
    assert (type(booked), booked.booking.start) == (Booked, STARTS[2])
    assert desk.waits() == ["won", "waiting"]
    assert desk.run(desk.room.answer(caller(PHONES[6]), True)) == NotWaiting()
    store.now(thd_balance)


def test_no_is_the_next_ones_luck(sold_out, people, store):
    """Who says no waits no more; the next one is offered the number at once."""
    desk, codes = sold_out
    for nth in (6, 7):
        desk.join(people[nth], PHONES[nth], STARTS[0])
    desk.cancel(codes[2], who=caller(PHONES[2]))
    assert isinstance(desk.run(desk.room.answer(caller(PHONES[6]), False)), LeftWaiting)
    assert desk.waits() == ["left", "offered"]
    assert desk.run(desk.room.answer(caller(PHONES[6]), True)) == NotWaiting()
    assert isinstance(desk.run(desk.room.answer(caller(PHONES[7]), True)), Booked)
    store.now(thd_balance)


def test_silence_is_the_next_ones_luck(sold_out, people, clock, store):
    """Who does not answer in time is told that it is over; the next one is offered the number; at last it is everybody's."""
    desk, codes = sold_out
    for nth in (6, 7):
        desk.join(people[nth], PHONES[nth], STARTS[0])
    desk.cancel(codes[2], who=caller(PHONES[2]))
    clock.at += timedelta(minutes=15)
    assert isinstance(desk.run(desk.room.answer(caller(PHONES[6]), True)), HoldOver)
    assert desk.run(desk.room.expire(1)) == 1
    assert desk.waits() == ["lapsed", "offered"]
    (over,) = desk.texts("offer-over")
    assert "已让给下一位" in over
    assert len(desk.texts("offer")) == 2
    clock.at += timedelta(minutes=15)
    assert desk.run(desk.room.expire(1)) == 1
    assert desk.waits() == ["lapsed", "lapsed"]
    store.now(thd_balance)
    assert isinstance(desk.book(STARTS[2], people[8], who=caller(PHONES[8])), Booked)


def test_nobody_waits_beside_a_free_number(queue_desk, people, store):
    """While there are numbers, they are told instead."""
    desk = queue_desk()
    refused = desk.join(people[0], PHONES[0], STARTS[0])
    assert isinstance(refused, StillOpen)
    assert [each.start for each in refused.open] == STARTS[:3]
    assert desk.waits() == []


def test_who_cannot_wait(sold_out, people, queue_desk, clock):
    """No such doctor, no such session, nobody registered, a booking there already, no list at this hospital, or too late."""
    desk, codes = sold_out
    ask = lambda **more: desk.run(  # noqa: E731
        desk.room.join(
            JoinWaiting(
                **{
                    "caller": caller(PHONES[6]),
                    "doctor": "00868",
                    "who": Named("王6"),
                    "key": "w",
                    "start": AT_8,
                    **more,
                }
            )
        )
    )
    assert isinstance(ask(doctor="99999"), NoSuchDoctor)
    assert isinstance(ask(start=at("2026-07-15 03:00")), NoSuchTime)
    assert isinstance(ask(start=None, day=DAY, period="PM"), NoSuchTime)
    assert ask(who=Named("没人")) == NotRegistered(name="没人")
    assert ask(caller=caller(PHONES[0]), who=Named("王0")).booking.code == codes[0]
    closed = queue_desk(book_of("[waiting]\nopen = false\n"))
    assert isinstance(closed.join(people[6], PHONES[6], AT_8), NoWaitingList)
    clock.at += timedelta(days=1, hours=3)
    assert isinstance(ask(), NoWaitingList)


def test_whom_the_rules_do_not_allow_is_passed_over(sold_out, people, queue_desk, store):
    """The first has reached his limit of the day: the second gets the number, the first waits on."""
    desk, codes = sold_out
    assert isinstance(desk.book(AT_8, people[6], doctor="00123", who=caller(PHONES[6])), Booked)
    for nth in (6, 7):
        desk.join(people[nth], PHONES[nth], STARTS[0])
    strict = queue_desk(StandingRules(house_rules(HousePolicy(bookings_per_patient_day=1))))
    strict.cancel(codes[0], who=caller(PHONES[0]))
    assert desk.waits() == ["waiting", "offered"]
    store.now(thd_balance)


def test_who_books_the_session_otherwise_leaves_the_list(sold_out, people, store):
    """He got a number of the session himself: the next freed one goes to the next."""
    desk, codes = sold_out
    for nth in (6, 7):
        desk.join(people[nth], PHONES[nth], STARTS[0])
    store.now(
        lambda conn: (
            conn.execute(update(appointment).where(appointment.c.id == 1).values(patient_id=people[6])).rowcount
        )
    )
    desk.cancel(codes[1], who=caller(PHONES[1]))
    assert desk.waits() == ["left", "offered"]


def test_leaving(sold_out, people):
    """A place is given up by its own phone, once; an offered number is answered, not left."""
    desk, codes = sold_out
    place = desk.join(people[6], PHONES[6], STARTS[0]).waiting
    leave = lambda phone: desk.run(desk.room.leave(caller(phone), place.id))  # noqa: E731
    assert leave(PHONES[7]) == NotWaiting()
    assert leave(None) == NotWaiting()
    assert leave(PHONES[6]).waiting.id == place.id
    assert leave(PHONES[6]) == NotWaiting()
    assert desk.run(desk.room.mine(caller(PHONES[6]))) == ()
    desk.join(people[7], PHONES[7], STARTS[0])
    desk.cancel(codes[0], who=caller(PHONES[0]))
    assert desk.run(desk.room.leave(caller(PHONES[7]), 2)) == NotWaiting()


def test_what_becomes_free_otherwise_is_offered_by_the_job(sold_out, people, store, vault):
    """The session is widened: the job offers the new numbers, as many as there are, and no more."""
    desk, _ = sold_out
    for nth in (6, 7, 8):
        desk.join(people[nth], PHONES[nth], STARTS[0])
    wider = SessionRow(doctor="00868", day=DAY, period="AM", first=AT_8.time(), minutes_per_slot=30, slots=8)
    store.now(thd_put_sessions, vault, 1, [wider])
    assert desk.run(desk.room.offer(1)) == 2
    assert desk.run(desk.room.offer(1)) == 0
    assert desk.waits() == ["offered", "offered", "waiting"]
    store.now(thd_balance)


def test_waiting_ends_when_the_session_is_not_sold_any_more(sold_out, people, clock, store):
    """He is told that he waited in vain, once."""
    desk, _ = sold_out
    desk.join(people[6], PHONES[6], STARTS[0])
    assert desk.run(desk.room.offer(1)) == 0
    assert desk.waits() == ["waiting"]
    clock.at = clock.at.replace(day=15, hour=10, minute=31)
    desk.run(desk.room.offer(1))
    desk.run(desk.room.offer(1))
    assert desk.waits() == ["lapsed"]
    (told,) = desk.texts("offer-over")
    assert "王*候补的7月15日上午" in told


def test_an_offer_never_outlasts_the_visit(sold_out, people, clock, store):
    """Ten minutes before the start the number is kept for ten minutes, not fifteen."""
    desk, codes = sold_out
    desk.join(people[6], PHONES[6], STARTS[0])
    clock.at = clock.at.replace(day=15, hour=10, minute=20)
    store.now(
        lambda conn: conn.execute(update(appointment).where(appointment.c.id < 6).values(status="visited")).rowcount
    )
    desk.cancel(codes[5], who=caller(PHONES[5]))
    until = store.now(lambda conn: conn.execute(select(hold.c.until_at)).scalar_one())
    assert until == at("2026-07-15 02:30")
    expires = select(outbox.c.expires_at).where(outbox.c.kind == "offer")
    assert store.now(lambda conn: conn.execute(expires).scalar_one()) == at("2026-07-15 02:30")


def test_an_offer_made_twice_at_once(sold_out, people, monkeypatch, store):
    """Who loses the waiting row to another starts over; nothing of the cancel is left."""
    desk, codes = sold_out
    desk.join(people[6], PHONES[6], STARTS[0])
    monkeypatch.setattr(offering, "_BECOMES", offering._BECOMES.where(false()))
    with pytest.raises(Busy):
        desk.cancel(codes[0], who=caller(PHONES[0]))
    monkeypatch.undo()
    assert desk.waits() == ["waiting"]
    store.now(thd_balance)


def test_leaving_while_a_number_is_offered(sold_out, people, monkeypatch):
    """Who loses the waiting row to an offer starts over."""
    desk, _ = sold_out
    place = desk.join(people[6], PHONES[6], STARTS[0]).waiting
    monkeypatch.setattr(list_of, "_LEAVE", list_of._LEAVE.where(false()))
    with pytest.raises(Busy):
        desk.run(desk.room.leave(caller(PHONES[6]), place.id))
    monkeypatch.undo()
    assert desk.waits() == ["waiting"]


def test_identity_numbers_wait_too(sold_out, people):
    """A patient whom the hospital does not know yet waits by his identity number; in that session, once."""

    desk, _ = sold_out
    wish = JoinWaiting(caller=caller(PHONES[9]), doctor="00868", who=Identified(IDENTITIES[9]), key="x", start=AT_8)
    assert isinstance(desk.run(desk.room.join(wish)), Waits)
    booked = JoinWaiting(caller=caller(PHONES[0]), doctor="00868", who=Identified(IDENTITIES[0]), key="y", start=AT_8)
    assert isinstance(desk.run(desk.room.join(booked)), AlreadyBooked)


def test_of_two_offers_the_one_that_is_meant(sold_out, people):
    """The answer names the place: the other number stays held; the request that answered is known by its trace, once ended."""
    desk, codes = sold_out
    phone = caller(PHONES[6], trace="sms:41")
    for nth in (6, 7):
        desk.join(people[nth], PHONES[6], STARTS[0])
    for nth in (2, 3):
        desk.cancel(codes[nth], who=caller(PHONES[nth]))
    first, second = desk.run(desk.room.mine(phone))
    assert first.offered_at is not None
    assert desk.run(desk.room.settled_by(phone)) is None
    assert desk.run(desk.room.answer(phone, True, 999)) == NotWaiting()
    booked = desk.run(desk.room.answer(phone, True, second.id))
    assert booked.booking.start == second.booking.start
    assert desk.waits() == ["offered", "won"]
    assert desk.run(desk.room.settled_by(phone)) is True
    assert desk.run(desk.room.settled_by(caller(PHONES[6], trace="sms:42"))) is None
    desk.run(desk.room.answer(caller(PHONES[6], trace="sms:43"), False, first.id))
    assert desk.run(desk.room.settled_by(caller(PHONES[6], trace="sms:43"))) is False


def test_where_one_may_wait(sold_out, people):
    """A session without a free number; not beside one, nor for a time or doctor that is none, nor for who cannot be called."""
    desk, codes = sold_out
    who = caller(PHONES[6])
    assert desk.run(desk.room.may_wait(who, "00868", STARTS[0])) is True
    assert desk.run(desk.room.may_wait(who, "00868", STARTS[0] + timedelta(minutes=1))) is False
    assert desk.run(desk.room.may_wait(who, "99999", STARTS[0])) is False
    assert desk.run(desk.room.may_wait(caller(None), "00868", STARTS[0])) is False
    desk.cancel(codes[5], who=caller(PHONES[5]))
    assert desk.run(desk.room.may_wait(who, "00868", STARTS[0])) is False


@pytest.fixture
def call_off(store, vault, clock, bell, rng, result_of):
    """``call_off(action="release")``: a stop of the doctor's session is announced and carried out; its ``stops`` hear the patients."""
    stops = Stops(open_house(store, vault, clock, bell, rng, StandingRules(house_rules())))

    def announce(**what):
        plan = StopPlan(hospital=1, doctor="00868", day=DAY, period="AM", by="wang", **what)
        outcome = result_of(stops.announce(plan))
        assert isinstance(outcome, Announced)

    announce.stops = stops
    return announce


def test_nobody_waits_for_what_is_called_off(sold_out, people, call_off):
    """Whose session is stopped, nobody is told a place on its list, to be told in the next minute that the list is no more."""
    desk, _ = sold_out
    call_off(action="release")
    assert isinstance(desk.join(people[6], PHONES[6], STARTS[0]), NoWaitingList)
    assert desk.run(desk.room.may_wait(caller(PHONES[6]), "00868", STARTS[0])) is False
    assert desk.waits() == []


def test_where_a_part_is_called_off_one_waits_for_the_rest(sold_out, people, call_off):
    """The numbers that are left may still be given back."""
    desk, codes = sold_out
    call_off(action="release", since=STARTS[3].time())
    assert isinstance(desk.join(people[6], PHONES[6], STARTS[0]), Waits)
    desk.cancel(codes[0], who=caller(PHONES[0]))
    assert desk.waits() == ["offered"]


def test_an_offer_is_asked_for_though_its_time_changes(sold_out, people, call_off, store):
    """Offered a number whose session is moved before the text went out: he reads of the move, and is asked for his yes all the same."""
    desk, codes = sold_out
    desk.join(people[6], PHONES[6], STARTS[0])
    desk.cancel(codes[2], who=caller(PHONES[2]))
    call_off(action="move", shift_minutes=30)
    asked = select(outbox.c.status).where(outbox.c.kind == "offer")
    assert store.now(lambda conn: list(conn.execute(asked).scalars())) == ["pending"]
    assert len(desk.texts("stop")) == 6
    assert isinstance(desk.run(desk.room.answer(caller(PHONES[6]), True)), Booked)


def test_who_takes_what_was_held_for_him_waits_no_more(sold_out, people, clock, store):
    """He held the last number while he made up his mind, put himself on the list beside it, and took it: that is all he hears."""
    desk, codes = sold_out
    desk.cancel(codes[2], who=caller(PHONES[2]))
    held = desk.book(STARTS[2], people[6], who=caller(PHONES[6]), hold=timedelta(minutes=10))
    assert isinstance(desk.join(people[6], PHONES[6], STARTS[0]), Waits)
    assert isinstance(desk.join(people[7], PHONES[7], STARTS[0]), Waits)
    assert isinstance(desk.confirm(held.booking.code, who=caller(PHONES[6])), Booked)
    assert desk.waits() == ["left", "waiting"]
    (behind,) = desk.run(desk.room.mine(caller(PHONES[7])))
    assert behind.place == 1
    clock.at += timedelta(days=1, hours=3)
    desk.run(desk.room.offer(1))
    assert desk.waits() == ["left", "lapsed"]
    assert len(desk.texts("offer-over")) == 1
    store.now(thd_balance)


def test_who_found_a_number_himself_did_not_wait_in_vain(sold_out, people, clock, store):
    """A number that came free past the list (an extra one) is bought by who waits: nobody tells him at the end that there was none."""
    desk, _ = sold_out
    for nth in (6, 7):
        desk.join(people[nth], PHONES[nth], STARTS[0])
    extra = {"start": STARTS[5], "seq": 7, "taken": 0, "pool": "open", "extra": True}
    like = select(slot).where(slot.c.start == STARTS[5]).order_by(slot.c.id).limit(1)

    def thd_add(conn):
        row = conn.execute(like).one()
        conn.execute(
            insert(slot), {"hospital_id": 1, "session_id": row.session_id, "doctor_id": row.doctor_id, **extra}
        )

    store.now(thd_add)
    assert isinstance(desk.book(STARTS[5], people[6], who=caller(PHONES[6])), Booked)
    clock.at += timedelta(days=1, hours=3)
    desk.run(desk.room.offer(1))
    assert desk.waits() == ["left", "lapsed"]
    assert len(desk.texts("offer-over")) == 1


def test_one_for_keep_takes_a_number_that_was_only_offered(sold_out, people, call_off, store):
    """Offered a number, then told that the time has changed: who answers 1, keep, has it, and is not told later that he said nothing."""
    desk, codes = sold_out
    desk.join(people[6], PHONES[6], STARTS[0])
    desk.cancel(codes[2], who=caller(PHONES[2]))
    call_off(action="move", shift_minutes=30)
    (offered,) = desk.run(desk.room.mine(caller(PHONES[6])))
    for again in (False, True):
        chosen = desk.run(call_off.stops.choose(caller(PHONES[6]), offered.booking.code, Choice.KEEP))
        assert (type(chosen), chosen.booking.status, chosen.again) == (Chosen, "booked", again)
    assert desk.waits() == ["won"]
    assert desk.run(desk.room.expire(1)) == 0
    store.now(thd_balance)


def test_one_for_keep_comes_too_late_for_an_offer_that_is_over(sold_out, people, call_off, clock):
    """The number was kept for a quarter of an hour: then it is the next one's, whatever the notice of the change offered."""
    desk, codes = sold_out
    desk.join(people[6], PHONES[6], STARTS[0])
    desk.cancel(codes[2], who=caller(PHONES[2]))
    call_off(action="move", shift_minutes=30)
    (offered,) = desk.run(desk.room.mine(caller(PHONES[6])))
    clock.at += timedelta(minutes=15)
    chosen = desk.run(call_off.stops.choose(caller(PHONES[6]), offered.booking.code, Choice.KEEP))
    assert isinstance(chosen, ChoiceTooLate)
    assert desk.run(desk.room.expire(1)) == 1
    assert desk.waits() == ["lapsed"]
