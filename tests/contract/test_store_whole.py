"""The whole store against a plain model: booked, held, expired, cancelled, moved, waited for, offered, stopped, substituted, both
withdrawn, picked up, missed, paid and paid back in any order: the store answers and tells as the model does, and after each step
its books are in order.

Each example has a hospital of its own in the same tables; the hospital is the shard key, so examples do not meet.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from open_house import open_house
from plain_house import LIVES, Number, PlainHouse, Told
from sqlalchemy import func, select
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from booking.cashier import Cashier
from booking.clock import FixedClock, wall
from booking.keeping_outcomes import Cancelled, Changed, HoldOver
from booking.money.payments import AlreadyPaid, MoreThanPaid, Owed, Taken
from booking.outcomes import Booked, Held
from booking.reception import Reception
from booking.requests import (
    BookSlot,
    Caller,
    CancelBooking,
    ChangeBooking,
    Channel,
    ConfirmBooking,
    JoinWaiting,
    Known,
)
from booking.rulebooks import StandingRules
from booking.rules.reading import Faults, read_policy
from booking.rules.rulebook import Maker, RuleBook
from booking.stop_clinic import RELEASE, SUBSTITUTE, Announced, Decided, StopPlan
from booking.stops import Stops
from booking.store.roster.roster import (
    DepartmentRow,
    DoctorRow,
    HospitalRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_hospital,
    thd_put_sessions,
)
from booking.store.schema import (
    appointment,
    clinic_session,
    entry,
    hold,
    outbox,
    patient,
    posting,
    refund,
    slot,
    waiting,
)
from booking.visit_outcomes import Arrived, ByCode, CheckIn, Mark, Marked
from booking.visits import Visits
from booking.waiting_outcomes import LeftWaiting, Waits
from booking.waiting_room import WaitingRoom

TUE, WED = date(2026, 7, 14), date(2026, 7, 15)
HOLD = timedelta(minutes=10)
RULES = """
[late]
lives_minutes = 60

[payment]
when = "visit"

[[limits]]
per = "visit-day"
most = 2

[[bans]]
name = "两次爽约"
counts = ["noshow"]
count = 2
window = "total"
ban = ["12 months"]
after_ban = "each"
"""


@dataclass(frozen=True)
class Plan:
    """A session: whose, when, its numbers (so many at each start), its fee."""

    doctor: str
    day: date
    period: str
    first: time
    numbers: int
    per_start: int
    fee_fen: int

    def starts(self) -> list[datetime]:
        first = datetime.combine(self.day, self.first)
        return [first + timedelta(minutes=30 * (nth // self.per_start)) for nth in range(self.numbers)]


PLANS = (
    Plan("00001", TUE, "AM", time(9), 2, 1, 5000),
    Plan("00001", WED, "AM", time(8), 1, 1, 5000),
    Plan("00002", TUE, "AM", time(10), 2, 2, 0),
    Plan("00002", TUE, "PM", time(14), 3, 2, 1250),
)
DOCTORS = {"00001": "王建国", "00002": "李梅", "00003": "陈晓明", "00004": "赵敏"}
SUBSTITUTES = ("00003", "00004")
NO_TIME = ("00003", datetime.combine(WED, time(11)))
PATIENTS = 4
WORDS = (
    "候补有号", "已让给下一位", "号已放出", "已停止预约", "候补已取消", "已退号", "替诊通知", "可重新预约", "为您保留至", "预约恢复为",
)  # fmt: skip
"""By each of them one kind of text is known."""


def run(coroutine):
    """The value of a coroutine that never waits."""
    found = []
    Deferred.fromCoroutine(coroutine).addBoth(found.append)
    assert found, "it is still waiting"
    if isinstance(found[0], Failure):
        found[0].raiseException()
    return found[0]


class House(RuleBasedStateMachine):
    """``store``, ``vault`` are the test's; the rest is this example's own."""

    store = vault = None
    count = 0

    @initialize(crowded=st.sets(st.integers(0, len(PLANS) - 1), max_size=2))
    def opens(self, crowded):
        type(self).count += 1
        self.clock = FixedClock.at_wall("2026-07-14 07:00")
        self.hospital = self.store.now(self._thd_furnish)
        policy = read_policy(RULES)
        assert not isinstance(policy, Faults), str(policy)
        rules = StandingRules(RuleBook(version="whole", makers=(Maker(policy=policy),)))
        house = open_house(self.store, self.vault, self.clock, rng=random.Random(self.count), rules=rules)
        self.reception = Reception(house)
        self.waiting_room = WaitingRoom(house)
        self.visits = Visits(house)
        self.stops = Stops(house)
        self.cashier = Cashier(house)
        self.keys = 0
        self.texts_read = 0
        numbers = [
            Number(nth, start, seq) for nth, plan in enumerate(PLANS) for seq, start in enumerate(plan.starts(), 1)
        ]
        self.model = PlainHouse(
            {nth: plan.doctor for nth, plan in enumerate(PLANS)},
            numbers,
            {nth: plan.fee_fen for nth, plan in enumerate(PLANS)},
            {nth: plan.period for nth, plan in enumerate(PLANS)},
            self.wall,
        )
        for session in sorted(crowded):
            self.everybody_wants_it(session, first=0)

    def _thd_furnish(self, conn):
        hospital = thd_put_hospital(
            conn,
            HospitalRow(code=f"whole-{self.count}", name="仁和医院", short_name="仁和", address="-", phone="12580"),
        )
        thd_put_departments(conn, self.vault, hospital, [DepartmentRow(code="01", name="内科", location="二楼")])
        doctors = [
            DoctorRow(number=number, name=name, title="主任医师", department_code="01", phone=f"+861370000{number[1:]}")
            for number, name in DOCTORS.items()
        ]
        thd_put_doctors(conn, self.vault, hospital, doctors)
        sessions = [
            SessionRow(
                doctor=plan.doctor, day=plan.day, period=plan.period, first=plan.first, minutes_per_slot=30,
                slots=plan.numbers, per_start=plan.per_start, fee_fen=plan.fee_fen, clinic_type="专家",
            )
            for plan in PLANS
        ]  # fmt: skip
        thd_put_sessions(conn, self.vault, hospital, sessions)
        put = select(clinic_session.c.id).where(clinic_session.c.hospital_id == hospital).order_by(clinic_session.c.id)
        self.sessions = list(conn.execute(put).scalars())
        made = {
            "hospital_id": hospital,
            "created_at": datetime.combine(TUE, time()),
            "name_sealed": self.vault.seal("张三"),
        }
        self.patients = [
            conn.execute(
                patient.insert(),
                {**made, "identity_print": self.vault.fingerprint(f"{nth}"), "identity_sealed": self.vault.seal("11010519491231002X")},
            ).inserted_primary_key[0]
            for nth in range(PATIENTS)
        ]  # fmt: skip
        return hospital

    @property
    def wall(self):
        return wall(self.clock)

    def caller(self, who):
        return Caller(hospital=self.hospital, phone=f"+86138{self.count % 1000:03d}{who:05d}", channel=Channel.SMS)

    def key(self):
        self.keys += 1
        return f"whole:{self.count}:{self.keys}"

    def codes(self):
        return [code for code in self.model.stays if " " not in code]

    def stay(self, data, *statuses):
        """One of the bookings, preferably of these statuses."""
        codes = [code for code in self.codes() if not statuses or self.model.stays[code].status in statuses]
        return self.model.stays[data.draw(st.sampled_from(codes or self.codes()), label="booking")]

    @rule(who=st.integers(0, PATIENTS - 1), data=st.data())
    def books(self, who, data):
        self._books(who, self._wish(data), held=False)

    @rule(session=st.integers(0, len(PLANS) - 1), first=st.integers(0, PATIENTS - 1))
    def everybody_wants_it(self, session, first):
        """It is sold out, one after the other, and who comes too late waits."""
        crowd = [(first + nth) % PATIENTS for nth in range(PATIENTS)]
        doctor, starts = self.model.doctors[session], PLANS[session].starts()
        for who, start in zip(crowd, starts, strict=False):
            self._books(who, (doctor, start), held=False)
        for who in crowd[len(starts) :]:
            self._joins(who, doctor, starts[0])

    @rule(who=st.integers(0, PATIENTS - 1), data=st.data())
    def holds(self, who, data):
        self._books(who, self._wish(data), held=True)

    def _wish(self, data):
        """A doctor and time: mostly one that there is."""
        there = sorted({(self.model.doctors[n.session], n.start) for n in self.model.numbers})
        return data.draw(st.sampled_from([*there, *there, NO_TIME]), label="wish")

    def _books(self, who, wish, *, held):
        doctor, start = wish
        expected = self.model.verdict(who, doctor, start)
        asked = BookSlot(
            caller=self.caller(who), doctor=doctor, start=start, who=Known(self.patients[who]), key=self.key(),
            hold=HOLD if held else None,
        )  # fmt: skip
        outcome = run(self.reception.book(asked))
        if isinstance(outcome, Booked | Held):
            assert expected == "BOOKED"
            assert isinstance(outcome, Held) is held
            self.model.book(who, doctor, start, outcome.booking.code, self.wall + HOLD if held else None)
        else:
            assert outcome.reason == expected
        again = run(self.reception.book(asked))
        if isinstance(outcome, Booked | Held):
            assert again.booking.code == outcome.booking.code
        else:
            assert again.reason == expected

    @precondition(lambda self: self.codes())
    @rule(data=st.data())
    def confirms(self, data):
        stay = self.stay(data, "held")
        outcome = run(
            self.reception.confirm(ConfirmBooking(caller=self.caller(stay.patient), code=stay.code, key=self.key()))
        )
        told = "HOLD_OVER" if isinstance(outcome, HoldOver) else "AGAIN" if outcome.again else "BOOKED"
        assert told == self.model.confirm(stay.code)

    @precondition(lambda self: self.codes())
    @rule(data=st.data())
    def cancels(self, data):
        self._cancels(self.stay(data, "booked", "held"))

    def _cancels(self, stay):
        outcome = run(
            self.reception.cancel(CancelBooking(caller=self.caller(stay.patient), code=stay.code, key=self.key()))
        )
        told = ("AGAIN" if outcome.again else "CANCELLED") if isinstance(outcome, Cancelled) else outcome.reason
        assert told == self.model.cancel(stay.code)

    @precondition(lambda self: self.codes())
    @rule(data=st.data())
    def changes(self, data):
        stay = self.stay(data, "booked")
        doctor, start = self._wish(data)
        asked = ChangeBooking(
            caller=self.caller(stay.patient), code=stay.code, start=start, key=self.key(), doctor=doctor
        )
        outcome = run(self.reception.change(asked))
        told = ("AGAIN" if outcome.again else "CHANGED") if isinstance(outcome, Changed) else outcome.reason
        assert told == self.model.change(stay.code, doctor, start)

    @precondition(lambda self: self.codes())
    @rule(data=st.data())
    def comes(self, data):
        today = [code for code in self.codes() if self.model.stays[code].number.start.date() == self.wall.date()]
        if not today:
            return
        code = data.draw(st.sampled_from(today), label="booking")
        outcome = run(self.visits.check_in(CheckIn(hospital=self.hospital, by=ByCode(code))))
        (verdict,) = outcome.verdicts
        told = ("AGAIN" if verdict.again else "ARRIVED") if isinstance(verdict, Arrived) else "REFUSED"
        assert told == self.model.check_in(code)

    @precondition(lambda self: self.codes())
    @rule(data=st.data())
    def is_seen(self, data):
        stay = self.stay(data, "arrived", "noshow")
        outcome = run(self.visits.visited(Mark(hospital=self.hospital, code=stay.code, actor="desk")))
        told = ("AGAIN" if outcome.again else "MARKED") if isinstance(outcome, Marked) else outcome.reason
        assert told == self.model.visited(stay.code)

    @precondition(lambda self: self.codes())
    @rule(data=st.data())
    def pays(self, data):
        stay = self.stay(data, "booked", "arrived")
        outcome = run(self.cashier.take(self.hospital, stay.code, "cash", "收费1"))
        fee = self.model.fees[stay.number.session]
        if not stay.live or stay.status == "held":
            assert not isinstance(outcome, Taken) or stay.status == "held"
        elif stay.paid_fen:
            assert isinstance(outcome, AlreadyPaid)
        elif fee:
            assert isinstance(outcome, Taken)
        if isinstance(outcome, Taken):
            assert outcome.amount_fen == fee
            stay.paid_fen = fee
            if stay.status == "held":
                self.model.stands(stay)

    @precondition(lambda self: any(stay.paid_fen for stay in self.model.stays.values()))
    @rule(data=st.data(), fen=st.sampled_from([1, 500, 1250, 5000, 5001]))
    def is_paid_back(self, data, fen):
        stay = data.draw(
            st.sampled_from([stay for stay in self.model.stays.values() if stay.paid_fen and " " not in stay.code])
        )
        if self.model.stays.get(stay.code) is not stay:
            return  # its code has moved on to the booking that took its place
        outcome = run(self.cashier.refund(self.hospital, stay.code, fen, "window", "多收", "收费1"))
        left = stay.paid_fen - stay.owed_fen
        assert isinstance(outcome, Owed if fen <= left else MoreThanPaid)
        if isinstance(outcome, Owed):
            stay.owed_fen += fen
            if fen % 2:
                run(self.cashier.pay_out(self.hospital, outcome.refund_no, "cash", "收费1"))

    @rule(who=st.integers(0, PATIENTS - 1), data=st.data())
    def joins(self, who, data):
        """Mostly where nothing is free."""
        there = sorted(
            {(self.model.doctors[n.session], n.start) for n in self.model.numbers if not self.model.is_free(n)}
        )
        self._joins(who, *data.draw(st.sampled_from([*there, *there, NO_TIME]), label="wish"))

    def _joins(self, who, doctor, start):
        asked = JoinWaiting(
            caller=self.caller(who), doctor=doctor, who=Known(self.patients[who]), key=self.key(), start=start
        )
        for _ in range(2):
            outcome = run(self.waiting_room.join(asked))
            told = ("AGAIN" if outcome.again else "WAITS") if isinstance(outcome, Waits) else outcome.reason
            assert told == self.model.join(who, doctor, start)
        self._looks(who)

    def _looks(self, who):
        """What the patient hears of his places and of what is kept for him."""
        mine = run(self.waiting_room.mine(self.caller(who)))
        places = [wait for wait in self.model.waiting() if wait.patient == who]
        assert [(view.place, view.doctor.number, view.until) for view in mine] == [
            (self.model.place(wait), self.model.doctors[wait.session], wait.stay.until if wait.status == "offered" else None)
            for wait in places
        ]  # fmt: skip
        return list(zip(mine, places, strict=True))

    def _wanted(self):
        """Bookings of sessions for which somebody waits."""
        sessions = {wait.session for wait in self.model.waiting()}
        return [
            code
            for code in self.codes()
            if self.model.stays[code].status in {"booked", "held"} and self.model.stays[code].number.session in sessions
        ]

    @precondition(_wanted)
    @rule(data=st.data())
    def makes_room(self, data):
        self._cancels(self.model.stays[data.draw(st.sampled_from(self._wanted()), label="booking")])

    def _asked(self):
        return [wait.patient for wait in self.model.waiting() if wait.status == "offered"]

    @precondition(_asked)
    @rule(yes=st.booleans(), data=st.data())
    def answers(self, yes, data):
        who = data.draw(st.sampled_from([*self._asked(), *self._asked(), 0]), label="who")
        outcome = run(self.waiting_room.answer(self.caller(who), yes))
        told = {Booked: "BOOKED", HoldOver: "HOLD_OVER", LeftWaiting: "LEFT"}.get(type(outcome), "NOT_WAITING")
        assert told == self.model.answer(who, yes)
        self._looks(who)

    @precondition(lambda self: self.model.waiting())
    @rule(data=st.data())
    def leaves(self, data):
        who = data.draw(st.sampled_from([wait.patient for wait in self.model.waiting()]), label="who")
        view, place = data.draw(st.sampled_from(self._looks(who)), label="place")
        outcome = run(self.waiting_room.leave(self.caller(who), view.id))
        assert ("LEFT" if isinstance(outcome, LeftWaiting) else outcome.reason) == self.model.leave(place)

    @rule(session=st.integers(0, len(PLANS) - 1), part=st.booleans())
    def is_stopped(self, session, part):
        """All of it, or from its second time on."""
        times = sorted(set(PLANS[session].starts()))
        since = times[1] if part and len(times) > 1 else None
        outcome = self._announces(session, action=RELEASE, since=since and since.time())
        assert isinstance(outcome, Announced) is self.model.can_stop(session, since)
        if isinstance(outcome, Announced):
            self.model.stop(session, since, outcome.stop)

    @rule(session=st.integers(0, len(PLANS) - 1), substitute=st.sampled_from(SUBSTITUTES))
    def is_substituted(self, session, substitute):
        outcome = self._announces(session, action=SUBSTITUTE, substitute=substitute)
        assert isinstance(outcome, Announced) is self.model.can_pass_on(session, substitute)
        if isinstance(outcome, Announced):
            self.model.pass_on(session, substitute, outcome.stop)

    def _announces(self, session, **what):
        plan = PLANS[session]
        return run(
            self.stops.announce(
                StopPlan(
                    hospital=self.hospital, doctor=self.model.doctors[session], day=plan.day, period=plan.period,
                    by="admin", reason="会诊", **what,
                )
            )
        )  # fmt: skip

    @precondition(lambda self: self.model.halts)
    @rule(data=st.data())
    def is_withdrawn(self, data):
        """Mostly a stop that stands."""
        standing = [stop for stop, halt in self.model.halts.items() if halt.standing]
        stop = data.draw(st.sampled_from([*standing, *standing, *self.model.halts]), label="stop")
        outcome = run(self.stops.withdraw(self.hospital, stop, "admin"))
        assert ("WITHDRAWN" if isinstance(outcome, Decided) else outcome.reason) == self.model.withdraw(stop)

    @rule(data=st.data())
    def time_passes(self, data):
        """To a moment at which something may change: a start, an end of waiting for a patient, the end of a hold."""
        starts = {number.start for number in self.model.numbers}
        moments = sorted(at for at in {*starts, *(at + LIVES for at in starts), *self._ends()} if at > self.wall)
        soon = moments[:2] or [self.wall + timedelta(minutes=1)]
        self.clock.at += data.draw(st.sampled_from(soon), label="until") - self.wall
        run(self.waiting_room.expire(self.hospital))
        run(self.waiting_room.offer(self.hospital))
        run(self.visits.close_unarrived(self.hospital))
        run(self.stops.finish(self.hospital))
        self.model.later(self.wall)

    def _ends(self):
        return {stay.until for stay in self.model.stays.values() if stay.status == "held" and stay.until is not None}

    @precondition(lambda self: self._ends())
    @rule()
    def jobs_are_late(self):
        """What is held is over, and no job has seen it yet."""
        end = min(self._ends())
        due = [stay.number.start + LIVES for stay in self.model.stays.values() if stay.status == "booked"]
        if end > self.wall and not any(at <= end for at in due):
            self.clock.at += end - self.wall
            self.model.now = self.wall

    @invariant()
    def the_books_are_in_order(self):
        if hasattr(self, "model"):
            self.store.now(self._thd_look)

    def _thd_learn(self, conn):
        """The codes of what was offered since."""
        for name in [name for name in self.model.stays if name.startswith("?")]:
            stay = self.model.stays[name]
            (code,) = conn.execute(
                select(appointment.c.code)
                .join(slot, slot.c.id == appointment.c.slot_id)
                .where(
                    appointment.c.hospital_id == self.hospital,
                    appointment.c.patient_id == self.patients[stay.patient],
                    appointment.c.session_id == self.sessions[stay.number.session],
                    appointment.c.status == "held",
                    slot.c.start == stay.number.start,
                    slot.c.seq == stay.number.seq,
                )
            ).scalars()
            stay.code = stay.number.holder = code
            self.model.stays[code] = self.model.stays.pop(name)

    def _thd_waiting(self, conn):
        """Who waits, and for whom a number is held, in their order."""
        query = (
            select(waiting.c.patient_id, waiting.c.session_id, waiting.c.status, waiting.c.live, appointment.c.code)
            .outerjoin(appointment, appointment.c.id == waiting.c.appointment_id)
            .where(waiting.c.hospital_id == self.hospital)
            .order_by(waiting.c.id)
        )
        rows = conn.execute(query).all()
        assert [(row.patient_id, row.session_id, row.status) for row in rows] == [
            (self.patients[wait.patient], self.sessions[wait.session], wait.status) for wait in self.model.waits
        ]
        assert [row.live for row in rows] == [
            1 if wait.status in {"waiting", "offered"} else None for wait in self.model.waits
        ]
        assert [row.code for row in rows if row.status == "offered"] == [
            wait.stay.code for wait in self.model.waits if wait.status == "offered"
        ]

    def _thd_told(self, conn):
        """Each text that the model knows of since the last look, and no other; none waits to be sent that is not true any more."""
        here = select(outbox).where(outbox.c.hospital_id == self.hospital)
        rows = conn.execute(
            here.where(outbox.c.kind.in_(["offer", "offer-over", "stop"]), outbox.c.id > self.texts_read)
        ).all()
        self.texts_read = max((row.id for row in rows), default=self.texts_read)
        said, self.model.told = self.model.told, []
        assert Counter(map(self._told, rows)) == Counter(said)
        offers = conn.execute(here.where(outbox.c.kind == "offer", outbox.c.status == "pending")).all()
        asked = Counter(row.appointment_id for row in offers)
        assert set(asked.values()) <= {1}, "offered twice"
        live = select(appointment.c.id).where(appointment.c.hospital_id == self.hospital, appointment.c.live == 1)
        assert set(asked) <= set(conn.execute(live).scalars()), "offered what is gone"
        codes = [wait.stay.code for wait in self.model.waits if wait.status == "offered" and not wait.back]
        held = select(appointment.c.id).where(appointment.c.hospital_id == self.hospital, appointment.c.code.in_(codes))
        assert set(conn.execute(held).scalars()) <= set(asked), "held for somebody who was not asked"

    def _told(self, row):
        body, to = self.vault.open(row.body_sealed), self.vault.open(row.to_sealed)
        (words,) = [words for words in WORDS if words in body]
        named = frozenset(number for number, name in DOCTORS.items() if name in body)
        again = re.search(r"GHDH(\d+)", body)
        assert again is None or again[1] in named
        day, at = re.search(r"7月(\d+)日(?:\(周.\)..(\d+:\d\d))?", body).groups()
        seq = re.search(r"(\d+)号", body) if words in {"候补有号", "为您保留至"} else None
        return Told(int(to[-5:]), words, named, f"{day} {at}" if at else day, seq and int(seq[1]))

    def _thd_look(self, conn):
        self._thd_learn(conn)
        self._thd_waiting(conn)
        self._thd_told(conn)
        here = appointment.c.hospital_id == self.hospital
        rows = conn.execute(
            select(appointment, slot.c.start, slot.c.session_id.label("of"))
            .join(slot, slot.c.id == appointment.c.slot_id)
            .where(here)
        ).all()
        known = {code: stay for code, stay in self.model.stays.items() if " " not in code}
        found = {row.code: row for row in rows if row.code in known}
        assert {code: (stay.status, stay.number.start) for code, stay in known.items()} == {
            code: (row.status, row.start) for code, row in found.items()
        }
        assert all(row.status == "cancelled" for row in rows if row.code not in known)
        live = [row for row in rows if row.live]
        assert sorted(row.status for row in live) == sorted(stay.status for stay in known.values() if stay.live)
        assert len({row.slot_id for row in live}) == len(live), "a number sold twice"
        taken = set(
            conn.execute(select(slot.c.id).where(slot.c.hospital_id == self.hospital, slot.c.taken == 1)).scalars()
        )
        assert taken == {row.slot_id for row in live}
        texts = select(outbox.c.appointment_id).where(
            outbox.c.hospital_id == self.hospital, outbox.c.kind.in_(["confirmation", "changed"])
        )
        told = set(conn.execute(texts).scalars())
        assert all(row.id in told for row in live if row.status != "held"), "a booking without its text"
        doctors = set(
            conn.execute(
                select(outbox.c.appointment_id).where(
                    outbox.c.hospital_id == self.hospital, outbox.c.kind.like("doctor%")
                )
            ).scalars()
        )
        assert all(row.id in doctors for row in live if row.status != "held"), "a doctor who knows nothing"
        holds = set(conn.execute(select(hold.c.appointment_id).where(hold.c.hospital_id == self.hospital)).scalars())
        assert holds == {row.id for row in live if row.status == "held"}
        self._thd_money(conn)

    def _thd_money(self, conn):
        mine = posting.c.hospital_id == self.hospital
        unbalanced = conn.execute(
            select(posting.c.entry_id)
            .where(mine)
            .group_by(posting.c.entry_id)
            .having(func.sum(posting.c.amount_fen) != 0)
        ).all()
        assert not unbalanced
        entries = conn.execute(select(func.count()).where(entry.c.hospital_id == self.hospital)).scalar_one()
        assert entries == conn.execute(select(func.count(posting.c.entry_id.distinct())).where(mine)).scalar_one()
        owed = conn.execute(
            select(func.coalesce(func.sum(refund.c.amount_fen), 0)).where(refund.c.hospital_id == self.hospital)
        ).scalar_one()
        assert int(owed) == sum(stay.owed_fen for stay in self.model.stays.values())
        open_sessions = select(clinic_session.c.id).where(
            clinic_session.c.hospital_id == self.hospital, clinic_session.c.status == "open"
        )
        assert len(conn.execute(open_sessions).all()) == sum(not self.model.is_shut(nth) for nth in range(len(PLANS)))


@pytest.fixture
def examples(request):
    """How many examples of how many steps: few where each is a server's work."""
    few = any(kind in request.module.__name__ for kind in ("mariadb", "galera"))
    return (8, 40) if few else (30, 50)


def test_the_store_answers_as_a_plain_model_does(bare, vault, examples):
    """Whatever is done in whatever order: the same verdicts, no number sold twice, none without its texts, balanced books."""
    House.store, House.vault, House.count = bare, vault, 0
    most, steps = examples
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        House,
        settings=settings(max_examples=most, stateful_step_count=steps, deadline=None, suppress_health_check=checks),
    )
