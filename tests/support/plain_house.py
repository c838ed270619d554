"""A hospital's store as plain dictionaries: what the real one must answer, said as simply as it can be said.

The rules it knows: numbers of a session, one booking a patient and session, two a visit day, a booking may be given back until
its start, a hold lasts as long as it was asked for, an unused booking becomes a no-show an hour after its time, and the second
no-show bans for a month.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LIVES = timedelta(minutes=60)
PER_DAY = 2
MISSED_MOST = 2
LIVE = ("held", "booked", "arrived", "visited", "noshow")


@dataclass
class Number:
    """One number of a session."""

    session: int
    start: datetime
    stopped: bool = False
    holder: str | None = None  # the code of the booking that holds it


@dataclass
class Stay:
    """A booking."""

    code: str
    patient: int
    doctor: str
    number: Number
    status: str
    until: datetime | None = None
    paid_fen: int = 0
    owed_fen: int = 0

    @property
    def live(self) -> bool:
        return self.status in LIVE


class PlainHouse:
    """``doctors`` is who holds each session now; ``fees`` what each costs."""

    def __init__(self, doctors: dict[int, str], numbers: list[Number], fees: dict[int, int], now: datetime) -> None:
        self.doctors = doctors
        self.numbers = numbers
        self.fees = fees
        self.now = now
        self.stays: dict[str, Stay] = {}
        self.stopped: set[int] = set()
        self.missed: dict[int, int] = {}

    # What is asked

    def verdict(self, patient: int, doctor: str, start: datetime, *, but: Stay | None = None) -> str:
        """BOOKED, or why not. ``but``: a booking that is to be given back for it."""
        there = [n for n in self.numbers if self.doctors[n.session] == doctor and n.start == start]
        if not there:
            return "NO_SUCH_TIME"
        if start <= self.now:
            return "CUTOFF"
        if all(n.stopped for n in there):
            return "CLINIC_STOPPED"
        if self.missed.get(patient, 0) >= MISSED_MOST:
            return "BLACKLISTED"
        mine = [stay for stay in self.stays.values() if stay.live and stay.patient == patient and stay is not but]
        if any(stay.number.session == there[0].session for stay in mine):
            return "ALREADY_BOOKED"
        if sum(stay.number.start.date() == start.date() for stay in mine) >= PER_DAY:
            return "LIMIT"
        own = None if but is None else but.number
        return "BOOKED" if any(n.holder is None or n is own for n in there) else "FULL"

    def book(self, patient: int, doctor: str, start: datetime, code: str, until: datetime | None) -> Number:
        """Enter what was granted: it is the first free number at that time."""
        number = next(
            n for n in self.numbers if self.doctors[n.session] == doctor and n.start == start and n.holder is None
        )
        number.holder = code
        self.stays[code] = Stay(code, patient, doctor, number, "booked" if until is None else "held", until)
        return number

    def confirm(self, code: str) -> str:
        stay = self.stays[code]
        if stay.status == "held" and stay.until is not None and stay.until > self.now:
            stay.status = "booked"
            return "BOOKED"
        return "HOLD_OVER" if stay.status in {"held", "cancelled"} else "AGAIN"

    def cancel(self, code: str) -> str:
        stay = self.stays[code]
        if stay.status == "cancelled":
            return "AGAIN"
        if stay.status != "held" and (stay.status != "booked" or self.now >= stay.number.start):
            return "TOO_LATE_TO_CANCEL"
        self.end(stay)
        return "CANCELLED"

    def change(self, code: str, doctor: str, start: datetime) -> str:
        """The verdict; when it is CHANGED the booking is moved."""
        stay = self.stays[code]
        if stay.status == "cancelled":
            return "NOT_YOURS"
        if stay.doctor == doctor and stay.number.start == start:
            return "AGAIN"
        if stay.status != "booked" or self.now >= stay.number.start:
            return "TOO_LATE_TO_CANCEL"
        verdict = self.verdict(stay.patient, doctor, start, but=stay)
        if verdict != "BOOKED":
            return verdict
        paid, owed = stay.paid_fen, stay.owed_fen
        self.end(stay)
        self.stays[f"{code} before {len(self.stays)}"] = stay
        number = self.book(stay.patient, doctor, start, code, None)
        cheaper = self.fees[stay.number.session] - self.fees[number.session]
        if cheaper >= 0:  # what was paid goes along; for a dearer one all of it is owed back
            self.stays[code].paid_fen, self.stays[code].owed_fen = paid, owed + min(cheaper, paid - owed)
            stay.paid_fen = stay.owed_fen = 0
        return "CHANGED"

    def check_in(self, code: str) -> str:
        stay = self.stays[code]
        if stay.status in {"arrived", "visited"}:
            return "AGAIN"
        if stay.status != "booked" or self.now.date() > stay.number.start.date():
            return "REFUSED"
        stay.status = "arrived"
        return "ARRIVED"

    def visited(self, code: str) -> str:
        stay = self.stays[code]
        if stay.status == "visited":
            return "AGAIN"
        if stay.status not in {"booked", "arrived", "noshow"} or stay.number.start.date() > self.now.date():
            return "STATUS"
        if stay.status == "noshow":
            self.missed[stay.patient] -= 1
        stay.status = "visited"
        return "MARKED"

    # What happens

    def end(self, stay: Stay) -> None:
        stay.status = "cancelled"
        stay.number.holder = None
        stay.owed_fen = stay.paid_fen

    def stop(self, session: int) -> None:
        """The session's bookings are released; the numbers leave sale."""
        self.stopped.add(session)
        for number in self.numbers:
            if number.session == session:
                number.stopped = True
        for stay in list(self.stays.values()):
            if stay.number.session == session and stay.status in {"held", "booked", "arrived"}:
                self.end(stay)

    def pass_on(self, session: int, doctor: str) -> None:
        """A substitute takes the session and its bookings; whom the other doctor has seen stays his."""
        self.doctors[session] = doctor
        for stay in self.stays.values():
            if stay.number.session == session and stay.status in {"held", "booked", "arrived"}:
                stay.doctor = doctor

    def later(self, now: datetime) -> None:
        """Time passes and the jobs run."""
        self.now = now
        for stay in list(self.stays.values()):
            if stay.status == "held" and stay.until is not None and stay.until <= now:
                self.end(stay)
        due = [stay for stay in self.stays.values() if stay.status == "booked" and stay.number.start + LIVES <= now]
        for stay in due:
            stay.status = "noshow"
            self.missed[stay.patient] = self.missed.get(stay.patient, 0) + 1
