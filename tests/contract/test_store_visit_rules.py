"""The day of the visit under published rule books: what is decided is what the store does."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from open_house import open_house
from sqlalchemy import insert, select

from booking.clock import FixedClock
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.reading import read_policy
from booking.rules.rulebook import Maker, rule_book
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.schema import appointment, ban, charge, conduct, slot
from booking.visit_outcomes import Arrived, ByCode, CheckIn, Refused
from booking.visits import Visits

POLICIES = Path(__file__).parents[2] / "policies"
FIRST = date(2026, 7, 15)
ZHANG, ZHANG_ID = "+8613800138000", "11010519491231002X"


@pytest.fixture
def visits_by(store, vault, clock, bell):
    """``visits_by("p01-beijing-114")``: the day of the visit under this hospital's rules."""

    def put(name):
        policy = read_policy((POLICIES / f"{name}.toml").read_text(encoding="utf-8"))
        return Visits(open_house(store, vault, clock, bell, rules=StandingRules(rule_book(Maker(policy=policy)))))

    return put


@pytest.fixture
def visit_codes(store, vault, clock, bell, rng, result_of):
    """``visit_codes("phone", …)``: bookings of 张三 at 8:00 on the days from 15 July, one through each of these channels."""

    def put(*channels):
        reception = Reception(open_house(store, vault, clock, bell, rng))
        codes = []
        for nth, channel in enumerate(channels):
            day = FIRST + timedelta(days=nth)
            row = SessionRow(doctor="00868", day=day, period="AM", first=time(8), minutes_per_slot=30, slots=6)
            store.now(thd_put_sessions, vault, 1, [row])
            caller = Caller(hospital=1, phone=ZHANG, channel=Channel(channel))
            result_of(reception.register(RegisterPhone(caller=caller, identity=ZHANG_ID, name="张三")))
            wish = BookSlot(
                caller=caller, doctor="00868", start=datetime.combine(day, time(8)), who=Named("张三"), key=f"k{nth}"
            )
            codes.append(result_of(reception.book(wish)).booking.code)
        return codes

    return put


@pytest.fixture
def rule_rows(store):
    return lambda *columns: store.now(
        lambda conn: [tuple(row) for row in conn.execute(select(*columns).order_by(columns[0].table.c.id))]
    )


def test_thirty_minutes_late_is_served_and_thirty_one_is_not(visits_by, visit_codes, rule_rows, clock, result_of):
    """北京 114 (V42): two late arrivals and one no-show within three months are a ban of three months."""
    visits = visits_by("p01-beijing-114")
    codes = visit_codes("phone", "phone", "phone")
    for nth, minute in enumerate((30, 30, 31)):
        clock.at = FixedClock.at_wall(f"2026-07-{15 + nth} 08:{minute}").at
        (verdict,) = result_of(visits.check_in(CheckIn(hospital=1, by=ByCode(codes[nth])))).verdicts
        assert isinstance(verdict, Arrived if minute == 30 else Refused)
        assert rule_rows(ban.c.id) == []
    assert verdict.reason == "TOO_LATE"
    assert result_of(visits.close_unarrived(1)).closed == 1
    assert rule_rows(conduct.c.kind) == [("late",), ("late",), ("noshow",)]
    spans = set(rule_rows(ban.c.since, ban.c.until))
    assert spans == {(datetime.fromisoformat("2026-07-17 08:00"), datetime.fromisoformat("2026-10-17 08:00"))}


def test_only_the_telephones_numbers_can_be_no_shows(store, visits_by, visit_codes, rule_rows, clock, result_of):
    """华西 (V33): a paid number of another channel that is not used counts for nothing; one of the telephone does."""
    visits = visits_by("p20-west-china")
    visit_codes("web", "phone")
    (paid,), (called,) = rule_rows(appointment.c.id)
    values = {
        "hospital_id": 1, "appointment_id": paid, "way": "wechat", "amount_fen": 5000, "status": "paid", "live": 1,
        "trade_no": "t1", "due_at": datetime.combine(FIRST, time()), "attempts": 0, "category": "", "clerk": "-",
        "created_at": datetime.combine(FIRST, time()),
    }  # fmt: skip
    store.now(lambda conn: conn.execute(insert(charge).values(values)).rowcount)
    clock.at = FixedClock.at_wall("2026-07-17 09:00").at
    done = result_of(visits.close_unarrived(1))
    assert (done.closed, done.counted) == (2, 1)
    assert rule_rows(conduct.c.appointment_id, conduct.c.channel) == [(called, "phone")]


def test_numbers_not_picked_up_go_to_those_on_site(visits_by, visit_codes, rule_rows, clock, result_of):
    """山西 b (P9): half an hour before the visit the number is another's, and the booking a no-show."""
    visits = visits_by("p09-shanxi-b")
    (code,) = visit_codes("phone")
    clock.at = FixedClock.at_wall("2026-07-15 07:29").at
    assert result_of(visits.close_unarrived(1)).closed == 0
    clock.at = FixedClock.at_wall("2026-07-15 07:30").at
    (verdict,) = result_of(visits.check_in(CheckIn(hospital=1, by=ByCode(code)))).verdicts
    assert verdict.reason == "TOO_LATE"
    done = result_of(visits.close_unarrived(1))
    assert (done.closed, done.released, done.counted) == (1, 1, 1)
    assert rule_rows(appointment.c.status, appointment.c.live) == [("noshow", None)]
    assert sum(taken for (taken,) in rule_rows(slot.c.taken)) == 0


def test_a_number_is_picked_up_in_its_half_day(visits_by, visit_codes, clock, result_of):
    """协和 (P2): in the morning before nine, else it is void."""
    visits = visits_by("p02-peking-union")
    (code,) = visit_codes("phone")
    seen = []
    for at in ("2026-07-14 12:00", "2026-07-15 08:59"):
        clock.at = FixedClock.at_wall(at).at
        (verdict,) = result_of(visits.check_in(CheckIn(hospital=1, by=ByCode(code)))).verdicts
        seen.append(getattr(verdict, "reason", "ARRIVED"))
    assert seen == ["TOO_EARLY", "ARRIVED"]
