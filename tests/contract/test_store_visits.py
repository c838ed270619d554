"""The day of the visit: who came, whom the doctor saw, and what becomes of those who did not come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from open_house import open_house
from sqlalchemy import insert, select, update

from booking import visits as visits_module
from booking.clock import FixedClock
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.arrival import Closing, Lateness
from booking.rules.facts import Ban
from booking.rules.layers import Policy
from booking.rules.rulebook import Maker, rule_book
from booking.rules.ruling import ALLOWED, Reason, Ruling
from booking.store.conduct import arriving, behaviour, closing
from booking.store.schema import appointment, audit, ban, charge, clinic_session, conduct, outbox, patient, slot
from booking.visit_outcomes import (
    Arrived,
    ByCard,
    ByCode,
    ByIdentity,
    CheckIn,
    Mark,
    Marked,
    NeedsReason,
    NothingHere,
    NotMarked,
    NotThePatient,
    NumberGone,
    Refused,
    UnknownCard,
)
from booking.visits import LOOK_BACK_DAYS, Visits

DAY = date(2026, 7, 15)
ZHANG, ZHANG_ID = "+8613800138000", "11010519491231002X"
LI, LI_ID = "+8613800138001", "440524188001010014"
RULES = StandingRules(rule_book(Maker(policy=Policy())))


@pytest.fixture
def desk_reception(store, vault, clock, bell, rng):
    return Reception(open_house(store, vault, clock, bell, rng, RULES))


@pytest.fixture
def visits(store, vault, clock, bell):
    return Visits(open_house(store, vault, clock, bell, rules=RULES))


@pytest.fixture
def book_visit(desk_reception, result_of):
    """``book_visit(ZHANG, ZHANG_ID, "张三", "00868", "8:00")``: registers, books, and says the code."""

    def put(phone, identity, name, doctor, at, channel=Channel.PHONE):
        caller = Caller(hospital=1, phone=phone, channel=channel)
        result_of(desk_reception.register(RegisterPhone(caller=caller, identity=identity, name=name)))
        start = datetime.combine(DAY, time.fromisoformat(at))
        wish = BookSlot(caller=caller, doctor=doctor, start=start, who=Named(name), key=f"{phone}{doctor}{at}")
        return result_of(desk_reception.book(wish)).booking.code

    return put


@pytest.fixture
def zhangs_code(book_visit):
    return book_visit(ZHANG, ZHANG_ID, "张三", "00868", "08:00")


@pytest.fixture
def visit_rows(store):
    """``visit_rows(conduct.c.kind, …)``: all rows of these columns, in order."""
    return lambda *columns: store.now(
        lambda conn: [tuple(row) for row in conn.execute(select(*columns).order_by(columns[0].table.c.id))]
    )


@pytest.fixture
def day_at(clock):
    """``day_at("07:50")``: it is then, on the day of the visits."""

    def put(text, day=DAY):
        clock.at = FixedClock.at_wall(f"{day} {text}").at

    return put


@pytest.fixture
def close_day(visits, result_of):
    return lambda: result_of(visits.close_unarrived(1))


@pytest.fixture
def desk_law(monkeypatch):
    """``desk_law(close_at=…)``: these rules instead of the house's."""

    def put(**rules):
        for module, names in (
            (arriving, ("pickup_ruling", "lateness")),
            (closing, ("close_at",)),
            (behaviour.law, ("new_bans", "counted_by")),
        ):
            for name in set(names) & set(rules):
                monkeypatch.setattr(module, name, rules[name])

    return put


moment = datetime.fromisoformat


def ends(minutes=0, then="noshow", counts=True):
    """A closing so many minutes after the start of each number."""
    return lambda rules, offer, *, paid, channel: Closing(
        at=offer.start + timedelta(minutes=minutes), then=then, counts=counts and not paid and channel != "web"
    )


def two_bans(rules, history, standing, now):
    """Two no-shows are a ban of three months, four are one of six; counted from the one that was too many."""
    del rules, now
    missed = [done for done in history if done.kind == "noshow"]
    if len(missed) < 2 or len(missed) % 2:
        return ()
    since, nth = missed[-1].at, len(missed) // 2
    if any(each.since == since for each in standing):
        return ()
    until = since + timedelta(days=90 * nth)
    return (Ban(cause="no-show", since=since, until=until, rule="no-show[0]", nth=nth),)


def check_in(by, **more):
    return CheckIn(hospital=1, by=by, **more)


def mark(code, why=""):
    return Mark(hospital=1, code=code, actor="nurse", why=why)


def test_a_number_is_picked_up_by_its_code(visits, zhangs_code, visit_rows, day_at, result_of):
    """He is marked arrived, in time, and that counts for him."""
    day_at("07:50")
    (verdict,) = result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts
    assert isinstance(verdict, Arrived)
    assert (verdict.booking.status, verdict.late, verdict.again) == ("arrived", False, False)
    assert verdict.at == moment("2026-07-15 07:50")
    assert visit_rows(appointment.c.status, appointment.c.arrived_at) == [("arrived", moment("2026-07-14 23:50"))]
    assert visit_rows(conduct.c.kind, conduct.c.at) == [("kept", moment("2026-07-15 08:00"))]


def test_a_second_check_in_says_when_the_first_was(visits, zhangs_code, visit_rows, day_at, result_of):
    """Nothing new happens; he hears when he came."""
    day_at("07:50")
    result_of(visits.check_in(check_in(ByCode(zhangs_code))))
    day_at("08:20")
    (verdict,) = result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts
    assert (verdict.again, verdict.at, verdict.late) == (True, moment("2026-07-15 07:50"), False)
    assert len(visit_rows(conduct.c.kind)) == 1
    assert [action for (action,) in visit_rows(audit.c.action)].count("arrived") == 1


def test_an_identity_number_picks_up_all_of_the_day(visits, book_visit, day_at, result_of):
    """Both of his bookings of the day, by time; nobody else's."""
    codes = [
        book_visit(ZHANG, ZHANG_ID, "张三", doctor, when) for doctor, when in (("00123", "09:00"), ("00868", "08:30"))
    ]
    book_visit(LI, LI_ID, "李四", "00868", "08:00")
    day_at("07:50")
    verdicts = result_of(visits.check_in(check_in(ByIdentity(ZHANG_ID)))).verdicts
    assert [verdict.booking.code for verdict in verdicts] == codes[::-1]
    day_at("07:50", DAY + timedelta(days=1))
    assert result_of(visits.check_in(check_in(ByIdentity(ZHANG_ID)))) == NothingHere()


def test_a_card_is_looked_up_by_the_hospital(store, vault, clock, bell, visits, zhangs_code, day_at, result_of):
    """The hospital's system says whose card it is; a card that it does not know picks nothing up."""

    class Cards:
        async def identity(self, hospital, card):
            return ZHANG_ID if (hospital, card) == (1, "C1") else None

    day_at("07:50")
    asked = Visits(open_house(store, vault, clock, bell, rules=RULES), Cards())
    assert result_of(asked.check_in(check_in(ByCard("C2")))) == UnknownCard()
    assert result_of(asked.check_in(check_in(ByCard("C1")))).verdicts[0].booking.code == zhangs_code
    assert result_of(visits.check_in(check_in(ByCard("C1")))) == UnknownCard()


def test_nobody_picks_up_anothers_number(visits, zhangs_code, visit_rows, day_at, result_of):
    """The document must be the patient's: another identity number or name is refused, with what differs."""
    day_at("07:50")

    def ask(**more):
        return result_of(visits.check_in(check_in(ByCode(zhangs_code), **more)))

    assert ask(identity=LI_ID) == NotThePatient(what="identity")
    assert ask(identity=ZHANG_ID, name="张珊") == NotThePatient(what="name")
    assert visit_rows(appointment.c.status) == [("booked",)]
    assert ask(identity=ZHANG_ID, name="张 三").verdicts[0].booking.status == "arrived"
    assert result_of(visits.check_in(check_in(ByCode("00000000")))) == NothingHere()


def test_a_patient_without_a_name_gets_it_at_the_visit(
    store, vault, visits, zhangs_code, day_at, visit_rows, result_of
):
    """Who booked by number only is named by his document; without a document nothing is written."""
    store.now(lambda conn: conn.execute(update(patient).values(name_sealed=vault.seal(""))).rowcount)
    day_at("07:50")
    result_of(visits.check_in(check_in(ByCode(zhangs_code), name="张三")))
    assert vault.open(visit_rows(patient.c.name_sealed)[0][0]) == ""
    result_of(visits.check_in(check_in(ByCode(zhangs_code), name="张 三", identity=ZHANG_ID)))
    assert vault.open(visit_rows(patient.c.name_sealed)[0][0]) == "张三"


def test_nobody_arrives_the_day_before(visits, zhangs_code, day_at, visit_rows, result_of):
    """He hears from when he may; nothing is entered."""
    day_at("23:59", DAY - timedelta(days=1))
    (verdict,) = result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts
    assert (verdict.reason, verdict.ruling.when) == ("TOO_EARLY", moment("2026-07-15 00:00"))
    assert visit_rows(conduct.c.id) == []


def test_too_late_to_pick_up(visits, zhangs_code, visit_rows, day_at, desk_law, result_of):
    """The hospital's deadline, or lateness that is a no-show, refuses; the booking waits for the job."""
    day_at("08:40")
    late = Ruling(reason=Reason.TOO_LATE, rule="pickup")
    desk_law(pickup_ruling=lambda rules, offer, now, *, paid: ALLOWED if paid else late)
    (verdict,) = result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts
    assert isinstance(verdict, Refused)
    assert (verdict.ruling, verdict.reason) == (late, "TOO_LATE")
    desk_law(
        pickup_ruling=lambda rules, offer, now, *, paid: ALLOWED,
        lateness=lambda rules, offer, arrived: Lateness(kind="noshow", behind=False),
    )
    (verdict,) = result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts
    assert verdict.reason == "TOO_LATE"
    assert visit_rows(appointment.c.status) == [("booked",)]
    assert visit_rows(conduct.c.id) == []


def test_who_has_paid_has_no_deadline(store, visits, zhangs_code, day_at, desk_law, result_of):
    """The rules hear whether the number is paid for."""
    pay(store)
    day_at("08:40")
    late = Ruling(reason=Reason.TOO_LATE)
    desk_law(pickup_ruling=lambda rules, offer, now, *, paid: ALLOWED if paid else late)
    assert isinstance(result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts[0], Arrived)


def test_late_is_served_behind_the_others(visits, zhangs_code, visit_rows, day_at, desk_law, result_of):
    """He is told that he waits behind those in time, and it is entered; twice it is still once."""
    day_at("08:20")
    desk_law(lateness=lambda rules, offer, arrived: Lateness(kind="late", behind=True))
    for again in (False, True):
        (verdict,) = result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts
        assert (verdict.late, verdict.behind, verdict.again) == (True, True, again)
    assert visit_rows(conduct.c.kind) == [("late",)]


def test_who_came_in_time_and_is_entered_later_was_in_time(visits, zhangs_code, visit_rows, day_at, result_of):
    """The hospital's list says 7:55 and comes at 9:30: he is judged by when he came; a time still to come counts as now."""
    day_at("09:30")
    came = CheckIn(hospital=1, by=ByCode(zhangs_code), came=moment("2026-07-15 07:55"))
    (verdict,) = result_of(visits.check_in(came)).verdicts
    assert (verdict.at, verdict.late) == (moment("2026-07-15 07:55"), False)
    assert visit_rows(conduct.c.kind) == [("kept",)]
    again = CheckIn(hospital=1, by=ByCode(zhangs_code), came=moment("2026-07-15 23:00"))
    (verdict,) = result_of(visits.check_in(again)).verdicts
    assert (verdict.at, verdict.again) == (moment("2026-07-15 07:55"), True)


def test_a_cancelled_booking_cannot_be_picked_up(store, visits, zhangs_code, day_at, result_of):
    """The answer says what it is."""
    store.now(lambda conn: conn.execute(update(appointment).values(status="cancelled", live=None)).rowcount)
    day_at("07:50")
    (verdict,) = result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts
    assert (verdict.reason, verdict.ruling) == ("CANCELLED", None)
    assert result_of(visits.check_in(check_in(ByIdentity(ZHANG_ID)))) == NothingHere()


def test_the_doctor_saw_him(visits, zhangs_code, visit_rows, day_at, result_of):
    """Visited, once, also without check-in; it counts for him."""
    day_at("08:10")
    first = result_of(visits.visited(mark(zhangs_code)))
    day_at("08:30")
    again = result_of(visits.visited(mark(zhangs_code)))
    assert isinstance(first, Marked)
    assert (first.booking.status, again.again, again.at) == ("visited", True, moment("2026-07-15 08:10"))
    assert visit_rows(appointment.c.status, appointment.c.live) == [("visited", 1)]
    assert visit_rows(conduct.c.kind) == [("kept",)]
    assert result_of(visits.visited(mark("00000000"))) == NothingHere()
    (verdict,) = result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts
    assert (verdict.again, verdict.at) == (True, moment("2026-07-15 08:10"))


def test_a_mark_is_taken_back_step_by_step(visits, zhangs_code, visit_rows, day_at, result_of):
    """Visited, arrived, booked; with a reason, which is kept without anybody's numbers."""
    day_at("07:50")
    result_of(visits.check_in(check_in(ByCode(zhangs_code))))
    result_of(visits.visited(mark(zhangs_code)))
    assert result_of(visits.take_back(mark(zhangs_code, "  "))) == NeedsReason()

    def take_back():
        return result_of(visits.take_back(mark(zhangs_code, "叫错 13800138000")))

    assert take_back().booking.status == "arrived"
    assert visit_rows(conduct.c.kind) == [("kept",)]
    assert take_back().booking.status == "booked"
    assert visit_rows(conduct.c.kind) == []
    assert visit_rows(appointment.c.arrived_at, appointment.c.visited_at) == [(None, None)]
    assert isinstance(take_back(), NotMarked)
    assert result_of(visits.take_back(mark("00000000", "x"))) == NothingHere()
    details = [detail for action, detail in visit_rows(audit.c.action, audit.c.detail) if action.startswith("un-")]
    assert details == ["why=叫错 ***"] * 2
    assert isinstance(result_of(visits.check_in(check_in(ByCode(zhangs_code)))).verdicts[0], Arrived)


def test_visited_without_check_in_is_taken_back_to_booked(visits, zhangs_code, visit_rows, day_at, result_of):
    """Nothing of the mistake is left in his conduct."""
    day_at("08:10")
    result_of(visits.visited(mark(zhangs_code)))
    assert result_of(visits.take_back(mark(zhangs_code, "叫错人"))).booking.status == "booked"
    assert visit_rows(conduct.c.kind) == []


def test_who_did_not_come_is_closed_once(visits, book_visit, visit_rows, day_at, desk_law, close_day):
    """At the moment of the rules, on the hospital's clock; who came stays; a second round finds nothing."""
    book_visit(ZHANG, ZHANG_ID, "张三", "00868", "08:00")
    book_visit(LI, LI_ID, "李四", "00868", "08:30")
    desk_law(close_at=ends(30))
    day_at("08:29")
    assert close_day().closed == 0
    day_at("08:30")
    done = close_day()
    assert (done.closed, done.counted, done.released, done.bans) == (1, 1, 0, 0)
    assert close_day().closed == 0
    assert visit_rows(appointment.c.status, appointment.c.live) == [("noshow", 1), ("booked", 1)]
    assert visit_rows(conduct.c.kind, conduct.c.at, conduct.c.channel) == [
        ("noshow", moment("2026-07-15 08:00"), "phone")
    ]


def test_who_arrived_is_never_closed(visits, zhangs_code, day_at, desk_law, close_day, visit_rows, result_of):
    """A check-in in time keeps the number for the whole day."""
    desk_law(close_at=ends())
    day_at("07:59")
    result_of(visits.check_in(check_in(ByCode(zhangs_code))))
    day_at("20:00")
    assert close_day().closed == 0
    assert visit_rows(appointment.c.status) == [("arrived",)]


def test_days_nobody_closed_are_closed_later(zhangs_code, day_at, close_day):
    """After a weekend without jobs the bookings of its days are ended; those of long ago are not touched."""
    day_at("09:00", DAY + timedelta(days=LOOK_BACK_DAYS + 1))
    assert close_day().closed == 0
    day_at("09:00", DAY + timedelta(days=LOOK_BACK_DAYS))
    assert close_day().closed == 1


def test_where_nobody_enters_arrivals_a_booking_stays_as_it_was(
    store, vault, clock, bell, zhangs_code, visit_rows, day_at, result_of
):
    """A hospital without rules of its own: nobody is taken for absent, and the doctor's mark may come days later."""
    visits = Visits(open_house(store, vault, clock, bell))
    day_at("00:30", DAY + timedelta(days=1))
    assert result_of(visits.close_unarrived(1)).closed == 0
    assert (visit_rows(appointment.c.status), visit_rows(conduct.c.id)) == ([("booked",)], [])
    assert isinstance(result_of(visits.visited(mark(zhangs_code))), Marked)


def test_channels_and_payment_decide_what_counts(store, book_visit, visit_rows, day_at, desk_law, close_day):
    """A number of the web, or one that is paid for, is a no-show that does not count against him."""
    book_visit(ZHANG, ZHANG_ID, "张三", "00868", "08:00", Channel.WEB)
    book_visit(LI, LI_ID, "李四", "00868", "08:30")
    pay(store, 2)
    desk_law(close_at=ends())
    day_at("12:00")
    assert (close_day().closed, visit_rows(conduct.c.id)) == (2, [])
    assert visit_rows(appointment.c.status) == [("noshow",), ("noshow",)]


def test_a_number_is_released_to_others(
    visits, zhangs_code, book_visit, visit_rows, day_at, desk_law, close_day, result_of
):
    """Not picked up in time: the next one gets it; the first is a no-show who lost his number."""
    desk_law(close_at=ends(-30, "release"))
    day_at("07:30")
    done = close_day()
    assert (done.closed, done.released, done.counted) == (1, 1, 1)
    assert visit_rows(appointment.c.status, appointment.c.live, appointment.c.ended_by) == [("noshow", None, "void")]
    assert visit_rows(slot.c.taken)[0] == (0,)
    desk_law(close_at=ends(600))
    book_visit(LI, LI_ID, "李四", "00868", "08:00")
    assert isinstance(result_of(visits.take_back(mark(zhangs_code, "他在场"))), NumberGone)
    assert close_day().closed == 0


def test_who_is_put_behind_keeps_his_number_all_day(visits, zhangs_code, day_at, desk_law, close_day):
    """Behind those in time until midnight; then he did not come."""
    desk_law(close_at=ends(0, "behind"))
    day_at("23:59")
    assert close_day().closed == 0
    day_at("00:00", DAY + timedelta(days=1))
    assert close_day().closed == 1


def test_a_day_is_closed_page_by_page(book_visit, day_at, desk_law, close_day, monkeypatch):
    """However many they are, none is passed over, and one round closes all."""
    for phone, identity, name in ((ZHANG, ZHANG_ID, "张三"), (LI, LI_ID, "李四")):
        book_visit(phone, identity, name, "00868", "08:00" if phone == ZHANG else "08:30")
        book_visit(phone, identity, name, "00123", "09:00" if phone == ZHANG else "09:30")
    monkeypatch.setattr(closing, "PAGE", 1)
    monkeypatch.setattr(visits_module, "CLOSE_MOST", 1)
    desk_law(close_at=ends())
    day_at("09:00")
    assert close_day().closed == 3
    day_at("10:00")
    assert close_day().closed == 1


def test_who_arrives_while_the_job_looks_has_arrived(
    store, visits, vault, zhangs_code, day_at, desk_law, clock, result_of
):
    """What was due at the look is judged again under the lock: arrived, or not due any more, is left alone."""
    desk_law(close_at=ends())
    day_at("08:00")
    desk = visits._desk(1)
    due = store.now(closing.thd_due, desk, DAY, None)
    assert due.bookings == ((1, 1),)
    result_of(visits.check_in(check_in(ByCode(zhangs_code))))
    assert store.now(closing.thd_close, vault, desk, due.bookings, "-") == closing.Closed()
    result_of(visits.take_back(mark(zhangs_code, "x")))
    desk_law(close_at=ends(30))
    assert store.now(closing.thd_close, vault, desk, due.bookings, "-") == closing.Closed()
    desk_law(close_at=ends())
    assert store.now(closing.thd_close, vault, desk, due.bookings, "-").closed == 1


def test_nobody_is_absent_from_a_stopped_clinic(store, zhangs_code, day_at, desk_law, close_day, visit_rows):
    """What nobody settled by midnight is ended by the hospital; it counts for nothing."""
    desk_law(close_at=ends())
    store.now(lambda conn: conn.execute(update(clinic_session).values(status="stopped")).rowcount)
    day_at("23:59")
    assert close_day().closed == 0
    day_at("00:00", DAY + timedelta(days=1))
    done = close_day()
    assert (done.closed, done.counted, done.released) == (1, 0, 0)
    assert visit_rows(appointment.c.status, appointment.c.ended_by) == [("cancelled", "hospital")]
    assert visit_rows(conduct.c.id) == []


def test_who_was_taken_for_absent_is_here(visits, zhangs_code, visit_rows, day_at, desk_law, close_day, result_of):
    """Staff put it right with a reason: arrived now, the no-show forgiven, never entered again."""
    desk_law(close_at=ends())
    day_at("08:30")
    close_day()
    put_right = result_of(visits.take_back(mark(zhangs_code, "在候诊区")))
    assert put_right.booking.status == "arrived"
    ((kind, forgiven_by),) = visit_rows(conduct.c.kind, conduct.c.forgiven_by)
    assert (kind, forgiven_by) == ("noshow", "nurse")
    assert close_day().closed == 0


def test_the_hospital_knows_that_the_absent_one_was_seen(
    visits, zhangs_code, visit_rows, day_at, desk_law, close_day, result_of
):
    """Its word counts more than the job's: visited, kept, no-show forgiven."""
    desk_law(close_at=ends())
    day_at("08:30")
    close_day()
    assert result_of(visits.visited(mark(zhangs_code))).booking.status == "visited"
    assert [(kind, at is None) for kind, at in visit_rows(conduct.c.kind, conduct.c.forgiven_at)] == [
        ("noshow", False),
        ("kept", True),
    ]


def test_two_no_shows_are_a_ban_told_once(visits, book_visit, vault, visit_rows, day_at, desk_law, close_day):
    """The ban starts, one text says why, until when and how to appeal; it names nobody."""
    book_visit(ZHANG, ZHANG_ID, "张三", "00868", "08:00")
    book_visit(ZHANG, ZHANG_ID, "张三", "00123", "09:00")
    desk_law(close_at=ends(), new_bans=two_bans)
    day_at("08:10")
    assert close_day().bans == 0
    day_at("09:10")
    assert close_day().bans == 1
    assert close_day().bans == 0
    ((cause, subject, since, until, live),) = visit_rows(
        ban.c.cause, ban.c.subject, ban.c.since, ban.c.until, ban.c.live
    )
    assert (cause, subject, since, until, live) == (
        "no-show", "identity", moment("2026-07-15 09:00"), moment("2026-10-13 09:00"), 1,
    )  # fmt: skip
    sent = [body for kind, body in visit_rows(outbox.c.kind, outbox.c.body_sealed) if kind == "ban"]
    assert len(sent) == 1
    words = vault.open(sent[0])
    assert "多次预约后未按时就诊" in words
    assert "至2026年10月13日" in words
    assert "12580" in words
    assert "张" not in words


def test_conduct_adds_up_by_phone_where_the_rules_say_so(
    visits, book_visit, vault, visit_rows, day_at, desk_law, close_day
):
    """Two patients of one phone miss one visit each: the phone is banned."""
    book_visit(ZHANG, ZHANG_ID, "张三", "00868", "08:00")
    book_visit(ZHANG, LI_ID, "李四", "00868", "08:30")
    desk_law(close_at=ends(), new_bans=two_bans, counted_by=lambda rules: "phone")
    day_at("09:00")
    assert close_day().bans == 1
    assert visit_rows(ban.c.subject, ban.c.subject_print) == [("phone", vault.fingerprint(ZHANG))]


def test_a_no_show_put_right_lifts_the_ban_that_followed(
    visits, book_visit, visit_rows, day_at, desk_law, close_day, result_of
):
    """The ban that followed only with it ends at once, and is not written again."""
    book_visit(ZHANG, ZHANG_ID, "张三", "00868", "08:00")
    code = book_visit(ZHANG, ZHANG_ID, "张三", "00123", "09:00")
    desk_law(close_at=ends(), new_bans=two_bans)
    day_at("09:10")
    assert close_day().bans == 1
    result_of(visits.visited(mark(code)))
    assert visit_rows(ban.c.live, ban.c.lifted_by) == [(None, "nurse")]
    assert close_day().bans == 0
    assert "lifted" in [action for (action,) in visit_rows(audit.c.action)]


def pay(store, nth=1):
    """The nth booking is paid for."""
    bookings = select(appointment.c.id).order_by(appointment.c.id)
    booking = store.now(lambda conn: list(conn.execute(bookings).scalars()))[nth - 1]
    values = {
        "hospital_id": 1, "appointment_id": booking, "way": "wechat", "amount_fen": 5000, "status": "paid", "live": 1,
        "trade_no": f"t{nth}", "due_at": moment("2026-07-14 00:00"), "attempts": 0, "category": "", "clerk": "-",
        "created_at": moment("2026-07-14 00:00"),
    }  # fmt: skip
    store.now(lambda conn: conn.execute(insert(charge).values(values)).rowcount)
