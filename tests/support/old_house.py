"""A hospital's database as the first migration made it, with rows in every table; and how the rows of two revisions compare."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, inspect, select

from booking.store.audit import Chain, Note, thd_chain, thd_note, thd_seal

AT = datetime.fromisoformat("2026-07-14 01:00:00.250000")
DAY = date(2026, 7, 15)
START = datetime.fromisoformat("2026-07-15 08:00")
PERSON = {"hospital_id": 1, "created_at": AT}
Rows = dict[str, list[dict[str, Any]]]


def fill_first(engine: Engine) -> None:
    """Rows in every table of revision 0001: what three patients, two doctors and a week of texts leave behind."""
    with engine.begin() as conn:
        tables = reflected(conn)
        for table, rows in _first_rows().items():
            conn.execute(tables[table].insert(), rows)
        for nth, action in enumerate(("booked", "booked", "cancelled", "complained", "imported"), 1):
            thd_note(conn, Note(hospital=1, at=AT, action=action, subject="appointment", subject_id=nth, actor="sms",
                                trace=f"sms:{nth}", detail=f"slot={nth}"))  # fmt: skip
    with engine.begin() as conn:
        assert thd_seal(conn, AT).rows == 5
        empty = [name for name, rows in rows_of(conn).items() if not rows]
        assert not empty, f"the first revision's {empty} have no row"


def reflected(conn: Connection) -> dict[str, Table]:
    """The tables as they are now, not as the program would have them."""
    found = MetaData()
    found.reflect(conn)
    return {name: table for name, table in found.tables.items() if name != "alembic_version"}


def rows_of(conn: Connection) -> Rows:
    """Every row of every table, in the order of ids."""
    rows: Rows = {}
    for name, table in reflected(conn).items():
        found = conn.execute(select(table).order_by(table.c.id)).mappings()
        rows[name] = [{key: _plain(value) for key, value in row.items()} for row in found]
    return rows


def snapshot(engine: Engine) -> tuple[Rows, Chain]:
    with engine.connect() as conn:
        return rows_of(conn), thd_chain(conn)


def columns_of(engine: Engine) -> dict[str, set[str]]:
    looked = inspect(engine)
    return {name: {column["name"] for column in looked.get_columns(name)} for name in looked.get_table_names()}


def shared(rows: Rows, here: dict[str, set[str]], there: dict[str, set[str]]) -> Rows:
    """Of ``rows``, the tables and columns that both revisions know."""
    return {
        name: [{key: value for key, value in row.items() if key in here[name] & there[name]} for row in table]
        for name, table in rows.items()
        if name in here and name in there
    }


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else value


def _first_rows() -> Rows:
    mail = {"hospital_id": 1, "smsc": "cmcc", "destination": "12580", "source_print": _print(5), "source_sealed": b"s",
            "text_sealed": b"t", "digest_print": _print(7), "received_at": AT}  # fmt: skip
    sent = {"hospital_id": 1, "lane": 0, "to_print": _print(5), "to_sealed": b"s", "body_sealed": "正文".encode(), "due_at": AT,
            "attempts": 1, "resent": False, "smsc": "cmcc", "created_at": AT, "settled_at": None}  # fmt: skip
    return {
        "hospital": [{"id": 1, "code": "renhe", "name": "仁和医院", "short_name": "仁和", "address": "", "phone": "12580"}],
        "department": [
            {"id": nth, "hospital_id": 1, "code": f"0{nth}", "name": name, "location": "二楼"}
            for nth, name in ((1, "心血管内科"), (2, "消化内科"))
        ],
        "doctor": [
            {"id": nth, "hospital_id": 1, "number": f"0000{nth}", "name": "王建国", "title": "主任医师", "department_id": nth,
             "speciality": "高血压", "phone_sealed": sealed}
            for nth, sealed in ((1, b"p"), (2, None))
        ],
        "clinic_session": [
            {"id": nth, "hospital_id": 1, "doctor_id": nth, "day": DAY, "period": "AM", "place": "5诊室", "fee_fen": 5000,
             "clinic_type": "专家", "status": "open"}
            for nth in (1, 2)
        ],
        "slot": [
            {"id": (doctor - 1) * 6 + seq, "hospital_id": 1, "session_id": doctor, "doctor_id": doctor, "seq": seq,
             "start": START + timedelta(minutes=30 * (seq - 1)), "taken": 1 if (doctor, seq) in ((1, 1), (2, 3)) else 0}
            for doctor in (1, 2) for seq in range(1, 7)
        ],
        "patient": [
            {"id": nth, "identity_print": _print(nth), "identity_sealed": b"i", "name_sealed": "张三".encode(), **PERSON}
            for nth in (1, 2, 3)
        ],
        "phone_patient": [
            {"id": nth, "phone_print": _print(phone), "phone_sealed": b"p", "patient_id": patient, **PERSON}
            for nth, phone, patient in ((1, 8, 2), (2, 9, 3), (3, 8, 1))
        ],
        "phone_choice": [{"id": 1, "hospital_id": 1, "phone_print": _print(8), "wants": False, "changed_at": AT}],
        "appointment": [
            {"id": nth, "code": f"1234567{nth}", "slot_id": at, "session_id": session, "doctor_id": session, "patient_id": nth,
             "day": DAY, "status": status, "live": live, "channel": "sms", "phone_print": _print(8), "phone_sealed": b"p",
             "fee_fen": 5000, "request_key": f"sms:{nth}", "cancelled_at": ended, **PERSON}
            for nth, at, session, status, live, ended in (
                (1, 1, 1, "booked", 1, None), (2, 9, 2, "booked", 1, None), (3, 1, 1, "cancelled", None, AT))
        ],
        "complaint": [
            {"id": 1, "case_no": "20260001", "text_sealed": b"t", "phone_print": None, "phone_sealed": None, "channel": "phone",
             "status": "received", "request_key": "c1", **PERSON}
        ],
        "dialogue": [{"id": 1, "hospital_id": 1, "phone_print": _print(8), "state_sealed": b"s", "until_at": AT}],
        "inbox": [
            {"id": nth, "bind": "b1", "sequence": nth, "complete": True, "status": status, "outcome": outcome,
             "answered_at": answered, **mail}
            for nth, status, outcome, answered in ((1, "answered", "Booked", AT), (2, "new", None, None))
        ],
        "inbox_part": [
            {"id": part, "bind": "b1", "sequence": part, "kind": "udh8", "ref": 7, "total": 2, "part": part, "bundle": 0,
             "inbox_id": 1, **mail}
            for part in (1, 2)
        ],
        "outbox": [
            {"id": 1, "kind": "confirmation", "dedupe": "confirmation:1", "status": "sent", "expires_at": None, "error": None,
             "receipt": "DELIVRD", "appointment_id": 1, **{**sent, "settled_at": AT}},
            {"id": 2, "kind": "answer", "dedupe": "answer:2", "status": "pending", "expires_at": AT, "error": "throttled",
             "receipt": None, "appointment_id": None, **sent},
        ],
        "outbox_part": [
            {"id": 1, "hospital_id": 1, "outbox_id": 1, "smsc": "cmcc", "message_id": "m1", "state": "DELIVRD", "state_at": AT}
        ],
        "receipt_orphan": [
            {"id": 1, "hospital_id": 1, "smsc": "cmcc", "message_id": "m9", "state": "EXPIRED", "state_at": AT}
        ],
    }  # fmt: skip


def _print(nth: int) -> bytes:
    return bytes([nth]) * 32
