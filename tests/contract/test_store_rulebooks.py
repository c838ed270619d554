"""The store's contract for rule books: versions numbered by maker, the one that holds today, holidays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, insert, select

from booking.clock import FixedClock
from booking.rulebooks import StoredRules, Unreadable
from booking.rules.conduct import new_bans
from booking.rules.facts import Conduct, Offer, Where
from booking.rules.onsale import sale_days, slot_ruling
from booking.rules.policy import HousePolicy
from booking.store.rulebooks import NewRules, thd_put_rulebook, thd_rulebooks
from booking.store.schema import audit, holiday

NOW = datetime(2026, 7, 14, 1)  # noqa: DTZ001
TODAY = date(2026, 7, 14)


@pytest.fixture
def put_rules(store, small_hospital):
    def put(text, maker="hospital", from_day=TODAY, hospital=1):
        new = NewRules(maker=maker, from_day=from_day, text=text, actor="test")
        return store.now(thd_put_rulebook, hospital, new, NOW)

    return put


@pytest.fixture
def stored_rules(store, clock):
    return StoredRules(store, clock, HousePolicy(window_days=5))


def refreshed(rules, result_of):
    result_of(rules.refresh())
    return rules.of(1)


def last(book):
    return sale_days(book, Where(), "phone", datetime.combine(TODAY, datetime.min.time())).last


def test_versions_are_numbered_by_maker_and_none_is_lost(put_rules, store):
    """A hospital's third import is its third version, whatever the platform imported; each text stays as it was; audit tells."""
    assert [
        put_rules("[window]\nto = 1"),
        put_rules("[window]\nto = 2"),
        put_rules("[window]\nto = 3", "platform"),
        put_rules(""),
    ] == [
        1,
        2,
        1,
        3,
    ]
    kept = store.now(thd_rulebooks, frozenset())
    assert [(each.maker, each.version) for each in kept.editions] == [
        ("hospital", 1),
        ("hospital", 2),
        ("platform", 1),
        ("hospital", 3),
    ]
    assert [kept.texts[each.id] for each in kept.editions] == [
        "[window]\nto = 1",
        "[window]\nto = 2",
        "[window]\nto = 3",
        "",
    ]
    rows = store.now(
        lambda conn: [
            row.detail for row in conn.execute(select(audit.c.detail).where(audit.c.action == "rules-imported"))
        ]
    )
    assert rows == [
        f"hospital 1 from {TODAY}",
        f"hospital 2 from {TODAY}",
        f"platform 1 from {TODAY}",
        f"hospital 3 from {TODAY}",
    ]


def test_without_an_import_the_houses_rules_hold(stored_rules, result_of):
    """Until a hospital imports its rules, [policy] of the configuration decides."""
    book = refreshed(stored_rules, result_of)
    assert (book.version, last(book)) == ("house", TODAY + timedelta(days=5))


def test_a_new_version_is_taken_at_the_next_look(put_rules, stored_rules, result_of):
    """A running process sells by the new rules after its job's next round, and decisions name the version."""
    old = refreshed(stored_rules, result_of)
    put_rules("[window]\nto = 3")
    assert stored_rules.of(1) is old
    book = refreshed(stored_rules, result_of)
    assert (book.version, last(book)) == ("hospital 1", TODAY + timedelta(days=3))
    assert refreshed(stored_rules, result_of) is book
    put_rules("[window]\nto = 2", "platform")
    book = refreshed(stored_rules, result_of)
    assert (book.version, last(book)) == ("hospital 1 + platform 1", TODAY + timedelta(days=2))


def test_a_platforms_rules_hold_beside_the_houses_own(put_rules, stored_rules, result_of):
    """Where only the platform imported something, the house's rules are the hospital's."""
    put_rules("[window]\nto = 7", "platform")
    book = refreshed(stored_rules, result_of)
    assert (book.version, last(book)) == ("house + platform 1", TODAY + timedelta(days=5))


def test_rules_hold_from_their_day(put_rules, stored_rules, result_of, clock):
    """A version for next week is imported now and holds next week; a correction of today's does not put it off."""
    put_rules("[window]\nto = 1", from_day=TODAY)
    put_rules("[window]\nto = 2", from_day=TODAY + timedelta(days=7))
    put_rules("[window]\nto = 3", from_day=TODAY)
    assert refreshed(stored_rules, result_of).version == "hospital 3"
    clock.at = FixedClock.at_wall("2026-07-20 23:59").at
    assert stored_rules.of(1).version == "hospital 3"
    clock.at = FixedClock.at_wall("2026-07-21 00:00").at
    assert stored_rules.of(1).version == "hospital 2"


def test_what_was_done_before_the_rules_held_counts_for_nothing(put_rules, stored_rules, result_of):
    """A no-show of the day before the rules' first day is no reason for a ban."""
    put_rules("[[bans]]\ncount = 1\n", from_day=TODAY)
    book = refreshed(stored_rules, result_of)
    noon = datetime.combine(TODAY, datetime.min.time()) + timedelta(hours=12)
    before, on = (Conduct(kind="noshow", at=noon - timedelta(days=days)) for days in (1, 0))
    assert new_bans(book, [before], (), noon) == ()
    assert [ban.since for ban in new_bans(book, [before, on], (), noon)] == [noon]


def test_an_edition_that_says_a_rule_again_begins_no_count_anew(put_rules, stored_rules, result_of, clock):
    """A corrected rule book without a day of its own: no-shows since the rule's first day still count; a new rule's do not."""
    noon = datetime.combine(TODAY, datetime.min.time()) + timedelta(hours=12)
    deeds = [Conduct(kind="noshow", at=noon + timedelta(days=days), appointment=days) for days in (0, 1, 2)]
    old = '[[bans]]\nname = "三次"\ncount = 3\n'
    put_rules(old, from_day=TODAY)
    put_rules(old + "[window]\nto = 3\n" + '[[bans]]\nname = "两次"\ncount = 2\n', from_day=TODAY + timedelta(days=2))
    clock.at = FixedClock.at_wall("2026-07-16 13:00").at
    book = refreshed(stored_rules, result_of)
    assert book.version == "hospital 2"
    now = deeds[-1].at
    assert [ban.rule for ban in new_bans(book, deeds, (), now)] == ["三次"]
    assert new_bans(book, deeds[1:], (), now) == ()


def test_a_day_that_a_text_names_holds_also_for_the_next_edition(put_rules, stored_rules, result_of):
    """`from` in the first edition reaches back before its import; the next edition, which names no day, keeps it."""
    put_rules('from = 2026-07-01\n[[bans]]\nname = "一次"\ncount = 1\n')
    put_rules('[[bans]]\nname = "一次"\ncount = 1\nban = ["9 days"]\n')
    book = refreshed(stored_rules, result_of)
    before = Conduct(kind="noshow", at=datetime(2026, 7, 1, 9))  # noqa: DTZ001
    assert [ban.until.day for ban in new_bans(book, [before], (), before.at)] == [10]
    put_rules('[[bans]]\nname = "一次"\ncount = 1\nfrom = 2026-07-02\n')
    assert new_bans(refreshed(stored_rules, result_of), [before], (), before.at) == ()


def test_holidays_are_the_hospitals_own(put_rules, store, stored_rules, result_of):
    """A holiday that was imported is not sold; another hospital's calendar does not matter."""
    put_rules("[window]\nholiday = false\nto = 9")
    offer = Offer(slot=1, session=1, start=datetime(2026, 7, 16, 9), day=date(2026, 7, 16))  # noqa: DTZ001
    at = datetime(2026, 7, 14, 9)  # noqa: DTZ001
    day = {"day": offer.day, "works": False, "name": "节"}
    store.now(lambda conn: conn.execute(insert(holiday), [{"hospital_id": 2, **day}]) and None)
    assert slot_ruling(refreshed(stored_rules, result_of), offer, "phone", at).allowed
    store.now(lambda conn: conn.execute(insert(holiday), [{"hospital_id": 1, **day}]) and None)
    assert slot_ruling(refreshed(stored_rules, result_of), offer, "phone", at).rule == "window.holiday"


def test_a_text_that_cannot_be_read_changes_nothing(put_rules, stored_rules, result_of):
    """When a newer program's rules stand in the store, the rules that held go on holding, and the job says why it failed."""
    put_rules("[window]\nto = 3")
    book = refreshed(stored_rules, result_of)
    put_rules("[windows]\nto = 3")
    with pytest.raises(Unreadable, match="windows"):
        result_of(stored_rules.refresh())
    assert stored_rules.of(1) is book


def test_texts_are_read_once(put_rules, stored_rules, store, result_of):
    """A round that finds nothing new reads no text again."""
    put_rules("[window]\nto = 3")
    refreshed(stored_rules, result_of)
    assert store.now(thd_rulebooks, frozenset(each.id for each in stored_rules._editions)).texts == {}


def test_two_imports_at_once_are_two_versions(put_rules, store, small_hospital):
    """Whoever comes second gets the next number, not the same one."""
    assert put_rules("") == 1
    engine = store.engine
    stolen = []

    def steal(conn, cursor, statement, parameters, context, many):
        if statement.startswith("INSERT INTO rulebook") and not stolen:
            stolen.append(statement)
            cursor.execute(statement, parameters)

    event.listen(engine, "before_cursor_execute", steal)
    try:
        assert put_rules("") == 2
    finally:
        event.remove(engine, "before_cursor_execute", steal)
    versions = [each.version for each in store.now(thd_rulebooks, frozenset()).editions]
    assert versions == [1, 2]
    assert stolen
