"""Yardstick for selling: the raw driver doing the same SQL one request at a time, with nothing of ours around it.

The rows that one booking writes are written, the facts that it needs are read; sealing and wording are spared it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Thread
from typing import Any

from sqlalchemy import Engine

from hotline.bench.rush_stage import VAULT, Ask

_SLOT = (
    "SELECT s.id, s.session_id, s.doctor_id, s.taken FROM slot s JOIN clinic_session c ON c.id = s.session_id"
    " JOIN doctor d ON d.id = s.doctor_id WHERE d.hospital_id = ? AND d.number = ? AND s.start = ? AND s.hospital_id = ?"
)
_PATIENT = (
    "SELECT p.id, p.name_sealed, p.identity_sealed FROM patient p JOIN phone_patient f ON f.patient_id = p.id"
    " WHERE f.hospital_id = ? AND f.phone_print = ?"
)
_HELD = "SELECT id FROM appointment WHERE hospital_id = ? AND patient_id = ? AND live = 1 AND day = ?"
_TAKE = "UPDATE slot SET taken = 1 WHERE id = ? AND taken = 0"
_BOOK = (
    "INSERT INTO appointment (hospital_id, code, slot_id, session_id, doctor_id, patient_id, day, status, live, channel,"
    " phone_print, phone_sealed, fee_fen, request_key, created_at) VALUES (?,?,?,?,?,?,?,'booked',1,'sms',?,?,5000,?,?)"
)
_TEXT = (
    "INSERT INTO outbox (hospital_id, kind, lane, to_print, to_sealed, body_sealed, dedupe, status, due_at, attempts,"
    " resent, appointment_id, created_at) VALUES (?,?,0,?,?,?,?,'pending',?,0,0,?,?)"
)
_NOTE = (
    "INSERT INTO audit (hospital_id, at, action, subject, subject_id, actor, trace, detail)"
    " VALUES (?,?,'booked','appointment',?,'sms','-','-')"
)
_SEALED = bytes(60)
_BODY = bytes(300)
_AT = "2026-07-14 00:00:00"


class RawSeller:
    """One connection, one request, one transaction."""

    def __init__(self, engine: Engine, hospital: int) -> None:
        self._conn: Any = engine.raw_connection()
        self._cursor: Any = self._conn.cursor()
        self._sqlite = engine.dialect.name == "sqlite"
        self._hospital = hospital
        if self._sqlite:  # its lock starves who waits: on a busy machine past the five seconds of ours
            self._cursor.execute("PRAGMA busy_timeout=60000")

    def _run(self, sql: str, *values: Any) -> Any:
        self._cursor.execute(sql if self._sqlite else sql.replace("?", "%s"), values)
        return self._cursor

    def sell(self, n: int, ask: Ask) -> bool:
        """Whether the slot was free."""
        if self._sqlite:
            self._cursor.execute("BEGIN IMMEDIATE")
        sold = self._transaction(n, ask)
        self._conn.commit() if sold else self._conn.rollback()
        return sold

    def _transaction(self, n: int, ask: Ask) -> bool:
        at = ask.start.isoformat(" ") + (".000000" if self._sqlite else "")
        slot = self._run(_SLOT, self._hospital, ask.doctor, at, self._hospital).fetchone()
        if slot[3]:
            return False
        print_ = VAULT.fingerprint(ask.phone)
        patient = self._run(_PATIENT, self._hospital, print_).fetchone()[0]
        day = ask.start.date().isoformat()
        if self._run(_HELD, self._hospital, patient, day).fetchone() is not None:
            return False
        if self._run(_TAKE, slot[0]).rowcount != 1:
            return False
        book = (self._hospital, f"{n:08d}", *slot[:3], patient, day, print_, _SEALED, f"raw:{n}", _AT)
        made = self._run(_BOOK, *book).lastrowid
        for kind in ("confirmation", "doctor"):
            self._run(_TEXT, self._hospital, kind, print_, _SEALED, _BODY, f"{kind}:{made}", _AT, made, _AT)
        self._run(_NOTE, self._hospital, _AT, made)
        return True

    def close(self) -> None:
        self._conn.close()


def sell_all(engine: Engine, hospital: int, wishes: Sequence[Ask], threads: int) -> tuple[float, int]:
    """Seconds for all by so many threads at once, each with a connection of its own; and how many were sold."""
    sellers = [RawSeller(engine, hospital) for _ in range(threads)]
    queue = iter(enumerate(wishes))
    sold = [0] * threads

    def work(nth: int) -> None:
        for n, ask in queue:  # an iterator of a list is one step of the interpreter: no wish is taken twice
            sold[nth] += sellers[nth].sell(n, ask)

    workers = [Thread(target=work, args=(nth,)) for nth in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - begun
    for seller in sellers:
        seller.close()
    return seconds, sum(sold)
