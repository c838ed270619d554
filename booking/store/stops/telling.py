"""What a stop does to bookings, a batch at a time: end or change them, and tell each patient once.

Law of this module: what has been done to a booking and the row that says so (``stop_notice``, unique by stop and booking) are one
transaction, so that a batch may be run again after any crash, by any process: nobody is told twice, nobody is forgotten. Who
runs a batch holds the stop's row. Numbers of a stop are off sale meanwhile, so no booking is added behind the batches.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from booking.rules.rulebook import RuleBook
from booking.rules.service import stop_terms
from booking.stop_clinic import RELEASE, SUBSTITUTE
from booking.store.faults import TryAgain
from booking.store.keeping.ending import Ending, thd_end
from booking.store.stops.affected import (
    OF_DOCTOR,
    TO_RELEASE,
    UNTOLD,
    thd_ids,
    thd_lock,
    thd_other_doctor,
    thd_withdraw_texts,
)
from booking.store.stops.coming_back import thd_back
from booking.store.stops.plans import TO_END, Moments
from booking.store.stops.stop_letters import notice_row, thd_enter, thd_post_notices, thd_words
from booking.store.stops.stopping import Stop, thd_finish, thd_locked_stop
from booking.store.stops.waiting_list import thd_back_to_waiting, thd_end_waiting
from booking.vault import Vault

BATCH_MOST = 100


def thd_tell_some(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, hospital_id: int, stop_id: int, moments: Moments, most: int
) -> bool:
    """One batch of a stop that was approved or is being withdrawn; whether more is left to do."""
    stop = thd_locked_stop(conn, hospital_id, stop_id)
    if stop is None or stop.status not in ("approved", "done", "withdrawing"):
        return False
    if stop.status == "withdrawing":
        told = thd_back(conn, vault, rules, stop, moments, most)
    elif stop.action == RELEASE:
        told = _thd_release(conn, vault, rules, stop, moments, most)
    else:
        told = _thd_keep(conn, vault, rules, stop, moments, most)
    if not told and stop.status != "done":
        thd_finish(conn, stop, moments)
    return bool(told)


def _thd_release(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, moments: Moments, most: int
) -> int:
    if stop.whole and (waited := thd_end_waiting(conn, vault, stop, moments, most)):
        return waited
    ids = thd_ids(conn, TO_RELEASE, stop, most)
    if not ids:
        return 0
    if not stop.whole:
        thd_back_to_waiting(conn, stop, ids)
    ended = thd_end(conn, vault, stop.hospital, ids, _ending(stop, rules, moments))
    if len(ended) != len(ids) or any(each.was not in TO_END for each in ended):
        raise TryAgain  # one of them was given back, or seen, beside us: he is not told
    _thd_tell(conn, vault, rules, stop, ids, moments)
    return len(ids)


def _thd_keep(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, moments: Moments, most: int
) -> int:
    if stop.action == SUBSTITUTE:
        ids = thd_ids(conn, OF_DOCTOR, stop, most, doctor=stop.old_doctor)
        thd_other_doctor(conn, stop, ids, stop.old_doctor, stop.new_doctor)
    else:
        ids = thd_ids(conn, UNTOLD, stop, most)
        thd_lock(conn, stop, ids)
    if ids:
        thd_withdraw_texts(conn, stop, ids, moments)
        _thd_tell(conn, vault, rules, stop, ids, moments)
    return len(ids)


def _thd_tell(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, ids: Sequence[int], moments: Moments
) -> None:
    told = thd_words(conn, vault, stop, ids)
    phoned_first = stop_terms(rules).practice == "phone-first"
    posted = {} if phoned_first else thd_post_notices(conn, vault, stop, told, "stop", moments)
    thd_enter(conn, [notice_row(stop, notice.appointment, posted, moments) for notice in told])


def _ending(stop: Stop, rules: RuleBook, moments: Moments) -> Ending:
    return Ending(
        by="hospital", actor=moments.by[:40], trace=f"stop:{stop.id}", at=moments.at, wall=moments.wall, rules=rules
    )
