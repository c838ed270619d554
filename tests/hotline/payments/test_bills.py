"""Phone bills: by batch file and by the operator's HTTP interface."""

from __future__ import annotations

import json

import pytest

from booking.clock import FixedClock
from booking.money.payments import Answer, Errand
from hotline.payments.bill_api import BillApi
from hotline.payments.bill_files import BillFiles
from hotline.payments.bill_format import BadFile, Line, batch_text, read_answers
from hotline.payments.http import NoAnswer, NotDelivered, Reply

CLOCK = FixedClock.at_wall("2026-07-14 09:00:05")
CHARGE = Errand(kind="charge", id=1, way="bill", trade_no="T1", amount_fen=5000, paid_fen=5000, phone="+8613800138000")
REFUND = Errand(
    kind="refund",
    id=2,
    way="bill",
    trade_no="T0",
    amount_fen=2000,
    paid_fen=5000,
    refund_no="T0R01",
    provider_no="B0",
    phone="+8613800138001",
)
LINES = [
    Line(kind="charge", number="T1", amount_fen=5000, answer=Answer(state="done", provider_no="B1")),
    Line(kind="refund", number="T0R01", amount_fen=2000, answer=Answer(state="refused", error="no account")),
]


def test_a_batch_says_what_to_charge_and_what_to_pay_back():
    """Header, one line each, a trailer with sums and the digest."""
    text = batch_text("renhe", "b1", CLOCK.at.replace(tzinfo=None), [CHARGE, REFUND])
    *lines, trailer, end = text.split("\n")
    assert lines == [
        "H|1|renhe|b1|2026-07-14 09:00:05|2",
        "C|T1|13800138000|5000",
        "R|T0R01|T0|B0|13800138001|2000",
    ]
    assert trailer.startswith("T|1|5000|1|2000|")
    assert len(trailer.split("|")[-1]) == 64
    assert end == ""


def test_answers_are_read_as_they_were_written(answers_text):
    """Line by line."""
    assert read_answers(answers_text("b1", LINES)) == LINES
    assert read_answers(answers_text("b1", [])) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("5000", "5001"),
        lambda text: text[:-3],
        lambda text: text.split("\n", 1)[1],
        lambda text: "",
    ],
)
def test_a_file_that_was_changed_on_its_way_is_refused(damage, answers_text):
    """The digest does not fit."""
    with pytest.raises(BadFile, match="trailer"):
        read_answers(damage(answers_text("b1", LINES)))


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["A|2|b1|0"], "header"),
        (["A|1|b1|3"], "header"),
        ([], "header"),
        (["A|1|b1|1", "C|T1|9|B1|5000|"], "line 2 cannot"),
        (["A|1|b1|1", "X|T1|0|B1|5000|"], "line 2 cannot"),
        (["A|1|b1|1", "C||0|B1|5000|"], "line 2 cannot"),
        (["A|1|b1|1", "C|T1|0|B1|fifty|"], "line 2 has no amount"),
    ],
)
def test_a_file_that_does_not_keep_to_the_format_is_refused_as_a_whole(lines, why):
    """Version, count, kinds, results, amounts."""
    from hotline.payments import bill_format

    with pytest.raises(BadFile, match=why):
        read_answers(bill_format._closed(lines, ["0"]))


def test_a_batch_is_kept_before_it_is_seen(tmp_path, result_of):
    """One file to the operator, its like in ``sent``; both for their owner only. Asked after: it is under way."""
    files = BillFiles(tmp_path, "renhe", CLOCK)
    assert result_of(files.run([])) == []
    assert result_of(files.run([CHARGE])) == [Answer(state="pending")]
    assert result_of(files.run([REFUND])) == [Answer(state="pending")]
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["bill-renhe-20260714090005-001.txt", "bill-renhe-20260714090005-002.txt"]
    assert sorted(path.name for path in (tmp_path / "sent").iterdir()) == names
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "out").iterdir()} == {0}
    assert result_of(files.ask(CHARGE)) == Answer(state="pending")
    assert result_of(files.ask(REFUND)) == Answer(state="pending")


def test_what_stands_in_no_batch_may_be_put_again(tmp_path, result_of):
    """A crash between the claim and the file loses nothing and asks nothing twice."""
    files = BillFiles(tmp_path, "renhe", CLOCK)
    assert result_of(files.ask(CHARGE)) == Answer(state="unheard", error="in no batch")


def test_a_batch_that_was_kept_but_not_published_is_published(tmp_path, result_of, monkeypatch):
    """A crash between the two is made good when it is asked after."""
    files = BillFiles(tmp_path, "renhe", CLOCK)
    monkeypatch.setattr(files, "_publish", lambda name: None)
    result_of(files.run([CHARGE]))
    assert not (tmp_path / "out").exists()
    monkeypatch.undo()
    assert result_of(files.ask(CHARGE)) == Answer(state="pending")
    assert len(list((tmp_path / "out").iterdir())) == 1
    assert files.unpublished() == []


def test_answer_files_are_taken_in_order_and_put_away(tmp_path, answers_text):
    """Good ones with their lines, bad ones with the reason."""
    files = BillFiles(tmp_path, "renhe", CLOCK)
    files.answers()
    (tmp_path / "in" / "b1.ans").write_text(answers_text("b1", LINES), encoding="utf-8")
    (tmp_path / "in" / "b2.ans").write_bytes(b"\xff\xfe")
    (tmp_path / "in" / "b3.ans").write_text("rubbish", encoding="utf-8")
    (tmp_path / "in" / "b4.part").write_text("still coming", encoding="utf-8")
    found = dict(files.answers())
    assert found["b1.ans"] == LINES
    assert isinstance(found["b2.ans"], BadFile)
    assert isinstance(found["b3.ans"], BadFile)
    assert list(found) == ["b1.ans", "b2.ans", "b3.ans"]
    files.put_away("b1.ans", "done")
    assert (tmp_path / "done" / "b1.ans").exists()


class Operator:
    """The operator's interface: one answer for everything; keeps what it was asked."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    async def request(self, method, url, headers, body):
        self.asked.append((method, url, headers["idempotency-key"], json.loads(body or b"null")))
        assert headers["authorization"] == "Bearer secret"
        if isinstance(self.answer, Exception):
            raise self.answer
        status, said = self.answer
        return Reply(status=status, body=said if isinstance(said, bytes) else json.dumps(said).encode())


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ((200, {"result": "done", "provider_no": "B1", "amount_fen": 5000}), "done"),
        ((200, {"result": "done", "provider_no": "B1", "amount_fen": 1}), "unknown"),
        ((200, {"result": "pending"}), "pending"),
        ((402, {"result": "refused", "error": "no credit"}), "refused"),
        ((500, b"oops"), "unknown"),
        ((200, ["done"]), "unknown"),
        ((429, b""), "unheard"),
        (NotDelivered("refused"), "unheard"),
        (NoAnswer("late"), "unknown"),
    ],
)
def test_the_operator_is_asked_over_http(result_of, said, state):
    """Phone, amount, and our number as idempotency key."""
    operator = Operator(said)
    (answer,) = result_of(BillApi("https://bill.example/v1/", "secret", operator).run([CHARGE]))
    assert answer.state == state
    wanted = {"number": "T1", "phone": "+8613800138000", "amount_fen": 5000}
    assert operator.asked == [("POST", "https://bill.example/v1/charges", "T1", wanted)]


@pytest.mark.parametrize("said", [NotDelivered("refused"), NoAnswer("late"), (429, b""), (500, b"oops")])
def test_a_question_that_is_not_answered_says_nothing_of_the_bill(result_of, said):
    """The operator may have charged it long ago: only his own word that he never heard of it lets it be put again."""
    assert result_of(BillApi("https://bill.example/v1", "secret", Operator(said)).ask(CHARGE)).state == "unknown"


def test_what_the_operator_never_heard_of_may_be_put_again(result_of):
    """404 to a question; a refund names the charge that it is of."""
    operator = Operator((404, b""))
    api = BillApi("https://bill.example/v1", "secret", operator)
    assert result_of(api.ask(REFUND)).state == "unheard"
    assert [answer.state for answer in result_of(api.run([REFUND]))] == ["unknown"]
    wanted = {"number": "T0R01", "phone": "+8613800138001", "amount_fen": 2000, "charge": "T0", "provider_no": "B0"}
    assert operator.asked == [
        ("GET", "https://bill.example/v1/refunds/T0R01", "T0R01", None),
        ("POST", "https://bill.example/v1/refunds", "T0R01", wanted),
    ]
