"""Complaints: taken down sealed, named by a case number drawn at random."""

from __future__ import annotations

import random
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from booking.people_outcomes import CaseState, Complained, NoSuchCase
from booking.requests import Complain
from booking.store.audit import Note, thd_note
from booking.store.faults import TryAgain
from booking.store.schema import complaint
from booking.store.selling.codes import thd_fresh_case
from booking.vault import Vault

_BY_KEY = select(complaint.c.case_no).where(
    complaint.c.hospital_id == bindparam("hospital"), complaint.c.request_key == bindparam("key")
)
_STATE = select(complaint.c.status).where(
    complaint.c.hospital_id == bindparam("hospital"), complaint.c.case_no == bindparam("case")
)


def thd_complain(conn: Connection, vault: Vault, rng: random.Random, request: Complain, now: datetime) -> Complained:
    """Open a case; the same request key again gives the same case."""
    caller = request.caller
    standing = conn.execute(_BY_KEY, {"hospital": caller.hospital, "key": request.key}).scalar_one_or_none()
    if standing is not None:
        return Complained(case=standing, again=True)
    case = thd_fresh_case(conn, caller.hospital, rng)
    values = {
        "hospital_id": caller.hospital,
        "case_no": case,
        "text_sealed": vault.seal(request.text),
        "phone_print": None if caller.phone is None else vault.fingerprint(caller.phone),
        "phone_sealed": None if caller.phone is None else vault.seal(caller.phone),
        "channel": caller.channel,
        "status": "received",
        "request_key": request.key,
        "created_at": now,
    }
    try:
        made = conn.execute(insert(complaint).values(values).returning(complaint.c.id)).scalar_one()
    except IntegrityError:
        raise TryAgain from None
    note = Note(
        hospital=caller.hospital,
        at=now,
        action="complained",
        subject="complaint",
        subject_id=made,
        actor=caller.channel,
        trace=caller.trace,
    )
    thd_note(conn, note)
    return Complained(case=case)


def thd_case_state(conn: Connection, hospital: int, case: str) -> CaseState | NoSuchCase:
    """How far the case is."""
    state = conn.execute(_STATE, {"hospital": hospital, "case": case}).scalar_one_or_none()
    return NoSuchCase(case=case) if state is None else CaseState(case=case, state=state)
