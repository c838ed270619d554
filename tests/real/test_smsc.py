"""The daemon and an SMSC that nobody here wrote (node's smpp): mixed texts, a killed SMSC, bytes that mean nothing.

The peer keeps the books of an operator: what was not acknowledged is delivered again, what it did not accept was not sent.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from node_smsc import SERVICE, Operator
from ports import free_port
from real_house import House
from stock import stock
from waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("node-smpp")]


DOCTORS = {"00868": "+8613700000868"}


@pytest.fixture
def operator() -> Iterator[Operator]:
    operator = Operator(free_port())
    yield operator
    operator.close()


@pytest.fixture
def house(tmp_path: Path, operator: Operator) -> Iterator[House]:
    house = House(tmp_path, "sms", smsc=operator.port, drain=PATIENCE / 2)
    yield house
    house.end()


@pytest.fixture
def day(house: House, operator: Operator) -> str:
    """The day, as texts say it, on which the one doctor has 200 numbers; the hospital is up and bound."""
    goods = stock(house.toml, DOCTORS, slots=200, minutes=1)
    goods.opened.engine.dispose()
    house.start()
    operator.smsc.wait_for("bound")
    return f"{goods.day:%m%d}"


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
    return Text(phone(n), says, [{"from": phone(n), "text": words, **how}])


def long(n: int, words: str, says: str, *, kind: str, ref: int) -> Text:
    """Cut every 134 bytes without a look at what is cut, as some phones do."""
    body = words.encode("utf-16-be")
    pieces = [body[at : at + 132] for at in range(0, len(body), 132)]
    text = Text(phone(n), says)
    for number, piece in enumerate(pieces, start=1):
        delivery: dict[str, Any] = {"from": phone(n), "hex": piece.hex()}
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


def test_two_hundred_texts_survive_the_smsc(house: House, operator: Operator, day: str) -> None:
    """Mixed texts, parts in any order, repeats, an SMSC killed mid-way: every text is answered exactly once, the link comes back. Only an
    answer that was on its way when the SMSC died may come twice, in the same words: nobody can know whether it was accepted.
    """
    rng = random.Random(5)
    texts = mixed_texts(day)
    first, second = texts[:70] + texts[150:165], texts[70:150] + texts[165:]

    operator.deliver(*deliveries(first, rng))
    operator.wait_acked()
    acked = {event["id"]: event["sequence"] for event in operator.smsc.seen("acked")}
    repeated = set(rng.sample(sorted(acked), 30))
    for name in repeated:  # the same deliver_sm under the same number, after its answer
        operator.again({name}, sequence=acked[name])
    wait_until(lambda: not unsettled(house), why="an answer to the first texts is not settled")

    cut = deliveries(second, rng)
    operator.deliver(*cut[: len(cut) // 2])
    time.sleep(0.05)
    operator.smsc.tell(do="deaf")
    operator.smsc.wait(lambda event: event["event"] == "deafened")
    operator.deliver(*cut[len(cut) // 2 : len(cut) * 3 // 4])
    operator.smsc.wait_for("ignored")
    deaf = operator.smsc.seen("deafened")[0]["at"]
    operator.smsc.kill()
    # It accepted nothing after these, so nothing tells us that it has read our answers to them.
    in_doubt = {event["id"] for event in operator.smsc.seen("acked") if event["at"] > deaf} - acked.keys()

    operator.begin_life()
    operator.smsc.wait_for("bound")
    operator.again(operator.unacked() | in_doubt)  # also those acknowledged at last, as if that got lost on the way
    operator.deliver(*cut[len(cut) * 3 // 4 :])
    operator.wait_acked()

    operator.wait_answers({text.sender for text in texts})
    time.sleep(1)  # whatever is answered twice is answered now
    answers = operator.answers()
    for text in texts:
        copies = answers[text.sender]
        assert len(copies) == 1 or (text in second and copies == copies[:1] * 2), (text, copies)
        assert text.says in answers[text.sender][0], (text, answers[text.sender])
    assert house.counted("hotline_sms_taken_total", what="new") == 200
    assert house.counted("hotline_sms_taken_total", what="repeat") >= 30
    assert house.counted("hotline_sms_resent_in_flight_total") > 0
    assert house.stop() == 0
    counted = Counter(len(copies) for copies in answers.values())
    assert counted[2] <= sent_again(house)


def unsettled(house: House) -> int:
    """How many texts are still to be sent, or on their way."""
    return counted_in(house, "SELECT COUNT(*) FROM inbox WHERE status <> 'answered'") + counted_in(
        house, "SELECT COUNT(*) FROM outbox WHERE status <> 'sent'"
    )


def sent_again(house: House) -> int:
    """How many texts were on their way when a link broke."""
    return counted_in(house, "SELECT COUNT(*) FROM outbox WHERE attempts > 0 OR resent > 0")


def counted_in(house: House, query: str) -> int:
    with closing(sqlite3.connect(house.toml.parent / "hotline.db")) as store:
        count: int = store.execute(query).fetchone()[0]
        return count


def proofs(house: House) -> int:
    """Of how many binds it is written what the SMSC has seen through them."""
    return counted_in(house, "SELECT COUNT(*) FROM smsc_bind")


def test_the_same_question_after_a_cut_is_answered_again(house: House, operator: Operator, day: str) -> None:
    """The SMSC accepted the first answer, so it knows that the text was taken: the same words through the next bind are asked anew."""
    sender = phone(7)
    operator.deliver({"from": sender, "text": "CX00868"})
    operator.wait_answers({sender})
    wait_until(lambda: proofs(house), why="what the SMSC has seen is not written down")
    operator.smsc.tell(do="drop")
    operator.smsc.wait_for("bound", times=2)
    operator.deliver({"from": sender, "text": "CX00868"})
    wait_until(lambda: len(operator.answers()[sender]) == 2, why="the second question has no answer")
    assert house.counted("hotline_sms_taken_total", what="repeat") == 0


def test_a_booking_by_text_tells_patient_and_doctor(house: House, operator: Operator, day: str) -> None:
    """Register, book, cancel through a foreign SMSC: confirmation, doctor's text, and the slot is free again."""
    sender = phone(1)

    def say(words: str, expected: str) -> str:
        operator.deliver({"from": sender, "text": words})
        found = wait_until(
            lambda: [words for words in operator.answers()[sender] if expected in words], why=operator.answers
        )
        return found[-1]

    say(f"ZC{identity(1)},张三", "登记成功")
    booked = say(f"GHDH00868,{day}0830,张三", "已预约")
    code = re.search(r"预约码(\d{8})", booked)[1]
    assert any("新预约" in words for words in operator.wait_answers({"8613700000868"})["8613700000868"])
    say(f"QX{code}", "已取消")
    assert "余200个号" in say("CX00868", "王建国主任医师余")


@pytest.fixture
def last(house: House, operator: Operator) -> str:
    """The day on which the one doctor has one number; the hospital is up and bound."""
    goods = stock(house.toml, DOCTORS, slots=1, minutes=30)
    goods.opened.engine.dispose()
    house.start()
    operator.smsc.wait_for("bound")
    return f"{goods.day:%m%d}"


def test_who_waits_by_text_gets_the_number_that_is_given_back(house: House, operator: Operator, last: str) -> None:
    """Full: 1 waits; another gives the number back, the offer comes by itself, Y makes it a booking with its confirmation."""

    def say(n: int, words: str, expected: str) -> str:
        operator.deliver({"from": phone(n), "text": words})
        return hears(n, expected)

    def hears(n: int, expected: str) -> str:
        return wait_until(
            lambda: [words for words in operator.answers()[phone(n)] if expected in words], why=operator.answers
        )[-1]

    for n in (1, 2):
        say(n, f"ZC{identity(n)},张三", "登记成功")
    code = re.search(r"预约码(\d{8})", say(1, f"GHDH00868,{last}0800,张三", "已预约"))[1]
    assert "候补同一班次的空号请回复1" in say(2, f"GHDH00868,{last}0800,张三", "已约满")
    assert "排第1位" in say(2, "1", "已候补")
    say(1, f"QX{code}", "已取消")
    assert "要请回复Y，不要请回复N" in hears(2, "候补有号")
    booked = say(2, "Y", "已预约")
    assert re.search(r"预约码(\d{8})", booked)[1] != code
    assert sum("已预约" in words for words in operator.answers()[phone(2)]) == 1
    assert "余0个号" not in say(2, "CX", "您有1个预约")


def test_receipts_of_a_foreign_smsc_find_their_text(house: House, operator: Operator, day: str) -> None:
    """A delivery receipt is no text: it is entered and acknowledged, and nobody gets an answer to it."""
    operator.deliver({"from": phone(1), "text": "BZ"})
    message_id = operator.smsc.wait(lambda event: event["event"] == "submit")["message_id"]
    words = f"id:{message_id} sub:001 dlvrd:001 stat:DELIVRD err:000"
    operator.smsc.tell(
        do="receipt", id="r", **{"from": phone(1)}, to=SERVICE, text=words, message_id=message_id, state=2
    )
    assert operator.smsc.wait(lambda event: event.get("id") == "r")["status"] == 0
    assert house.counted("hotline_sms_taken_total", what="receipt") == 1
    operator.deliver({"from": phone(2), "text": "BZ"})
    operator.wait_answers({phone(2)})  # a text that came later is answered: what was to come has come
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


def test_nonsense_from_the_smsc_costs_nothing_but_a_bind(house: House, operator: Operator, day: str) -> None:
    """Random bytes and broken PDUs: counted, the bind kept or made again, memory bounded, and the next text answered."""
    rng = random.Random(19)
    before = house.resident_mb()
    for piece in nonsense(rng):
        operator.smsc.tell(do="bytes", hex=piece.hex())
        if (closed := operator.smsc.count("closed")) >= operator.smsc.count("bound"):
            operator.smsc.wait_for("bound", closed + 1)
    # What was half a PDU when it stopped must not swallow the next text: a cut link is made again.
    wait_until(lambda: house.counted("hotline_smpp_bound") == 1, why="not bound again", every=0.1)
    bound = operator.smsc.count("bound")
    operator.smsc.tell(do="drop")
    operator.smsc.wait_for("bound", bound + 1)
    operator.deliver({"from": phone(3), "text": "BZ"})

    def answered() -> list[str]:
        """More nonsense may have been under way, and cost one more bind: what was not acknowledged is sent again."""
        operator.again(operator.unacked())
        return operator.answers().get(phone(3), [])

    assert "逐步选择" in wait_until(answered, why="the next text is not answered", every=0.5)[0]
    assert house.alive
    assert house.counted("hotline_smpp_malformed_total") > 300
    assert house.resident_mb() - before < 50


def test_the_daemon_stops_cleanly_under_load(house: House, operator: Operator, day: str) -> None:
    """SIGTERM with texts under way: what was acknowledged is answered, the daemon unbinds and ends with 0."""
    operator.deliver(*({"from": phone(n), "text": "CX00868"} for n in range(100)))
    operator.smsc.wait(lambda event: event["event"] == "acked")
    assert house.stop() == 0
    operator.smsc.wait(lambda event: event["event"] == "unbound")
    acknowledged = {operator.given[name]["from"] for name in operator.acked()}
    answers = operator.answers()
    assert acknowledged
    assert acknowledged <= answers.keys()
    assert all(len(answers[sender]) == 1 for sender in acknowledged)
