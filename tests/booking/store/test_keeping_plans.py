"""How SQLite finds what holds, waiting lists and searches look for: by an index, however many rows there are."""

from __future__ import annotations

from datetime import datetime

import pytest

from booking.store.keeping import ending, holding, moving
from booking.store.prepared import Prepared
from booking.store.queue import joining, offering, waiting
from booking.store.roster import directories, extra, finding, numbers

AT = datetime.fromisoformat("2026-07-15 08:00")
VALUES = {
    "hospital": 1, "ids": [1, 2], "sessions": [1, 2], "session": 1, "doctor": 1, "doctors": [1, 2], "at": AT, "old": 1, "now": AT,
    "after": AT, "until": AT, "wanted": AT, "most": 3, "key": "k", "row_id": 1, "patient": 1, "phone": b"x", "period": "AM",
    "day": AT.date(), "slots": [1, 2], "code": "12345678", "became": "won", "alive": None, "seen": ["held"], "booking": 1, "kinds": ["stop"],
}  # fmt: skip
SMALL = {"doctor", "department", "stock", "clinic_session"}
"""Tables whose scan within one hospital is a few hundred rows; none of these looks scans a bigger one."""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (ending, "_LIVE"), (ending, "_HELD"), (ending, "_LOCK"), (ending, "_LET_GO"), (ending, "_UNOFFER"), (ending, "_WITHDRAW"),
        (holding, "_ONE"), (holding, "_OVER"), (holding, "_TAKE"), (holding, "_WON"), (holding, "_WAITS_NO_MORE"),
        (moving, "_BY_KEY"), (moving, "_BY_ID"), (moving, "_LOCK_SLOTS"),
        (offering, "_WAITERS"), (offering, "_FREE"), (offering, "_WANTED"), (offering, "_MADE"),
        (waiting, "_OF_PHONE"), (waiting, "_OF_PATIENT"), (waiting, "_WAITING_FOR"), (waiting, "_HELD"), (waiting, "_SESSIONS"), (waiting, "_SERVED"),
        (joining, "_BY_START"), (joining, "_BY_PERIOD"), (joining, "_BOOKED"),
        (numbers, "_LOCK"), (numbers, "_OF_SESSIONS"),
        (extra, "_SESSION"), (extra, "_LAST"), (extra, "_DUE"),
        (finding, "_FIRST_TIMES"), (finding, "_LATER"), (finding, "_EARLIER"), (finding, "_FIRSTS_OF"), (finding, "_FIRSTS_OF_ALL"),
        (finding, "_FREE_THAT_DAY"), (directories, "_VERSION"),
    ],
)  # fmt: skip
def test_no_look_reads_a_whole_table(small_hospital, module, name):
    """Every table that grows with bookings is entered through an index that begins with the hospital, or by row id."""
    found = getattr(module, name)
    look = found if isinstance(found, Prepared) else Prepared(found)

    def thd_plan(conn):
        names = set(look.statement.compile(dialect=conn.dialect).params)
        form, values = look._form(conn.dialect, {key: value for key, value in VALUES.items() if key in names})
        told = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {form.sql}", tuple(form.parameters(values)))
        return [row[3].split() for row in told]

    looks = [words for words in small_hospital.now(thd_plan) if words[0] in {"SCAN", "SEARCH"}]
    assert looks
    assert {words[1] for words in looks if words[0] == "SCAN"} <= SMALL, looks
