"""Every report on a case small enough to be computed by hand: two doctors, one day, eight bookings, three of them paid for."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import insert, select, update

from booking.money import ledger
from booking.money.fees import plain_share
from booking.store.audit import Note, thd_note
from booking.store.schema import appointment, ban, charge, doctor, entry, patient, posting, refund, slot
from hotline.reports.catalogue import REPORTS
from hotline.reports.report import Asked

DAY = date(2026, 7, 15)
at = datetime.fromisoformat
MADE = at("2026-07-14 01:00")  # UTC: the 14th, 9:00 on the wall
BOOKINGS = (
    # slot, status, live, channel, category, ended_by, visited_at (UTC)
    (1, "visited", 1, "sms", "医保", None, at("2026-07-15 00:10")),  # 8:10, ten minutes after the first start
    (2, "noshow", 1, "phone", "自费", None, None),
    (6, "booked", 1, "agent", "医保", None, None),  # an extra number
    (3, "cancelled", None, "sms", "医保", "patient", None),
    (7, "visited", 1, "sms", "自费", None, at("2026-07-14 23:56")),  # 7:56, four minutes early
    (8, "arrived", 1, "web", "医保", None, None),
    (12, "cancelled", None, "phone", "自费", "hospital", None),  # its clinic was stopped
    (9, "held", 1, "phone", "", None, None),
)  # 00868 has the first six numbers, 00123 the other six


@pytest.fixture
def told(store, vault):
    """The case, and a way to ask it: ``told("volume", "day")`` are the lines of that report."""
    store.now(_thd_bookings, vault)
    store.now(_thd_money)
    store.now(_thd_work)

    def ask(name, *by, first=DAY, last=DAY):
        report = REPORTS[name]
        asked = Asked(hospital=1, first=first, last=last, today=date(2026, 7, 31), by=by or report.by)
        with store.engine.connect() as conn:
            return list(report.lines(conn, vault, asked))

    return ask


def _thd_bookings(conn, vault):
    here = {"hospital_id": 1, "created_at": MADE}
    sealed = {"identity_sealed": vault.seal("x"), "name_sealed": vault.seal("张三丰")}
    people = [{"id": nth, "identity_print": bytes([nth]) * 32, **sealed, **here} for nth in range(1, 9)]
    conn.execute(insert(patient), people)
    slots = dict(enumerate(conn.execute(select(slot).order_by(slot.c.id)), 1))
    for nth, (number, status, live, channel, category, ended_by, visited_at) in enumerate(BOOKINGS, 1):
        made = {"code": f"9000000{nth}", "slot_id": slots[number].id, "session_id": slots[number].session_id, "patient_id": nth, "status": status,
                "doctor_id": slots[number].doctor_id, "live": live, "channel": channel, "category": category, "fee_fen": 3000,
                "ended_by": ended_by, "visited_at": visited_at, "day": DAY, "request_key": f"r{nth}"}  # fmt: skip
        conn.execute(insert(appointment).values(id=nth, **made, **here))
        conn.execute(update(slot).where(slot.c.id == slots[number].id).values(taken=live or 0))
        # The same in another hospital and on another day: in no line of ours.
        conn.execute(insert(appointment).values(id=100 + nth, **made, **{**here, "hospital_id": 2}))
        other = {"code": f"8000000{nth}", "day": date(2026, 7, 16), "request_key": f"o{nth}", "live": None}
        conn.execute(insert(appointment).values(id=200 + nth, **{**made, **other}, **here))
    conn.execute(update(slot).where(slot.c.id == slots[6].id).values(extra=True))
    conn.execute(update(slot).where(slot.c.id == slots[5].id).values(pool="withheld"))
    conn.execute(update(slot).where(slot.c.id == slots[12].id).values(stop_id=1))
    since = {"since": at("2026-07-01"), "nth": 1, "scope": "hospital", "rule": "两次爽约", "live": 1, **here}
    for nth, until in enumerate((at("2026-07-15"), at("2026-07-15 00:01"), None), 1):
        who = {"subject": "identity", "subject_print": bytes(32), "name_sealed": vault.seal("李四"), "cause": "no-show"}
        conn.execute(insert(ban).values(**who, until=until, dedupe=f"b{nth}", **since))


def _thd_money(conn):
    both = (
        ledger.Share(item="registration", account="income:registration", amount_fen=1000),
        ledger.Share(item="consultation", account="income:consultation", amount_fen=4000),
    )
    one, some = plain_share(3000), plain_share(1000)
    _put(conn, 1, "cash", 5000, "paid", "li", (ledger.charged("c1", both, "cash"), ledger.settled("s1", both, "cash")))
    wechat = (ledger.charged("c5", one, "wechat"), ledger.settled("s5", one, "wechat"))
    back = (ledger.refunded("r5", some, "wechat"), ledger.paid_back("p5", some, "wechat"))
    _put(conn, 5, "wechat", 3000, "paid", "", (*wechat, *back))
    _put(conn, 6, "bill", 3000, "due", "", (ledger.charged("c6", one, "bill"),))
    errand = {"hospital_id": 1, "charge_id": 5, "appointment_id": 5, "amount_fen": 1000, "reason": "patient", "attempts": 1,
              "due_at": MADE, "deadline": date(2026, 7, 20), "clerk": "li"}  # fmt: skip
    begun = at("2026-07-15 01:00")
    for nth, status, settled in (
        (1, "done", at("2026-07-20 15:00")),  # 23:00 of the last day
        (2, "done", at("2026-07-20 16:00")),  # midnight after it
        (3, "failed", None),
    ):
        row = {"id": nth, "refund_no": f"R{nth}", "status": status, "created_at": begun, "settled_at": settled}
        conn.execute(insert(refund).values(**errand, **row))


def _put(conn, nth, way, amount, status, clerk, entries):
    made = {"hospital_id": 1, "appointment_id": nth, "clerk": clerk}
    his = conn.execute(select(doctor).where(doctor.c.number == ("00868" if nth == 1 else "00123"))).one()
    who = {"category": BOOKINGS[nth - 1][4], "clinic_type": "专家", "department_id": his.department_id, "way": way}
    charged = {
        "id": nth,
        "way": way,
        "amount_fen": amount,
        "status": status,
        "live": 1,
        "trade_no": f"T{nth}",
        "attempts": 0,
    }
    moments = {"due_at": MADE, "created_at": at("2026-07-15 02:00"), "category": who["category"]}
    conn.execute(insert(charge).values(**charged, **moments, **made))
    for each in entries:
        row = {"kind": each.kind, "at": MADE, "day": DAY, "dedupe": each.dedupe, "charge_id": nth, "trace": "-", **made}
        key = conn.execute(insert(entry).values(**row)).inserted_primary_key[0]
        where = {
            "hospital_id": 1,
            "entry_id": key,
            "day": DAY,
            "clerk": clerk,
            "doctor_id": his.id,
            **who,
        }
        for part in each.postings:
            item = {"account": part.account, "amount_fen": part.amount_fen, "fee_item": part.fee_item}
            conn.execute(insert(posting).values(**item, **where))


def _thd_work(conn):
    for moment, action, actor in (
        (at("2026-07-14 15:59"), "booked", "li"),  # 23:59 of the 14th
        (at("2026-07-14 16:00"), "booked", "li"),  # midnight: the 15th
        (at("2026-07-15 03:00"), "cancelled", "li"),
        *((at("2026-07-15 04:00"), action, "li") for action in ("cancelled", "booked", "changed")),  # one move
        (at("2026-07-15 03:00"), "arrived", "li"),
        (at("2026-07-15 03:00"), "unlocked", "li"),
        (at("2026-07-15 15:59"), "complained", "sms"),
        (at("2026-07-15 16:00"), "booked", "sms"),  # the 16th
    ):
        note = Note(hospital=1, at=moment, action=action, subject="appointment", subject_id=1, actor=actor, trace="-")
        thd_note(conn, note)


def test_the_booking_rate_leaves_out_extra_withheld_and_stopped_numbers(told):
    """Nine numbers on sale, five of them taken; the extra number stands apart."""
    assert told("booking-rate", "doctor") == [
        ("00123", "李梅", 5, 3, 0.6, 0, 0),
        ("00868", "王建国", 4, 2, 0.5, 1, 1),
        ("合计", None, 9, 5, pytest.approx(5 / 9), 1, 1),
    ]
    assert told("booking-rate") == [
        ("01", "心血管内科", 4, 2, 0.5, 1, 1),
        ("02", "消化内科", 5, 3, 0.6, 0, 0),
        ("合计", None, 9, 5, pytest.approx(5 / 9), 1, 1),
    ]
    assert told("booking-rate", "month", "clinic-type") == [("2026-07", "专家", 9, 5, pytest.approx(5 / 9), 1, 1)]
    assert told("booking-rate", "day") == [(DAY, 9, 5, pytest.approx(5 / 9), 1, 1)]


def test_a_channels_booking_rate_is_its_share_of_the_one_pool(told):
    """Every channel is measured against all numbers offered, so nothing is added up over channels."""
    assert told("booking-rate", "channel") == [
        ("agent", 9, 0, 0.0, 1, 1),
        ("phone", 9, 2, pytest.approx(2 / 9), 1, 0),
        ("sms", 9, 2, pytest.approx(2 / 9), 1, 0),
        ("web", 9, 1, pytest.approx(1 / 9), 1, 0),
    ]
    assert told("booking-rate", "department", "channel")[-1] == ("02", "消化内科", "web", 5, 1, 0.2, 0, 0)


def test_the_noshow_rate_counts_those_whose_day_is_decided(told):
    """One of four did not come; the booking that nobody has marked yet is shown, not counted."""
    assert told("no-show") == [
        ("01", "心血管内科", 2, 1, 1, 0.5, 1),
        ("02", "消化内科", 2, 2, 0, 0.0, 0),
        ("合计", None, 4, 3, 1, 0.25, 1),
    ]
    assert told("no-show", "channel") == [
        ("agent", 0, 0, 0, None, 1),
        ("phone", 1, 0, 1, 1.0, 0),
        ("sms", 2, 2, 0, 0.0, 0),
        ("web", 1, 1, 0, 0.0, 0),
        ("合计", 4, 3, 1, 0.25, 1),
    ]


def test_volume_tells_what_became_of_every_booking(told):
    """Seven bookings (a number that is only locked is none): two stand, two were seen, one did not come, two were cancelled."""
    assert told("volume") == [(DAY, 7, 2, 2, 1, 2, 1, 1, 0, pytest.approx(2 / 7))]
    assert told("volume", "channel")[-1] == ("合计", 7, 2, 2, 1, 2, 1, 1, 0, pytest.approx(2 / 7))
    assert told("volume", "channel")[2] == ("sms", 3, 0, 2, 0, 1, 1, 0, 0, pytest.approx(1 / 3))


def test_categories_are_told_by_clinic_type(told):
    """Of four bookings at the medical insurance's cost one was given back."""
    assert ("专家", "医保", 4, 2, 1, 0, 1, 1, 0, 0, 0.25) in told("categories")
    assert ("专家", "自费", 3, 0, 1, 1, 1, 0, 1, 0, pytest.approx(1 / 3)) in told("categories")


def test_a_doctor_is_on_time_who_sees_the_first_patient_within_five_minutes(told):
    """王建国 began ten minutes after his first number, 李梅 four minutes before hers."""
    assert told("punctuality") == [
        ("00123", "李梅", 1, 1, 1.0, 0, None, 1, 4.0, -4.0),
        ("00868", "王建国", 1, 0, 0.0, 1, 10.0, 0, None, 10.0),
        ("合计", None, 2, 1, 0.5, 1, 10.0, 1, 4.0, None),
    ]
    first = at("2026-07-15 08:00")
    assert told("first-visits") == [
        (DAY, "消化内科", "00123", "李梅", "AM", first, at("2026-07-15 07:56"), -4.0),
        (DAY, "心血管内科", "00868", "王建国", "AM", first, at("2026-07-15 08:10"), 10.0),
    ]


def test_work_is_counted_on_the_hospitals_day(told):
    """What was done from midnight to midnight on the wall, by whom."""
    assert told("workload") == [
        ("li", 1, 1, 1, 1, 0, 1, 5),
        ("sms", 0, 0, 0, 0, 1, 0, 1),
        ("合计", 1, 1, 1, 1, 1, 1, 6),
    ]
    assert told("workload", "day", first=date(2026, 7, 14), last=date(2026, 7, 16)) == [
        (date(2026, 7, 14), 1, 0, 0, 0, 0, 0, 1),
        (DAY, 1, 1, 1, 1, 1, 1, 6),
        (date(2026, 7, 16), 1, 0, 0, 0, 0, 0, 1),
        ("合计", 3, 1, 1, 1, 1, 1, 8),
    ]


def test_takings_are_what_was_asked_and_what_came(told):
    """110 yuan charged, 10 given back: 100 income; 80 came in and 10 went out: 70; 30 are owed to us."""
    whole = (11000, 1000, 10000, 8000, 1000, 7000)
    assert told("takings") == [("专家", *whole)]
    assert told("takings-daily") == [(DAY, *whole)]
    assert told("takings-monthly") == [("2026-07", *whole)]
    assert told("takings", "department", "doctor", "clerk", "category") == [
        ("01", "心血管内科", "00868", "王建国", "li", "医保", 5000, 0, 5000, 5000, 0, 5000),
        ("02", "消化内科", "00123", "李梅", "", "医保", 3000, 0, 3000, 0, 0, 0),
        ("02", "消化内科", "00123", "李梅", "", "自费", 3000, 1000, 2000, 3000, 1000, 2000),
        ("合计", *[None] * 5, *whole),
    ]
    assert told("takings-items") == [
        ("consultation", "cash", 4000, 0, 4000, 4000, 0, 4000),
        ("registration", "bill", 3000, 0, 3000, 0, 0, 0),
        ("registration", "cash", 1000, 0, 1000, 1000, 0, 1000),
        ("registration", "wechat", 3000, 1000, 2000, 3000, 1000, 2000),
        ("合计", None, *whole),
    ]


def test_the_accounts_balance(told):
    """Debits and credits of all accounts differ by nothing."""
    assert told("accounts") == [
        ("cash", 5000, 0, 5000),
        ("clearing:wechat", 3000, 1000, 2000),
        ("income:consultation", 0, 4000, -4000),
        ("income:registration", 1000, 7000, -6000),
        ("payable:refunds", 1000, 1000, 0),
        ("receivable", 11000, 8000, 3000),
        ("合计", 21000, 21000, 0),
    ]


def test_a_refund_is_overdue_from_the_day_after_its_last(told):
    """Done in the last hour of the last day is in time; done at midnight, or never, is not."""
    lines = told("refunds")
    assert [(line[0], line[7], line[12]) for line in lines[:-1]] == [
        ("R1", "done", ""),
        ("R2", "done", "overdue"),
        ("R3", "failed", "overdue"),
    ]
    assert lines[0] == (
        "R1", "90000005", DAY, "消化内科", "李梅", "wechat", 1000, "done", "patient", at("2026-07-15 09:00"),
        date(2026, 7, 20), at("2026-07-20 23:00"), "", "li",
    )  # fmt: skip
    assert lines[-1][6] == 3000
    assert told("refunds", first=date(2026, 7, 14), last=date(2026, 7, 14)) == []


def test_receivables_are_charges_that_nobody_has_paid(told):
    """One of three charges is still open."""
    since = at("2026-07-15 10:00")
    assert told("receivables") == [("T6", "90000006", DAY, "消化内科", "李梅", "bill", 3000, "due", since, 0, None)]


def test_lists_of_persons_name_nobody(told):
    """A surname is all that is told of whoever is banned or did not come; a ban that ended as the day began is not of that day."""
    bans = told("bans")
    assert [line[:8] for line in bans] == [
        ("李*", "identity", "hospital", None, "no-show", "两次爽约", at("2026-07-01"), until)
        for until in (at("2026-07-15 00:01"), None)
    ]
    start = at("2026-07-15 08:30")
    assert told("no-shows") == [(DAY, start, "心血管内科", "王建国", "张**", "90000002", "phone")]


def test_nothing_is_told_of_an_empty_period(told):
    """No report fails on days without a booking; none makes up a line."""
    for name in REPORTS:
        assert told(name, first=date(2020, 1, 1), last=date(2020, 1, 2)) == [], name
