"""Numbers that are held, reserved, sold by quota or forbidden: the rules' verdicts as the store carries them out."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from open_house import open_house
from sqlalchemy import select, update

from booking.clock import naive_utc, wall
from booking.outcomes import AlreadyBooked, Blacklisted, Booked, Full, Held, Limit, WrongChannel
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Channel, Identified, Known, RegisterPhone
from booking.rules.facts import Ban
from booking.rules.layers import Policy
from booking.rules.policy import Capacity
from booking.rules.policy import Terms as PolicyTerms
from booking.rules.rulebook import Maker, rule_book
from booking.rules.ruling import Reason
from booking.store.conduct.bans import NewBan, thd_ban
from booking.store.people.people import thd_patient_by_identity
from booking.store.schema import appointment, clinic_session, hold, outbox, slot
from booking.store.selling.judging import Refused
from booking.store.selling.selling import thd_sell
from booking.store.selling.terms import Terms

PHONE = "+8613800138000"
IDENTITIES = ("11010519491231002X", "110105195001010013")
THIRD = "110105195101010010"
EIGHT = datetime.fromisoformat("2026-07-15 08:00")


def caller(channel=Channel.SMS, phone=PHONE):
    return Caller(hospital=1, phone=phone, channel=channel, trace="t-1")


@pytest.fixture
def selling_desk(store, vault, clock):
    return Reception(open_house(store, vault, clock))


@pytest.fixture
def sold(selling_desk, result_of):
    """``sold(key, …)``: what the first patient of the phone is told."""
    known = [
        result_of(selling_desk.register(RegisterPhone(caller=caller(), identity=identity, name=name))).patient
        for identity, name in zip(IDENTITIES, ("张三", "李四"), strict=True)
    ]

    def ask(key, *, start=EIGHT, channel=Channel.SMS, patient=0, hold=None):
        who = Known(known[patient].id)
        wish = BookSlot(caller=caller(channel), doctor="00868", start=start, who=who, key=key, hold=hold)
        return result_of(selling_desk.book(wish))

    return ask


def kinds(store):
    return sorted(store.now(lambda conn: conn.execute(select(outbox.c.kind)).scalars().all()))


def test_a_held_number_is_taken_and_confirms_nothing(sold, store, clock):
    """It is nobody else's, its end is written down, no text goes out; the same request again hears the same."""
    held = sold("k1", hold=timedelta(minutes=15))
    assert isinstance(held, Held)
    assert held.until == datetime.fromisoformat("2026-07-14 09:15")
    assert held.booking.status == "held"
    assert kinds(store) == []
    until = store.now(lambda conn: conn.execute(select(hold.c.until_at)).scalar_one())
    assert until == datetime.fromisoformat("2026-07-14 01:15")
    assert sold("k1", hold=timedelta(minutes=15)) == replace(held, again=True)
    assert isinstance(sold("k2", patient=1), Full)
    assert isinstance(sold("k3", start=EIGHT + timedelta(minutes=30)), AlreadyBooked)


def test_the_windows_reserve_is_sold_at_the_window(sold, store):
    """A text hears that it is not sold so, with what is; an agent gets it; what is withheld nobody gets."""
    store.now(lambda conn: conn.execute(update(slot).where(slot.c.seq == 1).values(pool="window")).rowcount)
    refused = sold("k1")
    assert isinstance(refused, WrongChannel)
    assert isinstance(sold("k2", channel=Channel.AGENT), Booked)
    store.now(lambda conn: conn.execute(update(slot).where(slot.c.seq == 2).values(pool="withheld")).rowcount)
    later = EIGHT + timedelta(minutes=30)
    assert isinstance(sold("k3", start=later, channel=Channel.AGENT, patient=1), WrongChannel)


def test_a_pools_number_at_the_same_start_is_passed_over(sold, store):
    """Of two numbers at one start the lower one is the window's: a text gets the other."""

    def thd_share(conn):
        conn.execute(update(slot).where(slot.c.seq == 2).values(start=EIGHT))
        conn.execute(update(slot).where(slot.c.seq == 1).values(pool="window"))

    store.now(thd_share)
    assert sold("k1").booking.seq == 2
    assert isinstance(sold("k2", patient=1), Full)
    assert sold("k3", patient=1, channel=Channel.AGENT).booking.seq == 1


def test_the_telephones_quota_of_a_session(sold, store):
    """One number of the session may be sold by telephone: the second caller hears the limit, a text still gets one."""
    store.now(lambda conn: conn.execute(update(clinic_session).values(phone_most=1)).rowcount)
    assert isinstance(sold("k1", channel=Channel.PHONE), Booked)
    later = EIGHT + timedelta(minutes=30)
    refused = sold("k2", start=later, channel=Channel.PHONE, patient=1)
    assert isinstance(refused, Limit)
    assert refused.most == 1
    assert isinstance(sold("k3", start=later, patient=1), Booked)


def test_who_is_banned_is_told_until_when(sold, store, vault):
    """By identity: the other patient of the phone still books."""
    until = datetime.fromisoformat("2026-08-14 00:00")
    ban = Ban(cause="no-show", since=datetime.fromisoformat("2026-07-01 00:00"), until=until, rule="bans[1]")
    new = NewBan(subject="identity", print=vault.fingerprint(IDENTITIES[0]), ban=ban)
    store.now(thd_ban, 1, [new], datetime.fromisoformat("2026-07-01 00:00"))
    refused = sold("k1")
    assert isinstance(refused, Blacklisted)
    assert refused.until == until
    assert isinstance(sold("k2", patient=1), Booked)


def test_a_booking_in_place_of_another_says_nothing_itself(selling_desk, sold, store, result_of):
    """Who moves a booking words the texts; the new one remembers whose place it took."""
    first = sold("k1")
    wish = BookSlot(caller=caller(), doctor="00123", start=EIGHT, who=Identified(IDENTITIES[0]), key="k2", instead_of=1)
    assert isinstance(first, Booked)
    before = kinds(store)
    assert isinstance(result_of(selling_desk.book(wish)), Booked)
    assert kinds(store) == before
    moved = store.now(
        lambda conn: conn.execute(
            select(appointment.c.moved_from).where(appointment.c.request_key == "k2")
        ).scalar_one()
    )
    assert moved == 1


def test_a_sessions_capacity_counts_within_a_batch_too(store, vault, clock):
    """Three ask at once for a session of which two may be sold: the third hears that it is full."""
    now = naive_utc(clock)
    ids = [store.now(thd_patient_by_identity, vault, caller(), each, now).id for each in (*IDENTITIES, THIRD)]
    rules = rule_book(Maker(policy=Policy(base=PolicyTerms(capacity=Capacity(session=2)))))
    terms = Terms(hospital=1, rules=rules, now=wall(clock), now_utc=now, rng=random.Random(1))
    wishes = [
        BookSlot(
            caller=caller(), doctor="00868", start=EIGHT + timedelta(minutes=30 * nth), who=Known(who), key=f"k{nth}"
        )
        for nth, who in enumerate(ids)
    ]
    told = store.now(thd_sell, vault, terms, wishes)
    assert [type(each) for each in told] == [Booked, Booked, Refused]
    assert told[2].ruling.reason is Reason.FULL
