"""Texts in and out: taken once, answered once, sent once, receipted part by part."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from booking.requests import Caller, Channel
from booking.store.mail.answers import Answered, thd_answer_all
from booking.store.mail.dialogue import Remembered, thd_forget, thd_pending, thd_remember
from booking.store.mail.inbox import (
    Concat,
    Incoming,
    New,
    PartKept,
    Repeat,
    thd_expire_parts,
    thd_take,
    thd_unanswered,
)
from booking.store.mail.outbox import (
    Failed,
    Later,
    OutgoingText,
    Sent,
    thd_claim,
    thd_post,
    thd_receipt,
    thd_reclaim,
    thd_settle,
)
from booking.store.people.people import thd_opt
from booking.store.schema import inbox, inbox_part, outbox, outbox_part, receipt_orphan

NOON = datetime.fromisoformat("2026-07-14 04:00")
PHONE, OTHER = "+8613800138000", "+8613900139000"
MINUTE = timedelta(minutes=1)


def incoming(**changed):
    values = {
        "hospital": 1,
        "smsc": "cmcc",
        "bind": "bind-1",
        "sequence": 1,
        "source": PHONE,
        "destination": "12580",
        "text": "CX",
        "concat": None,
        "digest": b"CX",
        "at": NOON,
    }
    return Incoming(**{**values, **changed})


def part(number, text, total=2, ref=7, kind="udh8", **changed):
    concat = Concat(kind=kind, ref=ref, total=total, part=number)
    values = {
        "text": text,
        "digest": f"{ref}/{total}/{number}{text}".encode("utf-8", "surrogatepass"),
        "sequence": 100 + number,
    }
    return incoming(concat=concat, **{**values, **changed})


def text(dedupe="t:1", to=PHONE, lane=0, **changed):
    return OutgoingText(
        **{"to": to, "body": f"正文{dedupe}", "kind": "answer", "lane": lane, "dedupe": dedupe, **changed}
    )


@pytest.fixture
def take(store, vault):
    return lambda *texts: store.now(thd_take, vault, list(texts))


@pytest.fixture
def post(store, vault):
    return lambda *texts: store.now(thd_post, vault, 1, list(texts), NOON)


@pytest.fixture
def claim(store, vault):
    return lambda limit=100, now=NOON, smsc="cmcc": store.now(thd_claim, vault, (1,), smsc, limit, now)


@pytest.fixture
def settle(store):
    return lambda *settlements, now=NOON: store.now(thd_settle, settlements, now)


def column(store, col):
    return store.now(lambda conn: conn.execute(select(col).order_by(col.table.c.id)).scalars().all())


def test_a_text_is_taken_in_and_waits_for_its_answer(take, store, vault):
    """What was committed is found again, in order, until it is answered."""
    first, second = take(incoming(), incoming(sequence=2, text="BZ", digest=b"BZ"))
    assert isinstance(first, New)
    assert (first.message.text, first.message.source, first.message.complete) == ("CX", PHONE, True)
    assert store.now(thd_unanswered, vault, "cmcc", 10) == [first.message, second.message]
    assert store.now(thd_unanswered, vault, "cmcc", 1) == [first.message]
    assert store.now(thd_unanswered, vault, "cucc", 10) == []


@pytest.mark.parametrize(
    ("changed", "repeated"),
    [
        ({}, True),
        ({"at": NOON + 10 * MINUTE}, True),
        ({"at": NOON + 11 * MINUTE}, False),
        ({"sequence": 2}, False),
        ({"bind": "bind-2", "sequence": 9}, True),
        ({"bind": "bind-2", "at": NOON + 2 * MINUTE}, True),
        ({"bind": "bind-2", "at": NOON + 3 * MINUTE}, False),
        ({"digest": b"other"}, False),
        ({"source": OTHER}, False),
        ({"destination": "12580001"}, False),
    ],
)
def test_which_deliveries_are_repeats(take, changed, repeated):
    """A delivery repeats another by bind and number within ten minutes, or by another bind within two (nothing being proved)."""
    (first,) = take(incoming())
    (again,) = take(incoming(**changed))
    assert again == Repeat(inbox_id=first.inbox_id) if repeated else isinstance(again, New)
    hour = 60 * MINUTE
    one, two = take(incoming(at=NOON + hour), incoming(**{**changed, "at": changed.get("at", NOON) + hour}))
    assert two == Repeat(inbox_id=one.inbox_id) if repeated else isinstance(two, New)


def test_a_long_text_is_joined_whatever_the_order(take):
    """Parts come in any order and more than once; the last missing one makes the text."""
    assert take(part(3, "丙", 3), part(1, "甲", 3), part(3, "丙", 3)) == [PartKept()] * 3
    (whole,) = take(part(2, "乙", 3))
    assert whole.message.text == "甲乙丙"
    assert take(part(1, "甲", 3)) == [Repeat(inbox_id=whole.inbox_id)]


def test_interleaved_senders_and_references_do_not_mix(take):
    """Two senders with one reference, and one sender with two, each get their own text."""
    kept = take(
        part(1, "a"), part(1, "A", source=OTHER), part(1, "x", ref=8), part(1, "s", kind="sar"),
        part(2, "b"), part(2, "B", source=OTHER), part(2, "y", ref=8), part(2, "t", kind="sar"),
    )  # fmt: skip
    assert [each.message.text for each in kept[4:]] == ["ab", "AB", "xy", "st"]


def test_a_reference_may_be_used_again(take):
    """A later long text under the same reference is a text of its own, also when the earlier never got whole."""
    take(part(1, "a"), part(2, "b"))
    later = NOON + 60 * MINUTE
    (_, again) = take(part(1, "a", at=later), part(2, "b", at=later))
    assert again.message.text == "ab"
    assert take(part(1, "old", at=later)) == [PartKept()]
    assert take(part(1, "new", at=later, sequence=200)) == [PartKept()]
    (newest,) = take(part(2, "er", at=later, sequence=201))
    assert newest.message.text == "newer"


def test_a_part_sent_once_more_much_later_is_dropped(take, store):
    """The very same part through another link, after the repeat window, still fills only its own place."""
    assert take(part(1, "a"), part(1, "a", bind="bind-9", at=NOON + 20 * MINUTE)) == [PartKept()] * 2
    assert column(store, inbox_part.c.part) == [1]


@pytest.mark.parametrize("concat", [(0, 2), (3, 2), (1, 300), (1, 1)])
def test_impossible_parts_are_texts_by_themselves(take, concat):
    """A part that numbers itself impossibly is answered as it is."""
    number, total = concat
    (taken,) = take(part(number, "CX", total))
    assert taken.message.text == "CX"


def test_a_character_cut_in_two_is_whole_again(take):
    """A surrogate pair split between two parts joins; a lone half is replaced."""
    (_, whole) = take(part(1, "好\ud83d"), part(2, "\ude00\ud83d"))
    assert whole.message.text == "好😀�"


def test_what_never_gets_whole_is_handed_over_incomplete(take, store, vault):
    """After its time a fragment becomes a text marked incomplete, once."""
    take(part(2, "尾", 3), part(1, "头", 3, at=NOON + MINUTE))
    assert store.now(thd_expire_parts, vault, NOON + MINUTE) == []
    (message,) = store.now(thd_expire_parts, vault, NOON + 2 * MINUTE)
    assert (message.text, message.complete, message.source) == ("头尾", False, PHONE)
    assert store.now(thd_expire_parts, vault, NOON + 2 * MINUTE) == []
    assert store.now(thd_unanswered, vault, "cmcc", 10) == [message]


def answered(taken, reply=None, masked=None, outcome="HELP"):
    return Answered(inbox_id=taken.inbox_id, hospital=1, outcome=outcome, reply=reply, masked=masked)


def test_a_text_is_answered_once(take, store, vault):
    """The reply is posted with the mark, and a second answer changes nothing."""
    (taken,) = take(incoming())
    once = answered(taken, text(), "CX已遮盖")
    assert store.now(thd_answer_all, vault, [once], NOON) == {taken.inbox_id}
    assert column(store, outbox.c.dedupe) == [f"reply:{taken.inbox_id}:0"]
    assert store.now(thd_answer_all, vault, [once, answered(taken, text())], NOON) == set()
    assert column(store, outbox.c.dedupe) == [f"reply:{taken.inbox_id}:0"]
    assert store.now(thd_unanswered, vault, "cmcc", 10) == []
    assert column(store, inbox.c.outcome) == ["HELP"]
    assert [vault.open(sealed) for sealed in column(store, inbox.c.text_sealed)] == ["CX已遮盖"]


def test_an_answer_may_be_silence(take, store, vault):
    """A text may be marked answered without a reply (its confirmation was posted with the booking); one that is not there is passed over."""
    (taken,) = take(incoming())
    assert store.now(thd_answer_all, vault, [answered(taken, outcome="BOOKED")], NOON) == {taken.inbox_id}
    assert column(store, inbox.c.status) == ["answered"]
    nobody = Answered(inbox_id=4711, hospital=1, outcome="BOOKED", reply=text())
    assert store.now(thd_answer_all, vault, [nobody], NOON) == set()
    assert column(store, outbox.c.dedupe) == []


def test_posting_the_same_text_again_posts_nothing(post, store):
    """A text's name within its hospital is posted once, also within one call."""
    (first,) = post(text("a"))
    _, second, _ = posted = post(text("a"), text("b"), text("b"))
    assert posted == [first, second, second]
    assert column(store, outbox.c.dedupe) == ["a", "b"]
    assert post(text("a")) == [first]
    assert post() == []


def test_bulk_is_kept_from_phones_that_opted_out(post, store, vault):
    """A phone that opted out gets answers and notices, no bulk."""
    caller = Caller(hospital=1, phone=PHONE, channel=Channel.SMS)
    store.now(thd_opt, vault, caller, False, NOON)
    assert len(post(text("a"), text("b", lane=1), text("c", lane=2), text("d", to=OTHER, lane=2))) == 3
    assert column(store, outbox.c.dedupe) == ["a", "b", "d"]


def test_texts_are_claimed_by_lane_then_age_and_only_once(post, claim):
    """Answers leave before notices before bulk; what is claimed is not claimed again."""
    post(text("bulk", lane=2), text("notice", lane=1), text("one"), text("two"))
    first = claim(limit=3)
    assert [letter.body for letter in first] == ["正文one", "正文two", "正文notice"]
    assert (first[0].to, first[0].attempts, first[0].resent, first[0].hospital) == (PHONE, 0, False, 1)
    assert [letter.body for letter in claim()] == ["正文bulk"]
    assert claim() == []


def test_a_text_past_its_time_is_not_sent(post, claim, store):
    """An expired text is marked so instead of being claimed."""
    post(text("late", expires_at=NOON), text("in time", expires_at=NOON + MINUTE))
    assert [letter.body for letter in claim()] == ["正文in time"]
    assert column(store, outbox.c.status) == ["expired", "sending"]


def test_settling(post, claim, settle, store):
    """What was sent stays sent, what failed stays failed, what is put off comes again when it is due."""
    post(text("a"), text("b"), text("c"))
    a, b, c = claim()
    settle(Sent(a.id, ("m1", "m2")), Failed(b.id, "ESME_RINVDSTADR"), Later(c.id, NOON + MINUTE))
    assert column(store, outbox.c.status) == ["sent", "failed", "pending"]
    assert column(store, outbox_part.c.message_id) == ["m1", "m2"]
    assert claim() == []
    (again,) = claim(now=NOON + MINUTE)
    assert (again.id, again.attempts) == (c.id, 1)
    settle(Sent(b.id, ("m9",)), Sent(c.id, ()))
    assert column(store, outbox.c.status) == ["sent", "failed", "sent"]
    settle()


def test_what_was_in_flight_is_sent_again_and_marked(post, claim, store):
    """After a crash the texts of this link that were in flight are due again, marked as possibly sent before."""
    post(text("a"), text("b"))
    claim(limit=1)
    claim(limit=1, smsc="cucc")
    assert store.now(thd_reclaim, "cmcc") == 1
    (letter,) = claim()
    assert (letter.body, letter.resent) == ("正文a", True)


def test_receipts_tell_of_the_worst_part(post, claim, settle, store):
    """A message is delivered when all its parts are; a final state stays."""
    post(text("a"))
    (letter,) = claim()
    settle(Sent(letter.id, ("m1", "m2")))
    said = []
    for message, state in [("m1", "DELIVRD"), ("m2", "ENROUTE"), ("m2", "DELIVRD"), ("m2", "UNDELIV")]:
        assert store.now(thd_receipt, "cmcc", message, state, NOON)
        said.append(column(store, outbox.c.receipt))
    assert said == [["ENROUTE"], ["ENROUTE"], ["DELIVERED"], ["DELIVERED"]]


def test_a_receipt_may_come_before_its_message(post, claim, settle, store):
    """A receipt for an unknown id waits, and is matched when the id becomes known."""
    post(text("a"))
    (letter,) = claim()
    assert not store.now(thd_receipt, "cmcc", "m1", "ENROUTE", NOON)
    assert not store.now(thd_receipt, "cmcc", "m1", "REJECTD", NOON)
    assert not store.now(thd_receipt, "cmcc", "m1", "ACCEPTD", NOON)
    assert not store.now(thd_receipt, "cucc", "m1", "DELIVRD", NOON)
    settle(Sent(letter.id, ("m1",)))
    assert column(store, outbox.c.receipt) == ["REJECTED"]
    assert column(store, receipt_orphan.c.smsc) == ["cucc"]


def test_a_dialogue_is_remembered_until_its_time(store, vault):
    """The pending question is the last one asked, for as long as it counts, for its phone only."""
    remember = (thd_remember, vault, 1, PHONE)
    pending = (thd_pending, vault, 1, PHONE)
    assert store.now(*pending, NOON) is None
    store.now(*remember, '{"step": 1}', NOON + MINUTE)
    store.now(*remember, '{"step": 2}', NOON + 10 * MINUTE)
    assert store.now(*pending, NOON + 5 * MINUTE) == Remembered(state='{"step": 2}', until=NOON + 10 * MINUTE)
    assert store.now(*pending, NOON + 10 * MINUTE) is None
    assert store.now(thd_pending, vault, 1, OTHER, NOON) is None
    store.now(thd_forget, vault, 1, [PHONE])
    assert store.now(*pending, NOON) is None


def test_texts_lie_sealed(take, post, store):
    """Neither the words nor the numbers of a text can be read in the database."""
    take(incoming(text="张三"), part(1, "李四"))
    post(text("a"))
    rows = [
        repr(tuple(row))
        for table in (inbox, inbox_part, outbox)
        for row in store.now(lambda conn, table=table: [tuple(row) for row in conn.execute(select(table))])
    ]
    for secret in ("张三", "李四", "正文", PHONE):
        assert secret not in "".join(rows)
        assert repr(secret.encode())[2:-1] not in "".join(rows)
