"""Two rules that ban for one conduct: both bans stand, the patient hears of one, the one that ends later, and who lifts one hears of the other."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from open_house import open_house
from sqlalchemy import select

from booking.outcomes import Booked
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.reading import read_policy
from booking.rules.rulebook import Maker, rule_book
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.schema import audit, ban, outbox
from booking.visits import Visits
from booking.ward_outcomes import Lifted, NewManualBan, Staff
from booking.wardens import Wardens

P01 = (Path(__file__).parents[2] / "policies" / "p01-beijing-114.toml").read_text(encoding="utf-8")
DAY, AT = date(2026, 7, 14), time(14)
ZHANG, ZHANG_ID, LI_ID = "+8613800138000", "11010519491231002X", "440524188001010014"
CLERK = Staff(hospital=1, role="agent", name="0012")
SHORT = '[[bans]]\nname = "短"\ncount = 1\nban = ["1 month"]\n'
LONG = '[[bans]]\nname = "长"\ncount = 1\nban = ["6 months"]\n'
ENDLESS = '[[bans]]\nname = "无期"\ncount = 1\nban = ["forever"]\n'
SECOND = '[[bans]]\nname = "第二次"\ncount = 2\n'
DEPARTMENT = 'scope = "department"\n'


@pytest.fixture
def absent(store, vault, clock, bell, rng, result_of):
    """``absent(text, "phone", "sms")``: under these rules 张三 books a visit on each of the next days through this channel, and comes to none."""

    def put(text, *channels):
        rules = StandingRules(rule_book(Maker(policy=read_policy(text))))
        house = open_house(store, vault, clock, bell, rng, rules)
        reception, visits = Reception(house), Visits(house)
        starts = []
        for nth, channel in enumerate(channels, 1):
            caller, day = Caller(hospital=1, phone=ZHANG, channel=Channel(channel)), DAY + timedelta(days=nth)
            result_of(reception.register(RegisterPhone(caller=caller, identity=ZHANG_ID, name="张三")))
            row = SessionRow(doctor="00868", day=day, period="PM", first=AT, minutes_per_slot=10, slots=3)
            store.now(thd_put_sessions, vault, 1, [row])
            starts.append(datetime.combine(day, AT))
            wish = BookSlot(caller=caller, doctor="00868", start=starts[-1], who=Named("张三"), key=str(day))
            assert isinstance(result_of(reception.book(wish)), Booked)
        clock.at += timedelta(days=1)
        for _ in starts:
            clock.at += timedelta(days=1)
            assert result_of(visits.close_unarrived(1)).closed == 1

    return put


@pytest.fixture
def heard(store, vault):
    """What the patient was told of bans, in the order in which it was posted."""

    told = select(outbox.c.body_sealed).where(outbox.c.kind == "ban").order_by(outbox.c.id)
    return lambda: [vault.open(body) for body in store.now(lambda conn: conn.execute(told).scalars().all())]


@pytest.fixture
def ban_rows(store):
    return lambda: store.now(
        lambda conn: [tuple(row) for row in conn.execute(select(ban.c.rule, ban.c.until).order_by(ban.c.id))]
    )


def test_both_published_versions_of_one_rule_ban_and_one_is_told(absent, heard, ban_rows, store):
    """114 published the calendar year and the three months: three no-shows are banned by both, noted twice and told once."""
    absent(P01, "phone", "phone", "phone")
    until = datetime.combine(date(2026, 10, 17), AT)
    assert ban_rows() == [("自然年爽约", until), ("三个月内爽约", until)]
    (text,) = heard()
    assert "至2026年10月17日14:00" in text
    actions = store.now(lambda conn: conn.execute(select(audit.c.action)).scalars().all())
    assert actions.count("banned") == 2


@pytest.mark.parametrize("text", [SHORT + LONG, LONG + SHORT], ids=["short-first", "long-first"])
def test_of_two_bans_the_longer_is_told(absent, heard, ban_rows, text):
    """Whatever the order of the rules: the text that says when one may book again is true."""
    absent(text, "phone")
    assert {until for _, until in ban_rows()} == {
        datetime.combine(date(2026, 8, 15), AT),
        datetime.combine(date(2027, 1, 15), AT),
    }
    (said,) = heard()
    assert "至2027年1月15日14:00" in said


def test_a_ban_without_an_end_is_the_longer_one(absent, heard, ban_rows):
    """No day is promised that the other ban would break."""
    absent(LONG + ENDLESS, "phone")
    assert [until for _, until in ban_rows()] == [datetime.combine(date(2027, 1, 15), AT), None]
    (said,) = heard()
    assert "恢复时间请咨询医院" in said


def test_a_department_banned_for_longer_than_the_hospital_is_told_beside_it(absent, heard):
    """Neither text says what the other does: all departments for a month, one for half a year."""
    absent(SHORT + LONG + DEPARTMENT, "phone")
    longer, shorter = sorted(heard(), key=lambda said: "2027" not in said)
    assert "仁和医院相关科室" in longer
    assert "至2027年1月15日14:00" in longer
    assert "仁和医院的预约服务" in shorter
    assert "至2026年8月15日14:00" in shorter


def test_a_departments_ban_within_the_hospitals_is_not_told(absent, heard):
    """Who may not book at all for half a year is not told of one department's month."""
    absent(SHORT + DEPARTMENT + LONG, "phone")
    (said,) = heard()
    assert "仁和医院的预约服务" in said
    assert "至2027年1月15日14:00" in said


def test_a_shorter_ban_that_begins_within_a_longer_one_is_not_told(absent, heard, ban_rows):
    """The first no-show was told with its half year; the month of the second ends before that and would be a false day."""
    absent(f'{LONG}channels = ["phone"]\n{SECOND}ban = ["1 month"]\n', "phone", "sms")
    assert [until for _, until in ban_rows()] == [
        datetime.combine(date(2027, 1, 15), AT),
        datetime.combine(date(2026, 8, 16), AT),
    ]
    (said,) = heard()
    assert "至2027年1月15日14:00" in said


def test_a_longer_ban_that_begins_within_a_shorter_one_is_told(absent, heard):
    """What he was told before is no longer true."""
    absent(f'{SHORT}channels = ["phone"]\n{SECOND}ban = ["6 months"]\n', "phone", "sms")
    first, second = heard()
    assert "至2026年8月15日14:00" in first
    assert "至2027年1月16日14:00" in second


@pytest.fixture
def lifted(store, vault, clock, bell, rng, result_of):
    """``lifted(identity, 1)``: an agent lifts this ban."""
    house = open_house(store, vault, clock, bell, rng, StandingRules(rule_book(Maker(policy=read_policy("")))))
    return lambda identity, number: result_of(Wardens(house).lift(CLERK, identity, number, "初犯"))


@pytest.fixture
def banned_by_hand(store, vault, clock, bell, rng, result_of):
    """``banned_by_hand(identity, "01")``: the id of the ban that an agent made; a department's, or with "" the hospital's."""
    house = open_house(store, vault, clock, bell, rng, StandingRules(rule_book(Maker(policy=read_policy("")))))

    def put(identity, department, until=None):
        wanted = NewManualBan(identity=identity, why="扰乱秩序", department=department, until=until)
        return result_of(Wardens(house).ban(CLERK, wanted)).ban

    return put


def test_who_lifts_one_of_two_bans_hears_of_the_other(absent, lifted, store):
    """Of both published versions of one rule each bans for itself: the patient may not book before both are lifted."""
    absent(P01, "phone", "phone", "phone")
    first, second = store.now(lambda conn: conn.execute(select(ban.c.id).order_by(ban.c.id)).scalars().all())
    outcome = lifted(ZHANG_ID, first)
    assert [(each.id, each.rule, each.state) for each in outcome.left] == [(second, "三个月内爽约", "standing")]
    assert (outcome.ban, outcome.again) == (first, False)
    assert lifted(ZHANG_ID, first).left == outcome.left
    assert lifted(ZHANG_ID, second) == Lifted(ban=second)


def test_another_persons_and_a_past_ban_are_not_among_those_left(lifted, banned_by_hand, clock):
    """Only what keeps this person out."""
    whole, department = banned_by_hand(ZHANG_ID, ""), banned_by_hand(ZHANG_ID, "01", until=DAY + timedelta(days=1))
    banned_by_hand(LI_ID, "")
    assert [each.id for each in lifted(ZHANG_ID, whole).left] == [department]
    clock.at += timedelta(days=3)
    assert lifted(ZHANG_ID, whole) == Lifted(ban=whole, again=True)
