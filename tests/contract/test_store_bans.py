"""Bans by a hospital's own rule book, from the no-show to the appeal: shown, lifted, forgiven, made by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from open_house import open_house
from sqlalchemy import select

from booking.clock import FixedClock, wall
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Named, RegisterPhone
from booking.rulebooks import StandingRules
from booking.rules.reading import read_policy
from booking.rules.rulebook import Maker, rule_book
from booking.store.conduct.bans import in_force, thd_bans
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.schema import audit, ban, complaint, conduct, outbox
from booking.visit_outcomes import Mark
from booking.visits import Visits
from booking.ward_outcomes import (
    Appeal,
    Appealed,
    Banned,
    Forgiven,
    Lifted,
    MayNot,
    NeedsWhy,
    NewManualBan,
    NotHis,
    OnTheList,
    Staff,
    UnknownDepartment,
)
from booking.wardens import Wardens

DAY = date(2026, 7, 15)
ZHANG, ZHANG_ID, LI_ID = "+8613800138000", "11010519491231002X", "440524188001010014"
AGENT = Staff(hospital=1, role="agent", name="0012")
RULES = """
[unlock]
who = ["agent"]
answer_workdays = 2
{more}
[[bans]]
name = "两次爽约"
count = 2
window = "year"
ban = ["3 months", "6 months"]
"""


def rules_of(text):
    """The rule book of this text, for every hospital."""
    return StandingRules(rule_book(Maker(policy=read_policy(text))))


@pytest.fixture
def ward_rules():
    return rules_of(RULES.format(more=""))


@pytest.fixture
def wardens(store, vault, clock, bell, rng, ward_rules):
    return Wardens(open_house(store, vault, clock, bell, rng, ward_rules))


@pytest.fixture
def ward(wardens, result_of):
    """``ward("lift", …)``: what the wardens answer."""
    return lambda name, *args: result_of(getattr(wardens, name)(*args))


@pytest.fixture
def miss(store, vault, clock, bell, rng, ward_rules, result_of):
    """``miss(3)``: 张三 books a visit on each of the next three days and comes to none; says the codes."""

    def put(times, rules=ward_rules, name="张三", identity=ZHANG_ID, at_once=False):
        reception = Reception(open_house(store, vault, clock, bell, rng, rules))
        visits = Visits(open_house(store, vault, clock, bell, rules=rules))
        caller = Caller(hospital=1, phone=ZHANG, channel=Channel.PHONE)
        result_of(reception.register(RegisterPhone(caller=caller, identity=identity, name=name)))

        def book_next(ahead):
            day = wall(clock).date() + timedelta(days=ahead)
            row = SessionRow(doctor="00868", day=day, period="PM", first=time(14), minutes_per_slot=10, slots=3)
            store.now(thd_put_sessions, vault, 1, [row])
            start = datetime.combine(day, time(14))
            wish = BookSlot(caller=caller, doctor="00868", start=start, who=Named(name), key=f"{day}{name}")
            return result_of(reception.book(wish)).booking.code

        if at_once:
            codes = [book_next(1 + 2 * nth) for nth in range(times)]
            clock.at += timedelta(days=2 * times)
            assert result_of(visits.close_unarrived(1)).closed == times
            return codes
        codes = []
        for _ in range(times):
            codes.append(book_next(1))
            clock.at += timedelta(days=2)
            assert result_of(visits.close_unarrived(1)).closed == 1
        return codes

    put.visits = lambda: Visits(open_house(store, vault, clock, bell, rules=ward_rules))
    return put


@pytest.fixture
def ward_rows(store):
    return lambda *columns: store.now(
        lambda conn: [tuple(row) for row in conn.execute(select(*columns).order_by(columns[0].table.c.id))]
    )


@pytest.fixture
def is_banned(store, vault, clock):
    def is_banned(identity=ZHANG_ID):
        prints = [vault.fingerprint(identity), vault.fingerprint(ZHANG)]
        now = wall(clock)
        bans = store.now(thd_bans, 1, prints, now)
        return any(in_force(said, now) for found in bans.values() for said in found)

    return is_banned


def test_bans_follow_the_rule_book_and_its_ladder(miss, ward, ward_rows, is_banned, clock):
    """Two no-shows: three months from the second; it runs out by itself; two more in the year: six months."""
    miss(1)
    assert not is_banned()
    miss(1)
    assert is_banned()
    ((since, until),) = ward_rows(ban.c.since, ban.c.until)
    assert (since, until) == (moment("2026-07-17 14:00"), moment("2026-10-17 14:00"))
    clock.at = FixedClock.at_wall("2026-10-17 14:00").at
    assert not is_banned()
    miss(2)
    assert [each.nth for each in ward("record", 1, ZHANG_ID).bans] == [1, 2]
    assert ward_rows(ban.c.since, ban.c.until)[1] == (moment("2026-10-20 14:00"), moment("2027-04-20 14:00"))
    assert [kind for (kind,) in ward_rows(outbox.c.kind)].count("ban") == 2


moment = datetime.fromisoformat


def test_a_record_shows_all_and_no_number(miss, ward):
    """Bans and what led to them, masked; of a stranger nothing."""
    codes = miss(2)
    record = ward("record", 1, ZHANG_ID)
    assert (record.identity_masked, record.name_masked) == ("110105********002X", "张*")
    assert [(each.kind, each.code, each.forgiven_by) for each in record.deeds] == [
        ("noshow", code, None) for code in codes
    ]
    (said,) = record.standing
    assert (said.cause, said.rule, said.state, said.department) == ("no-show", "两次爽约", "standing", "")
    nobody = ward("record", 1, LI_ID)
    assert (nobody.name_masked, nobody.bans, nobody.deeds) == ("", (), ())


def test_a_ban_is_lifted_by_whom_the_rules_name(miss, ward, ward_rows, is_banned):
    """With a reason, of the right person; again is no error; the same no-shows do not ban again."""
    miss(2)
    (said,) = ward("record", 1, ZHANG_ID).bans
    assert ward("lift", AGENT, ZHANG_ID, said.id, " ") == NeedsWhy()
    window = Staff(hospital=1, role="window", name="3")
    assert ward("lift", window, ZHANG_ID, said.id, "初犯") == MayNot(who=("agent",))
    assert ward("lift", AGENT, LI_ID, said.id, "初犯") == NotHis()
    assert ward("lift", AGENT, ZHANG_ID, said.id + 9, "初犯") == NotHis()
    assert is_banned()
    assert ward("lift", AGENT, ZHANG_ID, said.id, "初犯，电话 13800138000") == Lifted(ban=said.id)
    assert ward("lift", AGENT, ZHANG_ID, said.id, "初犯") == Lifted(ban=said.id, again=True)
    assert not is_banned()
    assert ward_rows(ban.c.lifted_by, ban.c.lift_reason) == [("agent:0012", "初犯，电话 ***")]
    miss(1)
    assert not is_banned()
    assert ward("record", 1, ZHANG_ID).bans[0].state == "lifted"
    assert [action for (action,) in ward_rows(audit.c.action)].count("lifted") == 1


def test_a_forgiven_no_show_takes_its_ban_with_it(miss, ward, is_banned):
    """Bans are judged anew; what follows still, stays."""
    miss(2)
    first, second = ward("record", 1, ZHANG_ID).deeds
    window = Staff(hospital=1, role="window", name="3")
    assert ward("forgive", window, ZHANG_ID, first.id, "住院") == MayNot(who=("agent",))
    assert ward("forgive", AGENT, LI_ID, first.id, "住院") == NotHis()
    assert ward("forgive", AGENT, ZHANG_ID, 99, "住院") == NotHis()
    (said,) = ward("record", 1, ZHANG_ID).bans
    assert ward("forgive", AGENT, ZHANG_ID, first.id, "住院") == Forgiven(deed=first.id, lifted=(said.id,))
    assert ward("forgive", AGENT, ZHANG_ID, first.id, "住院") == Forgiven(deed=first.id, again=True)
    assert not is_banned()
    miss(1)
    assert is_banned()
    assert [each.forgiven_by for each in ward("record", 1, ZHANG_ID).deeds] == ["agent:0012", None, None]
    assert second.forgiven_by is None


def test_forgiving_one_of_three_moves_the_ban(miss, ward):
    """Two are left, so the ban begins with the later one instead."""
    codes = miss(3, at_once=True)
    first = ward("record", 1, ZHANG_ID).deeds[0]
    assert first.code == codes[0]
    ward("forgive", AGENT, ZHANG_ID, first.id, "住院")
    states = [(each.state, each.since.day) for each in ward("record", 1, ZHANG_ID).bans]
    assert states == [("lifted", 17), ("standing", 19)]


def test_bans_that_only_end_by_hand(miss, store, vault, clock, bell, rng, ward_rows, result_of):
    """Where nothing unlocks by itself a ban has no end, and its text says whom to ask."""
    rules = rules_of(RULES.format(more="automatic = false"))
    miss(2, rules)
    assert ward_rows(ban.c.until) == [(None,)]
    words = [vault.open(body) for kind, body in ward_rows(outbox.c.kind, outbox.c.body_sealed) if kind == "ban"]
    assert "恢复时间请咨询医院" in words[0]
    wardens = Wardens(open_house(store, vault, clock, bell, rng, rules))
    deed = result_of(wardens.record(1, ZHANG_ID)).deeds[0]
    assert len(result_of(wardens.forgive(AGENT, ZHANG_ID, deed.id, "住院")).lifted) == 1


def test_a_phone_that_counts_is_banned_and_shown(miss, store, vault, clock, bell, rng, is_banned, result_of):
    """Two patients of one phone: the ban is the phone's, and both records show it."""
    rules = rules_of(RULES.format(more='[noshow]\ncounted_by = "phone"\n'))
    miss(1, rules)
    miss(1, rules, name="李四", identity=LI_ID)
    assert is_banned()
    wardens = Wardens(open_house(store, vault, clock, bell, rng, rules))
    for identity in (ZHANG_ID, LI_ID):
        (said,) = result_of(wardens.record(1, identity)).standing
        assert said.subject == "phone"
    assert result_of(wardens.lift(AGENT, LI_ID, said.id, "误会")) == Lifted(ban=said.id)
    assert not is_banned()


def test_the_hospital_says_that_he_was_seen_after_all(miss, is_banned, result_of):
    """A no-show that was none takes its ban with it."""
    codes = miss(2)
    assert is_banned()
    result_of(miss.visits().visited(Mark(hospital=1, code=codes[1], actor="his")))
    assert not is_banned()


def test_a_ban_by_hand(ward, is_banned, clock):
    """Of anybody, registered or not; once; to the end of the last day; for a department that there is."""
    wanted = NewManualBan(identity=LI_ID, why="扰乱秩序", until=date(2026, 7, 20))
    assert ward("ban", AGENT, NewManualBan(identity=LI_ID, why="")) == NeedsWhy()
    assert ward("ban", AGENT, NewManualBan(identity=LI_ID, why="x", department="77")) == UnknownDepartment(code="77")
    made = ward("ban", AGENT, wanted)
    assert made == Banned(ban=made.ban)
    assert ward("ban", AGENT, wanted) == Banned(ban=made.ban, again=True)
    other = ward("ban", AGENT, NewManualBan(identity=LI_ID, why="扰乱秩序", department="01"))
    assert other == Banned(ban=other.ban)
    assert other.ban != made.ban
    assert [each.scope for each in ward("record", 1, LI_ID).bans] == ["hospital", "department"]
    ward("lift", AGENT, LI_ID, other.ban, "误会")
    clock.at = FixedClock.at_wall("2026-07-20 23:59").at
    assert is_banned(LI_ID)
    clock.at = FixedClock.at_wall("2026-07-21 00:00").at
    assert not is_banned(LI_ID)
    assert [each.state for each in ward("record", 1, LI_ID).bans] == ["over", "lifted"]
    third = ward("ban", AGENT, NewManualBan(identity=LI_ID, why="又扰乱"))
    assert third == Banned(ban=third.ban)
    assert third.ban not in {made.ban, other.ban}


def test_the_hospitals_list_is_not_lifted_here(store, ward, is_banned):
    """Its next file would ban him again: it is put right there."""
    ward("ban", AGENT, NewManualBan(identity=LI_ID, why="x"))
    store.now(lambda conn: conn.execute(ban.update().values(cause="blacklist")).rowcount)
    assert ward("lift", AGENT, LI_ID, 1, "误会") == OnTheList()
    assert is_banned(LI_ID)


def test_a_ban_that_has_not_begun(store, ward, is_banned):
    """It is shown as coming, and bans nobody yet."""
    ward("ban", AGENT, NewManualBan(identity=LI_ID, why="x"))
    store.now(lambda conn: conn.execute(ban.update().values(since=moment("2026-08-01 00:00"))).rowcount)
    assert [each.state for each in ward("record", 1, LI_ID).bans] == ["coming"]
    assert not is_banned(LI_ID)


def test_an_appeal_is_a_case_with_a_day(miss, ward, ward_rows, vault, clock):
    """Against a ban of his that stands; the answer is promised for the second working day; once for one request."""
    miss(2)
    clock.at = FixedClock.at_wall("2026-07-24 10:00").at  # a Friday
    caller = Caller(hospital=1, phone=ZHANG, channel=Channel.AGENT)
    appeal = Appeal(caller=caller, identity=ZHANG_ID, ban=1, words="我当时在急诊", key="a1")
    first = ward("appeal", appeal)
    assert isinstance(first, Appealed)
    assert (first.answer_by, first.again) == (date(2026, 7, 28), False)
    assert ward("appeal", appeal) == Appealed(case=first.case, answer_by=first.answer_by, again=True)
    ((text,),) = ward_rows(complaint.c.text_sealed)
    assert vault.open(text) == "【申诉：限制1，2026-07-28前答复】我当时在急诊"
    stranger = Appeal(caller=caller, identity=LI_ID, ban=1, words="x", key="a2")
    assert ward("appeal", stranger) == NotHis()


def test_no_day_is_promised_where_the_rules_promise_none(miss, store, vault, clock, bell, rng, result_of):
    """The case is taken all the same."""
    rules = rules_of(RULES.format(more="").replace("answer_workdays = 2", ""))
    miss(2, rules)
    caller = Caller(hospital=1, phone=ZHANG, channel=Channel.AGENT)
    wardens = Wardens(open_house(store, vault, clock, bell, rng, rules))
    appeal = Appeal(caller=caller, identity=ZHANG_ID, ban=1, words="x", key="a")
    assert result_of(wardens.appeal(appeal)).answer_by is None


def test_conduct_is_kept_by_appointment(miss, ward_rows):
    """Each no-show once, on the wall clock of the visit, by the channel that it was booked through."""
    miss(2)
    assert ward_rows(conduct.c.at, conduct.c.channel, conduct.c.department_id) == [
        (moment("2026-07-15 14:00"), "phone", 1),
        (moment("2026-07-17 14:00"), "phone", 1),
    ]
