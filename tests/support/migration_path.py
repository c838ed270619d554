"""A year of migrations, walked on whatever engine: what every step must keep, and what a step back cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from old_house import AT, DAY, START, columns_of, fill_first, reflected, shared, snapshot
from sqlalchemy import Engine, select

from booking.store import revision, schema
from booking.store.schema import metadata

FIRST, SECOND = "0001", "0002"


def steps() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(revision._config()).walk_revisions()][::-1]


def up_and_down(engine: Engine) -> None:
    """From the first revision to the newest and back, step by step: after each, every row says what it said."""
    revision.upgrade(engine, FIRST)
    fill_first(engine)
    (first, chain), known = snapshot(engine), columns_of(engine)
    for step in [*steps()[1:], *steps()[-2::-1]]:
        if revision.current(engine) < step:
            revision.upgrade(engine, step)
        else:
            revision.downgrade(engine, step)
        (rows, chain_now), columns = snapshot(engine), columns_of(engine)
        assert shared(rows, known, columns) == shared(first, known, columns), step
        assert known.keys() <= columns.keys(), f"{step} lost a table"
        assert chain_now == chain, f"{step} broke the audit chain"
        assert chain.broken is None
        if step == revision.head():
            with engine.connect() as conn:
                assert compare_metadata(MigrationContext.configure(conn), metadata) == []
            assert [(row["patient_id"], row["nth"]) for row in rows["phone_patient"]] == [(2, 1), (3, 1), (1, 2)]
            assert {row["pool"] for row in rows["slot"]} == {"open"}
    assert snapshot(engine) == (first, chain)
    assert columns_of(engine) == known


def full_house_down_and_up(engine: Engine) -> None:
    """A year's rows at the newest revision go back to 0002 and come again: what the old program cannot say is said so that it sells nothing twice."""
    revision.upgrade(engine, FIRST)
    fill_first(engine)
    revision.upgrade(engine)
    _fill_newest(engine)
    (before, chain), newest = snapshot(engine), columns_of(engine)
    revision.downgrade(engine, SECOND)
    _check_old(engine, before, chain)
    (old, _), old_columns = snapshot(engine), columns_of(engine)
    revision.upgrade(engine)
    (after, chain_after), _ = snapshot(engine), columns_of(engine)
    assert chain_after == chain
    assert shared(after, newest, old_columns) == shared(old, old_columns, newest)
    assert {name: len(rows) for name, rows in after.items() if name in old} == {
        name: len(rows) for name, rows in old.items()
    }
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def _check_old(engine: Engine, before: dict[str, list[dict[str, Any]]], chain: Any) -> None:
    """What a step back to 0002 changes, and that it changes nothing else."""
    (old, chain_now), columns = snapshot(engine), columns_of(engine)
    assert chain_now == chain
    changed = {"slot": {"start", "taken"}, "appointment": {"status", "live"}}
    for name, rows in old.items():
        keep = columns[name] - changed.get(name, set())
        then = [{key: row[key] for key in keep} for row in before[name]]
        assert [{key: row[key] for key in keep} for row in rows] == then, name
    became = {row["id"]: (row["status"], row["live"]) for row in old["appointment"]}
    assert became == {1: ("booked", 1), 2: ("booked", 1), 3: ("cancelled", None), 4: ("cancelled", None), 5: ("booked", 1),
                      6: ("booked", 1), 7: ("booked", 1), 8: ("cancelled", None)}  # fmt: skip
    taken = {row["id"] for row in old["slot"] if row["taken"]}
    assert taken == {row["slot_id"] for row in old["appointment"] if row["live"]}, "a number is held that nobody has"
    starts = [(row["doctor_id"], row["start"]) for row in old["slot"]]
    assert len(set(starts)) == len(starts)
    bucket = [row["start"] - START for row in old["slot"] if row["id"] in (101, 102, 103)]
    assert bucket == [timedelta(hours=6, seconds=nth) for nth in range(3)]


def _fill_newest(engine: Engine) -> None:
    """Numbers that share a start; bookings held, arrived, visited, missed; a row in every table that came since."""
    with engine.begin() as conn:
        tables = reflected(conn)
        noon = START + timedelta(hours=6)
        conn.execute(schema.slot.insert(), [
            {"id": nth, "hospital_id": 1, "session_id": 1, "doctor_id": 1, "seq": nth, "start": noon, "taken": int(nth < 105),
             "pool": "window" if nth == 102 else "open", "extra": nth == 103, "stop_id": 1 if nth == 105 else None}
            for nth in range(101, 106)
        ])  # fmt: skip
        conn.execute(
            schema.slot.update().where(schema.slot.c.id.in_((104, 105))).values(start=noon + timedelta(hours=1))
        )
        conn.execute(schema.slot.update().where(schema.slot.c.id == 105).values(start=noon + timedelta(hours=2)))
        for nth, slot, status, live in ((4, 101, "held", 1), (5, 102, "arrived", 1), (6, 103, "visited", 1), (7, 104, "noshow", 1),
                                        (8, 105, "noshow", None)):  # fmt: skip
            conn.execute(schema.patient.insert().values(
                id=nth, hospital_id=1, identity_print=bytes([40 + nth]) * 32, identity_sealed=b"i", name_sealed=b"n", created_at=AT
            ))  # fmt: skip
            conn.execute(schema.appointment.insert().values(
                id=nth, hospital_id=1, code=f"2234567{nth}", slot_id=slot, session_id=1, doctor_id=1, patient_id=nth, day=DAY,
                status=status, live=live, channel="web", fee_fen=5000, request_key=f"web:{nth}", created_at=AT, category="医保",
                arrived_at=AT if status in ("arrived", "visited") else None, visited_at=AT if status == "visited" else None,
            ))  # fmt: skip
        for table in metadata.sorted_tables:
            if conn.execute(select(tables[table.name].c.id).limit(1)).first() is None:
                conn.execute(
                    table.insert().values(
                        **{column.name: _some(column) for column in table.columns if column.name != "id"}
                    )
                )
        empty = [
            table.name for table in metadata.sorted_tables if conn.execute(select(table.c.id).limit(1)).first() is None
        ]
        assert not empty


def _some(column: Any) -> Any:
    """A value that the column takes; 1 for what points at another row."""
    if column.nullable and not column.foreign_keys:
        return None
    kind = column.type.python_type
    return {int: 1, str: "1", bytes: bytes(32), bool: True}.get(kind) if kind.__name__ not in ("date", "datetime") else (
        AT if kind.__name__ == "datetime" else DAY)  # fmt: skip
