"""A stop is withdrawn: what was done to bookings is undone, and each patient who heard of the stop hears of its end.

Law of this module: as in ``booking.store.stops.telling``, a batch and the marks that say so are one transaction (``back_at``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, select, update

from booking import notices
from booking.rules.rulebook import RuleBook
from booking.stop_clinic import RELEASE, SUBSTITUTE
from booking.store.roster.pictures import thd_letterhead
from booking.store.schema import stop_notice
from booking.store.stops.affected import (
    OF_DOCTOR,
    UNTOLD_BACK,
    thd_ids,
    thd_lock,
    thd_other_doctor,
    thd_rows,
    thd_withdraw_texts,
)
from booking.store.stops.offers import thd_offer_back, thd_whose
from booking.store.stops.plans import Moments
from booking.store.stops.stop_letters import Notice, notice_row, thd_enter, thd_notices, thd_post_notices
from booking.store.stops.stopping import Stop
from booking.vault import Vault
from booking.views import BookingView

_RELEASED = (
    select(stop_notice.c.appointment_id, stop_notice.c.choice)
    .where(
        stop_notice.c.hospital_id == bindparam("hospital"),
        stop_notice.c.stop_id == bindparam("stop"),
        stop_notice.c.back_at.is_(None),
    )
    .order_by(stop_notice.c.appointment_id)
    .limit(bindparam("most"))
)
_BACK = (
    update(stop_notice)
    .where(
        stop_notice.c.hospital_id == bindparam("hospital"),
        stop_notice.c.stop_id == bindparam("stop"),
        stop_notice.c.appointment_id == bindparam("booking"),
        stop_notice.c.back_at.is_(None),
    )
    .values(back_at=bindparam("at"), outbox_id=bindparam("text"), phone_state=bindparam("phoned"))
)


def thd_back(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, moments: Moments, most: int
) -> int:
    """One batch of a stop that is being withdrawn; how many it was."""
    if stop.action == RELEASE:
        return _thd_back_released(conn, vault, rules, stop, moments, most)
    if stop.action == SUBSTITUTE:
        ids = thd_ids(conn, OF_DOCTOR, stop, most, doctor=stop.new_doctor)
        thd_other_doctor(conn, stop, ids, stop.new_doctor, stop.old_doctor)
    else:
        ids = thd_ids(conn, UNTOLD_BACK, stop, most, decided=stop.decided_at)
        thd_lock(conn, stop, ids)
    if ids:
        thd_withdraw_texts(conn, stop, ids, moments)
        head = thd_letterhead(conn, stop.hospital)
        told = thd_notices(conn, vault, stop, ids, lambda _, view: notices.back_kept(head, view))
        _thd_tell_back(conn, vault, stop, told, moments)
    return len(ids)


def _thd_back_released(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, vault: Vault, rules: RuleBook, stop: Stop, moments: Moments, most: int
) -> int:
    """Who has booked again meanwhile has what he wants; whose visit would be past has nothing to come back to."""
    found = conn.execute(_RELEASED, {"hospital": stop.hospital, "stop": stop.id, "most": most}).all()
    ids = [row.appointment_id for row in found]
    if not ids:
        return 0
    thd_withdraw_texts(conn, stop, ids, moments)
    rows = thd_rows(conn, stop, ids)
    rebooked = {row.appointment_id for row in found if row.choice == "rebook"}
    silent = {row.id for row in rows if row.start <= moments.wall} | rebooked
    card = thd_whose(conn, stop)
    offers = {
        row.id: thd_offer_back(conn, vault, rules, stop, row, card, moments) for row in rows if row.id not in silent
    }
    head = thd_letterhead(conn, stop.hospital)

    def words(row_id: int, view: BookingView) -> str:
        offer = offers.get(row_id)
        if offer is None:
            return notices.back_released(head, replace(view, doctor=card.view))
        return notices.back_offered(head, offer.booking, offer.until)

    told = thd_notices(conn, vault, stop, [row_id for row_id in ids if row_id not in silent], words)
    _thd_tell_back(conn, vault, stop, told, moments)
    for appointment_id in sorted(silent):
        _thd_mark_back(conn, stop, appointment_id, None, "none", moments)
    return len(ids)


def _thd_tell_back(conn: Connection, vault: Vault, stop: Stop, told: Sequence[Notice], moments: Moments) -> None:
    posted = thd_post_notices(conn, vault, stop, told, "stop-back", moments)
    for notice in told:
        text = posted.get(notice.appointment)
        if not _thd_mark_back(conn, stop, notice.appointment, text, "none" if text else "due", moments):
            # Booked after the change, so that only its end is news.
            thd_enter(conn, [{**notice_row(stop, notice.appointment, posted, moments), "back_at": moments.at}])


def _thd_mark_back(  # noqa: PLR0917 - what a store job gets is positional
    conn: Connection, stop: Stop, appointment_id: int, text: int | None, phoned: str, moments: Moments
) -> bool:
    values = {"hospital": stop.hospital, "stop": stop.id, "booking": appointment_id, "at": moments.at}
    return conn.execute(_BACK, {**values, "text": text, "phoned": phoned}).rowcount == 1
