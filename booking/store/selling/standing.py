"""The facts that a batch is judged by: what its patients and phones hold already, their bans, what the telephone sold, who was here before.

Law of this module: no more is read than the rules want (``wanted_facts``). The patients are locked before it is read
(``booking.store.selling.patrons``), and so are sessions with a quota, so that what is read stays true until the batch is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select

from booking.clock import on_wall
from booking.rules.facts import Ban, Holding
from booking.rules.holdings import Holdings
from booking.rules.onsale import Wanted
from booking.store.conduct.bans import thd_bans
from booking.store.prepared import Prepared
from booking.store.schema import appointment, clinic_session, department, doctor

_HELD = (
    select(
        appointment.c.patient_id,
        appointment.c.phone_print,
        appointment.c.code,
        appointment.c.session_id,
        appointment.c.day,
        doctor.c.number,
        department.c.code.label("department"),
        appointment.c.created_at,
        appointment.c.channel,
    )
    .select_from(
        appointment.join(doctor, doctor.c.id == appointment.c.doctor_id).join(
            department, department.c.id == doctor.c.department_id
        )
    )
    .where(
        appointment.c.hospital_id == bindparam("hospital"),
        appointment.c.live == 1,
        appointment.c.day >= bindparam("first"),
        appointment.c.day <= bindparam("last"),
    )
    .order_by(appointment.c.id)
)
# Else MariaDB may read by the index of the foreign key, and all that a patient ever booked: 10 µs for each, not 4.
_FORCED = "FORCE INDEX (ix_appointment_patient_day)"
_OF_PATIENTS = Prepared(
    _HELD.where(appointment.c.patient_id.in_(bindparam("patients", expanding=True)))
    .with_hint(appointment, _FORCED, "mysql")
    .with_hint(appointment, _FORCED, "mariadb")
)
_OF_PHONES = Prepared(_HELD.where(appointment.c.phone_print.in_(bindparam("phones", expanding=True))))
_QUOTAS = Prepared(
    select(clinic_session.c.id)
    .where(clinic_session.c.id.in_(bindparam("sessions", expanding=True)))
    .order_by(clinic_session.c.id)
    .with_for_update()
)
_SOLD = Prepared(
    select(appointment.c.session_id, appointment.c.channel, func.count())
    .where(
        appointment.c.hospital_id == bindparam("hospital"),
        appointment.c.day.in_(bindparam("days", expanding=True)),
        appointment.c.session_id.in_(bindparam("sessions", expanding=True)),
        appointment.c.live == 1,
    )
    .group_by(appointment.c.session_id, appointment.c.channel)
)
_WERE_HERE = Prepared(
    select(appointment.c.patient_id)
    .where(
        appointment.c.hospital_id == bindparam("hospital"),
        appointment.c.patient_id.in_(bindparam("patients", expanding=True)),
        or_(appointment.c.status == "arrived", appointment.c.status == "visited"),
    )
    .distinct()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``codes`` are those of live bookings, by patient and session."""

    holdings: Holdings
    codes: Mapping[tuple[int, int], str]
    bans: Mapping[bytes, tuple[Ban, ...]]
    were_here: frozenset[int]


def thd_quotas(conn: Connection, sessions: Iterable[int]) -> None:
    """Lock sessions of which not all may be sold, or not through each channel, so that two batches never fill a quota twice."""
    wanted = sorted(set(sessions))
    if wanted:
        _QUOTAS.rows(conn, {"sessions": wanted})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whose facts: patients by row id with their identities' prints, the phones that ask, the visit days, sessions with a quota."""

    hospital: int
    now: datetime
    patients: Mapping[int, bytes]
    phones: Sequence[bytes]
    days: Sequence[date]
    quotas: Mapping[int, date]


def thd_standing(conn: Connection, wanted: Wanted, question: Question) -> Standing:
    """The facts of a batch; none when it has no patients."""
    holdings, codes = Holdings(), {}
    if not question.patients or not question.days:
        return Standing(holdings=holdings, codes={}, bans={}, were_here=frozenset())
    where = {
        "hospital": question.hospital,
        "first": min(question.days) - timedelta(days=wanted.days_back),
        "last": max(question.days) + timedelta(days=wanted.days_ahead),
    }
    for row in _OF_PATIENTS.rows(conn, {**where, "patients": sorted(question.patients)}):
        holdings.enter(row[0], _holding(row))
        codes[row[0], row[3]] = row[2]
    if wanted.phone and question.phones:
        for row in _OF_PHONES.rows(conn, {**where, "phones": list(question.phones)}):
            holdings.enter_phone(bytes(row[1]), _holding(row))
    _thd_sold(conn, question, holdings)
    prints = [*question.patients.values(), *question.phones]
    bans = thd_bans(conn, question.hospital, prints, question.now) if wanted.bans else {}
    return Standing(holdings=holdings, codes=codes, bans=bans, were_here=_thd_were_here(conn, wanted, question))


def _thd_sold(conn: Connection, question: Question, holdings: Holdings) -> None:
    if question.quotas:
        days = sorted(set(question.quotas.values()))
        where = {"hospital": question.hospital, "days": days, "sessions": sorted(question.quotas)}
        for session, channel, sold in _SOLD.rows(conn, where):
            holdings.count(session, channel, sold)


def _thd_were_here(conn: Connection, wanted: Wanted, question: Question) -> frozenset[int]:
    if not wanted.first_visit:
        return frozenset()
    rows = _WERE_HERE.rows(conn, {"hospital": question.hospital, "patients": sorted(question.patients)})
    return frozenset(row[0] for row in rows)


def _holding(row: tuple[Any, ...]) -> Holding:
    return Holding(
        session=row[3], day=row[4], doctor=row[5], department=row[6], booked_at=on_wall(row[7]), channel=row[8]
    )
