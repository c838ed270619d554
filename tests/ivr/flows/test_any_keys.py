"""Whatever a caller does, the call has a defined end, and nothing is booked or cancelled without the confirming 1."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql

from booking.bell import Bell
from booking.reception import Reception
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.schema import metadata

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
    ]
)
PATIENCE = 60


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=BEGINNINGS, steps=st.lists(STEPS, max_size=12), silent=st.booleans(), known=st.booleans())
def test_any_keys(*, switchboard, dial, vault, clock, thd_furnish, beginning, steps, silent, known) -> None:
    """Any keys, silence or hanging up at any step: done, queue or gone, never stuck; changes only after their 1."""
    engine = make_engine("sqlite://")
    metadata.create_all(engine)
    database = ImmediateDatabase(engine, clock)
    database.now(thd_furnish)
    reception = Reception(database, vault, clock, Bell(), random.Random(1), StandingRules(house_rules()))
    call = dial("13800138000" if known else None, board=replace(switchboard, reception=reception))

    call.key([*beginning, *steps, *([""] * PATIENCE if silent else ["x"])])

    done = call.variables.get("IVR_DONE")
    assert done in {"done", "queue"} or (done is None and call.peer.gone)
    assert call.lost
    assert call.failure is None
    if done:
        assert call.sent.endswith(f'SET VARIABLE "IVR_DONE" "{done}"\n'.encode())
    yes = [call.words(question) for question, keys in call.answered if keys.startswith("1")]
    with engine.connect() as connection:
        booked = connection.execute(sql("select count(*) from appointment")).scalar_one()
        cancelled = connection.execute(sql("select count(*) from appointment where live is null")).scalar_one()
    assert booked <= sum("确认预约请按一" in words for words in yes)
    assert cancelled <= sum("确认取消请按一" in words for words in yes)
    engine.dispose()
