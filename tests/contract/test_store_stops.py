"""Stop-clinic on whatever database is below: who is told, what becomes of bookings, numbers, waiting lists, choices."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from open_house import open_house
from sqlalchemy import delete, func, insert, select, update

from booking.clock import naive_utc, wall
from booking.keeping_outcomes import Cancelled, TooLateToCancel
from booking.outcomes import Booked, Held
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Known, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.stop_clinic import (
    Announced,
    Choice,
    ChoiceTooLate,
    Chosen,
    Concerned,
    Decided,
    NotAnnounced,
    NotDecided,
    NothingToChoose,
    RebookFrom,
    StopPlan,
)
from booking.stops import Stops
from booking.store.roster.roster import DoctorRow, SessionRow, thd_put_doctors, thd_put_sessions
from booking.store.schema import (
    appointment,
    audit,
    clinic_session,
    conduct,
    doctor,
    hold,
    outbox,
    slot,
    stop_notice,
    waiting,
)
from booking.store.stops import stop_letters, telling
from booking.store.stops.plans import Moments
from booking.store.stops.stopping import thd_announce, thd_decide

DAY = date(2026, 7, 15)
EIGHT = datetime.combine(DAY, time(8))
PEOPLE = [
    ("+8613800138000", "11010519491231002X", "张三"),
    ("+8613900139000", "440524188001010014", "李四"),
    ("+8613700137000", "110101199003070134", "王五"),
]


def caller(phone, channel=Channel.SMS, trace="t-1"):
    return Caller(hospital=1, phone=phone, channel=channel, trace=trace)


@pytest.fixture
def stop_house(store, vault):
    """The small hospital with 陈晓明, of 王建国's grade, and 王建国's session of the next day."""

    def thd(conn):
        chen = DoctorRow(number="00777", name="陈晓明", title="主任医师", department_code="01", phone="+8613900000777")
        thd_put_doctors(conn, vault, 1, [chen])
        later = SessionRow(
            doctor="00868", day=DAY + timedelta(days=1), period="AM", first=time(8), minutes_per_slot=30, slots=3,
            place="门诊楼3层5诊室", fee_fen=5000, clinic_type="专家",
        )  # fmt: skip
        thd_put_sessions(conn, vault, 1, [later])

    store.now(thd)
    return store


@pytest.fixture
def stop_rules():
    return StandingRules(house_rules(HousePolicy()))


@pytest.fixture
def stop_reception(stop_house, vault, clock, bell, rng, stop_rules):
    return Reception(open_house(stop_house, vault, clock, bell, rng, stop_rules))


@pytest.fixture
def stops(stop_house, vault, clock, bell, rng, stop_rules):
    return Stops(open_house(stop_house, vault, clock, bell, rng, stop_rules))


@pytest.fixture
def do(result_of, stops):
    """``do("announce", plan)``: what the stops answer."""
    return lambda name, *args, **more: result_of(getattr(stops, name)(*args, **more))


@pytest.fixture
def stop_booked(stop_reception, result_of):
    """Bookings of the session, one a person, from 8:00: (caller, code)."""
    found = []
    for nth, (phone, identity, name) in enumerate(PEOPLE):
        result_of(stop_reception.register(RegisterPhone(caller=caller(phone), identity=identity, name=name)))
        found.append(book(stop_reception, result_of, phone, EIGHT + timedelta(minutes=30 * nth), f"sms:{nth}"))
    return found


def book(stop_reception, result_of, phone, start, key, number="00868"):
    (patient,) = result_of(stop_reception.patients_of(caller(phone)))
    wish = BookSlot(caller=caller(phone), doctor=number, start=start, who=Known(patient.id), key=key)
    outcome = result_of(stop_reception.book(wish))
    assert isinstance(outcome, Booked), outcome
    return caller(phone), outcome.booking.code


def plan(action="release", **more):
    values = {"hospital": 1, "doctor": "00868", "day": DAY, "period": "AM", "action": action, "by": "wang"} | more
    return StopPlan(**values)


def rows(store, query):
    return store.now(lambda conn: [tuple(row) for row in conn.execute(query)])


def bookings_now(store):
    query = select(appointment.c.code, appointment.c.status, appointment.c.ended_by, doctor.c.number)
    query = query.join(doctor, doctor.c.id == appointment.c.doctor_id).order_by(appointment.c.id)
    return rows(store, query)


def texts(store, vault, kind="stop", status="pending"):
    query = select(outbox).where(outbox.c.kind == kind, outbox.c.status == status).order_by(outbox.c.id)
    return store.now(
        lambda conn: [(vault.open(row.to_sealed), vault.open(row.body_sealed)) for row in conn.execute(query)]
    )


def on_sale(store, day=DAY, number="00868"):
    """Free numbers that no stop keeps, of open sessions."""
    query = (
        select(func.count())
        .select_from(slot)
        .join(clinic_session, clinic_session.c.id == slot.c.session_id)
        .join(doctor, doctor.c.id == slot.c.doctor_id)
        .where(slot.c.taken == 0, slot.c.stop_id.is_(None), clinic_session.c.status == "open",
               clinic_session.c.day == day, doctor.c.number == number)
    )  # fmt: skip
    return rows(store, query)[0][0]


def counted(store):
    return rows(store, select(conduct.c.kind))


def test_a_released_session(do, stop_booked, stop_house, vault):
    """V41, automatic cancel and refund: every live booking ends by the hospital's doing, uncounted, with exactly one notice."""
    announced = do("announce", plan())
    assert isinstance(announced, Announced)
    assert (announced.concerned.bookings, announced.concerned.numbers, announced.concerned.held) == (3, 6, 0)
    assert [row[1:3] for row in bookings_now(stop_house)] == [("cancelled", "hospital")] * 3
    told = texts(stop_house, vault)
    assert [to for to, _ in told] == [phone for phone, *_ in PEOPLE]
    assert all("停诊通知" in body and code in body for (_, body), (_, code) in zip(told, stop_booked, strict=True))
    assert counted(stop_house) == []
    assert on_sale(stop_house) == 0
    view = do("stop", 1, announced.stop)
    assert (view.status, view.told, view.unreached, view.chosen) == ("done", 3, 0, (("none", 3),))
    do("carry_out", 1, announced.stop)
    do("finish", 1)
    assert texts(stop_house, vault) == told


def test_a_substitute_keeps_the_bookings(do, stop_booked, stop_house, vault, stop_reception, result_of):
    """V41, a doctor of the same grade: number and code stay, each patient is told once, the session is the substitute's."""
    announced = do("announce", plan("substitute", substitute="00777"))
    assert isinstance(announced, Announced)
    assert [row[1:] for row in bookings_now(stop_house)] == [("booked", None, "00777")] * 3
    told = texts(stop_house, vault)
    assert len(told) == 3
    assert all("王建国主任医师停诊，由心血管内科陈晓明主任医师接诊" in body for _, body in told)
    assert (on_sale(stop_house), on_sale(stop_house, number="00777")) == (0, 3)
    (shown,) = result_of(stop_reception.bookings_of(stop_booked[0][0]))
    assert (shown.code, shown.doctor.name, shown.start, shown.seq) == (stop_booked[0][1], "陈晓明", EIGHT, 1)
    do("finish", 1)
    assert len(texts(stop_house, vault)) == 3


def test_a_moved_session(do, stop_booked, stop_house, vault, stop_reception, result_of):
    """Half an hour later and another room: bookings keep number and code, each patient hears it once, new times are on sale."""
    assert isinstance(do("announce", plan("move", shift_minutes=30, place="门诊楼1层1诊室")), Announced)
    (shown,) = result_of(stop_reception.bookings_of(stop_booked[1][0]))
    assert (shown.start, shown.place, shown.seq) == (EIGHT + timedelta(minutes=60), "门诊楼1层1诊室", 2)
    told = texts(stop_house, vault)
    assert [to for to, _ in told] == [phone for phone, *_ in PEOPLE]
    assert "上午8:30改为上午9:00" in told[1][1]
    assert on_sale(stop_house) == 3
    do("finish", 1)
    assert texts(stop_house, vault) == told


def test_a_part_of_a_session(do, stop_booked, stop_house, vault, stop_reception, result_of):
    """From 8:30 on she is away: who came before keeps his number, those after are told, and the rest is off sale."""
    announced = do("announce", plan(since=time(8, 30), until=time(9, 30)))
    assert (announced.concerned.bookings, announced.concerned.numbers) == (2, 2)
    assert [row[1] for row in bookings_now(stop_house)] == ["booked", "cancelled", "cancelled"]
    assert len(texts(stop_house, vault)) == 2
    assert on_sale(stop_house) == 3
    do("withdraw", 1, announced.stop, "wang")
    do("announce", plan(since=time(9, 30)))
    assert on_sale(stop_house) == 0


def test_what_cannot_be_announced(do, stop_house, clock, vault):
    """Each refusal has one reason, and nothing is changed by it."""
    refusals = {
        "NO_DOCTOR": plan(doctor="99999"),
        "NO_SESSION": plan(period="PM"),
        "BAD_ACTION": plan("vanish"),
        "NO_NUMBERS": plan(since=time(20)),
        "NO_SUBSTITUTE": plan("substitute", substitute="99999"),
        "SAME_DOCTOR": plan("substitute", substitute="00868"),
        "OTHER_GRADE": plan("substitute", substitute="00123"),
        "NO_CHANGE": plan("move"),
        "OTHER_DAY": plan("move", shift_minutes=16 * 60),
        "PART_OF_MOVE": plan("move", shift_minutes=30, since=time(9)),
    }
    for reason, asked in refusals.items():
        assert do("concerned", asked) == NotAnnounced(reason=reason)
        assert do("announce", asked) == NotAnnounced(reason=reason)
    assert on_sale(stop_house) == 6
    own = SessionRow(doctor="00777", day=DAY, period="PM", first=time(10), minutes_per_slot=30, slots=2)
    stop_house.now(thd_put_sessions, vault, 1, [own])
    assert do("announce", plan("substitute", substitute="00777")) == NotAnnounced(reason="SUBSTITUTE_BUSY")
    clock.at += timedelta(days=2)
    assert do("announce", plan()) == NotAnnounced(reason="PAST")


def test_a_look_before_announcing(do, stop_booked, stop_house, vault):
    """How many patients would be concerned can be asked first: nothing happens."""
    found = do("concerned", plan())
    assert isinstance(found, Concerned)
    assert (found.doctor.name, found.numbers, found.bookings, found.waiting, found.approval) == (
        "王建国",
        6,
        3,
        0,
        False,
    )
    assert (on_sale(stop_house), texts(stop_house, vault)) == (3, [])


def test_a_stop_twice(do, stop_booked):
    """A session that is stopped cannot be stopped, or given to another, once more."""
    do("announce", plan())
    assert do("announce", plan(by="li")) == NotAnnounced(reason="ALREADY_STOPPED")
    assert do("announce", plan("substitute", substitute="00777")) == NotAnnounced(reason="ALREADY_STOPPED")


def announce_only(stop_house, clock, asked, approval=True):
    moments = Moments(at=naive_utc(clock), wall=wall(clock), by=asked.by)
    return stop_house.now(thd_announce, asked, moments, approval)


def test_approval_is_another_persons(do, stop_booked, stop_house, vault, clock):
    """Where approval is wanted, numbers leave sale at once, but bookings end only when somebody else agrees."""
    stop = announce_only(stop_house, clock, plan()).stop
    do("finish", 1)
    assert (on_sale(stop_house), texts(stop_house, vault)) == (0, [])
    assert do("decide", 1, stop, "wang", approve=True) == NotDecided(reason="SAME_PERSON")
    assert do("decide", 1, 99, "li", approve=True) == NotDecided(reason="NO_STOP")
    assert do("decide", 1, stop, "li", approve=True) == Decided(stop=stop, status="approved")
    assert len(texts(stop_house, vault)) == 3
    assert do("decide", 1, stop, "li", approve=True) == NotDecided(reason="NOT_WAITING")


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
def test_a_stop_that_nobody_heard_of(how, do, stop_booked, stop_house, vault, clock):
    """Refused or withdrawn before it was approved: the numbers are on sale again and no patient hears of it."""
    stop = announce_only(stop_house, clock, plan()).stop
    if how == "refuse":
        assert do("decide", 1, stop, "li", approve=False) == Decided(stop=stop, status="refused")
    else:
        assert do("withdraw", 1, stop, "wang") == Decided(stop=stop, status="withdrawn")
    do("finish", 1)
    assert (on_sale(stop_house), texts(stop_house, vault)) == (3, [])
    assert [row[1] for row in bookings_now(stop_house)] == ["booked"] * 3
    assert do("withdraw", 1, stop, "wang") == NotDecided(reason="NOT_STANDING")


def test_a_release_withdrawn(do, stop_booked, stop_house, vault, stop_reception, result_of):
    """The doctor comes after all: each is offered his old number first; the others are on sale; who has rebooked is left alone."""
    stop = do("announce", plan()).stop
    who, code = stop_booked[0]
    assert isinstance(do("choose", who, code, Choice.REBOOK), RebookFrom)
    assert isinstance(do("rebook", who, code, "00868", EIGHT + timedelta(days=1), "sms:9"), Booked)
    assert isinstance(do("withdraw", 1, stop, "wang"), Decided)
    back = [(to, body) for to, body in texts(stop_house, vault) if "恢复出诊" in body]
    assert [to for to, _ in back] == [PEOPLE[1][0], PEOPLE[2][0]]
    assert all("为您保留至" in body for _, body in back)
    held = rows(stop_house, select(appointment.c.status, slot.c.start).join(slot, slot.c.id == appointment.c.slot_id).where(
        appointment.c.status == "held").order_by(slot.c.start))  # fmt: skip
    assert held == [("held", EIGHT + timedelta(minutes=30)), ("held", EIGHT + timedelta(minutes=60))]
    assert on_sale(stop_house) == 4
    assert rows(stop_house, select(waiting.c.status)) == [("offered",), ("offered",)]
    do("finish", 1)
    assert len([1 for _, body in texts(stop_house, vault) if "恢复出诊" in body]) == 2
    assert do("stop", 1, stop).status == "withdrawn"


def test_a_substitute_withdrawn(do, stop_booked, stop_house, vault, stop_reception, result_of):
    """The doctor comes after all: bookings are his again, also the one made with the substitute, and each patient hears it once."""
    stop = do("announce", plan("substitute", substitute="00777")).stop
    phone, identity, name = "+8613600136000", "110101198001010010", "赵六"
    result_of(stop_reception.register(RegisterPhone(caller=caller(phone), identity=identity, name=name)))
    book(stop_reception, result_of, phone, EIGHT + timedelta(minutes=90), "sms:77", "00777")
    do("withdraw", 1, stop, "wang")
    assert [row[3] for row in bookings_now(stop_house)] == ["00868"] * 4
    back = [to for to, body in texts(stop_house, vault) if "恢复出诊" in body]
    assert back == [phone for phone, *_ in PEOPLE] + [phone]
    assert (on_sale(stop_house), on_sale(stop_house, number="00777")) == (2, 0)
    do("finish", 1)
    assert len(texts(stop_house, vault)) == 4


def test_a_move_withdrawn(do, stop_booked, stop_house, vault, stop_reception, result_of):
    """Time and room are as before, and each patient hears it once; notices not sent yet are not sent any more."""
    stop = do("announce", plan("move", shift_minutes=-30, place="一楼")).stop
    do("withdraw", 1, stop, "wang")
    (shown,) = result_of(stop_reception.bookings_of(stop_booked[0][0]))
    assert (shown.start, shown.place) == (EIGHT, "门诊楼3层5诊室")
    assert ["恢复出诊" in body for _, body in texts(stop_house, vault)] == [True] * 3
    assert len(texts(stop_house, vault, status="expired")) == 3


def test_choosing_to_keep_or_to_give_back(do, stop_booked, stop_house, vault, clock, stop_reception, result_of):
    """Under a notice a booking is given back without counting, past every deadline; a choice is recorded once and may be changed."""
    clock.at += timedelta(hours=22, minutes=50)  # the day itself, 7:50: the house's rules would let nobody cancel
    strict = StandingRules(house_rules(HousePolicy(cancel_minutes_before=24 * 60)))
    stops = Stops(replace(stop_reception._house, rules=strict))
    result_of(stops.announce(plan("substitute", substitute="00777")))
    who, code = stop_booked[0]
    open_ = result_of(stops.open_notice(who))
    assert (open_.action, open_.booking.code, open_.choices) == (
        "substitute", code, (Choice.KEEP, Choice.GIVE_BACK, Choice.REBOOK))  # fmt: skip
    assert result_of(stops.choose(who, code, Choice.KEEP)).again is False
    assert result_of(stops.choose(who, code, Choice.KEEP)).again is True
    assert result_of(stops.open_notice(replace(who, trace="t-2"))) is None
    given = result_of(stops.choose(who, code, Choice.GIVE_BACK))
    assert (given.choice, given.booking.status) == (Choice.GIVE_BACK, "cancelled")
    assert isinstance(result_of(stops.choose(who, code, Choice.KEEP)), ChoiceTooLate)
    assert bookings_now(stop_house)[0][1:3] == ("cancelled", "hospital")
    assert counted(stop_house) == []
    assert len(texts(stop_house, vault, "cancelled")) == 1
    assert on_sale(stop_house, number="00777") == 4


def test_cancelling_by_code_under_a_notice(stop_booked, stop_house, vault, clock, stop_reception, result_of):
    """QX is free while the notice is unanswered, past the deadline too; who said that he keeps it is bound by the deadline."""
    clock.at += timedelta(hours=22, minutes=50)
    strict = StandingRules(house_rules(HousePolicy(cancel_minutes_before=24 * 60)))
    house = replace(stop_reception._house, rules=strict)
    stops, reception = Stops(house), Reception(house)

    def cancel(who, code):
        return result_of(reception.cancel(CancelBooking(caller=who, code=code, key="q")))

    assert isinstance(cancel(*stop_booked[0]), TooLateToCancel)
    result_of(stops.announce(plan("substitute", substitute="00777")))
    assert cancel(*stop_booked[0]).again is False
    assert cancel(*stop_booked[0]).again is True
    assert bookings_now(stop_house)[0][1:3] == ("cancelled", "hospital")
    assert (counted(stop_house), len(texts(stop_house, vault, "cancelled"))) == ([], 1)
    result_of(stops.choose(*stop_booked[1], Choice.KEEP))
    assert isinstance(cancel(*stop_booked[1]), TooLateToCancel)
    assert rows(stop_house, select(stop_notice.c.choice).order_by(stop_notice.c.id)) == [
        ("giveback",),
        ("keep",),
        ("none",),
    ]


def test_nobody_chooses_for_another(do, stop_booked):
    """A code of somebody else's booking, a choice that the notice does not offer, no notice at all: nothing happens."""
    do("announce", plan(since=time(8, 30)))
    assert isinstance(do("choose", stop_booked[0][0], stop_booked[1][1], Choice.GIVE_BACK), NothingToChoose)
    assert isinstance(do("choose", stop_booked[1][0], stop_booked[1][1], Choice.KEEP), NothingToChoose)
    assert isinstance(do("choose", stop_booked[0][0], stop_booked[0][1], Choice.KEEP), NothingToChoose)
    assert isinstance(do("choose", caller(None), stop_booked[1][1], Choice.GIVE_BACK), NothingToChoose)
    assert do("open_notice", stop_booked[0][0]) is None


def test_rebooking_after_a_release(do, stop_booked, stop_house, vault):
    """The nearest times of the same doctor are shown; one of them is booked under the house's rules; the same request again is the same."""
    do("announce", plan())
    who, code = stop_booked[0]
    offered = do("choose", who, code, Choice.REBOOK)
    assert [near.open.start for near in offered.times][:2] == [
        EIGHT + timedelta(days=1), EIGHT + timedelta(days=1, minutes=30)]  # fmt: skip
    assert {near.doctor.number for near in offered.times} == {"00868"}
    start = offered.times[0].open.start
    first = do("rebook", who, code, "00868", start, "sms:50")
    assert isinstance(first, Booked)
    again = do("rebook", who, code, "00868", start, "sms:50")
    assert (again.booking.code, again.again) == (first.booking.code, True)
    assert isinstance(do("rebook", who, code, "00868", start + timedelta(minutes=30), "sms:51"), ChoiceTooLate)
    assert do("stop", 1, 1).chosen == (("none", 2), ("rebook", 1))


def test_rebooking_what_was_kept(do, stop_booked, stop_house, vault):
    """Who does not want the substitute books another time first; only then his old number is given up, uncounted."""
    do("announce", plan("substitute", substitute="00777"))
    who, code = stop_booked[0]
    offered = do("choose", who, code, Choice.REBOOK)
    assert offered.times[0].doctor.number == "00868"
    assert bookings_now(stop_house)[0][1] == "booked"
    assert isinstance(do("rebook", who, code, "00868", offered.times[0].open.start, "sms:50"), Booked)
    assert bookings_now(stop_house)[0][1:3] == ("cancelled", "hospital")
    assert (counted(stop_house), on_sale(stop_house, number="00777")) == ([], 4)


def test_a_choice_comes_too_late(do, stop_booked, clock):
    """When the visit's time has come there is nothing left to choose."""
    do("announce", plan("move", place="一楼"))
    clock.at += timedelta(hours=23, minutes=30)  # 8:30 the next day
    assert isinstance(do("choose", *stop_booked[0], Choice.GIVE_BACK), ChoiceTooLate)
    assert do("open_notice", stop_booked[0][0]) is None


def landline(stop_house, vault, code, phone="+861067001234"):
    where = appointment.c.code == code
    values = {"phone_sealed": vault.seal(phone), "phone_print": vault.fingerprint(phone)}
    stop_house.now(lambda conn: conn.execute(update(appointment).where(where).values(**values)).rowcount)


def test_who_is_to_be_phoned(do, stop_booked, stop_house, vault, clock):
    """A text that failed, ran out of time or was not delivered puts its patient on the phone list, once; ticking off takes him down."""
    do("announce", plan())
    assert do("to_phone", 1, "clerk") == ()
    values = [
        {"status": "sent", "receipt": "UNDELIVERABLE"},
        {"status": "failed"},
        {"status": "sent", "receipt": "DELIVERED"},
    ]

    def thd(conn):
        ids = conn.execute(select(outbox.c.id).where(outbox.c.kind == "stop").order_by(outbox.c.id)).scalars().all()
        for row_id, what in zip(ids, values, strict=True):
            conn.execute(update(outbox).where(outbox.c.id == row_id).values(**what))

    stop_house.now(thd)
    assert (do("find_unreached", 1), do("find_unreached", 1)) == (2, 0)
    due = do("to_phone", 1, "clerk")
    assert [(one.code, one.phones, one.patient) for one in due] == [
        (stop_booked[0][1], (PEOPLE[0][0],), "张*"), (stop_booked[1][1], (PEOPLE[1][0],), "李*")]  # fmt: skip
    assert do("phoned", 1, stop_booked[0][1], "clerk", "已告知，另约") is True
    assert do("phoned", 1, stop_booked[0][1], "clerk", "") is False
    assert do("phoned", 1, stop_booked[2][1], "clerk", "") is None
    assert isinstance(do("choose", *stop_booked[1], Choice.GIVE_BACK), Chosen)  # he heard of it and called himself
    assert do("to_phone", 1, "clerk") == ()
    assert ("phone-list-read",) in rows(stop_house, select(audit.c.action))


def test_a_landline_is_phoned(do, stop_booked, stop_house, vault):
    """A booking whose numbers take no text is due for a call at once; the text goes nowhere."""

    def thd(conn):
        conn.exec_driver_sql("DELETE FROM phone_patient")

    stop_house.now(thd)
    landline(stop_house, vault, stop_booked[0][1])
    do("announce", plan())
    assert len(texts(stop_house, vault)) == 2
    assert [one.phones for one in do("to_phone", 1, "clerk")] == [("+861067001234",)]


def test_the_waiting_list_of_a_stopped_session(do, stop_booked, stop_house, vault, clock):
    """Nobody waits for a session that is called off: each who waited is told once."""
    (patient,) = rows(stop_house, select(appointment.c.patient_id).order_by(appointment.c.id).limit(1))[0]

    def thd(conn):
        row = {
            "hospital_id": 1, "session_id": 1, "doctor_id": 1, "patient_id": patient, "channel": "sms",
            "phone_print": vault.fingerprint("+8613500135000"), "phone_sealed": vault.seal("+8613500135000"),
            "status": "waiting", "live": 1, "request_key": "w:1", "created_at": naive_utc(clock),
        }  # fmt: skip
        conn.execute(insert(waiting), row)

    stop_house.now(thd)
    assert do("concerned", plan()).waiting == 1
    do("announce", plan())
    do("finish", 1)
    assert [body for to, body in texts(stop_house, vault) if to == "+8613500135000"] == [
        "【仁和】停诊通知：张*候补的7月15日上午心血管内科王建国主任医师停诊，候补已取消。再约请回复GHDH00868"]  # fmt: skip
    assert rows(stop_house, select(waiting.c.status, waiting.c.live)) == [("lapsed", None)]


class Died(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("how", ["release", "substitute", "move", "withdraw"])
@pytest.mark.parametrize("after", range(1, 7))
def test_a_crash_between_two_transactions(how, after, do, stop_booked, stop_house, vault, clock, monkeypatch):
    """However far a stop came before the process died, the job finishes it: everybody is told once, nobody twice."""
    monkeypatch.setattr("booking.stops.BATCH_MOST", 1)
    details = {"substitute": {"substitute": "00777"}, "move": {"shift_minutes": 30}}.get(how, {})
    asked = plan("release" if how == "withdraw" else how, **details)
    if how == "withdraw":
        stop = do("announce", asked).stop
    count = iter(range(1, 100))
    whole = stop_house.now

    def now(thd, *args):
        found = whole(thd, *args)
        if next(count) == after:
            raise Died
        return found

    monkeypatch.setattr(stop_house, "now", now)
    with suppress(Died):
        do("withdraw", 1, stop, "wang") if how == "withdraw" else do("announce", asked)
    monkeypatch.setattr(stop_house, "now", whole)
    do("finish", 1)
    view = do("stops", 1)[0]
    assert view.status == ("withdrawn" if how == "withdraw" else "done")
    word = {"release": "停诊通知", "substitute": "替诊通知", "move": "出诊变更", "withdraw": "恢复出诊"}[how]
    assert sorted(to for to, body in texts(stop_house, vault) if word in body) == sorted(phone for phone, *_ in PEOPLE)
    assert rows(stop_house, select(func.count()).select_from(stop_notice)) == [(3,)]
    assert on_sale(stop_house, number="00777" if how == "substitute" else "00868") == (0 if how == "release" else 3)


def test_a_failure_within_a_batch(do, stop_booked, stop_house, vault, monkeypatch):
    """When the notice cannot be written, the booking has not ended either: both or neither."""
    real = stop_letters.thd_post
    monkeypatch.setattr(stop_letters, "thd_post", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        do("announce", plan())
    assert [row[1] for row in bookings_now(stop_house)] == ["booked"] * 3
    monkeypatch.setattr(stop_letters, "thd_post", real)
    do("finish", 1)
    assert [row[1] for row in bookings_now(stop_house)] == ["cancelled"] * 3
    assert len(texts(stop_house, vault)) == 3


def test_a_booking_given_back_before_the_batch_came(
    do, stop_booked, stop_house, clock, stop_reception, result_of, vault
):
    """Between announcement and approval a patient cancels: he is told of his cancel, and of no stop."""
    stop = announce_only(stop_house, clock, plan()).stop
    who, code = stop_booked[0]
    assert isinstance(result_of(stop_reception.cancel(CancelBooking(caller=who, code=code, key="sms:70"))), Cancelled)
    stop_house.now(thd_decide, 1, stop, True, Moments(at=naive_utc(clock), wall=wall(clock), by="li"))
    do("finish", 1)
    assert [to for to, _ in texts(stop_house, vault)] == [PEOPLE[1][0], PEOPLE[2][0]]
    assert on_sale(stop_house) == 0


def test_where_patients_are_phoned_first(do, stop_booked, stop_house, vault, monkeypatch):
    """A hospital that phones first texts nobody at once; who does not answer the call gets the text, and each is told once."""
    terms = telling.stop_terms(house_rules())
    monkeypatch.setattr(telling, "stop_terms", lambda _: replace(terms, practice="phone-first"))
    do("announce", plan())
    assert texts(stop_house, vault) == []
    assert [one.code for one in do("to_phone", 1, "clerk")] == [code for _, code in stop_booked]
    assert do("phoned", 1, stop_booked[0][1], "clerk", "") is True
    assert do("not_answered", 1, stop_booked[1][1], "clerk", "无人接听") is True
    assert do("not_answered", 1, stop_booked[1][1], "clerk", "") is None
    assert do("not_answered", 1, stop_booked[0][1], "clerk", "") is False
    assert do("not_answered", 1, "00000000", "clerk", "") is None
    assert [to for to, _ in texts(stop_house, vault)] == [PEOPLE[1][0]]
    assert [one.code for one in do("to_phone", 1, "clerk")] == [stop_booked[2][1]]


def test_a_landline_that_does_not_answer_stays_on_the_list(do, stop_booked, stop_house, vault):
    """No text reaches it, so somebody phones again."""
    stop_house.now(lambda conn: conn.exec_driver_sql("DELETE FROM phone_patient").rowcount)
    landline(stop_house, vault, stop_booked[0][1])
    do("announce", plan("move", place="一楼"))
    assert do("not_answered", 1, stop_booked[0][1], "clerk", "无人接听") is False
    assert [(one.code, one.note) for one in do("to_phone", 1, "clerk")] == [(stop_booked[0][1], "无人接听")]


def test_a_held_number_of_a_stopped_session(do, stop_house, stop_reception, result_of, vault):
    """Who was just deciding, or paying, is told like the others: his number is gone, and his hold with it."""
    phone, identity, name = PEOPLE[0]
    patient = result_of(
        stop_reception.register(RegisterPhone(caller=caller(phone), identity=identity, name=name))
    ).patient
    wish = BookSlot(
        caller=caller(phone),
        doctor="00868",
        start=EIGHT,
        who=Known(patient.id),
        key="sms:1",
        hold=timedelta(minutes=15),
    )
    assert isinstance(result_of(stop_reception.book(wish)), Held)
    assert do("concerned", plan()).held == 1
    do("announce", plan())
    assert [row[1:3] for row in bookings_now(stop_house)] == [("cancelled", "hospital")]
    assert rows(stop_house, select(hold.c.id)) == []
    assert [to for to, _ in texts(stop_house, vault)] == [phone]


def test_the_refund_path_is_started(do, stop_booked, stop_house, monkeypatch):
    """V41: for every booking that a stop ends, and for no other, the money's way back is asked for, by the hospital's doing."""
    asked = []
    monkeypatch.setattr(
        "booking.store.keeping.ending.thd_give_back", lambda _, __, hospital, ids, by, *___: asked.append((by, *ids))
    )
    do("announce", plan(since=time(8, 30)))
    _, *later = (row_id for (row_id,) in rows(stop_house, select(appointment.c.id).order_by(appointment.c.id)))
    assert asked == [("hospital", *later)]


def test_the_visit_that_took_place_is_past_changing(do, stop_booked, stop_house, vault):
    """A doctor who leaves in the middle of the session has seen some: only the others are told."""
    seen = update(appointment).where(appointment.c.code == stop_booked[0][1]).values(status="visited")
    stop_house.now(lambda conn: conn.execute(seen).rowcount)
    do("announce", plan())
    assert [to for to, _ in texts(stop_house, vault)] == [PEOPLE[1][0], PEOPLE[2][0]]
    assert bookings_now(stop_house)[0][1] == "visited"


def test_an_old_number_that_cannot_be_offered_back(do, stop_booked, stop_house, vault):
    """A landline cannot be asked by text, and a visit whose time is past is no more: neither keeps a number from sale."""
    stop = do("announce", plan()).stop
    stop_house.now(lambda conn: conn.exec_driver_sql("DELETE FROM phone_patient").rowcount)
    for _, code in stop_booked:
        landline(stop_house, vault, code)
    do("withdraw", 1, stop, "wang")
    assert on_sale(stop_house) == 6
    assert [one.code for one in do("to_phone", 1, "clerk")] == [code for _, code in stop_booked]


def test_withdrawn_on_the_day_itself(do, stop_booked, stop_house, vault, clock):
    """At 8:15 the visit of 8:00 is past: its patient is left in peace, the others are offered their numbers."""
    stop = do("announce", plan()).stop
    clock.at += timedelta(hours=23, minutes=15)
    do("withdraw", 1, stop, "wang")
    back = [to for to, body in texts(stop_house, vault) if "恢复出诊" in body]
    assert back == [PEOPLE[1][0], PEOPLE[2][0]]
    assert do("stop", 1, stop).status == "withdrawn"


def test_a_substitute_who_has_found_other_work(do, stop_booked, stop_house, clock, vault):
    """Between announcement and approval the substitute got a session of his own; or the doctor did, before he could come back."""
    stop = announce_only(stop_house, clock, plan("substitute", substitute="00777")).stop
    own = SessionRow(doctor="00777", day=DAY, period="NIGHT", first=time(8), minutes_per_slot=30, slots=2)
    stop_house.now(thd_put_sessions, vault, 1, [own])
    assert do("decide", 1, stop, "li", approve=True) == NotDecided(reason="SUBSTITUTE_BUSY")
    night = select(clinic_session.c.id).where(clinic_session.c.period == "NIGHT").scalar_subquery()
    stop_house.now(lambda conn: conn.execute(delete(slot).where(slot.c.session_id == night)).rowcount)
    assert do("decide", 1, stop, "li", approve=True).status == "approved"
    again = SessionRow(doctor="00868", day=DAY, period="AM", first=time(8), minutes_per_slot=30, slots=2)
    stop_house.now(thd_put_sessions, vault, 1, [again])
    assert do("withdraw", 1, stop, "wang") == NotDecided(reason="SESSION_TAKEN")
    assert do("withdraw", 1, 99, "wang") == NotDecided(reason="NO_STOP")


def test_a_move_onto_the_doctors_own_time(do, stop_house, vault):
    """Nobody can be at two places: a session is not moved onto another one of the same doctor."""
    own = SessionRow(doctor="00868", day=DAY, period="PM", first=time(12), minutes_per_slot=30, slots=2)
    stop_house.now(thd_put_sessions, vault, 1, [own])
    assert do("announce", plan("move", shift_minutes=120)) == NotAnnounced(reason="DOCTOR_BUSY")
    assert isinstance(do("announce", plan("move", shift_minutes=-30)), Announced)


def test_a_change_while_a_stop_is_under_way(do, stop_booked, stop_house, clock):
    """While a part waits for approval, the session is not given to another."""
    announce_only(stop_house, clock, plan(since=time(10)))
    assert do("announce", plan("substitute", substitute="00777")) == NotAnnounced(reason="ANOTHER_STOP")


def test_a_part_under_a_whole_stop_is_not_withdrawn_before_it(do, stop_booked, stop_house, vault):
    """While nobody comes at all, nobody is told that the doctor comes at nine: the stop of the whole session is withdrawn first."""
    part, whole = do("announce", plan(since=time(9))).stop, do("announce", plan()).stop
    assert do("withdraw", 1, part, "wang") == NotDecided(reason="OVERTAKEN")
    assert not [body for _, body in texts(stop_house, vault) if "恢复出诊" in body]
    assert on_sale(stop_house) == 0
    for stop in (whole, part):
        assert isinstance(do("withdraw", 1, stop, "wang"), Decided)
    assert len([body for _, body in texts(stop_house, vault) if "恢复出诊" in body]) == 3
    assert on_sale(stop_house) == 3


@pytest.fixture
def zhao(stop_house, vault):
    """赵敏 is of the same grade, too."""
    who = DoctorRow(number="00778", name="赵敏", title="主任医师", department_code="01", phone="+8613900000778")
    stop_house.now(thd_put_doctors, vault, 1, [who])
    return who.number


def test_a_substitutes_substitute_goes_first(do, stop_booked, stop_house, zhao):
    """Another stands in for the substitute: bookings and session stay with one doctor, whichever stop is to be withdrawn."""
    first = do("announce", plan("substitute", substitute="00777")).stop
    second = do("announce", plan("substitute", doctor="00777", substitute=zhao)).stop
    assert do("withdraw", 1, first, "wang") == NotDecided(reason="OVERTAKEN")
    assert ([row[3] for row in bookings_now(stop_house)], on_sale(stop_house, number=zhao)) == ([zhao] * 3, 3)
    for stop, number in ((second, "00777"), (first, "00868")):
        assert isinstance(do("withdraw", 1, stop, "wang"), Decided)
        assert [row[3] for row in bookings_now(stop_house)] == [number] * 3
        assert on_sale(stop_house, number=number) == 3


def test_a_room_changed_twice_goes_back_step_by_step(do, stop_booked, stop_house):
    """The earlier change of room cannot be withdrawn under the later one."""
    first, second = (do("announce", plan("move", place=place)).stop for place in ("一楼", "二楼"))
    assert do("withdraw", 1, first, "wang") == NotDecided(reason="OVERTAKEN")
    for stop, place in ((second, "一楼"), (first, "门诊楼3层5诊室")):
        assert isinstance(do("withdraw", 1, stop, "wang"), Decided)
        where = select(clinic_session.c.place).where(clinic_session.c.day == DAY).order_by(clinic_session.c.id).limit(1)
        assert rows(stop_house, where) == [(place,)]


def test_an_old_number_comes_back_with_who_sees_now(do, stop_booked, stop_house, vault, clock):
    """Part of the session was stopped, then another doctor took it: the number offered back is the other doctor's, and so he reads."""
    part = do("announce", plan(since=time(8, 30), until=time(9))).stop
    do("announce", plan("substitute", substitute="00777"))
    do("withdraw", 1, part, "wang")
    (told,) = [(to, body) for to, body in texts(stop_house, vault) if "恢复出诊" in body]
    assert told[0] == PEOPLE[1][0]
    assert "上午8:30心血管内科陈晓明主任医师恢复出诊，原号2号为您保留至" in told[1]
    assert bookings_now(stop_house)[-1][1:] == ("held", None, "00777")
    assert rows(stop_house, select(doctor.c.number).join(waiting, waiting.c.doctor_id == doctor.c.id)) == [("00777",)]


def test_an_old_number_that_is_gone_is_told_with_who_sees_now(do, stop_booked, stop_house, vault):
    """No number can be kept for him: he is told with whom he may book again."""
    substituted = do("announce", plan("substitute", substitute="00777")).stop
    stop = do("announce", plan(doctor="00777", since=time(8, 30), until=time(9))).stop
    do("withdraw", 1, substituted, "wang")
    withheld = update(slot).where(slot.c.stop_id == stop).values(pool="withheld")
    stop_house.now(lambda conn: conn.execute(withheld).rowcount)
    do("withdraw", 1, stop, "wang")
    told = texts(stop_house, vault)[-1][1]
    assert "王建国主任医师恢复出诊，原预约已退，可重新预约，请回复GHDH00868" in told
