"""Real daemons behind a real Asterisk: a hospital on SQLite, an SMSC in its own process, telephones made of sipp."""

from __future__ import annotations

import json
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import time as wall_time
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from twisted.internet.defer import Deferred

from booking.bell import Bell
from booking.clock import wall
from booking.reception import Reception
from booking.requests import Caller, Channel, RegisterPhone
from booking.rules.policy import HousePolicy
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.roster import (
    DepartmentRow,
    DoctorRow,
    HospitalRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_hospital,
    thd_put_sessions,
)
from booking.vault import Vault
from booking.views import BookingView
from command_parser.identity import check_place
from hotline.clock import SystemClock

T = TypeVar("T")
HERE = Path(__file__).parent
HOTLINE = Path(sys.executable).with_name("hotline")
KEY = "5a" * 32
EIGHT = wall_time(8)
CLINIC_DAYS_AHEAD = 2  # never today: the day's clinics may be over


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def at_once(answer: Awaitable[T]) -> T:
    """The result of a coroutine that waits for nothing."""
    results: list[T] = []
    deferred = Deferred.fromCoroutine(answer)
    deferred.addCallback(results.append)
    trouble: list[object] = []
    deferred.addErrback(trouble.append)
    assert not trouble, trouble
    return results[0]


def wait_until(what: Callable[[], T], within: float, why: str) -> T:
    """The first true answer of ``what``."""
    until = time.monotonic() + within
    while not (answer := what()):
        assert time.monotonic() < until, why
        time.sleep(0.05)
    return answer


@dataclass
class Daemon:
    """One `hotline run`: started, stopped, killed, asked."""

    home: Path
    roles: str
    agi: int = field(default_factory=free_port)
    metrics: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"agi://127.0.0.1:{self.agi}"

    @property
    def log(self) -> Path:
        return self.home / f"{self.agi}.log"

    def start(self) -> Daemon:
        """Returns when it is ready for calls and texts."""
        ports = (f"fastagi.listen=tcp:{self.agi}:", f"metrics.listen=tcp:{self.metrics}:")
        options = [word for port in ports for word in ("--set", f"{port}interface=127.0.0.1")]
        command = [HOTLINE, "run", "-c", self.home / "hotline.toml", "--role", self.roles, *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        wait_until(self.ready, 30, f"not ready: {self.log.read_text()[-2000:]}")
        return self

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            return self._page("readyz") is not None
        except (urllib.error.URLError, ConnectionError):
            return False

    def kill(self) -> None:
        """As the power does: kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As systemd does; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(how)
        try:
            return process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise

    def active(self) -> int:
        """Calls that the daemon believes to be up."""
        return round(self.metric("hotline_ivr_active_calls"))

    def metric(self, name: str) -> float:
        lines = self._page("metrics").splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def lines(self) -> list[dict[str, object]]:
        """Its log."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def _page(self, name: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/{name}", timeout=5) as page:
            return str(page.read().decode())


@dataclass
class Smsc:
    """What patients' phones were sent."""

    process: subprocess.Popen[str]
    port: int
    texts: queue.Queue[dict[str, str]] = field(default_factory=queue.Queue)
    seen: list[dict[str, str]] = field(default_factory=list)

    def text_to(self, number: str, holding: str, within: float = 10) -> str:
        """The text to this number that has ``holding`` in it, once it has come."""

        def there() -> str:
            while not self.texts.empty():
                self.seen.append(self.texts.get())
            return next((t["words"] for t in self.seen if t["to"].endswith(number) and holding in t["words"]), "")

        return wait_until(there, within, f"no text with {holding} to {number}; these came: {self.seen}")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        self.reader.join(timeout=5)

    def start_reading(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.texts.put(json.loads(line))


@dataclass
class House:
    """A furnished hospital, and what the daemons need to serve it."""

    home: Path
    smsc: Smsc
    database: ImmediateDatabase
    reception: Reception
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
        """MMDDHHMM of a number of doctor 00868 that no other test uses."""
        hour, minute = divmod(8 * 60 + 5 * self.slots, 60)
        self.slots += 1
        return f"{self.day}{hour:02d}{minute:02d}"

    def free(self) -> int:
        """How many numbers of the doctor are free."""
        times = at_once(self.reception.times(self.hospital, "00868", None, 100))
        return len(times.open)

    def bookings(self, number: str) -> tuple[BookingView, ...]:
        return at_once(self.reception.bookings_of(self.caller(number)))


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, asterisk_process) -> Iterator[House]:
    home = tmp_path_factory.mktemp("hotline")
    (home / "key").write_text(KEY)
    (home / "password").write_text("hotline")
    for secret in ("key", "password"):
        (home / secret).chmod(0o600)
    smsc = _smsc()
    (home / "hotline.toml").write_text(_configuration(home, smsc.port, asterisk_process.run), encoding="utf-8")
    subprocess.run([HOTLINE, "db", "upgrade", "-c", home / "hotline.toml"], check=True, timeout=60, capture_output=True)
    engine = make_engine(f"sqlite:///{home}/hotline.db")
    clock, vault = SystemClock(), Vault(bytes.fromhex(KEY))
    database = ImmediateDatabase(engine, clock)
    day = wall(clock).date() + timedelta(days=CLINIC_DAYS_AHEAD)

    def thd_furnish(conn):
        hospital = thd_put_hospital(conn, HospitalRow(code="renhe", name="仁和医院", short_name="仁和"))
        thd_put_departments(conn, vault, hospital, [DepartmentRow(code="01", name="心血管内科", location="门诊楼3层")])
        doctor = DoctorRow(
            number="00868", name="王建国", title="主任医师", department_code="01", phone="+8613900000868"
        )
        thd_put_doctors(conn, vault, hospital, [doctor])
        session = SessionRow(
            doctor="00868", day=day, period="AM", first=EIGHT, minutes_per_slot=5, slots=40, place="5诊室"
        )
        thd_put_sessions(conn, vault, hospital, [session])
        return hospital

    hospital = database.now(thd_furnish)
    reception = Reception(database, vault, clock, Bell(), random.SystemRandom(), HousePolicy())
    try:
        yield House(home, smsc, database, reception, hospital, f"{day:%m%d}")
    finally:
        engine.dispose()
        smsc.close()


def _smsc() -> Smsc:
    process = subprocess.Popen([sys.executable, HERE / "smsc.py"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    smsc = Smsc(process, int(process.stdout.readline()))
    smsc.start_reading()
    return smsc


def _configuration(home: Path, smsc_port: int, asterisk: Path) -> str:
    return f"""
[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"

[database]
url = "sqlite:///{home}/hotline.db"

[privacy]
key_file = "{home}/key"

[[smsc]]
name = "peer"
host = "127.0.0.1"
port = {smsc_port}
system_id = "hotline"
password_file = "{home}/password"
service_number = "12580"

[prompts]
directory = "{asterisk}/sounds"
asterisk_prefix = "/var/lib/hotline/prompts"

[emergency]
spool = "{asterisk}/spool"

[log]
format = "json"

[drain]
seconds = 5.0
"""


KEYED = '<nop><action><exec play_dtmf="{}"/></action></nop>'
LISTENS = '<pause milliseconds="{}"/>'
HANGS_UP = """
  <send retrans="500">
    <![CDATA[
      BYE [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:FROM@[local_ip]:[local_port]>;tag=[pid]SIPpTag00[call_number]
      To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
      Call-ID: [call_id]
      CSeq: 2 BYE
      Max-Forwards: 70
      Content-Length: 0
    ]]>
  </send>
  <recv response="200" />
"""
IS_HUNG_UP_ON = """
  <recv request="BYE" timeout="20000" />
  <send>
    <![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Content-Length: 0
    ]]>
  </send>
"""
Ring = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def ring(asterisk, tmp_path: Path) -> Iterator[Ring]:
    """A telephone of sipp's: rings up over SIP, keys each answer and pauses (a number: listens so many
    milliseconds), then hangs up, or waits to be hung up on."""
    telephones: list[subprocess.Popen[str]] = []

    def start(number: str, *answers: str | int, stays: bool = False, pause: int = 700) -> subprocess.Popen[str]:
        # sipp sends a string of keys by itself, 400 ms each; a person then listens for a moment.
        said = [LISTENS.format(pause)]
        for answer in answers:
            said.append(KEYED.format(answer) if isinstance(answer, str) else "")
            said.append(LISTENS.format(400 * len(answer) + pause if isinstance(answer, str) else answer))
        if stays:
            said.pop()  # the hotline may hang up as soon as it has heard the last key
        scenario = (HERE.parent / "caller.xml").read_text()
        scenario = scenario.replace("<!-- KEYS -->", "\n".join(said)).replace(
            "<!-- END -->", IS_HUNG_UP_ON if stays else HANGS_UP
        )
        file = tmp_path / f"{number}-{len(telephones)}.xml"
        file.write_text(scenario.replace("FROM", number))
        port, sound = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
        command = f"sipp 127.0.0.1:{asterisk.sip} -sf {file} -s 12580 -m 1 -i 127.0.0.1 -p {port} -mi 127.0.0.1 -mp {sound} -nostdin"
        errors = f"-timeout 90 -trace_err -error_file {file.with_suffix('.err')}"
        telephones.append(
            subprocess.Popen(
                [*command.split(), *errors.split()],
                cwd=tmp_path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return telephones[-1]

    yield start
    for telephone in telephones:
        if telephone.poll() is None:
            telephone.kill()
        telephone.communicate()
        if telephone.returncode:  # pytest shows this with the failure
            sys.stderr.write(
                asterisk.cli("core show channels concise") + (asterisk.run / "log" / "messages").read_text()[-2000:]
            )


@pytest.fixture(scope="session")
def first_daemon(house: House) -> Iterator[Daemon]:
    daemon = Daemon(house.home, "ivr,sms,jobs")
    yield daemon
    daemon.stop()


@pytest.fixture
def first(first_daemon: Daemon) -> Daemon:
    """The daemon that has everything, up and idle."""
    if first_daemon.process is None or first_daemon.process.poll() is not None:
        first_daemon.start()
    return first_daemon


@pytest.fixture
def second(house: House) -> Iterator[Daemon]:
    """A second daemon on the same database: it answers telephones only."""
    daemon = Daemon(house.home, "ivr").start()
    yield daemon
    daemon.stop()
