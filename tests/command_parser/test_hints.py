from __future__ import annotations

from datetime import datetime

import pytest

from command_parser import hints
from command_parser.commands import Misread, Reason
from command_parser.parse import parse
from command_parser.words import Verb

NOW = datetime.fromisoformat("2026-12-31 23:59")
ONE_TEXT_MESSAGE = 70

REFUSALS = [
    *(hints.misread_booking(reason, NOW) for reason in hints.BOOK_REASONS),
    *(
        hints.misread_change(reason, NOW)
        for reason in (Reason.BAD_SERIAL, Reason.MISSING_DATETIME, Reason.BAD_DATETIME)
    ),
    *(hints.misread_cancel(reason) for reason in (Reason.MISSING_SERIAL, Reason.BAD_SERIAL, Reason.SEVERAL_COMMANDS)),
    *(hints.misread_rating(reason) for reason in (Reason.MISSING_ARGS, Reason.BAD_SCORE)),
    *(hints.misread_registration(reason) for reason in hints.REGISTER_REASONS),
    *(hints.misread_query(reason) for reason in (Reason.MISSING_ARGS, Reason.SEVERAL_COMMANDS)),
    hints.misread_complaint(),
    hints.misread_doctor_query(),
    hints.misread_date_query(NOW),
    hints.unknown_identity(),
    hints.unknown_booking("00123", NOW),
    *(hints.unknown_but_spoken_of(verb) for verb in (Verb.COMPLAINT, Verb.CANCEL, Verb.QUERY)),
    hints.misread_cancel(Reason.BAD_SERIAL, "12345679"),
    hints.misread_change(Reason.BAD_SERIAL, NOW, "12345679"),
    hints.misread_rating(Reason.BAD_SERIAL, "12345679"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal.command}-{refusal.reason}")
def test_the_example_of_every_hint_works(refusal: Misread) -> None:
    """Whoever sends the example of a hint back is understood."""
    example = refusal.hint.rpartition("例：")[2]
    assert not isinstance(parse(example, NOW), Misread)


@pytest.mark.parametrize(
    "refusal",
    [*REFUSALS, hints.unknown(NOW), hints.unknown_too_long(NOW), hints.unknown_opt("TD"), hints.unknown_opt("DY")],
)
def test_every_hint_fits_into_one_text(refusal: Misread) -> None:
    """A hint costs one text message."""
    assert len(refusal.hint) <= ONE_TEXT_MESSAGE


def test_the_sample_time_is_tomorrow() -> None:
    """On New Year's Eve the example shows New Year's Day."""
    assert hints.sample_when(NOW) == datetime.fromisoformat("2027-01-01 08:30")
