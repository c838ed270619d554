"""Which refusal a door hears for each ruling."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from booking.outcomes import (
    Blacklisted,
    ClinicStopped,
    Closed,
    Cutoff,
    Full,
    Limit,
    NoSuchDoctor,
    NoSuchTime,
    NotAdmitted,
    NotOpenYet,
    WrongChannel,
)
from booking.refusals import outcome_of, wants_others
from booking.rules.ruling import Reason, Ruling
from booking.store.roster.finding import NOTHING
from booking.store.roster.pictures import DoctorCard
from booking.store.selling.judging import Refused
from booking.views import DoctorView

WANG = DoctorView(number="00868", name="王建国", title="主任医师", department="内科", speciality="")
CARD = DoctorCard(id=1, view=WANG, phone_sealed=None)
START = datetime.fromisoformat("2026-07-15 08:00")
LATER = START + timedelta(days=30)


def told(ruling):
    return outcome_of(Refused(ruling=ruling, card=CARD, start=START), NOTHING)


@pytest.mark.parametrize(
    ("ruling", "outcome"),
    [
        (None, NoSuchTime),
        (Ruling(reason=Reason.FULL), Full),
        (Ruling(reason=Reason.CUTOFF), Cutoff),
        (Ruling(reason=Reason.CLINIC_STOPPED), ClinicStopped),
        (Ruling(reason=Reason.NOT_ON_SALE), NoSuchTime),
        (Ruling(reason=Reason.CHANNEL), WrongChannel),
    ],
)
def test_where_another_time_would_help_it_is_looked_for(ruling, outcome):
    """The doctor's nearest open times go with such a refusal."""
    assert isinstance(told(ruling), outcome)
    assert wants_others(Refused(ruling=ruling, card=CARD, start=START))


@pytest.mark.parametrize(
    ("ruling", "outcome"),
    [
        (Ruling(reason=Reason.NOT_OPEN_YET, when=LATER), NotOpenYet(doctor=WANG, start=START, when=LATER)),
        (Ruling(reason=Reason.CLOSED, when=LATER), Closed(when=LATER)),
        (Ruling(reason=Reason.BLACKLISTED, rule="bans[1]", when=LATER), Blacklisted(until=LATER, rule="bans[1]")),
        (Ruling(reason=Reason.TOO_YOUNG, rule="identity"), NotAdmitted(reason="TOO_YOUNG", rule="identity")),
        (Ruling(reason=Reason.NEEDS_GUARDIAN, rule="x"), NotAdmitted(reason="NEEDS_GUARDIAN", rule="x")),
        (
            Ruling(reason=Reason.LIMIT, most=2, scope="all", per="visit-day"),
            Limit(what="patient-day", most=2, scope="all", per="visit-day"),
        ),
        (
            Ruling(reason=Reason.LIMIT, most=3, scope="department", per="week"),
            Limit(what="rule", most=3, scope="department", per="week"),
        ),
    ],
)
def test_where_it_would_not_the_reason_is_told(ruling, outcome):
    """With the moment from which it would be allowed, where the rules know one."""
    assert told(ruling) == outcome
    assert not wants_others(Refused(ruling=ruling, card=CARD, start=START))


def test_what_is_no_refusal_by_the_rules_passes():
    """An unknown doctor stays one."""
    outcome = NoSuchDoctor(number="00999")
    assert outcome_of(outcome, NOTHING) is outcome
