"""Rubbish at every door of a running daemon: it is refused and counted, the next caller and the next text are served, memory stays flat."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading

import pytest
from real_house import House
from waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket]

SEED = 20261122
ENVIRONMENT = b"agi_network_script: hotline\nagi_uniqueid: 1.9\nagi_callerid: 13800138000\nagi_channel: SIP/x\n\n"
HEADER = struct.Struct(">IIII")
GROWTH_MOST_MB = 40


@pytest.fixture
def phones(tmp_path):
    house = House(tmp_path, "ivr,jobs")
    house.upgrade()
    try:
        house.start()
        house.wait_ready()
        yield house
    finally:
        house.end()


def says(port: int, data: bytes) -> bytes:
    """What a FastAGI connection answers to ``data`` before it closes or falls silent."""
    heard = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        line.sendall(data)
        while piece := line.recv(4096):
            heard += piece
    return heard


def test_malformed_fastagi_is_refused_and_the_next_caller_is_served(phones):
    """Lines of 100 KB, headers without end, high bytes, answers nobody asked for, half a header and gone: each costs its own call only."""
    rng = random.Random(SEED)
    before = phones.resident_mb()
    rubbish = [
        b"agi_request: " + b"x" * 100_000 + b"\n\n",
        b"x" * 100_000,
        b"".join(b"agi_arg_%d: y\n" % n for n in range(5_000)),
        bytes(range(0x80, 0x100)) * 100,
        b"\xff\xfe: \x80\x81\n" * 10 + b"\n",
        ENVIRONMENT + b"z" * 100_000 + b"\n",
        ENVIRONMENT + b"200 result=0\n" * 50,
        ENVIRONMENT + b"520-Invalid command syntax\n" + b"more\n" * 20_000,
        ENVIRONMENT + b"\x00" * 10_000 + b"\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"",
        *(rng.randbytes(rng.randrange(1, 3_000)) for _ in range(200)),
        *(ENVIRONMENT + rng.randbytes(rng.randrange(1, 3_000)) + b"\n" for _ in range(100)),
    ]
    threads = [
        threading.Thread(target=lambda part=part: [says(phones.agi, data) for data in part])
        for part in _shares(rubbish, 40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert phones.alive
    wait_until(lambda: sum(phones.counted(f"hotline_ivr_{what}_total") for what in ("faults", "refused")) > 100)
    assert says_first_command(phones.agi)
    assert phones.resident_mb() - before < GROWTH_MOST_MB
    assert phones.stop() == 0


def says_first_command(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        line.sendall(ENVIRONMENT)
        return line.recv(4096).startswith((b"ANSWER", b"SET VARIABLE", b"EXEC", b"GET"))


def _shares(items: list[bytes], count: int) -> list[list[bytes]]:
    return [items[n::count] for n in range(count)]


class WildSmsc:
    """A bare socket that lets the daemon bind and then sends whatever it likes; answers every submit_sm, counts what comes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.binds = self.acks = self.put_off = self.submits = self.nacks = 0
        self.line: socket.socket | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.line, _ = self._listener.accept()
                with self.line as line:
                    self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        buffer = b""
        with contextlib.suppress(OSError):
            while data := line.recv(65536):
                buffer += data
                while len(buffer) >= 16 and len(buffer) >= (length := HEADER.unpack_from(buffer)[0]):
                    self._take(line, *HEADER.unpack_from(buffer)[1:])
                    buffer = buffer[length:]

    def _take(self, line: socket.socket, command: int, status: int, sequence: int) -> None:
        match command:
            case 0x9:
                line.sendall(HEADER.pack(22, 0x80000009, 0, sequence) + b"wild\0\0")
                self.binds += 1
            case 0x4:
                self.submits += 1
                line.sendall(HEADER.pack(20, 0x80000004, 0, sequence) + b"%03d\0" % (sequence % 1000))
            case 0x15 | 0x6:
                line.sendall(HEADER.pack(16, command | 0x80000000, 0, sequence))
            case 0x80000005:
                self.acks += status == 0
                self.put_off += status != 0
            case 0x80000000:
                self.nacks += 1

    def send(self, data: bytes) -> None:
        assert self.line is not None
        with contextlib.suppress(OSError):
            self.line.sendall(data)

    def wait(self, what: str, count: int, seconds: float = PATIENCE) -> None:
        wait_until(lambda: getattr(self, what) >= count, seconds, lambda: f"{getattr(self, what)} {what} of {count}")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self.line is not None:
            self.line.close()


def deliver_sm(sequence: int, sender: str, body: bytes, coding: int) -> bytes:
    fields = b"\0\x01\x01" + sender.encode() + b"\0\0\x0112580\0\0\0\0\0\0\0\0" + bytes([coding, 0, len(body)]) + body
    return HEADER.pack(16 + len(fields), 0x5, 0, sequence) + fields


@pytest.fixture
def wild(tmp_path):
    smsc = WildSmsc()
    house = House(tmp_path, "sms,jobs", smsc=smsc.port)
    try:
        house.upgrade()
        house.start()
        smsc.wait("binds", 1)
        yield smsc, house
    finally:
        house.end()
        smsc.close()


def malformed(rng: random.Random) -> list[bytes]:
    """Frames that are whole but wrong inside: the bind need not suffer for them."""
    good = deliver_sm(7, "8613900000001", "CX".encode("utf-16-be"), 8)
    frames = [
        HEADER.pack(16, 0x5, 0, 1),
        HEADER.pack(20, 0x5, 0, 2) + b"\xff\xff\xff\xff",
        HEADER.pack(16, 0x777, 0, 3),
        HEADER.pack(16, 0x0B, 0, 4),
        HEADER.pack(16, 0x80000004, 0, 99_999),
        good[:-5],
        good[:20],
    ]
    tlvs = (b"\x04\x24\x00\xc8\x01", b"\x02\x0c\x00\x01\x05", b"\xff", b"\x02\x0c\xff\xff", b"\x14\x03\x00\x04abcd")
    frames += [_lengthened(good + tlv) for tlv in tlvs]
    frames += [
        _lengthened(HEADER.pack(0, rng.choice((0x5, 0x4, 0x15, 0x80000005)), 0, 50 + n) + rng.randbytes(n))
        for n in range(200)
    ]
    return [_lengthened(frame) for frame in frames]


def _lengthened(frame: bytes) -> bytes:
    return struct.pack(">I", len(frame)) + frame[4:]


def test_malformed_pdus_are_counted_and_the_bind_is_kept_or_made_again(wild):
    """Wrong bodies are answered and the bind lives; lengths that cannot be true cost the connection, which comes back by itself."""
    smsc, house = wild
    rng = random.Random(SEED)
    before = house.resident_mb()
    for frame in malformed(rng):
        smsc.send(frame)
    smsc.send(deliver_sm(5_000, "8613911110000", b"BZ", 0))
    smsc.wait("submits", 1)
    assert smsc.binds == 1, "a wrong body must not cost the bind"
    assert house.counted("hotline_smpp_malformed_total") > 20

    for binds, length in enumerate((0, 1, 15, 70_001, 2**31, 2**32 - 1), 2):
        smsc.send(struct.pack(">I", length) + rng.randbytes(100))
        smsc.wait("binds", binds)
    answered = smsc.submits
    smsc.send(deliver_sm(6_000, "8613911110001", b"BZ", 0))
    smsc.wait("submits", answered + 1)
    assert house.resident_mb() - before < GROWTH_MOST_MB
    assert house.stop() == 0


def random_text(rng: random.Random) -> tuple[bytes, int]:
    """Half rubbish, half nearly right."""
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randbytes(rng.randrange(0, 140)), rng.choice((0, 1, 3, 4, 8, 0xF0))
    if kind == 1:
        return "".join(chr(rng.randrange(0x20, 0xD7FF)) for _ in range(rng.randrange(1, 60))).encode("utf-16-be"), 8
    words = [
        "GHDH",
        "00868",
        "QX",
        "ZC",
        "TD",
        "CX",
        "，",
        "07150830",
        "张三",
        "1",
        "0715",
        "？",
        "11010519491231002X",
        "😀",
        "心血管",
        "\n",
        "PJ",
        "O0l",
    ]
    return "".join(rng.choice(words) for _ in range(rng.randrange(1, 6))).encode("utf-16-be")[:140], 8


def test_ten_thousand_random_texts_are_all_acknowledged_and_answered(wild):
    """No text crashes anything: each gets its acknowledgement and, as rubbish or not, its answer."""
    smsc, house = wild
    rng = random.Random(SEED)
    house.counted("hotline_sms_taken_total")
    texts = [random_text(rng) for _ in range(10_000)]
    before = 0.0
    for start in range(0, len(texts), 100):
        for n, (body, coding) in enumerate(texts[start : start + 100], start):
            smsc.send(deliver_sm(n + 1, f"86139{n:08d}", body, coding))
        smsc.wait("acks", start + 100)
        if start == 2_000:
            before = house.resident_mb()
    wait_until(
        lambda: house.counted("hotline_sms_answered_total") >= len(texts), 5 * PATIENCE, "unanswered texts", every=0.2
    )
    assert smsc.acks == len(texts)
    assert smsc.put_off == 0
    assert house.counted("hotline_sms_answered_total") == len(texts)
    assert house.counted("hotline_sms_faults_total", kind="bug") == 0
    assert house.resident_mb() - before < GROWTH_MOST_MB
    assert smsc.binds == 1
    assert house.stop() == 0
