"""What is remembered as sold out: for how long, under what conditions, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from booking import soldout
from booking.outcomes import Full
from booking.rules.rulebook import house_rules
from booking.soldout import CHECK_S, LATE_S, WITH_OTHERS_S, WITHOUT_S, Gone, SoldOut, life_s
from booking.views import DoctorView, OpenTime

START = datetime.fromisoformat("2026-07-15 08:00")
WANG = DoctorView(number="00868", name="王建国", title="主任医师", department="内科", speciality="")
RULES = house_rules()
WISH = ("00868", START, "sms")
OTHER = ("00868", START, "phone")
FULL = Full(doctor=WANG, open=())
GONE = Gone(outcome=FULL, phones=frozenset(), patients=frozenset(), rules=RULES, stock=7, until=105.0)


@pytest.fixture
def memory():
    """Remembers one wish at second 100, under version 7."""
    memory = SoldOut()
    memory.remember(WISH, GONE, 100.0)
    return memory


def test_who_asks_for_the_same_is_told_the_same(memory):
    """Another time, or another channel, is another wish."""
    assert memory.find(WISH, RULES, 100.2) is GONE
    assert memory.find(OTHER, RULES, 100.2) is None
    assert SoldOut().find(WISH, RULES, 100.2) is None


@pytest.mark.parametrize("now", [100.0 + LATE_S + 0.01, 99.0])
def test_a_version_that_was_not_asked_lately_ends_memory(memory, now):
    """Also when the clock was set back."""
    assert memory.find(WISH, RULES, now) is None
    assert len(memory) == 0


def test_memory_is_checked_every_so_often(memory):
    """And only while there is something in it."""
    assert not memory.wants_check(100.0 + CHECK_S / 2)
    assert memory.wants_check(100.01 + CHECK_S)
    memory.checked(7, 100.2)
    assert not memory.wants_check(100.2)
    assert memory.find(WISH, RULES, 100.4) is GONE
    memory.forget()
    assert not memory.wants_check(200.0)


def test_a_number_freed_anywhere_ends_memory(memory):
    """The stock has another version then; what was found under the old one is not learnt any more."""
    memory.checked(8, 100.1)
    assert memory.find(WISH, RULES, 100.1) is None
    memory.remember(WISH, GONE, 100.1)
    assert len(memory) == 0
    memory.remember(WISH, replace(GONE, stock=8), 100.2)
    assert len(memory) == 1


def test_a_newer_version_seen_by_a_batch_ends_what_is_older(memory):
    """A refusal found under version 8 proves that something was freed since 7."""
    memory.remember(OTHER, replace(GONE, stock=8), 100.1)
    assert memory.find(WISH, RULES, 100.1) is None
    assert memory.find(OTHER, RULES, 100.1) is not None


def test_an_entry_has_an_end(memory):
    """Past its life, or under other rules, it is none; the shorter life is for one that names other times."""
    memory.checked(7, 104.9)
    assert memory.find(WISH, RULES, 104.95) is GONE
    assert memory.find(WISH, house_rules(), 104.95) is None
    assert memory.find(WISH, RULES, 105.0) is None
    assert life_s(FULL) == WITHOUT_S
    assert life_s(replace(FULL, open=(OpenTime(start=START, seq=1),))) == WITH_OTHERS_S


def test_memory_is_bounded(memory, monkeypatch):
    """When it is full it begins anew."""
    monkeypatch.setattr(soldout, "ENTRIES_MOST", 1)
    memory.remember(OTHER, GONE, 100.1)
    assert len(memory) == 1
    assert memory.find(OTHER, RULES, 100.1) is GONE
