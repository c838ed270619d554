"""Booking codes and case numbers: drawn at random, eight digits with a check digit, never given twice by one hospital."""

from __future__ import annotations

import random
from collections.abc import Sequence

from sqlalchemy import Column, Connection, bindparam, select

from booking.outcomes import Busy
from booking.store.prepared import Prepared
from booking.store.schema import appointment, complaint
from command_parser.serial import PAYLOADS, make_serial

_ROUNDS_MOST = 50
_DRAWN_BYTES = 8


class CodesUsedUp(Busy):
    """No free code was drawn in 50 rounds: nearly all ten million are given."""


def _given(column: Column[str], hospital: Column[int]) -> Prepared:
    codes = column.in_(bindparam("codes", expanding=True))
    return Prepared(select(column).where(hospital == bindparam("hospital"), codes))


_APPOINTMENT = _given(appointment.c.code, appointment.c.hospital_id)
_COMPLAINT = _given(complaint.c.case_no, complaint.c.hospital_id)


def thd_fresh_codes(conn: Connection, hospital_id: int, rng: random.Random, count: int) -> list[str]:
    """``count`` booking codes that no booking of the hospital ever had. The unique index still has the last word."""
    return _thd_fresh(conn, _APPOINTMENT, hospital_id, rng, count)


def thd_given_codes(conn: Connection, hospital_id: int, codes: Sequence[str]) -> set[str]:
    """Which of these booking codes are given by now."""
    return _thd_given(conn, _APPOINTMENT, hospital_id, codes)


def thd_fresh_case(conn: Connection, hospital_id: int, rng: random.Random) -> str:
    """A case number that no complaint of the hospital has."""
    return _thd_fresh(conn, _COMPLAINT, hospital_id, rng, 1)[0]


def _thd_fresh(conn: Connection, given: Prepared, hospital_id: int, rng: random.Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    for _round in range(_ROUNDS_MOST):
        drawn = [make_serial(payload) for payload in _payloads(rng, count - len(found))]
        used = _thd_given(conn, given, hospital_id, drawn)
        found.update(dict.fromkeys(code for code in drawn if code not in used))
        if len(found) == count:
            return list(found)
    raise CodesUsedUp


def _payloads(rng: random.Random, count: int) -> list[int]:
    """Drawn in one go: the kernel is asked once, not once a code. Of 2**64 numbers each payload has as good as the same share."""
    drawn = rng.randbytes(_DRAWN_BYTES * count)
    return [
        int.from_bytes(drawn[at : at + _DRAWN_BYTES], "big") % PAYLOADS for at in range(0, len(drawn), _DRAWN_BYTES)
    ]


def _thd_given(conn: Connection, given: Prepared, hospital_id: int, codes: Sequence[str]) -> set[str]:
    return {row[0] for row in given.rows(conn, {"hospital": hospital_id, "codes": list(codes)})}
