"""An import is undone whole, or not at all; what stood before it stands again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from open_house import open_house
from sqlalchemy import insert, select

from booking.clock import FixedClock, naive_utc, wall
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Named, RegisterPhone
from booking.store.conduct.bans import Mercy
from booking.store.imports import undo as undo_module
from booking.store.imports.undo import CannotUndo, NoSuchBatch, Undone, UndoneBefore, thd_undo
from booking.store.schema import (
    audit,
    clinic_session,
    department,
    doctor,
    holiday,
    import_row,
    slot,
    waiting,
)
from hotline.importing.batch import Batch, thd_import
from hotline.importing.sheet import Line, Sheet

DAY = date(2026, 7, 15)
PHONE = "+8613800138000"
SCHEDULE = (
    "医生编号",
    "日期",
    "时段",
    "开始时间",
    "每号分钟",
    "号数",
    "就诊地点",
    "费用",
    "窗口预留",
    "电话限号",
    "每时段号数",
)


@pytest.fixture
def put_batch(store, vault, clock):
    """``put_batch("b1", "doctors", header, row, …)``: imports, and says what came of it."""

    def put_rows(name, kind, header, *rows_of, sync=False):
        lines = tuple(Line(number, tuple(str(cell) for cell in row)) for number, row in enumerate(rows_of, 2))
        batch = Batch(
            id=name, kind=kind, hospital=1, today=wall(clock).date(), home_area="010", at=naive_utc(clock),
            wall=wall(clock), sync=sync,
        )  # fmt: skip
        return store.now(thd_import, vault, batch, Sheet(tuple(header), lines))

    return put_rows


@pytest.fixture
def undo_batch(store, vault, clock):
    return lambda name: store.now(thd_undo, vault, 1, name, Mercy(who="cli", why="错了", at=naive_utc(clock)))


@pytest.fixture
def rows_of(store):
    return lambda *columns: store.now(
        lambda conn: [tuple(row) for row in conn.execute(select(*columns).order_by(columns[0].table.c.id))]
    )


@pytest.fixture
def undo_reception(store, vault, clock, bell, rng):
    return Reception(open_house(store, vault, clock, bell, rng))


@pytest.fixture
def book_imported(undo_reception, result_of):
    """``book_imported("08:00")``: 张三 books this time of doctor 00868 on 16 July; says the code."""
    caller = Caller(hospital=1, phone=PHONE, channel=Channel.PHONE)

    def put_one(at):
        result_of(undo_reception.register(RegisterPhone(caller=caller, identity="11010519491231002X", name="张三")))
        start = datetime.combine(DAY + timedelta(days=1), time.fromisoformat(at))
        wish = BookSlot(caller=caller, doctor="00868", start=start, who=Named("张三"), key=at)
        return result_of(undo_reception.book(wish)).booking.code

    def give_back(code):
        result_of(undo_reception.cancel(CancelBooking(caller=caller, code=code, key="c")))

    put_one.give_back = give_back
    return put_one


def clinic(day=DAY + timedelta(days=1), slots=4, place="新楼", window="", phone="", per=""):
    return ("868", day, "上午", "08:00", "30", slots, place, "50", window, phone, per)


def test_a_schedule_is_undone_with_its_numbers(put_batch, undo_batch, rows_of):
    """What the batch made is gone, what stood before is untouched; the second undo says when it was undone."""
    before = rows_of(clinic_session.c.id, clinic_session.c.place), rows_of(slot.c.id, slot.c.pool)
    put_batch("b1", "schedules", SCHEDULE, clinic(window=1, phone=2, per=2))
    assert rows_of(clinic_session.c.phone_most)[-1] == (2,)
    made = rows_of(slot.c.start, slot.c.pool)[-4:]
    assert [start.strftime("%H:%M") for start, _ in made] == ["08:00", "08:00", "08:30", "08:30"]
    assert [pool for _, pool in made] == ["open", "open", "open", "window"]
    assert undo_batch("b1") == Undone(kind="schedules", removed=5, restored=0)
    assert (rows_of(clinic_session.c.id, clinic_session.c.place), rows_of(slot.c.id, slot.c.pool)) == before
    again = undo_batch("b1")
    assert isinstance(again, UndoneBefore)
    assert again.kind == "schedules"
    assert undo_batch("b2") == NoSuchBatch()
    assert [each for each in rows_of(audit.c.action, audit.c.trace) if each[0] == "import-undone"] == [
        ("import-undone", "b1")
    ]


def test_a_changed_session_gets_its_old_place_back(put_batch, undo_batch, rows_of):
    """More numbers go, place, fee and the window's reserve are as they were."""
    before = rows_of(clinic_session.c.place, clinic_session.c.fee_fen), rows_of(slot.c.id, slot.c.pool)
    put_batch("b1", "schedules", SCHEDULE, clinic(day=DAY, slots=8, window=3))
    assert (rows_of(clinic_session.c.place, clinic_session.c.fee_fen), rows_of(slot.c.id, slot.c.pool)) != before
    assert isinstance(undo_batch("b1"), Undone)
    assert (rows_of(clinic_session.c.place, clinic_session.c.fee_fen), rows_of(slot.c.id, slot.c.pool)) == before


def test_the_same_file_again_leaves_nothing_to_undo(put_batch, undo_batch, rows_of):
    """A batch that changed nothing undoes nothing."""
    put_batch("b1", "schedules", SCHEDULE, clinic())
    put_batch("b2", "schedules", SCHEDULE, clinic())
    assert undo_batch("b2") == Undone(kind="schedules", removed=0, restored=0)
    assert len(rows_of(clinic_session.c.id)) == 3


def test_live_bookings_stand_in_the_way(put_batch, undo_batch, book_imported, rows_of):
    """Nothing is touched; the list says whose clinic and how many; after they are given back it goes."""
    put_batch("b1", "schedules", SCHEDULE, clinic())
    code = book_imported("08:00")
    refused = undo_batch("b1")
    assert refused == CannotUndo(kind="schedules", obstacles=("医生 00868 2026-07-16 上午：1 个有效预约",), total=1)
    assert len(rows_of(slot.c.id)) == 16
    book_imported.give_back(code)
    assert isinstance(undo_batch("b1"), Undone)


def test_what_ended_bookings_point_to_is_kept_from_sale(
    put_batch, undo_batch, book_imported, rows_of, undo_reception, result_of
):
    """The booked number and its session stay in the records, sold to nobody, until they are imported again."""
    put_batch("b1", "schedules", SCHEDULE, clinic())
    book_imported.give_back(book_imported("08:00"))
    assert undo_batch("b1") == Undone(kind="schedules", removed=5, restored=0)
    assert rows_of(slot.c.seq, slot.c.pool)[12:] == [(1, "withheld")]
    assert rows_of(clinic_session.c.status)[2:] == [("stopped",)]
    put_batch("b2", "schedules", SCHEDULE, clinic())
    assert rows_of(clinic_session.c.status)[2:] == [("open",)]
    assert result_of(undo_reception.times(1, "00868", DAY + timedelta(days=1), 9)).total == 4
    assert isinstance(undo_batch("b2"), Undone)
    assert rows_of(clinic_session.c.status)[2:] == [("stopped",)]


def test_waiting_patients_stand_in_the_way(put_batch, undo_batch, book_imported, rows_of, store, clock):
    """Who waits for a number of the session would wait for ever."""
    put_batch("b1", "schedules", SCHEDULE, clinic())
    book_imported.give_back(book_imported("08:00"))
    ((session_id, doctor_id),) = rows_of(clinic_session.c.id, clinic_session.c.doctor_id)[2:]
    values = {
        "hospital_id": 1, "session_id": session_id, "doctor_id": doctor_id, "patient_id": 1, "phone_print": bytes(32),
        "phone_sealed": b"", "channel": "sms", "status": "waiting", "live": 1, "request_key": "w", "created_at": naive_utc(clock),
    }  # fmt: skip
    store.now(lambda conn: conn.execute(insert(waiting).values(values)).rowcount)
    assert undo_batch("b1").obstacles == ("医生 00868 2026-07-16 上午：1 个人候补",)


def test_batches_are_undone_from_the_last(put_batch, undo_batch, rows_of):
    """A row that a later batch changed again is not overwritten: that batch is named, and goes first."""
    header = ("科室编码", "科室名称", "位置")
    before = rows_of(department.c.name, department.c.location)
    put_batch("b1", "departments", header, ("01", "心内科", "一楼"))
    put_batch("b2", "departments", header, ("01", "心脏科", "二楼"))
    assert undo_batch("b1") == CannotUndo(
        kind="departments", obstacles=("后来的批次 b2 又改动了其中 1 行，请先撤销它",), total=1
    )
    assert undo_batch("b2") == Undone(kind="departments", removed=0, restored=1)
    assert rows_of(department.c.name)[0] == ("心内科",)
    assert isinstance(undo_batch("b1"), Undone)
    assert rows_of(department.c.name, department.c.location) == before


def test_doctors_are_undone_with_their_sealed_phones(put_batch, undo_batch, rows_of, vault):
    """A new doctor goes, a changed one has his old name and telephone number; what was there before lies sealed."""
    header = ("医生编号", "姓名", "职称", "科室编码", "手机")
    put_batch(
        "b1", "doctors", header, ("868", "王建军", "主任医师", "02", "13900000999"), ("999", "赵敏", "医师", "01", "")
    )
    kept = rows_of(import_row.c.before_sealed)
    assert [each is None for (each,) in kept] == [False, True]
    assert "王建国".encode() not in bytes(kept[0][0])
    assert undo_batch("b1") == Undone(kind="doctors", removed=1, restored=1)
    named = rows_of(doctor.c.number, doctor.c.name, doctor.c.department_id, doctor.c.phone_sealed)
    first, second = (row_id for (row_id,) in rows_of(department.c.id))
    assert [each[:3] for each in named] == [("00868", "王建国", first), ("00123", "李梅", second)]
    assert vault.open(named[0][3]) == "+8613900000868"


def test_who_is_needed_is_not_removed(put_batch, undo_batch):
    """A doctor with clinics and a department with doctors stay, and are told."""
    put_batch("b1", "departments", ("科室编码", "科室名称"), ("03", "骨科"))
    put_batch("b2", "doctors", ("医生编号", "姓名", "职称", "科室编码"), ("999", "赵敏", "医师", "03"))
    put_batch(
        "b3", "schedules", SCHEDULE, ("999", DAY + timedelta(days=1), "上午", "08:00", "30", "2", "", "", "", "", "")
    )
    assert undo_batch("b1").obstacles == ("科室 03 已有医生或限制记录",)
    assert undo_batch("b2").obstacles == ("医生 00999 已有排班",)
    for batch in ("b3", "b2", "b1"):
        assert isinstance(undo_batch(batch), Undone)


def test_holidays_are_put_told_and_undone(put_batch, undo_batch, book_imported, rows_of, clock):
    """A year's days in one file; days turned round and days off with bookings are told; all of it can be undone."""
    clock.at = FixedClock.at_wall("2026-07-14 09:00").at
    header = ("日期", "类型", "名称")
    put_batch("s", "schedules", SCHEDULE, clinic())
    book_imported("08:00")
    put_batch("b1", "holidays", header, ("2026-10-01", "休", "国庆节"), ("2026-10-10", "班", ""))
    done = put_batch("b2", "holidays", header, ("2026-10-10", "休", ""), ("2026-07-16", "休", "院庆"))
    assert (done.counts.new, done.counts.changed) == (1, 1)
    assert done.told == (
        "2026-10-10 原为“班”，现改为“休”",
        "2026-07-16 设为休息日，但已有 1 个预约，请核对是否停诊",
    )
    assert put_batch("b3", "holidays", header, ("2026-10-01", "休", "国庆节")).counts.changed == 0
    assert put_batch("b4", "holidays", header).counts.new == 0
    assert undo_batch("b2") == Undone(kind="holidays", removed=1, restored=1)
    assert rows_of(holiday.c.day, holiday.c.works) == [(date(2026, 10, 1), False), (date(2026, 10, 10), True)]
    assert isinstance(undo_batch("b1"), Undone)
    assert rows_of(holiday.c.id) == []


def test_what_is_hung_on_it_beside_us_is_seen_by_the_next_run(put_batch, undo_batch, rows_of, monkeypatch):
    """A doctor who gets a clinic between the look and the removal is not removed: the undo is run again and tells."""
    put_batch("b1", "doctors", ("医生编号", "姓名", "职称", "科室编码"), ("999", "赵敏", "医师", "01"))
    put_batch(
        "b2", "schedules", SCHEDULE, ("999", DAY + timedelta(days=1), "上午", "08:00", "30", "2", "", "", "", "", "")
    )
    looks = []

    def thd_once_blind(*args):
        looks.append(args)
        return [] if len(looks) == 1 else real(*args)

    real = undo_module.thd_obstacles
    monkeypatch.setattr(undo_module, "thd_obstacles", thd_once_blind)
    assert isinstance(undo_batch("b1"), CannotUndo)
    assert len(looks) == 2
    assert len(rows_of(doctor.c.id)) == 3
