"""Which phones a hospital takes, how often a patient's may change, and who may come back: rules that the store judges itself."""

from __future__ import annotations

import pytest
from desk import Desk, at, book_of, caller
from open_house import open_house
from sqlalchemy import func, select

from booking.clock import FixedClock
from booking.outcomes import Booked, Limit, NotAdmitted
from booking.people_outcomes import Registered
from booking.requests import Channel, RegisterPhone
from booking.store.schema import phone_patient
from booking.visit_outcomes import Mark, Marked, NotRestored
from booking.visits import Visits

AT_8 = at("2026-07-15 08:00")
ZHANG = "11010519491231002X"
PHONES = ["+8613800138000", "+8613900139000", "+8613700137000", "+8613600136000"]


@pytest.fixture
def admitting_desk(store, vault, clock, bell, rng, result_of):
    """``admitting_desk(toml)``: the desk under this rule book."""
    return lambda toml: Desk.over(store, vault, clock, bell, rng, result_of, book_of(toml))


def register(desk, phone, identity=ZHANG, name="张三"):
    return desk.run(desk.reception.register(RegisterPhone(caller=caller(phone), identity=identity, name=name)))


def links(store):
    return store.now(lambda conn: conn.execute(select(func.count()).select_from(phone_patient)).scalar_one())


def test_only_phones_of_these_prefixes_are_taken(admitting_desk, store):
    """Neither registered nor booked from another; a withheld number has no prefix that could be wrong."""
    desk = admitting_desk('[mobile]\nprefixes = ["138"]\n')
    refused = register(desk, PHONES[1])
    assert refused == NotAdmitted(reason="NOT_ADMITTED", rule="mobile.prefixes")
    assert links(store) == 0
    patient = register(desk, PHONES[0]).patient.id
    assert desk.book(AT_8, patient, who=caller(PHONES[1])) == refused
    assert isinstance(desk.book(AT_8, patient, who=caller(None, Channel.WEB)), Booked)


def test_a_patients_phone_changes_no_more_often_than_the_rules_let_it(admitting_desk, store, clock):
    """His first phone and one change; the next change half a year later; what he has may be said again at any time."""
    desk = admitting_desk('[mobile]\nchanges = 1\nchange_span = "6 months"\n')
    assert isinstance(register(desk, PHONES[0]), Registered)
    clock.at = FixedClock.at_wall("2026-07-15 09:00").at
    assert isinstance(register(desk, PHONES[1]), Registered)
    clock.at = FixedClock.at_wall("2027-01-15 08:59").at
    assert register(desk, PHONES[2]) == Limit(what="phone-changes", most=1, when=at("2027-01-15 09:00"))
    assert (links(store), register(desk, PHONES[1]).again) == (2, True)
    clock.at = FixedClock.at_wall("2027-01-15 09:00").at
    assert isinstance(register(desk, PHONES[2]), Registered)
    assert register(desk, PHONES[3]).what == "phone-changes"
    assert isinstance(register(desk, PHONES[3], "440524188001010014", "李四"), Registered)


def test_a_first_visit_has_rules_of_its_own(admitting_desk, store, vault, clock, bell, result_of):
    """Who was never seen here needs the first visit's papers; who was is booked with those of a return visit."""
    toml = '[identity]\ndocuments_first = ["passport"]\ndocuments = ["id-card"]\n'
    desk, plain = admitting_desk(toml), admitting_desk("")
    patient = register(desk, PHONES[0]).patient.id
    assert desk.book(AT_8, patient) == NotAdmitted(reason="NEEDS_OWN_DOCUMENT", rule="identity.documents_first")
    code = plain.book(AT_8, patient).booking.code
    visits = Visits(open_house(store, vault, clock, bell, rules=book_of(toml)))
    at_nine, clock.at = clock.at, FixedClock.at_wall("2026-07-15 08:10").at
    assert isinstance(result_of(visits.visited(Mark(hospital=1, code=code, actor="li"))), Marked)
    desk.keys, clock.at = 9, at_nine
    assert isinstance(desk.book(AT_8, patient, doctor="00123"), Booked)


@pytest.mark.parametrize("lets", [True, False])
def test_staff_restores_an_absent_patients_number_where_the_rules_let_them(
    admitting_desk, store, vault, clock, bell, result_of, lets
):
    """Taken for absent at the deadline, there a minute later: his number is restored, or it is not."""
    toml = f'[pickup]\ndeadline = "30min"\n[late]\nreactivate = {str(lets).lower()}\n'
    desk = admitting_desk(toml)
    code = desk.book(AT_8, register(desk, PHONES[0]).patient.id).booking.code
    visits = Visits(open_house(store, vault, clock, bell, rules=book_of(toml)))
    clock.at = FixedClock.at_wall("2026-07-15 07:31").at
    assert result_of(visits.close_unarrived(1)).closed == 1
    outcome = result_of(visits.take_back(Mark(hospital=1, code=code, actor="li", why="在楼下")))
    assert (type(outcome), outcome.booking.status) == ((Marked, "arrived") if lets else (NotRestored, "noshow"))
