"""What receipts say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.rules.delivery import later_state, state_name, worst_state

STATES = ["DELIVERED", "EXPIRED", "DELETED", "UNDELIVERABLE", "ACCEPTED", "UNKNOWN", "REJECTED", "ENROUTE", "SCHEDULED"]
FINAL = {"DELIVERED", "EXPIRED", "DELETED", "UNDELIVERABLE", "REJECTED"}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("DELIVRD", "DELIVERED"),
        (" undeliv", "UNDELIVERABLE"),
        ("ACCEPTD", "ACCEPTED"),
        ("REJECTD", "REJECTED"),
        ("EXPIRED", "EXPIRED"),
        ("MA:0001", "UNKNOWN"),
    ],
)
def test_names_of_states(written, name):
    """Short and long names are one; what nobody knows is unknown."""
    assert state_name(written) == name


@given(st.sampled_from(STATES), st.lists(st.sampled_from(STATES)))
def test_a_final_state_stays(first, others):
    """However receipts come, nothing leaves a final state."""
    state = None
    for heard in [first, *others]:
        before, state = state, later_state(state, heard)
        assert state == before or before not in FINAL


@pytest.mark.parametrize(
    ("parts", "worst"),
    [
        (["DELIVERED", "DELIVERED"], "DELIVERED"),
        (["DELIVERED", None], "ENROUTE"),
        ([None, "UNDELIVERABLE"], "UNDELIVERABLE"),
        (["EXPIRED", "REJECTED"], "REJECTED"),
    ],
)
def test_a_message_is_as_well_off_as_its_worst_part(parts, worst):
    """One lost part loses the message; one part unheard of keeps it waiting."""
    assert worst_state(parts) == worst
