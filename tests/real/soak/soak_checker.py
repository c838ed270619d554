"""What must be true of the store after any fault, whatever was in flight: asked of the tables with plain SQL."""

from __future__ import annotations

from datetime import date, datetime

from soak_rush import Rush
from sqlalchemy import Engine, text

from booking.store.money.agreement import thd_disagreements
from booking.store.money.ledger import thd_trial_balance

LONG_RUN = 500
"""Bookings of a run in which somebody has had the time to pay."""
LONG_AGO = datetime.fromisoformat("2026-01-01")
_TWICE = "SELECT slot_id FROM appointment WHERE live = 1 GROUP BY slot_id HAVING COUNT(*) > 1"
_KEYS = "SELECT request_key FROM appointment GROUP BY request_key HAVING COUNT(*) > 1"
_MISMATCH = (
    "SELECT COUNT(*) FROM slot s LEFT JOIN appointment a ON a.slot_id = s.id AND a.live = 1"
    " WHERE s.taken <> CASE WHEN a.id IS NULL THEN 0 ELSE 1 END"
)
_MADE = "SELECT request_key, code, live FROM appointment"
_CONFIRMED = "SELECT appointment_id FROM outbox WHERE kind = 'confirmation'"
_UNCHARGED = (
    "SELECT COUNT(*) FROM appointment a WHERE (SELECT COUNT(*) FROM charge c WHERE c.appointment_id = a.id) <> 1"
)
_STILL_DUE = (
    "SELECT COUNT(*) FROM charge c JOIN appointment a ON a.id = c.appointment_id"
    " WHERE a.live IS NULL AND (c.status = 'due' OR (c.status = 'paid' AND NOT EXISTS"
    " (SELECT 1 FROM refund r WHERE r.charge_id = c.id)))"
)
_PAID = "SELECT COUNT(*) FROM charge WHERE status = 'paid'"
_SUM = "SELECT COUNT(*), COALESCE(SUM(slot_id * 7 + COALESCE(live, 3)), 0) FROM appointment"


def broken_laws(engine: Engine, rush: Rush) -> list[str]:
    """Each law that does not hold, in words; none is what we want."""
    with engine.connect() as conn:
        made = {row.request_key: row for row in conn.execute(text(_MADE))}
        count = conn.execute(text("SELECT COUNT(*) FROM appointment")).scalar_one()
        confirmed = conn.execute(text(_CONFIRMED)).scalars().all()
        found = {
            "slots sold twice": len(conn.execute(text(_TWICE)).all()),
            "keys that booked twice": len(conn.execute(text(_KEYS)).all()),
            "slots whose taken is not their live row": conn.execute(text(_MISMATCH)).scalar_one(),
            "acknowledged bookings that are not there": sum(
                key not in made or made[key].code != code for key, code in rush.booked.items()
            ),
            "acknowledged bookings that are not live": sum(
                key in made and made[key].live != 1 for key in rush.booked.keys() - rush.cancelled
            ),
            "cancelled bookings that are live": sum(made[key].live == 1 for key in rush.cancelled & made.keys()),
            "bookings nobody was told of": len(made.keys() - rush.booked.keys()),
            "bookings without exactly one confirmation": abs(count - len(confirmed)) + count - len(set(confirmed)),
            "days on which the books do not balance": _unbalanced(conn, rush.hospital),
            "charges on which errands and books disagree": len(thd_disagreements(conn, rush.hospital, LONG_AGO)),
            "bookings without exactly one charge": conn.execute(text(_UNCHARGED)).scalar_one(),
            "given back and still to be paid": conn.execute(text(_STILL_DUE)).scalar_one(),
            "long runs in which nobody paid": int(
                len(rush.booked) >= LONG_RUN and conn.execute(text(_PAID)).scalar_one() == 0
            ),
            "answers that were bugs": len(rush.bugs),
        }
    return [f"{number} {what}" for what, number in found.items() if number]


def _unbalanced(conn: object, hospital: int) -> int:
    """Days whose debits are not their credits."""
    days: dict[date, int] = {}
    for one in thd_trial_balance(conn, hospital, date(2026, 1, 1), date(2027, 1, 1)):
        days[one.day] = days.get(one.day, 0) + one.debit_fen - one.credit_fen
    return sum(bool(left) for left in days.values())


def sums(engines: list[Engine]) -> set[tuple[int, int]]:
    """The nodes' rows, as a count and a sum: one value, when all have the same."""
    found = set()
    for engine in engines:
        with engine.connect() as conn:
            conn.execute(text("SET SESSION wsrep_sync_wait=1"))
            count, total = conn.execute(text(_SUM)).one()
            found.add((int(count), int(total)))
    return found
