"""Delivered again or sent again: what a bind has proved decides, and a busy phone costs no more than a quiet one."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, insert, select

from booking.store.mail.arrivals import Concat, Incoming, New, PartKept, Repeat, inbox_row
from booking.store.mail.inbox import thd_expire_parts, thd_take
from booking.store.mail.proofs import Proof, thd_prove
from booking.store.schema import inbox, inbox_part, smsc_bind

NOON = datetime.fromisoformat("2026-07-14 04:00")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
PHONE = "+8613800138000"


def came(bind="one", sequence=1, at=NOON, **changed):
    values = {
        "hospital": 1,
        "smsc": "cmcc",
        "source": PHONE,
        "destination": "12580",
        "text": "CX",
        "concat": None,
        "digest": b"CX",
    }
    return Incoming(**{**values, "bind": bind, "sequence": sequence, "at": at, **changed})


def a_part(number, bind="one", at=NOON, **changed):
    concat = Concat(kind="udh8", ref=7, total=2, part=number)
    return came(bind, 10 + number, at, text=f"第{number}", digest=f"7/{number}".encode(), concat=concat, **changed)


def proof(at, bind="one", smsc="cmcc", hospital=1):
    return Proof(hospital=hospital, smsc=smsc, bind=bind, at=at)


@pytest.fixture
def taken(store, vault):
    return lambda *texts: store.now(thd_take, vault, list(texts))


@pytest.fixture
def proved(store):
    return lambda *proofs: store.now(thd_prove, proofs)


@pytest.mark.parametrize(
    ("known", "later", "repeated"),
    [
        (None, SECOND, True),
        (proof(NOON - SECOND), SECOND, True),
        (proof(NOON), SECOND, False),
        (proof(NOON + SECOND), 2 * SECOND, False),
        (proof(NOON + SECOND, bind="two"), 2 * SECOND, True),
        (proof(NOON + SECOND, smsc="cucc"), 2 * SECOND, True),
        (proof(NOON + SECOND, hospital=2), 2 * SECOND, True),
        (None, 2 * MINUTE, True),
        (None, 2 * MINUTE + SECOND, False),
    ],
)
def test_a_text_through_another_bind(taken, proved, known, later, repeated):
    """It is a repeat while nothing proves that the SMSC saw the first acknowledged, and for two minutes at most."""
    (first,) = taken(came())
    if known is not None:
        proved(known)
    (again,) = taken(came("two", 9, NOON + later))
    assert again == Repeat(inbox_id=first.inbox_id) if repeated else isinstance(again, New)


def test_a_proof_changes_nothing_within_its_own_bind(taken, proved):
    """The SMSC that waited for us too long sends the same number again: that is a repeat, whatever was proved."""
    (first,) = taken(came())
    proved(proof(NOON + SECOND))
    assert taken(came(at=NOON + MINUTE)) == [Repeat(inbox_id=first.inbox_id)]


def test_the_parts_of_a_long_text_follow_the_same_rule(taken, proved):
    """Parts delivered again are dropped; parts sent again, as is proved, make a second text."""
    _, first = taken(a_part(1), a_part(2))
    again = [a_part(1, "two", NOON + SECOND), a_part(2, "two", NOON + SECOND)]
    assert taken(*again) == [Repeat(inbox_id=first.inbox_id)] * 2
    proved(proof(NOON))
    kept, second = taken(*again)
    assert kept == PartKept()
    assert second.inbox_id != first.inbox_id


def test_equal_words_of_two_hospitals_are_two_texts(taken):
    """One patient asks two hospitals the same thing at the same time."""
    one, other = taken(came(), came("two", hospital=2))
    assert isinstance(one, New)
    assert isinstance(other, New)


def test_what_a_bind_proved_only_grows(store, proved):
    """A proof that says less is passed over."""
    proved(proof(NOON + SECOND))
    proved(proof(NOON))
    proved(proof(NOON, bind="two"), proof(NOON + MINUTE, bind="two"))
    found = store.now(lambda conn: {row.bind: row.proved_at for row in conn.execute(select(smsc_bind))})
    assert found == {"one": NOON + SECOND, "two": NOON + MINUTE}


def test_old_proofs_are_cleared_away(store, proved):
    """Binds come and go; what they proved is kept as long as it can matter."""
    for nth in range(10):
        proved(proof(NOON + nth * MINUTE, bind=f"bind-{nth}"))
    proved(proof(NOON, smsc="cucc", bind="other"))
    found = store.now(lambda conn: conn.execute(select(smsc_bind.c.bind).order_by(smsc_bind.c.id)).scalars().all())
    assert found == ["bind-7", "bind-8", "bind-9", "other"]


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_the_rule_is_kept(taken, proved, seed):
    """Random texts, numbers, binds and proofs: the store says what the rule says, applied to all that came before."""
    rng = random.Random(seed)
    at, kept, proofs = NOON, [], {}
    for _ in range(120):
        at += timedelta(seconds=rng.choice([0, 1, 20, 70, 400]))
        if rng.random() < 0.25:
            bind, until = rng.choice("abc"), at - timedelta(seconds=rng.choice([0, 1, 30]))
            proved(proof(until, bind=bind))
            proofs[bind] = max(proofs.get(bind, until), until)
            continue
        batch = [
            came(rng.choice("abc"), rng.randrange(3), at, digest=rng.choice([b"CX", b"BZ"]))
            for _ in range(rng.choice([1, 1, 3]))
        ]
        for each, answer in zip(batch, taken(*batch), strict=True):
            same = [old for old in kept if old.digest == each.digest and repeats(old, each, proofs)]
            assert isinstance(answer, Repeat if same else New)
            if not same:
                kept.append(each)


def repeats(old, new, proofs):
    """The rule, said once more in other words."""
    age = (new.at - old.at).total_seconds()
    if old.bind == new.bind:
        return old.sequence == new.sequence and age <= 600
    return age <= 120 and not (old.bind in proofs and old.at <= proofs[old.bind])


@pytest.mark.parametrize("same_words", [False, True])
def test_a_busy_phone_reads_no_more_than_a_quiet_one(store, vault, same_words):
    """Hundreds of texts within the last minutes cost the next one no row more to look at."""
    old = [
        came(sequence=nth, at=NOON + nth * SECOND, digest=b"CX" if same_words else str(nth).encode())
        for nth in range(300)
    ]
    rows = [inbox_row(vault, each, "CX", complete=True) for each in old]
    store.now(lambda conn: conn.execute(insert(inbox), rows).rowcount)
    read = []

    def count(conn, cursor, statement, parameters, context, executemany):
        if statement.startswith("SELECT inbox.id"):
            read.append((statement, parameters))

    event.listen(store.engine, "after_cursor_execute", count)
    store.now(thd_take, vault, [came(sequence=1_000, at=NOON + 300 * SECOND)])
    event.remove(store.engine, "after_cursor_execute", count)
    ((statement, parameters),) = read
    found = store.now(lambda conn: len(conn.exec_driver_sql(statement, parameters).all()))
    assert found == 1  # the new text itself


def test_the_words_of_parts_are_kept_no_longer_than_needed(store, vault, taken):
    """Once a long text is joined, or given up as it is, only its inbox row has the words, which is masked in its time."""
    taken(a_part(1), a_part(2), a_part(1, at=NOON + MINUTE, source="+8613900139000"))
    words = lambda: [vault.open(each) for each in store.now(thd_sealed)]  # noqa: E731
    assert words() == ["", "", "第1"]
    assert len(store.now(thd_expire_parts, vault, NOON + 2 * MINUTE)) == 1
    assert words() == ["", "", ""]


def thd_sealed(conn):
    return list(conn.execute(select(inbox_part.c.text_sealed).order_by(inbox_part.c.id)).scalars())
