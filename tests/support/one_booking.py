"""One patient, one booking: what tests of money start from."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, insert, update

from booking.rules.payment import PayTerms
from booking.store.schema import appointment, patient, slot
from booking.vault import Vault

CODE = "12345678"
TRADE = "000010000000000101"
BILL = PayTerms(when="booking", ways=("bill",), hold_minutes=15)
HOLD = PayTerms(when="hold", ways=("wechat", "alipay"), hold_minutes=15)


def thd_put_booking(conn: Connection, vault: Vault, at: datetime) -> None:
    """Patient 1 of the small hospital has booked 王建国's first number (8:00 on 15 July, 50 yuan) by telephone."""
    made = {"hospital_id": 1, "created_at": at}
    who = {"identity_print": vault.fingerprint("1"), "identity_sealed": vault.seal("11010519491231002X")}
    conn.execute(insert(patient), {**made, **who, "name_sealed": vault.seal("张三")})
    booking = {
        "code": CODE,
        "slot_id": 1,
        "session_id": 1,
        "doctor_id": 1,
        "patient_id": 1,
        "day": date(2026, 7, 15),
        "status": "booked",
        "live": 1,
        "channel": "phone",
        "phone_print": vault.fingerprint("+8613800138000"),
        "phone_sealed": vault.seal("+8613800138000"),
        "fee_fen": 5000,
        "request_key": "k1",
    }
    conn.execute(insert(appointment), {**made, **booking})
    conn.execute(update(slot).where(slot.c.id == 1).values(taken=1))
