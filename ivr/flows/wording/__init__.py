"""What flows say about the store's pictures and refusals. Pure: views and outcomes in, prompts out.

A patient is told apart by the last four places of the identity number: names of patients are never spoken text.
"""

from __future__ import annotations

from ivr.flows.wording.bookings import (
    already_booked,
    booked,
    cancelled,
    held,
    moved,
    near_row,
    not_booked,
    not_moved,
    notice,
    you_move,
)
from ivr.flows.wording.pictures import PAUSE, TAIL, booking, doctor, doctor_row, patient_row, read_back, time_row
from ivr.flows.wording.refusals import refusal
from ivr.flows.wording.waiting import offer, place, waits, you_wait

__all__ = [
    "PAUSE",
    "TAIL",
    "already_booked",
    "booked",
    "booking",
    "cancelled",
    "doctor",
    "doctor_row",
    "held",
    "moved",
    "near_row",
    "not_booked",
    "not_moved",
    "notice",
    "offer",
    "patient_row",
    "place",
    "read_back",
    "refusal",
    "time_row",
    "waits",
    "you_move",
    "you_wait",
]
