"""Booking, cancelling and registering on whatever database is below."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from open_house import open_house
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.clock import naive_utc
from booking.keeping_outcomes import Cancelled, NoSuchBooking, TooLateToCancel
from booking.outcomes import (
    AlreadyBooked,
    Booked,
    Busy,
    ClinicStopped,
    Cutoff,
    Full,
    Limit,
    NoSuchDoctor,
    NoSuchTime,
    NotRegistered,
)
from booking.people_outcomes import NameMismatch, NeedsName, Registered
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Complain, Identified, Known, Named, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.store.people.people import thd_patient_by_identity
from booking.store.schema import (
    appointment,
    audit,
    clinic_session,
    doctor,
    metadata,
    outbox,
    patient,
    phone_choice,
    slot,
)

ZHANG, LI = "11010519491231002X", "440524188001010014"
ZHANG_SAN = Named("张三")
PHONE, OTHER = "+8613800138000", "+8613900139000"
AT_830 = datetime.fromisoformat("2026-07-15 08:30")


def caller(phone=PHONE, channel=Channel.SMS):
    return Caller(hospital=1, phone=phone, channel=channel, trace="t-1")


def wish(key="sms:1", start=AT_830, who=ZHANG_SAN, phone=PHONE, doctor="00868"):
    return BookSlot(caller=caller(phone), doctor=doctor, start=start, who=who, key=key)


@pytest.fixture
def house(store, vault, clock, bell):
    """``house(policy, rng)``: a reception on the store under test."""
    return lambda policy, rng: Reception(open_house(store, vault, clock, bell, rng, StandingRules(house_rules(policy))))


@pytest.fixture
def desk(house, rng):
    return house(HousePolicy(), rng)


@pytest.fixture
def put(desk, result_of):
    """``put("book", request)``: what the reception answers."""
    return lambda name, *args: result_of(getattr(desk, name)(*args))


@pytest.fixture
def zhang(put):
    """张三, registered to the phone."""
    return put("register", RegisterPhone(caller=caller(), identity=ZHANG, name="张三")).patient


@pytest.fixture
def by_identity(store, vault, clock):
    """``by_identity(caller)``: 李四 as the caller keys his identity number."""
    return lambda who: store.now(thd_patient_by_identity, vault, who, LI, naive_utc(clock))


@pytest.fixture
def texts(store, vault):
    """The texts in the outbox as (kind, to, body)."""

    def thd(conn):
        rows = conn.execute(select(outbox).order_by(outbox.c.id))
        return [(row.kind, vault.open(row.to_sealed), vault.open(row.body_sealed)) for row in rows]

    return lambda: store.now(thd)


@pytest.fixture
def actions(store):
    """What the audit log says was done, in order."""
    query = select(audit.c.action, audit.c.trace).order_by(audit.c.id)
    return lambda: store.now(lambda conn: [tuple(row) for row in conn.execute(query)])


def taken(store, start=AT_830, doctor_id=1):
    where = (slot.c.start == start, slot.c.doctor_id == doctor_id)
    return store.now(lambda conn: conn.execute(select(slot.c.taken).where(*where)).scalar_one())


def test_booking_writes_all_that_goes_with_it(put, zhang, texts, actions, store):
    """A granted wish is a booking with a confirmation to the patient and a word to the doctor."""
    outcome = put("book", wish())
    assert isinstance(outcome, Booked)
    assert not outcome.again
    booking = outcome.booking
    assert (booking.seq, booking.start, booking.fee_fen, booking.status) == (2, AT_830, 5000, "booked")
    assert booking.patient == zhang
    assert taken(store) == 1
    (kind, to, body), (doctor_kind, doctor_to, doctor_body) = texts()
    assert (kind, to, doctor_kind, doctor_to) == ("confirmation", PHONE, "doctor", "+8613900000868")
    assert booking.code in body
    assert "张三" not in body + doctor_body
    assert actions()[-1] == ("booked", "t-1")


def test_the_bell_rings_for_what_changed(put, zhang, bell):
    """Deliverers are told of a booking and of a cancel, not of repeats and refusals."""
    rings = []
    bell.listen(lambda: rings.append("ring"))
    code = put("book", wish()).booking.code
    put("book", wish())
    put("book", wish("sms:2"))
    assert len(rings) == 1
    put("cancel", CancelBooking(caller=caller(), code=code, key="x"))
    put("cancel", CancelBooking(caller=caller(), code=code, key="x"))
    assert len(rings) == 2


def test_the_same_request_again_is_the_same_booking(put, zhang, texts):
    """A request put twice under one key books once and answers alike."""
    first, again = put("book", wish()), put("book", wish())
    assert again == Booked(booking=first.booking, again=True)
    assert len(texts()) == 2


def test_a_second_wish_for_the_same_session_hears_of_the_first(put, zhang):
    """Who holds a number in a session is told of it instead of getting another."""
    first = put("book", wish())
    assert put("book", wish("sms:2")) == AlreadyBooked(booking=first.booking)
    assert put("book", wish("sms:3", AT_830 + timedelta(minutes=30))) == AlreadyBooked(booking=first.booking)


def test_a_taken_slot_is_full_and_the_nearest_times_are_told(put, zhang):
    """The second patient hears that the time is gone and which are near."""
    put("book", wish())
    put("register", RegisterPhone(caller=caller(OTHER), identity=LI, name="李四"))
    refusal = put("book", wish("sms:2", who=Named("李四"), phone=OTHER))
    assert isinstance(refusal, Full)
    assert [(each.start.hour, each.start.minute, each.seq) for each in refusal.open] == [
        (8, 0, 1),
        (9, 0, 3),
        (9, 30, 4),
    ]


def test_the_database_itself_refuses_a_second_live_booking(store, put, zhang):
    """Even code that bypasses every rule cannot hold one slot twice, nor one session twice, nor reuse a key or code."""
    put("book", wish())
    row = store.now(lambda conn: dict(conn.execute(select(appointment)).one()._mapping))
    row.pop("id")
    for spared in ("slot", "patient", "key", "code"):
        other = {
            **row,
            "slot_id": 1 if spared != "slot" else row["slot_id"],
            "session_id": 2 if spared != "patient" else row["session_id"],
            "request_key": "other" if spared != "key" else row["request_key"],
            "code": "00000000" if spared != "code" else row["code"],
        }
        with pytest.raises(IntegrityError) as caught:
            store.now(lambda conn, values=other: conn.execute(insert(appointment).values(values)).rowcount)
        assert PHONE not in str(caught.value)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (wish(doctor="99999"), NoSuchDoctor),
        (wish(start=AT_830 + timedelta(minutes=5)), NoSuchTime),
        (wish(start=AT_830 + timedelta(days=90)), NoSuchTime),
        (wish(who=Named("李四")), NotRegistered),
        (wish(phone=None), NotRegistered),
        (wish(phone=OTHER), NotRegistered),
        (wish(who=Known(4711)), NotRegistered),
    ],
)
def test_refusals_name_one_reason(put, zhang, texts, request_, kind):
    """Wrong doctor, wrong time and unknown patients are told apart, and nothing is written."""
    assert isinstance(put("book", request_), kind)
    assert texts() == []


def test_a_past_time_is_cut_off(put, zhang, clock):
    """Once the slot's time has come it cannot be had any more."""
    clock.at += timedelta(days=1)
    refusal = put("book", wish())
    assert isinstance(refusal, Cutoff)
    assert refusal.start == AT_830
    assert refusal.open[0].start > AT_830 + timedelta(minutes=30)


def test_a_stopped_clinic_sells_nothing(put, zhang, store):
    """A session that was called off is refused as such."""
    store.now(lambda conn: conn.execute(update(clinic_session).values(status="stopped")).rowcount)
    assert put("book", wish()) == ClinicStopped(doctor=put("doctor", 1, "00868"), open=())


def test_sessions_beyond_the_window_are_not_on_sale(house, rng, result_of, put, zhang):
    """A house that sells no days ahead refuses tomorrow."""
    strict = house(HousePolicy(window_days=0), rng)
    assert isinstance(result_of(strict.book(wish())), NoSuchTime)


def test_a_patient_has_a_daily_limit(house, rng, result_of, put, zhang):
    """One more booking on the same day than the house allows is refused with the number allowed."""
    strict = house(HousePolicy(bookings_per_patient_day=1), rng)
    assert isinstance(result_of(strict.book(wish())), Booked)
    assert result_of(strict.book(wish("sms:2", doctor="00123"))) == Limit(
        what="patient-day", most=1, scope="all", per="visit-day"
    )
    assert isinstance(put("book", wish("sms:3", doctor="00123")), Booked)


def test_who_is_named_by_identity_needs_no_registration(put, texts, zhang):
    """A keyed identity number books for a person without a record, made then without a name."""
    outcome = put("book", wish(who=Identified(LI)))
    assert isinstance(outcome, Booked)
    assert outcome.booking.patient.name == ""
    assert outcome.booking.patient.identity_masked == "440524********0014"
    assert "患者" in texts()[0][2]


def test_a_landline_is_told_through_the_registered_mobile(put, zhang, texts):
    """A caller from a landline gets the text on the patient's registered mobile."""
    assert isinstance(put("book", wish(who=Known(zhang.id), phone="+861065001234")), Booked)
    assert [text[:2] for text in texts()] == [("confirmation", PHONE), ("doctor", "+8613900000868")]


def test_a_withheld_number_books_for_a_known_patient(put, zhang, texts):
    """Whoever hides his number can book for a patient on record; the text goes to the patient's phone."""
    assert isinstance(put("book", wish(who=Known(zhang.id), phone=None)), Booked)
    assert texts()[0][1] == PHONE
    assert put("bookings_of", caller(None)) == ()
    assert put("patients_of", caller(None)) == ()


def test_names_are_compared_as_people_write_them(put, zhang):
    """A stray space does not make a patient a stranger."""
    assert isinstance(put("book", wish(who=Named(" 张 三"))), Booked)


def test_cancelling_frees_the_number_and_tells_everybody(put, zhang, texts, actions, store):
    """A cancelled slot can be sold at once; patient and doctor are told."""
    code = put("book", wish()).booking.code
    outcome = put("cancel", CancelBooking(caller=caller(), code=code, key="sms:2"))
    assert isinstance(outcome, Cancelled)
    assert (outcome.again, outcome.booking.status) == (False, "cancelled")
    assert taken(store) == 0
    assert [text[0] for text in texts()] == ["confirmation", "doctor", "cancelled", "doctor-cancelled"]
    assert actions()[-1] == ("cancelled", "t-1")
    again = put("cancel", CancelBooking(caller=caller(), code=code, key="sms:2"))
    assert again == Cancelled(booking=outcome.booking, again=True)
    assert len(texts()) == 4
    assert isinstance(put("book", wish("sms:3")), Booked)
    assert taken(store) == 1


def test_a_cancelled_booking_answers_its_own_request_again(put, zhang, store):
    """The key of a cancelled booking still tells of it and sells nothing."""
    code = put("book", wish()).booking.code
    put("cancel", CancelBooking(caller=caller(), code=code, key="sms:2"))
    assert put("book", wish()).booking.status == "cancelled"
    assert taken(store) == 0


def test_a_booking_is_nobody_elses(put, zhang):
    """A stranger's phone can neither see nor cancel it, and cannot tell it from a code that does not exist."""
    code = put("book", wish()).booking.code
    for phone in (OTHER, None):
        assert put("cancel", CancelBooking(caller=caller(phone), code=code, key="x")) == NoSuchBooking(code=code)
        assert put("booking", caller(phone), code) == NoSuchBooking(code=code)
    assert put("booking", caller(), "12345678") == NoSuchBooking(code="12345678")


def test_a_second_phone_of_the_patient_may_cancel(put, zhang, texts):
    """Another phone that the patient is registered to is told, and so is the phone that booked."""
    put("register", RegisterPhone(caller=caller(OTHER), identity=ZHANG, name="张三"))
    code = put("book", wish()).booking.code
    assert isinstance(put("cancel", CancelBooking(caller=caller(OTHER), code=code, key="x")), Cancelled)
    assert [to for kind, to, _ in texts() if kind == "cancelled"] == [OTHER, PHONE]


def test_too_late_to_cancel(put, zhang, clock):
    """After the slot's start the booking stays."""
    code = put("book", wish()).booking.code
    clock.at += timedelta(days=1)
    assert isinstance(put("cancel", CancelBooking(caller=caller(), code=code, key="x")), TooLateToCancel)
    assert put("bookings_of", caller()) == ()
    assert put("booking", caller(), code).code == code


def test_registering(put, zhang):
    """A phone registers a patient once; wrong and missing names are told apart."""
    me = caller()
    assert zhang.identity_masked == "110105********002X"
    assert put("register", RegisterPhone(caller=me, identity=ZHANG, name="张 三")) == Registered(
        patient=zhang, again=True
    )
    assert put("register", RegisterPhone(caller=me, identity=ZHANG, name=None)) == Registered(patient=zhang, again=True)
    assert put("register", RegisterPhone(caller=me, identity=ZHANG, name="李四")) == NameMismatch()
    assert put("register", RegisterPhone(caller=me, identity=LI, name=None)) == NeedsName()
    assert put("register", RegisterPhone(caller=caller(OTHER), identity=ZHANG, name=None)) == NeedsName()
    assert put("register", RegisterPhone(caller=caller(None), identity=ZHANG, name="张三")) == Limit(
        what="phone-patients", most=0
    )
    assert put("patients_of", me) == (zhang,)


def test_a_phone_speaks_for_few_patients(house, rng, result_of, zhang):
    """The house's limit of patients on one phone holds."""
    strict = house(HousePolicy(patients_per_phone=1), rng)
    outcome = result_of(strict.register(RegisterPhone(caller=caller(), identity=LI, name="李四")))
    assert outcome == Limit(what="phone-patients", most=1)


def test_a_record_made_by_keys_gets_its_name_by_text(put, by_identity):
    """A patient who keyed an identity number has no name until a phone registers it with one."""
    keyed = by_identity(caller())
    assert (keyed.name, by_identity(caller())) == ("", keyed)
    named = put("register", RegisterPhone(caller=caller(), identity=LI, name="李四"))
    assert named == Registered(patient=replace(keyed, name="李四"))
    assert by_identity(caller()).name == "李四"
    assert by_identity(caller(OTHER)).name == "李*"


def test_a_linked_record_without_a_name_is_completed(put, store, vault):
    """Registering again with a name completes a record that the phone already has."""
    put("register", RegisterPhone(caller=caller(), identity=LI, name="李四"))
    store.now(lambda conn: conn.execute(update(patient).values(name_sealed=vault.seal(""))).rowcount)
    assert put("register", RegisterPhone(caller=caller(), identity=LI, name="李四")).patient.name == "李四"
    assert len(put("patients_of", caller())) == 1


def test_complaints_have_case_numbers(put):
    """A complaint gets a number once, by which its state is asked."""
    request = Complain(caller=caller(), text="等了三个小时", key="sms:9")
    first = put("complain", request)
    assert put("complain", request) == replace(first, again=True)
    assert put("case_state", 1, first.case).state == "received"
    assert put("case_state", 1, "00000000").reason == "NO_SUCH_CASE"
    assert put("complain", Complain(caller=caller(None), text="吵", key="call:9")).case != first.case


def test_opting_out_and_in(put, store):
    """A phone's choice is remembered and can be changed."""
    choice = select(phone_choice.c.wants)
    for wants in (False, True):
        put("opt", caller(), wants)
        assert store.now(lambda conn: conn.execute(choice).scalars().all()) == [wants]
    put("opt", caller(None), False)
    assert store.now(lambda conn: conn.execute(select(func.count()).select_from(phone_choice)).scalar_one()) == 1


def test_nothing_personal_lies_open_in_the_database(put, zhang, store):
    """Whoever reads every row finds no name, phone, identity number or complaint."""
    put("book", wish())
    put("complain", Complain(caller=caller(), text="等了三个小时", key="sms:9"))
    put("opt", caller(), False)

    def thd_everything(conn):
        tables = [table for table in metadata.sorted_tables if table.name not in {"hospital", "doctor"}]
        return [repr(tuple(row)) for table in tables for row in conn.execute(select(table))]

    everything = "".join(store.now(thd_everything))
    for secret in ("张", ZHANG, PHONE, "13800138000", "三个小时"):
        assert secret not in everything
        assert repr(secret.encode())[2:-1] not in everything


def test_codes_are_drawn_until_one_is_free(house, result_of, put, zhang):
    """A code that a booking has had is never given again."""
    used = put("book", wish()).booking.code

    draws = [int(used[:7]), int(used[:7]), 42]

    class Stubborn(random.Random):
        def randbytes(self, count):
            return draws.pop(0).to_bytes(count, "big")

    stubborn = house(HousePolicy(), Stubborn())
    assert result_of(stubborn.book(wish("sms:2", doctor="00123"))).booking.code.startswith("0000042")


def test_a_doctor_without_a_telephone_is_not_texted(store, put, by_identity, zhang, texts):
    """Booking and cancelling go on without the doctor's texts; a patient whom no text reaches gets none."""
    store.now(lambda conn: conn.execute(update(doctor).values(phone_sealed=None)).rowcount)
    code = put("book", wish()).booking.code
    put("cancel", CancelBooking(caller=caller(), code=code, key="x"))
    assert [text[0] for text in texts()] == ["confirmation", "cancelled"]
    stranger = by_identity(caller())
    assert isinstance(put("book", wish("sms:2", who=Known(stranger.id), phone=None)), Booked)
    assert len(texts()) == 2


def test_when_all_codes_are_given_it_is_busy(house, result_of, put, zhang):
    """A hospital that has used up its codes sells nothing rather than a code twice."""
    used = put("book", wish()).booking.code

    class Stuck(random.Random):
        def randbytes(self, count):
            return int(used[:7]).to_bytes(count, "big")

    with pytest.raises(Busy):
        result_of(house(HousePolicy(), Stuck()).book(wish("sms:2", doctor="00123")))


def test_the_doctor_booked_last(put, zhang, clock):
    """The doctor of the caller's latest booking, also when it was cancelled or is over; for all phones of the patient."""
    me = caller()
    assert put("last_doctor", me) is None
    assert put("last_doctor", caller(None)) is None
    put("book", wish())
    code = put("book", wish("sms:2", AT_830 + timedelta(minutes=30), doctor="00123")).booking.code
    put("cancel", CancelBooking(caller=me, code=code, key="sms:3"))
    clock.at += timedelta(days=30)
    assert put("last_doctor", me).number == "00123"
    assert put("last_doctor", caller(OTHER)) is None
    put("register", RegisterPhone(caller=caller(OTHER), identity=ZHANG, name="张三"))
    assert put("last_doctor", caller(OTHER)).number == "00123"


def test_two_patients_of_one_name_on_one_phone(put, zhang, store):
    """Father and son may bear one name: by name alone neither is booked in the other's place; chosen by record, each can be."""
    son = put("register", RegisterPhone(caller=caller(), identity=LI, name="张三")).patient
    assert put("book", wish()) == NotRegistered(name="张三", several=True)
    assert taken(store) == 0
    assert put("book", wish("sms:2", who=Known(son.id))).booking.patient.id == son.id


def test_a_name_of_nothing_visible_is_no_name(put):
    """White space and invisible characters do not name a new patient."""
    assert put("register", RegisterPhone(caller=caller(), identity=ZHANG, name=" \u200b ")) == NeedsName()
