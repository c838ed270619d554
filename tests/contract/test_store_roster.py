"""The roster: put as often as one likes, found by whatever a patient knows of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from open_house import open_house
from sqlalchemy import func, select, update

from booking.outcomes import NoSuchDoctor
from booking.reception import Reception
from booking.search_outcomes import FoundDepartment, FoundDoctors, NothingFound
from booking.store.roster.directories import Directories
from booking.store.roster.finding import Span, thd_instead, thd_nearest
from booking.store.roster.roster import (
    Counts,
    DepartmentRow,
    DoctorRow,
    HospitalRow,
    SessionRow,
    UnknownKey,
    thd_hospital,
    thd_put_departments,
    thd_put_doctors,
    thd_put_hospital,
    thd_put_sessions,
)
from booking.store.roster.stock import thd_version
from booking.store.schema import clinic_session, doctor, slot

DAY = date(2026, 7, 15)


def session(**changed):
    values = {"doctor": "00868", "day": DAY, "period": "AM", "first": time(8), "minutes_per_slot": 30, "slots": 6}
    values |= {"place": "门诊楼3层5诊室", "fee_fen": 5000, "clinic_type": "专家"}
    return SessionRow(**{**values, **changed})


@pytest.fixture
def ask(store, vault, clock, bell, rng, result_of):
    """``ask("search", …)``: what the reception answers."""
    reception = Reception(open_house(store, vault, clock, bell, rng))
    return lambda name, *args: result_of(getattr(reception, name)(*args))


@pytest.fixture
def put_sessions(store, vault):
    return lambda *rows: store.now(thd_put_sessions, vault, 1, list(rows))


def test_the_same_roster_again_changes_nothing(store, thd_furnish):
    """Importing a hospital twice leaves one of everything."""
    count = select(func.count()).select_from(slot)
    before = store.now(lambda conn: conn.execute(count).scalar_one())
    assert store.now(thd_furnish) == 1
    assert store.now(lambda conn: conn.execute(count).scalar_one()) == before == 12


def test_a_hospital_is_found_by_its_code(store):
    """A code names one hospital, whose card may change."""
    assert store.now(thd_hospital, "renhe") == 1
    assert store.now(thd_hospital, "nowhere") is None
    row = HospitalRow(code="second", name="第二医院", short_name="二院")
    assert store.now(thd_put_hospital, row) == store.now(thd_hospital, "second") != 1


def test_departments_and_doctors_change_by_their_numbers(store, vault, ask):
    """A row with a known number changes the one that stands."""
    changed = store.now(thd_put_departments, vault, 1, [DepartmentRow(code="01", name="心内科")])
    assert changed == Counts(new=0, changed=1)
    rows = [
        DoctorRow(number="00868", name="王建军", title="主任医师", department_code="02"),
        DoctorRow(number="00999", name="赵敏", title="主治医师", department_code="01"),
    ]
    assert store.now(thd_put_doctors, vault, 1, rows) == Counts(new=1, changed=1)
    assert ask("doctor", 1, "00868").name == "王建军"
    assert ask("doctor", 1, "00868").department == "消化内科"
    assert store.now(lambda conn: conn.execute(select(doctor.c.phone_sealed)).scalars().all().count(None)) == 2
    assert store.now(thd_put_departments, vault, 1, []) == Counts(new=0, changed=0)


def test_rows_that_name_nobody_are_refused_whole(store, vault, put_sessions):
    """A doctor without a department, a session without a doctor: nothing of the call is kept."""
    row = DoctorRow(number="00777", name="钱", title="医师", department_code="77")
    with pytest.raises(UnknownKey) as caught:
        store.now(thd_put_doctors, vault, 1, [row])
    assert caught.value.key == "77"
    with pytest.raises(UnknownKey):
        put_sessions(session(period="PM"), session(doctor="00777"))
    count = select(func.count()).select_from(clinic_session)
    assert store.now(lambda conn: conn.execute(count).scalar_one()) == 2


def test_a_session_grows_but_never_moves(put_sessions, ask):
    """More slots and another place are taken over; starts that stand stay."""
    assert put_sessions(session(slots=8, place="新楼")) == Counts(new=0, changed=1, slots=2)
    assert put_sessions(session(slots=8, place="新楼")) == Counts(new=0, changed=0, slots=0)
    times = ask("times", 1, "00868", DAY, 99).open
    assert [each.seq for each in times] == list(range(1, 9))
    assert put_sessions() == Counts(new=0, changed=0)


def test_numbers_that_share_a_start(put_sessions, pools):
    """Fifty patients may be asked to come at eight: they are numbered in order; another session keeps off those starts."""
    rows = session(period="PM", first=time(14), slots=5, per_start=2, minutes_per_slot=60)
    assert put_sessions(rows) == Counts(new=1, changed=0, slots=5)
    assert put_sessions(rows) == Counts(new=0, changed=0, slots=0)
    assert [(seq, start.hour) for seq, start, _ in pools("PM")] == [(1, 14), (2, 14), (3, 15), (4, 15), (5, 16)]
    assert put_sessions(session(period="NIGHT", first=time(15), slots=4, minutes_per_slot=60)).slots == 2


def test_a_reserve_for_the_window(store, put_sessions, pools):
    """The last numbers are the window's; a number that is sold, or that a clerk keeps back, is left as it is."""
    put_sessions(session(window=2))
    assert [pool for _, _, pool in pools("AM")] == ["open"] * 4 + ["window"] * 2
    here = slot.c.session_id == 1
    store.now(lambda conn: conn.execute(update(slot).where(here, slot.c.seq == 4).values(taken=1)).rowcount)
    store.now(lambda conn: conn.execute(update(slot).where(here, slot.c.seq == 3).values(pool="withheld")).rowcount)
    before = store.now(thd_version, 1)
    put_sessions(session(window=4))
    assert [pool for _, _, pool in pools("AM")] == ["open"] * 2 + ["withheld", "open", "window", "window"]
    put_sessions(session())
    assert [pool for _, _, pool in pools("AM")] == ["open"] * 2 + ["withheld", "open", "open", "open"]
    assert store.now(thd_version, 1) == before + 1


@pytest.fixture
def pools(store):
    """``pools(period)``: number, start and pool of each slot of doctor 00868's session."""

    def thd_pools(conn, period):
        found = select(slot.c.seq, slot.c.start, slot.c.pool).join(
            clinic_session, clinic_session.c.id == slot.c.session_id
        )
        found = found.where(slot.c.doctor_id == 1, clinic_session.c.period == period).order_by(slot.c.seq)
        return [tuple(row) for row in conn.execute(found)]

    return lambda period: store.now(thd_pools, period)


def test_overlapping_sessions_share_no_start(put_sessions, ask):
    """A doctor has one slot at a time, whatever the import says."""
    assert put_sessions(session(period="PM", first=time(10, 30), slots=2)) == Counts(new=1, changed=0, slots=1)
    assert ask("times", 1, "00868", DAY, 99).total == 7


def test_a_doctors_times(ask, clock):
    """The first open times are told with how many there are, of the day or of all days on sale."""
    times = ask("times", 1, "00868", DAY, 2)
    assert ([each.seq for each in times.open], times.total) == ([1, 2], 6)
    assert ask("times", 1, "00868", None, 2) == times
    assert ask("times", 1, "00868", DAY + timedelta(days=1), 2).total == 0
    assert ask("times", 1, "00868", DAY - timedelta(days=9), 2).total == 0
    assert ask("times", 1, "99999", None, 2) == NoSuchDoctor(number="99999")
    clock.at += timedelta(hours=24)
    assert [each.seq for each in ask("times", 1, "00868", DAY, 9).open] == [4, 5, 6]


def test_stopped_and_taken_slots_are_not_open(store, ask):
    """Only what can be had is offered."""
    store.now(lambda conn: conn.execute(update(slot).where(slot.c.seq == 1).values(taken=1)).rowcount)
    assert ask("times", 1, "00868", DAY, 9).total == 5
    store.now(lambda conn: conn.execute(update(clinic_session).values(status="stopped")).rowcount)
    assert ask("times", 1, "00868", DAY, 9).total == 0
    assert ask("open_on", 1, DAY, 9) == NothingFound(words="0715")


def test_the_nearest_times_are_the_same_however_many_ask(store):
    """Asked for one start or for many at once, the nearest three are told in order."""
    span = Span(after=datetime.combine(DAY, time()), until=datetime.combine(DAY, time(23)))
    starts = [datetime.combine(DAY, time(hour)) for hour in (0, 8, 9, 10, 22)]
    together = store.now(thd_nearest, 1, span, [(1, start) for start in starts])
    alone = [store.now(thd_nearest, 1, span, [(1, start)])[1, start] for start in starts]
    assert [together[1, start] for start in starts] == alone
    assert [[each.seq for each in found] for found in alone] == [[1, 2, 3], [1, 2, 3], [2, 3, 4], [4, 5, 6], [4, 5, 6]]


def test_departments(ask):
    """All departments by code, and the doctors who are open in one."""
    assert [each.name for each in ask("departments", 1)] == ["心血管内科", "消化内科"]
    assert [each.doctor.name for each in ask("doctors_in", 1, "02", 9)] == ["李梅"]
    assert ask("doctors_in", 1, "02", 0) == ()
    assert ask("doctors_in", 1, "77", 9) == ()


def test_who_is_open_on_a_day(ask):
    """The doctors with open times that day, with how many and from when."""
    found = ask("open_on", 1, DAY, 1)
    assert (found.total, len(found.doctors)) == (2, 1)
    first = found.doctors[0]
    assert (first.day, first.free, first.first) == (DAY, 6, datetime.combine(DAY, time(8)))
    assert ask("open_on", 1, DAY + timedelta(days=1), 9) == NothingFound(words="0716")


@pytest.mark.parametrize(
    ("words", "department"),
    [
        ("心血管内科", "心血管内科"),
        ("消化", "消化内科"),
        ("消化内科的医生", "消化内科"),
        ("内科", "消化内科"),
        (" 心 血管", "心血管内科"),
        ("心内科", "心血管内科"),
        ("消内", "消化内科"),
    ],
)
def test_words_find_a_department(ask, words, department):
    """A department is found by its name, by a part of it, or by a sentence that holds it; the shortest fits best."""
    found = ask("search", 1, words, 9)
    assert isinstance(found, FoundDepartment)
    assert found.department.name == department
    assert found.total == len(found.doctors) == 1


@pytest.mark.parametrize(("words", "doctors"), [("建国", ["王建国"]), ("胃镜", ["李梅"]), ("冠心病", ["王建国"])])
def test_words_find_doctors(ask, words, doctors):
    """A doctor is found by part of the name or by a speciality word."""
    found = ask("search", 1, words, 9)
    assert isinstance(found, FoundDoctors)
    assert [each.doctor.name for each in found.doctors] == doctors


@pytest.mark.parametrize("words", ["骨科", "", " ", "%", "_"])
def test_words_that_find_nothing(ask, words):
    """Unknown words, and signs that a database might take for wildcards, find nothing."""
    assert ask("search", 1, words, 9) == NothingFound(words=words.strip())


@pytest.mark.parametrize(
    ("words", "doctors"),
    [
        ("wjg", ["王建国"]),
        ("WangJianGuo", ["王建国"]),
        ("lm", ["李梅"]),
        ("00868", ["王建国"]),
        ("心脏病", ["王建国"]),
        ("胃病", ["李梅"]),
        ("王健国", ["王建国"]),
        ("高血牙", ["王建国"]),
    ],
)
def test_a_search_by_keys_or_with_a_slip(ask, words, doctors):
    """By pinyin, by number, by what lay people call an illness, or with one wrong character."""
    assert [each.doctor.name for each in ask("search", 1, words, 9).doctors] == doctors


def test_a_search_knows_the_last_import(store, vault, ask):
    """What an import changed is found by its new name at once, and not by its old one."""
    assert ask("search", 1, "建国", 9).total == 1
    row = DoctorRow(number="00868", name="钱伟", title="主任医师", department_code="01")
    store.now(thd_put_doctors, vault, 1, [row])
    assert ask("search", 1, "建国", 9) == NothingFound(words="建国")
    assert ask("search", 1, "qw", 9).doctors[0].doctor.name == "钱伟"


def test_numbers_at_one_start_are_one_time(put_sessions, ask):
    """Three patients may come at two: the caller hears of two o'clock once, with the lowest number."""
    put_sessions(session(period="PM", first=time(14), slots=4, per_start=3, minutes_per_slot=60))
    times = ask("times", 1, "00868", DAY, 9)
    assert [(each.start.hour, each.seq) for each in times.open][-2:] == [(14, 1), (15, 4)]
    assert times.total == 10


def test_what_everybody_may_have_is_shown(put_sessions, store, ask):
    """The window's reserve and numbers of a stopped part are not offered."""
    put_sessions(session(window=2))
    store.now(lambda conn: conn.execute(update(slot).where(slot.c.id == 1).values(stop_id=1)).rowcount)
    assert [each.seq for each in ask("times", 1, "00868", DAY, 9).open] == [2, 3, 4]
    assert ask("search", 1, "王建国", 9).doctors[0].free == 3


def test_who_else_is_open_when_a_doctor_is_full(store, vault, put_sessions):
    """The colleagues of his department on that day, not himself, and nobody for a doctor whom nobody knows."""
    rows = [DoctorRow(number=f"0020{nth}", name=f"赵{nth}", title="医师", department_code="01") for nth in range(5)]
    store.now(thd_put_doctors, vault, 1, rows)
    put_sessions(*(session(doctor=row.number, first=time(8 + nth)) for nth, row in enumerate(rows)))
    span = Span(after=datetime.combine(DAY, time()), until=datetime.combine(DAY + timedelta(days=2), time()))
    wish, nobody = (1, datetime.combine(DAY, time(8))), (99, datetime.combine(DAY, time(8)))
    instead = store.now(thd_instead, Directories(), 1, span, [wish], [wish, nobody])
    assert [each.doctor.name for each in instead.others[wish]] == ["赵0", "赵1", "赵2"]
    assert instead.others[nobody] == ()
    assert store.now(thd_instead, Directories(), 1, span, [wish], []).others == {}


def test_a_department_without_doctors(store, vault, ask):
    """A department nobody works in is found, and empty."""
    store.now(thd_put_departments, vault, 1, [DepartmentRow(code="03", name="骨科")])
    found = ask("search", 1, "骨科", 9)
    assert (found.department.code, found.doctors, found.total) == ("03", (), 0)


def test_fifteen_thousand_slots_are_put_in_seconds(store, vault, bare):
    """A demo-sized roster goes in with a few statements."""
    hospital = bare.now(thd_put_hospital, HospitalRow(code="big", name="大医院", short_name="大"))
    bare.now(thd_put_departments, vault, hospital, [DepartmentRow(code="01", name="内科")])
    numbers = [f"{number:05d}" for number in range(60)]
    doctors = [DoctorRow(number=number, name="王", title="医师", department_code="01") for number in numbers]
    bare.now(thd_put_doctors, vault, hospital, doctors)
    days = [DAY + timedelta(days=offset) for offset in range(10)]
    rows = [session(doctor=number, day=day, slots=25, minutes_per_slot=10) for number in numbers for day in days]
    assert bare.now(thd_put_sessions, vault, hospital, rows) == Counts(new=600, changed=0, slots=15_000)
    assert bare.now(thd_put_sessions, vault, hospital, rows) == Counts(new=0, changed=0, slots=0)
