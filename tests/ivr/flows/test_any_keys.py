"""Whatever a caller does, the call has a defined end, and nothing is booked or cancelled without the confirming 1."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from open_house import open_house
from sqlalchemy import text as sql
from twisted.internet.defer import Deferred

from booking.outcomes import Booked
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, Channel, JoinWaiting, Named, RegisterPhone
from booking.stop_clinic import Announced, StopPlan
from booking.stops import Stops
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.roster.roster import SessionRow, thd_put_sessions
from booking.store.schema import metadata
from booking.waiting_outcomes import Waits
from booking.waiting_room import WaitingRoom

STEPS = st.one_of(
    st.sampled_from(
        [
            *("1", "2", "3", "4", "5", "8", "9", "", "*", "#", "0#", "1#", "00868", "00123#", "99999", "07150830"),
            *("0715#", "07150900", "11010519491231002*", "440524188001010014"),
        ]
    ),
    st.text(st.sampled_from("0123456789*#"), min_size=1, max_size=18),
)
# Mostly callers who get somewhere: a beginning that leads to a read-back, then anything.
BEGINNINGS = st.sampled_from(
    [
        [],
        ["1", "1", "00868", "07150830", "11010519491231002*"],
        ["1", "1", "00868", "0715#", "1", "440524188001010014"],
        ["4", "1", "1", "1", "11010519491231002*"],
        ["1", "1", "00868", "07150830", "11010519491231002*", "1", "9", "3", "1"],
        # Of a caller with an offer, a notice, a booking and a place on a list, in that order:
        ["1"],
        ["2", "1"],
        ["9", "3", "1", "1"],
        ["9", "2", "1"],
        ["9", "9", "2", "1", "3", "1"],
        ["9", "9", "2", "2"],
        ["9", "9", "1", "1", "00123", "07150800", "1", "1", "1"],
    ]
)
PATIENCE = 60
CALLER = Caller(hospital=1, phone="+8613800138000", channel=Channel.PHONE)
OTHER = Caller(hospital=1, phone="+8613900139000", channel=Channel.PHONE)
TEN = datetime.fromisoformat("2026-07-15 10:00")


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Bookings ever made, ended, offered ones taken; places on lists ever taken, given up."""

    made: int = 0
    ended: int = 0
    taken: int = 0
    waits: int = 0
    left: int = 0


def thd_count(conn) -> Counted:
    def many(what: str) -> int:
        return conn.execute(sql(f"select count(*) from {what}")).scalar_one()

    return Counted(
        made=many("appointment"),
        ended=many("appointment where live is null"),
        taken=many("waiting where status = 'won'"),
        waits=many("waiting"),
        left=many("waiting where status = 'left'"),
    )


def prepare(database, vault, reception, room, stops) -> Counted:
    """The caller has a booking that a stop concerns and another; he is offered a number, and waits for one more."""

    def done(coroutine):
        results: list[object] = []
        Deferred.fromCoroutine(coroutine).addCallback(results.append)
        return results[0]

    for caller, identity in ((CALLER, "11010519491231002X"), (OTHER, "440524188001010014")):
        done(reception.register(RegisterPhone(caller=caller, identity=identity, name="张三")))
    sessions = [
        SessionRow(doctor="00123", day=date(2026, 7, nth), period="AM", first=time(8), minutes_per_slot=30, slots=2)
        for nth in (16, 17)
    ]
    database.now(thd_put_sessions, vault, 1, sessions)
    booked = [
        done(reception.book(BookSlot(caller=caller, doctor=doctor, start=start, who=Named("张三"), key=f"k{nth}")))
        for nth, (caller, doctor, start) in enumerate(
            (
                (CALLER, "00868", TEN),
                (OTHER, "00123", datetime.fromisoformat("2026-07-16 08:00")),
                (OTHER, "00123", datetime.fromisoformat("2026-07-17 08:00")),
            )
        )
    ]
    assert all(isinstance(each, Booked) for each in booked)
    everything = "UPDATE slot SET taken = 1 WHERE doctor_id = 2"
    database.now(lambda conn: conn.exec_driver_sql(everything).rowcount)
    for nth, day in enumerate((16, 17, 15)):
        wish = JoinWaiting(
            caller=CALLER, doctor="00123", who=Named("张三"), key=f"w{nth}", day=date(2026, 7, day), period="AM"
        )
        assert isinstance(done(room.join(wish)), Waits)
    done(reception.cancel(CancelBooking(caller=OTHER, code=booked[1].booking.code, key="c")))
    plan = StopPlan(
        hospital=1, doctor="00868", day=date(2026, 7, 15), period="AM", action="move", by="wang", place="一楼"
    )
    assert isinstance(done(stops.announce(plan)), Announced)
    return database.now(thd_count)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    beginning=BEGINNINGS,
    steps=st.lists(STEPS, max_size=12),
    silent=st.booleans(),
    known=st.booleans(),
    furnished=st.booleans(),
)
def test_any_keys(*, switchboard, dial, vault, clock, thd_furnish, beginning, steps, silent, known, furnished) -> None:
    """Any keys, silence or hanging up at any step: done, queue or gone, never stuck; changes only after their 1."""
    engine = make_engine("sqlite://")
    metadata.create_all(engine)
    database = ImmediateDatabase(engine, clock)
    database.now(thd_furnish)
    reception = Reception(open_house(database, vault, clock))
    room = WaitingRoom(open_house(database, vault, clock, rng=random.Random(2)))
    stops = Stops(open_house(database, vault, clock, rng=random.Random(3)))
    before = prepare(database, vault, reception, room, stops) if furnished and known else Counted()
    board = replace(switchboard, reception=reception, room=room, stops=stops)
    call = dial("13800138000" if known else None, board=board)

    call.key([*beginning, *steps, *([""] * PATIENCE if silent else ["x"])])

    done = call.variables.get("IVR_DONE")
    assert done in {"done", "queue"} or (done is None and call.peer.gone)
    assert call.lost
    assert call.failure is None
    if done:
        assert call.sent.endswith(f'SET VARIABLE "IVR_DONE" "{done}"\n'.encode())
    yes = [call.words(question) for question, keys in call.answered if keys.startswith("1")]
    no = [call.words(question) for question, keys in call.answered if keys.startswith("2")]
    after = database.now(thd_count)
    moved, taken = (sum(what in words for words in yes) for what in ("确认改期请按一", "要这个号请按一"))
    booked = sum("确认预约请按一" in words for words in yes)
    declined = sum("要这个号请按一" in words for words in no)
    cancelled = sum("确认取消请按一" in words for words in yes)
    assert after.made - before.made <= booked + moved
    assert (
        after.ended - before.ended <= cancelled + moved + declined + booked
    )  # booked: instead of one that a stop concerns
    assert after.taken - before.taken <= taken
    assert after.waits - before.waits <= sum("确认候补请按一" in words for words in yes)
    assert after.left - before.left <= declined + sum("确认退出候补请按一" in words for words in yes)
    engine.dispose()
