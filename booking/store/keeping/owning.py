"""Whose a booking is.

Law of this module: a booking is the caller's when it was made from his phone or its patient is registered to it; to anybody
else it does not exist.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from booking.requests import Caller
from booking.store.roster.pictures import bookings
from booking.store.schema import appointment, phone_patient
from booking.vault import Vault

BY_PHONE = appointment.c.phone_print == bindparam("phone")
BY_PATIENT = appointment.c.patient_id.in_(bindparam("patients", expanding=True))
_HIS_PATIENTS = select(phone_patient.c.patient_id).where(
    phone_patient.c.hospital_id == bindparam("hospital"), phone_patient.c.phone_print == bindparam("phone")
)
_ONE = bookings().where(
    appointment.c.hospital_id == bindparam("hospital"),
    appointment.c.code == bindparam("code"),
    or_(BY_PHONE, BY_PATIENT),
)


def thd_own(conn: Connection, vault: Vault, caller: Caller, code: str) -> Any | None:
    """The row of ``bookings()`` of the caller's booking of this code; None when he has none."""
    if caller.phone is None:
        return None
    return conn.execute(_ONE, {**thd_who(conn, vault, caller), "code": code}).one_or_none()


def thd_who(conn: Connection, vault: Vault, caller: Caller) -> dict[str, Any]:
    """What ``BY_PHONE`` and ``BY_PATIENT`` ask for, and the hospital."""
    assert caller.phone is not None, "a withheld number has no bookings"
    who = {"hospital": caller.hospital, "phone": vault.fingerprint(caller.phone)}
    return {**who, "patients": list(conn.execute(_HIS_PATIENTS, who).scalars())}
