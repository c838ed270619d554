"""Real daemons behind a real Asterisk: a hospital on SQLite, an SMSC in its own process, telephones made of sipp."""

from __future__ import annotations

import json
import queue
import random
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import TypeVar

import pytest
from open_house import open_house
from processes import begin
from real_house import Daemon, House
from stock import Stock, stock
from telephone import Telephone
from twisted.internet.defer import Deferred
from waiting import wait_until

from booking.keeping_outcomes import Cancelled
from booking.outcomes import Booked
from booking.reception import Reception
from booking.requests import BookSlot, Caller, CancelBooking, Channel, Named, RegisterPhone
from booking.store.roster.roster import DoctorRow, SessionRow, thd_put_doctors, thd_put_sessions
from booking.views import BookingView, WaitingView
from booking.waiting_room import WaitingRoom
from command_parser.identity import check_place

T = TypeVar("T")
HERE = Path(__file__).parent
SLOTS, MINUTES = 40, 5  # of doctor 00868
CLINIC_DAYS_AHEAD = 2  # never today: the day's clinics may be over


def at_once(answer: Awaitable[T]) -> T:
    """The result of a coroutine that waits for nothing."""
    results: list[T] = []
    deferred = Deferred.fromCoroutine(answer)
    deferred.addCallback(results.append)
    trouble: list[object] = []
    deferred.addErrback(trouble.append)
    assert not trouble, trouble
    return results[0]


@dataclass
class Smsc:
    """What patients' phones were sent."""

    process: subprocess.Popen[str]
    port: int
    texts: queue.Queue[dict[str, str]] = field(default_factory=queue.Queue)
    seen: list[dict[str, str]] = field(default_factory=list)

    def text_to(self, number: str, holding: str) -> str:
        """The text to this number that has ``holding`` in it, once it has come."""

        def there() -> str:
            while not self.texts.empty():
                self.seen.append(self.texts.get())
            return next((t["words"] for t in self.seen if t["to"].endswith(number) and holding in t["words"]), "")

        return wait_until(there, why=lambda: f"no text with {holding} to {number}; these came: {self.seen}")

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.reader.join(10)

    def start_reading(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.texts.put(json.loads(line))


@dataclass
class Hospital:
    """A furnished hospital: its first daemon, what its patients' phones were sent, its store."""

    daemon: House
    smsc: Smsc
    reception: Reception
    room: WaitingRoom
    goods: Stock
    hospital: int
    day: str
    phones: int = 0
    slots: int = 0

    def new_phone(self) -> str:
        """A number with one patient registered to it."""
        self.phones += 1
        number = f"1380013{self.phones:04d}"
        seventeen = f"11010519491231{self.phones:03d}"
        identity = seventeen + check_place(seventeen)
        at_once(self.reception.register(RegisterPhone(caller=self.caller(number), identity=identity, name="张三")))
        return number

    def caller(self, number: str) -> Caller:
        return Caller(hospital=self.hospital, phone=f"+86{number}", channel=Channel.PHONE)

    def new_time(self) -> str:
        """MMDDHHMM of a number of doctor 00868 that no other test uses: from the day's last one on, for who moves takes the first."""
        self.slots += 1
        hour, minute = divmod(8 * 60 + MINUTES * (SLOTS - self.slots), 60)
        return f"{self.day}{hour:02d}{minute:02d}"

    def one_number(self, doctor: str) -> datetime:
        """A doctor who has one number, and when it is."""
        put, start = (self.goods.opened.vault, self.hospital), time(15)
        row = DoctorRow(number=doctor, name="陈晓明", title="主任医师", department_code="01")
        session = SessionRow(
            doctor=doctor, day=self.goods.day, period="PM", first=start, minutes_per_slot=30, slots=1, place="二楼"
        )
        self.goods.database.now(thd_put_doctors, *put, [row])
        self.goods.database.now(thd_put_sessions, *put, [session])
        return datetime.combine(self.goods.day, start)

    def book(self, number: str, doctor: str, start: datetime) -> BookingView:
        """A booking made from this phone, by another way than a call."""
        wish = BookSlot(caller=self.caller(number), doctor=doctor, start=start, who=Named("张三"), key=f"made:{number}")
        booked = at_once(self.reception.book(wish))
        assert isinstance(booked, Booked), booked
        return booked.booking

    def give_back(self, number: str, code: str) -> None:
        request = CancelBooking(caller=self.caller(number), code=code, key=f"given:{code}")
        assert isinstance(at_once(self.reception.cancel(request)), Cancelled)

    def places(self, number: str) -> Sequence[WaitingView]:
        """What this phone waits for."""
        return at_once(self.room.mine(self.caller(number)))

    def free(self) -> int:
        """How many numbers of the doctor are free."""
        times = at_once(self.reception.times(self.hospital, "00868", None, 100))
        return len(times.open)

    def bookings(self, number: str) -> tuple[BookingView, ...]:
        return at_once(self.reception.bookings_of(self.caller(number)))


@pytest.fixture(scope="session")
def smsc() -> Iterator[Smsc]:
    process = begin([sys.executable, HERE / "smsc.py"], stdout=subprocess.PIPE, text=True)
    smsc = Smsc(process, int(process.stdout.readline()))
    smsc.start_reading()
    yield smsc
    smsc.close()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, asterisk_process, smsc: Smsc) -> Iterator[Hospital]:
    run = asterisk_process.run
    daemon = House(
        tmp_path_factory.mktemp("hotline"), "ivr,sms,jobs", smsc=smsc.port, prompts=run / "sounds", spool=run / "spool"
    )
    goods = stock(daemon.toml, {"00868": "+8613900000868"}, slots=SLOTS, minutes=MINUTES, days_ahead=CLINIC_DAYS_AHEAD)
    opened, rng = goods.opened, random.SystemRandom()
    open_ = open_house(goods.database, opened.vault, goods.clock, rng=rng)
    reception, room = Reception(open_), WaitingRoom(open_)
    yield Hospital(daemon, smsc, reception, room, goods, opened.hospital, f"{goods.day:%m%d}")
    daemon.end()
    opened.engine.dispose()


Ring = Callable[[str], Telephone]


@pytest.fixture
def ring(asterisk, tmp_path: Path) -> Iterator[Ring]:
    """A telephone rings up from this number."""
    telephones: list[Telephone] = []

    def start(number: str) -> Telephone:
        telephones.append(Telephone(tmp_path, number, asterisk.sip, asterisk.ear(number)))
        return telephones[-1]

    yield start
    for telephone in telephones:
        telephone.close()


@pytest.fixture
def first(house: Hospital) -> Daemon:
    """The daemon that has everything, up and idle; it stays up from test to test."""
    if not house.daemon.alive:
        house.daemon.start()
        house.daemon.wait_ready()
    return house.daemon


@pytest.fixture
def second(house: Hospital) -> Iterator[Daemon]:
    """A second daemon on the same database: it answers telephones only."""
    daemon = Daemon(house.daemon.toml, "ivr")
    try:
        daemon.start()
        daemon.wait_ready()
        yield daemon
    finally:
        daemon.end()
