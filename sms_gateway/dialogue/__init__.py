"""Booking step by step by text: department, doctor, day, time, who, confirm, each answered by a number.

Laws: a dialogue is a value. ``answer`` takes it and a patient's words and says what follows: the step that must be laid out
next (``Next``), the same question again (``Again``), the end (``Left``), or the booking to make (``Confirmed``). The options of the next
step come from the store, through the caller; this package knows no store, no clock and no phone. A dialogue lives ``MINUTES``
minutes after its last question, as JSON (``to_json``/``from_json``), so that any process may take the answer. Nothing is booked
before the patient has said yes to the whole of it.
"""

from __future__ import annotations

from sms_gateway.dialogue.answers import Again, Answered, Confirmed, GivenUp, Left, Next, WillWait, answer, leaves
from sms_gateway.dialogue.asking import (
    ask_confirm,
    ask_days,
    ask_departments,
    ask_doctors,
    ask_instead,
    ask_leave,
    ask_times,
    ask_times_again,
    ask_wait,
    ask_who,
    question,
)
from sms_gateway.dialogue.pending import MINUTES, PAGE, YES_NO, Dialogue, Option, Step, from_json, to_json

__all__ = [
    "MINUTES",
    "PAGE",
    "YES_NO",
    "Again",
    "Answered",
    "Confirmed",
    "Dialogue",
    "GivenUp",
    "Left",
    "Next",
    "Option",
    "Step",
    "WillWait",
    "answer",
    "ask_confirm",
    "ask_days",
    "ask_departments",
    "ask_doctors",
    "ask_instead",
    "ask_leave",
    "ask_times",
    "ask_times_again",
    "ask_wait",
    "ask_who",
    "from_json",
    "leaves",
    "question",
    "to_json",
]
