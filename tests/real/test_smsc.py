"""The daemon and an SMSC that nobody here wrote (node's smpp): mixed texts, a killed SMSC, bytes that mean nothing.

The peer keeps the books of an operator: what was not acknowledged is delivered again, what it did not accept was not sent.
"""

from __future__ import annotations

import importlib.util
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time as clock_time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from booking.clock import wall
from booking.store import revision
from booking.store.database import make_engine
from booking.store.immediate import ImmediateDatabase
from booking.store.roster import (
    DepartmentRow,
    DoctorRow,
    SessionRow,
    thd_put_departments,
    thd_put_doctors,
    thd_put_sessions,
)
from hotline.clock import SystemClock
from hotline.config import Config, read_config
from hotline.opening import open_store

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("node-smpp")]

_spec = importlib.util.spec_from_file_location("smsc_peer", Path(__file__).parent / "smsc" / "peer.py")
_peer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_peer)
Peer = _peer.Peer

SERVICE = "12580"
HOTLINE = (sys.executable, "-c", "from hotline.cli.main import main; main()")
TOML = """
[hospital]
code = "renhe"
name = "仁和医院"
short_name = "仁和"
[database]
url = "sqlite:///{folder}/hotline.db"
[privacy]
key_file = "key"
[[smsc]]
name = "node"
host = "127.0.0.1"
port = {smsc}
system_id = "hotline"
password_file = "password"
service_number = "12580"
rate = 0.0
[metrics]
listen = "tcp:{metrics}:interface=127.0.0.1"
[log]
format = "json"
[drain]
seconds = 5.0
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class House:
    """``hotline run --role sms`` for a hospital with one doctor and 200 slots tomorrow."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smsc_port, self.metrics_port = free_port(), free_port()
        for name, secret in (("key", secrets.token_hex(32)), ("password", "secret")):
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(secret)
        self.file = folder / "hotline.toml"
        values = {"folder": folder, "smsc": self.smsc_port, "metrics": self.metrics_port}
        self.file.write_text(TOML.format(**values), encoding="utf-8")
        self.day = self._furnish()
        self._log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [*HOTLINE, "run", "-c", str(self.file), "--role", "sms"], stdout=self._log, stderr=self._log
        )

    def _furnish(self) -> str:
        clock = SystemClock()
        config = read_config(self.file)
        assert isinstance(config, Config), config
        revision.upgrade(make_engine(config.database.url))
        opened = open_store(config, clock)
        database, day = ImmediateDatabase(opened.engine, clock), wall(clock).date() + timedelta(days=1)
        args = (opened.vault, opened.hospital)
        database.now(thd_put_departments, *args, [DepartmentRow(code="01", name="心血管内科", location="二楼")])
        doctor = DoctorRow(
            number="00868",
            name="王建国",
            title="主任医师",
            department_code="01",
            speciality="高血压",
            phone="+8613700000868",
        )
        database.now(thd_put_doctors, *args, [doctor])
        session = SessionRow(
            doctor="00868", day=day, period="AM", first=clock_time(8), minutes_per_slot=1, slots=200, place="二楼",
            fee_fen=5000, clinic_type="专家",
        )  # fmt: skip
        database.now(thd_put_sessions, *args, [session])
        opened.engine.dispose()
        return f"{day:%m%d}"

    def metric(self, name: str, **labels: str) -> float:
        """The sum of all series of that name with these labels."""
        page = urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=5).read().decode()
        found = re.findall(rf"^{name}(?:{{(.*)}})? ([0-9.e+]+)$", page, re.MULTILINE)
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(float(value) for series, value in found if all(label in series for label in wanted))

    def memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._log.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def phone(n: int) -> str:
    return f"86139{n:08d}"


def identity(n: int) -> str:
    body = f"110105{1950 + n % 50}{1 + n % 12:02d}{1 + n % 28:02d}{n % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


@dataclass
class Text:
    """A text as the operator delivers it: one or more deliver_sm commands; ``says`` is part of the right answer."""

    sender: str
    says: str
    deliveries: list[dict[str, Any]] = field(default_factory=list)


def plain(n: int, words: str, says: str, **how: Any) -> Text:
    return Text(phone(n), says, [{"from": phone(n), "to": SERVICE, "text": words, **how}])


def long(n: int, words: str, says: str, *, kind: str, ref: int) -> Text:
    """Cut every 134 bytes without a look at what is cut, as some phones do."""
    body = words.encode("utf-16-be")
    pieces = [body[at : at + 132] for at in range(0, len(body), 132)]
    text = Text(phone(n), says)
    for number, piece in enumerate(pieces, start=1):
        delivery: dict[str, Any] = {"from": phone(n), "to": SERVICE, "hex": piece.hex()}
        if kind == "udh8":
            delivery["udh"] = f"050003{ref:02x}{len(pieces):02x}{number:02x}"
        elif kind == "udh16":
            delivery["udh"] = f"060804{ref:04x}{len(pieces):02x}{number:02x}"
        else:
            delivery["tlvs"] = {
                "sar_msg_ref_num": ref, "sar_total_segments": len(pieces), "sar_segment_seqnum": number
            }  # fmt: skip
        text.deliveries.append(delivery)
    return text


STORY = "TS" + "候诊两个多小时😀没有人解释，叫号屏也不亮👨‍👩‍👧，请改进。" * 6


def mixed_texts(day: str) -> list[Text]:
    """Two hundred texts of two hundred phones, as a busy morning mixes them."""
    rng = random.Random(868)
    texts: list[Text] = []
    for n in range(60):
        texts.append(plain(n, rng.choice(["CX00868", "cx 00868", "ＣＸ００８６８。", "您好，CX00868谢谢"]), "王建国"))
    for n in range(60, 80):
        texts.append(plain(n, "CX00868", "王建国", data_coding=0))
    for n in range(80, 95):
        texts.append(plain(n, rng.choice(["😀😀😀", "🏥👍", "👨‍👩‍👧"]), "没看懂"))
    for n in range(95, 110):
        texts.append(plain(n, f"id:{n} sub:001 dlvrd:001 submit date:2607140900 stat:DELIVRD err:000", "没看懂"))
    for n in range(110, 135):
        texts.append(plain(n, f"ZC{identity(n)},张三", "登记成功"))
    for n in range(135, 150):
        texts.append(plain(n, f"GHDH00868,{day}0830,张三", "请先发 ZC"))
    for n in range(150, 180):
        kind = ("udh8", "udh16", "sar")[n % 3]
        # Two neighbours share a reference: only the sender tells their parts apart.
        texts.append(long(n, f"{STORY}{n}", "已受理", kind=kind, ref=n // 6))
    for n in range(180, 200):
        texts.append(plain(n, "BZ", "逐步选择"))
    assert len(texts) == 200
    return texts


def deliveries(texts: list[Text], rng: random.Random) -> list[dict[str, Any]]:
    """All deliver_sm of these texts, shuffled: parts of several senders interleave and come out of order."""
    found = [delivery for text in texts for delivery in text.deliveries]
    rng.shuffle(found)
    return found


class Operator:
    """Keeps what was not acknowledged, over the lives of its SMSC."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.lives = [Peer(port)]
        self.given: dict[str, dict[str, Any]] = {}

    @property
    def peer(self) -> Any:
        return self.lives[-1]

    def deliver(self, deliveries: list[dict[str, Any]]) -> None:
        for delivery in deliveries:
            name = str(len(self.given))
            self.given[name] = delivery
            self.peer.tell(do="deliver", id=name, **delivery)

    def acked(self) -> set[str]:
        events = (event for life in self.lives for event in life.seen("acked"))
        return {event["id"] for event in events if event["status"] == 0}

    def again(self, names: set[str], **how: Any) -> None:
        for name in sorted(names):
            self.peer.tell(do="deliver", id=name, **self.given[name], **how)

    def wait_acked(self, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while missing := self.given.keys() - self.acked():
            assert time.monotonic() < end, f"not acknowledged: {len(missing)}"
            time.sleep(0.05)

    def answers(self) -> dict[str, list[str]]:
        """Whole texts that the SMSC accepted, by phone."""
        parts: dict[tuple[str, str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for life in self.lives:
            for event in life.seen("submit"):
                udh = (event["udh"] or [""])[0]
                group, number = (udh[4:8], int(udh[8:10], 16)) if udh else ("", 1)
                key = event["to"], group if udh else event["message_id"]
                parts[key][number].append(event.get("text") or bytes.fromhex(event["hex"]).decode("utf-16-be"))
        found: dict[str, list[str]] = defaultdict(list)
        for (to, group), by_number in parts.items():
            total = int(group[2:4], 16) if len(group) == 4 else 1
            if len(by_number) == total:
                copies = max(len(copies) for copies in by_number.values())
                whole = "".join(by_number[number][0] for number in sorted(by_number))
                found[to].extend([whole] * copies)
        return found

    def wait_answers(self, phones: set[str], seconds: float = 30) -> dict[str, list[str]]:
        end = time.monotonic() + seconds
        while missing := phones - self.answers().keys():
            assert time.monotonic() < end, f"unanswered: {sorted(missing)[:5]} of {len(missing)}"
            time.sleep(0.1)
        time.sleep(1)  # whatever comes twice comes now
        return self.answers()

    def close(self) -> None:
        for life in self.lives:
            life.close()


@pytest.fixture
def operator(house: House) -> Iterator[Operator]:
    operator = Operator(house.smsc_port)
    operator.peer.wait(lambda event: event["event"] == "bound")
    yield operator
    operator.close()


def test_two_hundred_texts_survive_the_smsc(house: House, operator: Operator) -> None:
    """Mixed texts, parts in any order, repeats, an SMSC killed mid-way: every text is answered exactly once, the link is back in 5 s."""
    rng = random.Random(5)
    texts = mixed_texts(house.day)
    first, second = texts[:70] + texts[150:165], texts[70:150] + texts[165:]

    operator.deliver(deliveries(first, rng))
    operator.wait_acked()
    acked = {event["id"]: event["sequence"] for event in operator.peer.seen("acked")}
    repeated = set(rng.sample(sorted(acked), 30))
    for name in repeated:  # the same deliver_sm under the same number, after its answer
        operator.again({name}, sequence=acked[name])

    cut = deliveries(second, rng)
    operator.deliver(cut[: len(cut) // 2])
    time.sleep(0.05)
    operator.peer.tell(do="deaf")
    operator.peer.wait(lambda event: event["event"] == "deafened")
    operator.deliver(cut[len(cut) // 2 : len(cut) * 3 // 4])
    time.sleep(0.3)
    ignored = operator.peer.seen("ignored")
    operator.peer.kill()

    began = time.monotonic()
    operator.lives.append(Peer(operator.port))
    operator.peer.wait(lambda event: event["event"] == "bound", seconds=5)
    reconnected = time.monotonic() - began
    kept = operator.given.keys() - operator.acked()
    operator.again(
        set(kept) | set(rng.sample(sorted(operator.acked()), 20))
    )  # also some whose answer got lost on the way
    operator.deliver(cut[len(cut) * 3 // 4 :])
    operator.wait_acked()

    answers = operator.wait_answers({text.sender for text in texts})
    assert reconnected < 5
    assert ignored, "answers were in flight at the kill"
    for text in texts:
        assert len(answers[text.sender]) == 1, (text, answers[text.sender])
        assert text.says in answers[text.sender][0], (text, answers[text.sender])
    assert house.metric("hotline_sms_taken_total", what="new") == 200
    assert house.metric("hotline_sms_taken_total", what="repeat") >= 30
    assert house.metric("hotline_sms_resent_in_flight_total") > 0
    assert house.stop() == 0
    assert Counter(len(copies) for copies in answers.values()) == {1: len(answers)}


def test_a_booking_by_text_tells_patient_and_doctor(house: House, operator: Operator) -> None:
    """Register, book, cancel through a foreign SMSC: confirmation, doctor's text, and the slot is free again."""
    sender = phone(1)

    def say(words: str, expected: str) -> str:
        operator.deliver([{"from": sender, "to": SERVICE, "text": words}])
        end = time.monotonic() + 10
        while not (found := [words for words in operator.answers().get(sender, []) if expected in words]):
            assert time.monotonic() < end, operator.answers()
            time.sleep(0.05)
        return found[-1]

    say(f"ZC{identity(1)},张三", "登记成功")
    booked = say(f"GHDH00868,{house.day}0830,张三", "已预约")
    code = re.search(r"预约码(\d{8})", booked)[1]
    assert any("新预约" in words for words in operator.wait_answers({"8613700000868"})["8613700000868"])
    say(f"QX{code}", "已取消")
    assert "余200个号" in say("CX00868", "王建国主任医师余")


def test_receipts_of_a_foreign_smsc_find_their_text(house: House, operator: Operator) -> None:
    """A delivery receipt is no text: it is entered and acknowledged, and nobody gets an answer to it."""
    operator.deliver([{"from": phone(1), "to": SERVICE, "text": "BZ"}])
    message_id = operator.peer.wait(lambda event: event["event"] == "submit")["message_id"]
    words = f"id:{message_id} sub:001 dlvrd:001 stat:DELIVRD err:000"
    operator.peer.tell(
        do="receipt", id="r", **{"from": phone(1)}, to=SERVICE, text=words, message_id=message_id, state=2
    )
    assert operator.peer.wait(lambda event: event.get("id") == "r")["status"] == 0
    assert house.metric("hotline_sms_taken_total", what="receipt") == 1
    time.sleep(0.5)
    assert len(operator.answers()[phone(1)]) == 1


def nonsense(rng: random.Random) -> Iterator[bytes]:
    """PDUs that do not read, and bytes that are no PDU at all."""

    def pdu(command: int, body: bytes, length: int | None = None) -> bytes:
        size = 16 + len(body) if length is None else length
        return size.to_bytes(4, "big") + command.to_bytes(4, "big") + bytes(4) + rng.randbytes(4) + body

    for _ in range(300):
        yield pdu(5, rng.randbytes(rng.randrange(60)))  # deliver_sm with a random body
    for _ in range(100):
        yield pdu(rng.randrange(2**32), rng.randbytes(rng.randrange(30)))  # any command
    whole = b"\0\1\1" + phone(7).encode() + b"\0\0\1" + SERVICE.encode() + b"\0" + bytes(9)
    for cut in range(1, len(whole)):
        yield pdu(5, whole[:cut])
    yield pdu(5, whole + b"\x04\x24\xff\xff\x00")  # a TLV that says 65,535 bytes and has one
    for length in (0, 1, 15, 16, 70_001, 2**31, 2**32 - 1):
        yield pdu(5, b"", length)
    yield from (rng.randbytes(rng.randrange(1, 4096)) for _ in range(50))


def test_nonsense_from_the_smsc_costs_nothing_but_a_bind(house: House, operator: Operator) -> None:
    """Random bytes and broken PDUs: counted, the bind kept or made again, memory bounded, and the next text answered."""
    rng = random.Random(19)
    before = house.memory_mb()
    for piece in nonsense(rng):
        operator.peer.tell(do="bytes", hex=piece.hex())
        if operator.peer.seen("closed")[-1:] and len(operator.peer.seen("closed")) >= len(operator.peer.seen("bound")):
            bound = len(operator.peer.seen("bound"))
            end = time.monotonic() + 10
            while len(operator.peer.seen("bound")) == bound:
                assert time.monotonic() < end, "not bound again"
                time.sleep(0.02)
    time.sleep(0.3)
    end = time.monotonic() + 20
    while house.metric("hotline_smpp_bound") != 1:
        assert time.monotonic() < end, "not bound again"
        time.sleep(0.1)
    # What was half a PDU when it stopped must not swallow the next text: a cut link is made again.
    operator.peer.tell(do="drop")
    bound = len(operator.peer.seen("bound"))
    end = time.monotonic() + 10
    while len(operator.peer.seen("bound")) == bound:
        assert time.monotonic() < end, "not bound again"
        time.sleep(0.02)
    operator.deliver([{"from": phone(3), "to": SERVICE, "text": "BZ"}])
    assert "逐步选择" in operator.wait_answers({phone(3)})[phone(3)][0]
    assert house.process.poll() is None
    assert house.metric("hotline_smpp_malformed_total") > 300
    assert house.memory_mb() - before < 50


def test_the_daemon_stops_cleanly_under_load(house: House, operator: Operator) -> None:
    """SIGTERM with texts under way: what was acknowledged is answered, the daemon unbinds and ends with 0."""
    operator.deliver([{"from": phone(n), "to": SERVICE, "text": "CX00868"} for n in range(100)])
    operator.peer.wait(lambda event: event["event"] == "acked")
    assert house.stop() == 0
    operator.peer.wait(lambda event: event["event"] == "unbound", seconds=5)
    acknowledged = {operator.given[name]["from"] for name in operator.acked()}
    answers = operator.answers()
    assert acknowledged
    assert acknowledged <= answers.keys()
    assert all(len(answers[sender]) == 1 for sender in acknowledged)
