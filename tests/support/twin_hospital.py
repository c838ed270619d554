"""A small hospital in the store, and beside it what anybody would write down of it: what the rules must say, and what the store says."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields, replace
from datetime import date, time, timedelta

from hypothesis import event
from hypothesis import strategies as st
from open_house import open_house
from random_policies import MONDAY
from sqlalchemy import select, update

from booking.clock import FixedClock, naive_utc, wall
from booking.keeping_outcomes import Cancelled, NeverCancelled, TooLateToCancel
from booking.outcomes import AlreadyBooked, Blacklisted, Booked, Full, Held
from booking.reception import Reception
from booking.refusals import outcome_of
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Known
from booking.rulebooks import StandingRules
from booking.rules.cancelling import cancel_ruling
from booking.rules.facts import Ban, Holding, Offer, PatientFacts
from booking.rules.onsale import book_ruling, patient_ruling, slot_ruling
from booking.rules.payment import pay_terms
from booking.rules.rulebook import RuleBook
from booking.rules.ruling import Reason
from booking.store.conduct.bans import NewBan, thd_ban
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.finding import NOTHING
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
from booking.store.schema import appointment, ban, clinic_session, department, patient
from booking.store.selling.judging import Refused

PEOPLE = (
    ("110101199003070134", date(1990, 3, 7)),
    ("110101201203070112", date(2012, 3, 7)),
    ("11010519491231002X", date(1949, 12, 31)),
)
PHONES = ("+8613800138000", "+8613900139000", None)
DOCTORS = {
    "A": ("眼科", "专家", "AM", time(8), 30),
    "B": ("内科", "普通", "PM", time(14), 20),
    "C": ("眼科", "普通", "DAY", time(17, 30), 30),
}
"""Number → department, clinic type, half day, first start, minutes a number."""
NUMBERS = 3
WISHES = st.lists(
    st.tuples(
        st.integers(0, len(PEOPLE) - 1),
        st.sampled_from(PHONES[:1] * 3 + PHONES),
        st.sampled_from([Channel.PHONE, *Channel]),
        st.sampled_from(sorted(DOCTORS)),
        st.sampled_from((0, 1, 1, 1, 2, 3, 7)),
        st.integers(0, NUMBERS - 1),
        st.sampled_from((0, 0, 0, 1, 17, 400)),
        st.booleans(),
    ),
    min_size=3,
    max_size=14,
)
FREE = {"window": 0, "phone_most": None, "stopped": False}
"""Nothing is kept back."""
STOCKS = st.fixed_dictionaries(
    {"window": st.sampled_from((0, 0, 1)), "phone_most": st.sampled_from((None, None, 1, 0)), "stopped": st.booleans()}
)


@dataclass
class Twin:
    """The store's small hospital, and beside it what anybody would write down of it."""

    store: ImmediateDatabase
    vault: object
    clock: FixedClock
    rules: RuleBook
    run: object
    stock: dict
    reception: Reception = None
    offers: dict = field(default_factory=dict)
    held: list = field(default_factory=list)  # (code, patient, phone, offer, holding)
    keys: int = 0

    def furnish(self, bans):
        self.store.now(self._thd_furnish)
        self.store.now(self._thd_ban, bans)
        rules = StandingRules(self.rules)
        self.reception = Reception(open_house(self.store, self.vault, self.clock, rng=random.Random(7), rules=rules))

    def _thd_furnish(self, conn):
        hospital = thd_put_hospital(conn, HospitalRow(code="h", name="仁和医院", short_name="仁和"))
        thd_put_departments(
            conn, self.vault, hospital, [DepartmentRow(code=code, name=code) for code in ("眼科", "内科")]
        )
        thd_put_doctors(
            conn, self.vault, hospital,
            [DoctorRow(number=number, name=number, title="医师", department_code=told[0]) for number, told in DOCTORS.items()],
        )  # fmt: skip
        for day in sorted({MONDAY.date() + timedelta(days=days) for days in (0, 1, 2, 3, 7)}):
            for number, (_, kind, period, first, minutes) in DOCTORS.items():
                row = SessionRow(
                    doctor=number, day=day, period=period, first=first, minutes_per_slot=minutes, slots=NUMBERS,
                    clinic_type=kind, window=self.stock["window"], phone_most=self.stock["phone_most"], fee_fen=100,
                )  # fmt: skip
                thd_put_sessions(conn, self.vault, hospital, [row])
        if self.stock["stopped"]:
            conn.execute(update(clinic_session).where(clinic_session.c.id == 5).values(status="stopped"))
        for nth, (identity, _) in enumerate(PEOPLE, 1):
            conn.execute(patient.insert(), {
                "id": nth, "hospital_id": hospital, "created_at": naive_utc(self.clock), "name_sealed": self.vault.seal(f"某{nth}"),
                "identity_print": self.vault.fingerprint(identity), "identity_sealed": self.vault.seal(identity),
            })  # fmt: skip
        for session in conn.execute(select(clinic_session)).all():
            number = next(each for each, told in DOCTORS.items() if told[2] == session.period)
            code, kind, period, first, minutes = DOCTORS[number]
            for nth in range(NUMBERS):
                start = MONDAY.combine(session.day, first) + timedelta(minutes=minutes * nth)
                pool = "window" if nth >= NUMBERS - self.stock["window"] else "open"
                self.offers[number, session.day, nth] = Offer(
                    slot=0, session=session.id, start=start, day=session.day, doctor=number, department=code,
                    clinic_type=kind, period=period, pool=pool, stopped=session.status != "open",
                )  # fmt: skip
        return hospital

    def _thd_ban(self, conn, bans):
        subjects = [("identity", PEOPLE[0][0]), ("phone", PHONES[0]), ("identity", PEOPLE[1][0])]
        wanted = []
        for nth, ((kind, whose), said) in enumerate(zip(subjects, bans, strict=False)):
            where = said.department if said.department in {"眼科", "内科"} else "眼科"
            print_ = self.vault.fingerprint(whose)
            wanted.append(NewBan(subject=kind, print=print_, ban=replace(said, department=where), offence=str(nth)))
        thd_ban(conn, 1, wanted, naive_utc(self.clock))
        return 0

    def bans(self, person, phone):
        """As they stand in the table, whoever wrote them."""
        prints = {self.vault.fingerprint(PEOPLE[person][0])} | ({self.vault.fingerprint(phone)} if phone else set())
        query = select(ban, department.c.code.label("code")).outerjoin(
            department, department.c.id == ban.c.department_id
        )
        rows = self.store.now(lambda conn: [row._asdict() for row in conn.execute(query.where(ban.c.live == 1))])
        return tuple(
            Ban(cause=row["cause"], since=row["since"], until=row["until"], scope=row["scope"], department=row["code"] or "", rule=row["rule"])
            for row in rows if bytes(row["subject_print"]) in prints
        )  # fmt: skip

    def facts(self, person, phone, channel, offer):
        of_session = [holding for _, _, _, each, holding in self.held if each.session == offer.session]
        return PatientFacts(
            holdings=tuple(holding for _, whose, _, _, holding in self.held if whose == person),
            phone_holdings=tuple(holding for _, _, by, _, holding in self.held if phone is not None and by == phone),
            bans=self.bans(person, phone),
            birth=PEOPLE[person][1],
            first_visit=True,
            phone=phone or "",
            phone_sold=sum(holding.channel == "phone" for holding in of_session),
            phone_most=self.stock["phone_most"],
            channel_sold=sum(holding.channel == channel for holding in of_session),
            session_sold=len(of_session),
        )

    def ask(self, person, phone, channel, offer):
        self.keys += 1
        caller = Caller(hospital=1, phone=phone, channel=channel)
        wish = BookSlot(
            caller=caller, doctor=offer.doctor, start=offer.start, who=Known(person + 1), key=f"k{self.keys}"
        )
        return self.run(self.reception.book(wish))

    def expected(self, person, phone, channel, offer):
        """The type of the outcome, and the ruling where the rules refuse."""
        facts, now = self.facts(person, phone, channel, offer), wall(self.clock)
        told = book_ruling(self.rules, offer, channel, facts, now)
        parts = [slot_ruling(self.rules, offer, channel, now), patient_ruling(self.rules, offer, channel, facts, now)]
        part = next((ruling for ruling in parts if not ruling.allowed), parts[0])
        assert (told.reason, told.rule) == (part.reason, part.rule)
        if told.reason is Reason.ALREADY_BOOKED:
            return AlreadyBooked, None
        if told.allowed and any((each.doctor, each.start) == (offer.doctor, offer.start) for *_, each, _ in self.held):
            return Full, None
        if told.allowed:
            return (Held if pay_terms(self.rules, offer, channel).when == "hold" else Booked), None
        return None, part

    def book(self, person, phone, channel, offer):
        wanted, ruling = self.expected(person, phone, channel, offer)
        outcome = self.ask(person, phone, channel, offer)
        event(getattr(outcome, "reason", "ALLOWED"))
        if ruling is not None:
            told = outcome_of(Refused(ruling=ruling, card=_Card, start=offer.start, offer=offer), NOTHING)
            assert said(outcome) == said(told) or one_ends_never(outcome, told), (ruling, outcome)
            return
        assert type(outcome) is wanted, outcome
        if wanted in {Booked, Held}:
            assert not outcome.again
            holding = Holding(
                session=offer.session, day=offer.day, doctor=offer.doctor, department=offer.department,
                booked_at=wall(self.clock), channel=str(channel),
            )  # fmt: skip
            self.held.append((outcome.booking.code, person, phone, offer, holding))

    def cancel(self, person, phone, channel):
        """Give back the last booking of this phone, whatever the rules say to that."""
        mine = [each for each in self.held if each[2] is not None and each[2] == phone]
        if not mine:
            return
        code, _, _, offer, holding = mine[-1]
        now = wall(self.clock)
        status = self.store.now(
            lambda conn: conn.execute(select(appointment.c.status).where(appointment.c.code == code)).scalar_one()
        )
        told = cancel_ruling(self.rules, offer, channel, now, booked_at=holding.booked_at)
        self.keys += 1
        wish = CancelBooking(caller=Caller(hospital=1, phone=phone, channel=channel), code=code, key=f"k{self.keys}")
        outcome = self.run(self.reception.cancel(wish))
        event(f"cancel: {type(outcome).__name__}")
        if status == "held":  # nothing is given back yet: a hold may be let go at any time
            assert isinstance(outcome, Cancelled)
        else:
            types = {
                Reason.ALLOWED: Cancelled,
                Reason.TOO_LATE_TO_CANCEL: TooLateToCancel,
                Reason.NEVER_CANCELLED: NeverCancelled,
            }
            assert type(outcome) is types[told.ruling.reason], (told, outcome)
        if isinstance(outcome, Cancelled):
            self.held.remove(mine[-1])


class _Card:
    """Any doctor."""

    id = 0
    view = None


def said(outcome):
    """An outcome without the doctor's picture and without other open times."""
    told = {
        each.name: getattr(outcome, each.name)
        for each in fields(outcome)
        if each.name not in {"doctor", "open", "others"}
    }
    return type(outcome), getattr(outcome, "reason", ""), told


def one_ends_never(outcome, told):
    """Two refusals by one ban, of which one tells its end, the other that nothing else would allow the wish then."""
    both = isinstance(outcome, Blacklisted) and isinstance(told, Blacklisted)
    return both and outcome.rule == told.rule and None in {outcome.until, told.until}
