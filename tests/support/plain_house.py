"""A hospital's store as plain dictionaries: what the real one must answer, said as simply as it can be said.

The rules it knows: numbers of a session, one booking a patient and session, two a visit day, a booking may be given back until
its start, a hold lasts as long as it was asked for, an unused booking becomes a no-show an hour after its time, and the second
no-show bans for a month. Who waits for a session is offered what becomes free there, first come first served, for a quarter of an
hour; a stop ends bookings, and withdrawn it offers each its old number before anybody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LIVES = timedelta(minutes=60)
ANSWER = timedelta(minutes=15)
PER_DAY = 2
MISSED_MOST = 2
LIVE = ("held", "booked", "arrived", "visited", "noshow")
TO_END = ("held", "booked", "arrived")


@dataclass
class Number:
    """One number of a session. ``stop``: the stop that keeps it off sale."""

    session: int
    start: datetime
    seq: int = 0
    stop: int | None = None
    holder: str | None = None  # the code of the booking that holds it


@dataclass
class Stay:
    """A booking; ``nth`` is its place among all that were made."""

    code: str
    patient: int
    doctor: str
    number: Number
    status: str
    until: datetime | None = None
    paid_fen: int = 0
    owed_fen: int = 0
    nth: int = 0

    @property
    def live(self) -> bool:
        return self.status in LIVE


@dataclass
class Wait:
    """A place on a session's list: waiting, offered (``stay`` is held for him; ``back``: it was his before a stop), won, left or
    lapsed. They stand in order.
    """

    patient: int
    session: int
    status: str = "waiting"
    stay: Stay | None = None
    back: bool = False


@dataclass
class Halt:
    """A stop: ``whole``, or of some numbers; or a ``substitute`` for whom he stood in. ``ended``: the bookings it has ended."""

    session: int
    whole: bool = True
    was: str | None = None
    substitute: str | None = None
    standing: bool = True
    ended: list[Stay] = field(default_factory=list)


@dataclass(frozen=True)
class Told:
    """What a patient reads of: the words by which the text is known, the doctors and the time named, the number's place."""

    patient: int
    words: str
    doctors: frozenset[str]
    at: str
    seq: int | None = None


def hour(start: datetime) -> str:
    return f"{start.day} {start.hour}:{start.minute:02d}"


class PlainHouse:
    """``doctors`` is who holds each session now; ``fees`` what each costs; ``halves`` its half of the day."""

    def __init__(
        self,
        doctors: dict[int, str],
        numbers: list[Number],
        fees: dict[int, int],
        halves: dict[int, str],
        now: datetime,
    ) -> None:
        self.doctors = doctors
        self.numbers = numbers
        self.fees = fees
        self.halves = halves
        self.now = now
        self.stays: dict[str, Stay] = {}
        self.missed: dict[int, int] = {}
        self.waits: list[Wait] = []
        self.halts: dict[int, Halt] = {}
        self.told: list[Told] = []
        self.made = 0

    # What is asked

    def verdict(self, patient: int, doctor: str, start: datetime) -> str:
        """BOOKED, or why not."""
        there = [n for n in self.numbers if self.doctors[n.session] == doctor and n.start == start]
        if not there:
            return "NO_SUCH_TIME"
        if start <= self.now:
            return "CUTOFF"
        if all(self.is_stopped(n) for n in there):
            return "CLINIC_STOPPED"
        if self.missed.get(patient, 0) >= MISSED_MOST:
            return "BLACKLISTED"
        mine = [stay for stay in self.stays.values() if stay.live and stay.patient == patient]
        if any(stay.number.session == there[0].session for stay in mine):
            return "ALREADY_BOOKED"
        if sum(stay.number.start.date() == start.date() for stay in mine) >= PER_DAY:
            return "LIMIT"
        return "BOOKED" if any(self.is_free(n) for n in there) else "FULL"

    def book(self, patient: int, doctor: str, start: datetime, code: str, until: datetime | None) -> Stay:
        """Enter what was granted: it is the first free number at that time."""
        number = next(
            n for n in self.numbers if self.doctors[n.session] == doctor and n.start == start and self.is_free(n)
        )
        number.holder = code
        self.made += 1
        stay = Stay(code, patient, doctor, number, "booked" if until is None else "held", until, nth=self.made)
        self.stays[code] = stay
        return stay

    def confirm(self, code: str) -> str:
        stay = self.stays[code]
        if stay.status == "held" and stay.until is not None and stay.until > self.now:
            self.stands(stay)
            return "BOOKED"
        return "HOLD_OVER" if stay.status in {"held", "cancelled"} else "AGAIN"

    def stands(self, stay: Stay) -> None:
        """What was held is booked; who waited for it has got it, and waits for no other of the session."""
        stay.status = "booked"
        for wait in self.waits:
            if wait.stay is stay and wait.status == "offered":
                wait.status = "won"
            elif (wait.patient, wait.session, wait.status) == (stay.patient, stay.number.session, "waiting"):
                wait.status = "left"

    def cancel(self, code: str) -> str:
        stay = self.stays[code]
        if stay.status == "cancelled":
            return "AGAIN"
        if stay.status != "held" and (stay.status != "booked" or self.now >= stay.number.start):
            return "TOO_LATE_TO_CANCEL"
        self.end([stay])
        return "CANCELLED"

    def change(self, code: str, doctor: str, start: datetime) -> str:
        """The verdict; when it is CHANGED the booking is moved. Who waits for the number left has it before the move is judged."""
        stay = self.stays[code]
        if stay.status == "cancelled":
            return "NOT_YOURS"
        if stay.doctor == doctor and stay.number.start == start:
            return "AGAIN"
        if stay.status != "booked" or self.now >= stay.number.start:
            return "TOO_LATE_TO_CANCEL"
        moved = deepcopy(self)
        verdict = moved.moves(code, doctor, start)
        if verdict == "CHANGED":
            self.__dict__.update(moved.__dict__)
        return verdict

    def moves(self, code: str, doctor: str, start: datetime) -> str:
        stay = self.stays[code]
        paid, owed = stay.paid_fen, stay.owed_fen
        self.end([stay])
        verdict = self.verdict(stay.patient, doctor, start)
        if verdict != "BOOKED":
            return verdict
        self.stays[f"{code} before {len(self.stays)}"] = stay
        new = self.book(stay.patient, doctor, start, code, None)
        cheaper = self.fees[stay.number.session] - self.fees[new.number.session]
        if cheaper >= 0:  # what was paid goes along; for a dearer one all of it is owed back
            new.paid_fen, new.owed_fen = paid, owed + min(cheaper, paid - owed)
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

    # Who waits

    def join(self, patient: int, doctor: str, start: datetime) -> str:
        """WAITS or AGAIN, or why not: nobody waits beside a free number, nor for what will not be sold any more."""
        sessions = [n.session for n in self.numbers if self.doctors[n.session] == doctor and n.start == start]
        if not sessions:
            return "NO_SUCH_TIME"
        there = [n for n in self.numbers if n.session == sessions[0]]
        if any(self.is_free(n) and n.start > self.now for n in there):
            return "STILL_OPEN"
        if all(self.is_stopped(n) or n.start <= self.now for n in there):
            return "NO_WAITING_LIST"
        mine = [s for s in self.stays.values() if s.live and s.patient == patient and s.number.session == sessions[0]]
        if any(stay.status != "held" for stay in mine):
            return "ALREADY_BOOKED"
        if any(wait.patient == patient and wait.session == sessions[0] for wait in self.waiting()):
            return "AGAIN"
        self.waits.append(Wait(patient, sessions[0]))
        return "WAITS"

    def waiting(self) -> list[Wait]:
        """All who wait or are offered a number, in order."""
        return [wait for wait in self.waits if wait.status in {"waiting", "offered"}]

    def place(self, wait: Wait) -> int:
        """How many, he among them, will be offered a number before the next one; 0: he is offered one."""
        before = self.waits[: self.waits.index(wait) + 1]
        ahead = [each for each in before if each.session == wait.session and each.status == "waiting"]
        return 0 if wait.status == "offered" else len(ahead)

    def answer(self, patient: int, yes: bool) -> str:
        """To the offer that ends first."""
        mine = [wait for wait in self.waiting() if wait.patient == patient and wait.stay and wait.status == "offered"]
        if not mine:
            return "NOT_WAITING"
        stay = min(mine, key=lambda wait: wait.stay.until).stay
        if yes:
            return self.confirm(stay.code)
        self.end([stay])
        return "LEFT"

    def leave(self, wait: Wait) -> str:
        if wait.status != "waiting":
            return "NOT_WAITING"
        wait.status = "left"
        return "LEFT"

    def offer(self, sessions: Iterable[int]) -> None:
        """What is free there is held for the first who waits and may have it; he is told once."""
        for session in sorted(set(sessions)):
            free = sorted((n.start, n.seq) for n in self.numbers if n.session == session and self.is_free(n))
            for start, _ in free:
                self._offer(session, start)

    def _offer(self, session: int, start: datetime) -> None:
        if start <= self.now:
            return
        for wait in [each for each in self.waits if each.session == session and each.status == "waiting"]:
            verdict = self.verdict(wait.patient, self.doctors[session], start)
            if verdict == "ALREADY_BOOKED":
                wait.status = "left"
            elif verdict == "BOOKED":
                self._held_for(wait, start)
                self._tell(wait.stay, "候补有号", seq=True)
                return

    def _held_for(self, wait: Wait, start: datetime, *, back: bool = False) -> None:
        until = self.now + min(ANSWER, start - self.now)
        wait.status, wait.back = "offered", back
        wait.stay = self.book(wait.patient, self.doctors[wait.session], start, f"? {self.made}", until)

    # What happens

    def is_stopped(self, number: Number) -> bool:
        return number.stop is not None or self.is_shut(number.session)

    def is_shut(self, session: int) -> bool:
        """A whole stop of it stands."""
        return any(
            halt.standing and halt.whole and halt.substitute is None and halt.session == session
            for halt in self.halts.values()
        )

    def is_free(self, number: Number) -> bool:
        return number.holder is None and not self.is_stopped(number)

    def end(self, stays: list[Stay], became: str = "left") -> None:
        """They end; whom one of them was offered to waits no more, and the next one is offered it."""
        for stay in stays:
            stay.status = "cancelled"
            stay.number.holder = None
            stay.owed_fen = stay.paid_fen
            for wait in self.waits:
                if wait.stay is stay and wait.status == "offered":
                    wait.status = became
        self.offer(stay.number.session for stay in stays)

    def can_stop(self, session: int, since: datetime | None) -> bool:
        there = [n for n in self.numbers if n.session == session and (since is None or n.start >= since)]
        return there[0].start.date() >= self.now.date() and any(n.stop is None for n in there)

    def stop(self, session: int, since: datetime | None, stop: int) -> None:
        """The session's bookings (from this time on) are released; the numbers leave sale; nobody waits for what is shut."""
        halt = self.halts[stop] = Halt(session, whole=since is None)
        for number in self.numbers:
            if number.session == session and number.stop is None and (since is None or number.start >= since):
                number.stop = stop
        halt.ended = sorted(
            (stay for stay in self.stays.values() if stay.number.stop == stop and stay.status in TO_END),
            key=lambda stay: stay.nth,
        )
        for wait in [wait for wait in self.waiting() if wait.session == session]:
            if halt.whole:
                if wait.status == "waiting":
                    self._tell_waiting(wait, "候补已取消")
                wait.status = "lapsed"
            elif wait.stay in halt.ended:
                wait.status = "waiting"
        self.end(halt.ended)
        for stay in halt.ended:
            self._tell(stay, "已退号")

    def can_pass_on(self, session: int, doctor: str) -> bool:
        """The substitute has no session of that half day, and no number between its first and its last."""
        mine = [n.start for n in self.numbers if n.session == session]
        others = [n for n in self.numbers if n.session != session and self.doctors[n.session] == doctor]
        others = [n for n in others if n.start.date() == mine[0].date()]
        if any(self.halves[n.session] == self.halves[session] or min(mine) <= n.start <= max(mine) for n in others):
            return False
        return self.can_stop(session, None) and self.doctors[session] != doctor

    def pass_on(self, session: int, doctor: str, stop: int) -> None:
        """A substitute takes the session and its bookings; whom the other doctor has seen stays his."""
        was = self.doctors[session]
        self.halts[stop] = Halt(session, was=was, substitute=doctor)
        self._given(session, was, doctor, "替诊通知", frozenset({was, doctor}))

    def _given(self, session: int, was: str, doctor: str, words: str, named: frozenset[str]) -> None:
        self.doctors[session] = doctor
        for stay in self.stays.values():
            if stay.number.session == session and stay.status in TO_END and stay.doctor == was:
                stay.doctor = doctor
                self.told.append(Told(stay.patient, words, named, hour(stay.number.start)))

    def withdraw(self, stop: int) -> str:
        """The doctor comes after all: what a stop has ended is offered back, in the order it was booked; each hears it once."""
        halt = self.halts.get(stop)
        if halt is None:
            return "NO_STOP"
        there = [n for n in self.numbers if n.session == halt.session]
        if not halt.standing or there[0].start.date() < self.now.date():
            return "NOT_STANDING"
        if halt.substitute is not None:
            return self._withdraw_substitute(halt)
        if not halt.whole and self.is_shut(halt.session):
            return "OVERTAKEN"
        halt.standing = False
        for stay in halt.ended:
            if stay.number.start > self.now:
                stay.number.stop = None
                self._offer_back(stay)
        for number in there:
            if number.stop == stop:
                number.stop = None
        return "WITHDRAWN"

    def _withdraw_substitute(self, halt: Halt) -> str:
        if self.doctors[halt.session] != halt.substitute:
            return "OVERTAKEN"
        taken = [s for s, doctor in self.doctors.items() if doctor == halt.was and self._same_half(s, halt.session)]
        if taken:
            return "SESSION_TAKEN"
        halt.standing = False
        self._given(halt.session, halt.substitute, halt.was, "预约恢复为", frozenset({halt.was}))
        return "WITHDRAWN"

    def _same_half(self, one: int, other: int) -> bool:
        days = {n.start.date() for n in self.numbers if n.session in {one, other}}
        return len(days) == 1 and self.halves[one] == self.halves[other]

    def _offer_back(self, stay: Stay) -> None:
        start, session = stay.number.start, stay.number.session
        doctor = self.doctors[session]
        if self.verdict(stay.patient, doctor, start) != "BOOKED":
            self.told.append(Told(stay.patient, "可重新预约", frozenset({doctor}), hour(start)))
            return
        standing = [wait for wait in self.waiting() if (wait.patient, wait.session) == (stay.patient, session)]
        wait = standing[0] if standing else Wait(stay.patient, session)
        if not standing:
            self.waits.append(wait)
        self._held_for(wait, start, back=True)
        self._tell(wait.stay, "为您保留至", seq=True)

    def later(self, now: datetime) -> None:
        """Time passes and the jobs run."""
        self.now = now
        self._expire()
        self.offer(wait.session for wait in self.waits if wait.status == "waiting")
        self._end_waiting()
        due = [stay for stay in self.stays.values() if stay.status == "booked" and stay.number.start + LIVES <= now]
        for stay in due:
            stay.status = "noshow"
            self.missed[stay.patient] = self.missed.get(stay.patient, 0) + 1

    def _expire(self) -> None:
        over = [s for s in self.stays.values() if s.status == "held" and s.until is not None and s.until <= self.now]
        for stay in over:
            offered = any(wait.stay is stay and wait.status == "offered" for wait in self.waits)
            self._tell(stay, "已让给下一位" if offered else "号已放出")
        self.end(over, became="lapsed")

    def _end_waiting(self) -> None:
        for wait in [wait for wait in self.waits if wait.status == "waiting"]:
            if all(n.start <= self.now for n in self.numbers if n.session == wait.session):
                mine = [s for s in self.stays.values() if s.live and s.patient == wait.patient]
                booked = any(stay.number.session == wait.session for stay in mine)
                wait.status = "left" if booked else "lapsed"
                if not booked:
                    self._tell_waiting(wait, "已停止预约")

    def _tell(self, stay: Stay, words: str, *, seq: bool = False) -> None:
        start = stay.number.start
        self.told.append(
            Told(stay.patient, words, frozenset({stay.doctor}), hour(start), stay.number.seq if seq else None)
        )

    def _tell_waiting(self, wait: Wait, words: str) -> None:
        day = next(n.start.day for n in self.numbers if n.session == wait.session)
        self.told.append(Told(wait.patient, words, frozenset({self.doctors[wait.session]}), str(day)))
