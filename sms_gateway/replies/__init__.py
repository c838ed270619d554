"""The words a text is answered with: an outcome in, one short polite sentence (or a few lines) in Chinese out.

Laws: a refusal names one reason and shows one right example, built around what was asked where that is possible; a list shows
at most ``LINES_MAX`` lines and says how to see more; patients' names and identity numbers leave masked. The empty string means
that the store itself has already posted the text that answers (a booking's confirmation, a cancellation's receipt).
Pure: an outcome, the command that led to it and today's date are all that is known here.

``words`` is complete once this package is imported: each module below hangs its nouns' replies on it.
"""

from __future__ import annotations

from sms_gateway.replies import booking, held, lists, patient, service
from sms_gateway.replies.asked import (
    Asked,
    CancelledBefore,
    Fault,
    HelpWanted,
    Incomplete,
    NoQuestion,
    NotOffered,
    Opted,
    OwnBookings,
    reason_of,
    words,
)
from sms_gateway.replies.phrases import LINES_MAX, clock_words, day_words, moment_words
from sms_gateway.replies.waiting import offer_words

__all__ = [
    "LINES_MAX",
    "Asked",
    "CancelledBefore",
    "Fault",
    "HelpWanted",
    "Incomplete",
    "NoQuestion",
    "NotOffered",
    "Opted",
    "OwnBookings",
    "booking",
    "clock_words",
    "day_words",
    "held",
    "lists",
    "moment_words",
    "offer_words",
    "patient",
    "reason_of",
    "service",
    "words",
]
