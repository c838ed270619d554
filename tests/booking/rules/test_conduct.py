"""Which bans follow from what a patient did."""

import pytest
from told_rules import at, book, done, number

from booking.rules.conduct import counted_by, new_bans
from booking.rules.facts import Ban, PatientFacts
from booking.rules.onsale import patient_ruling
from booking.rules.ruling import Reason

LATER = at("2027-01-01 00:00")
NS = "noshow"


def bans(text, *events, now=None, standing=()):
    """``noshow 01-08`` is one of 8 January 2025, 9:00."""
    history = []
    for event in events:
        kind, _, day = event.rpartition(" ")
        year = "" if len(day) > 5 else "2025-"
        history.append(done(kind or NS, f"{year}{day} 09:00"))
    return new_bans(book(f"[[bans]]\nban = ['forever']\n{text}"), history, standing, now or LATER)


@pytest.mark.parametrize(
    ("text", "events", "since"),
    [
        ("", ["01-08", "02-08"], None),
        ("", ["01-08", "02-08", "03-08"], "03-08"),
        ("", ["2020-01-08", "2021-02-08", "03-08"], "03-08"),
        ('compare = ">"', ["01-08", "02-08", "03-08"], None),
        ('compare = ">"', ["01-08", "02-08", "03-08", "04-08"], "04-08"),
        ('start = "first"', ["01-08", "02-08", "03-08"], "01-08"),
        ('start = "last"', ["01-08", "02-08", "03-08"], "03-08"),
        ("", ["01-08", "kept 01-09", "02-08", "03-08"], "03-08"),
        ('window = "consecutive"', ["01-08", "kept 01-09", "02-08", "03-08"], None),
        ('window = "consecutive"', ["01-08", "late 01-09", "02-08", "03-08"], None),
        ('window = "consecutive"', ["01-08", "cancel 01-09", "02-08", "03-08"], "03-08"),
        ('window = "consecutive"\ncounts = ["noshow", "late"]', ["01-08", "late 01-09", "02-08"], "02-08"),
        ('window = "rolling"\nspan = "30 days"', ["01-01", "01-15", "01-30"], "01-30"),
        ('window = "rolling"\nspan = "30 days"', ["01-01", "01-15", "01-31"], None),
        ('window = "rolling"\nspan = "30 days"', ["01-01", "01-15", "01-31", "02-01"], "02-01"),
        ('window = "first"\nspan = "30 days"', ["01-01", "01-15", "01-30"], "01-30"),
        ('window = "first"\nspan = "30 days"', ["01-01", "01-15", "01-31", "02-01"], None),
        ('window = "first"\nspan = "30 days"', ["01-01", "01-15", "01-31", "02-01", "02-02"], "02-02"),
        ('window = "month"', ["01-01", "01-15", "01-31"], "01-31"),
        ('window = "month"', ["01-01", "01-15", "02-01"], None),
        ('window = "month"', ["2024-01-01", "2024-01-15", "01-31"], None),
        ('window = "half-year"', ["01-01", "03-15", "06-30"], "06-30"),
        ('window = "half-year"', ["01-01", "03-15", "07-01"], None),
        ('window = "year"', ["01-01", "03-15", "12-31"], "12-31"),
        ('window = "year"', ["01-01", "03-15", "2026-01-01"], None),
        ("from = 2025-02-01", ["01-31", "02-01", "02-02"], None),
        ("from = 2025-02-01", ["01-31", "02-01", "02-02", "02-03"], "02-03"),
        ("count = 1", ["late 01-01"], None),
        ("count = 1", ["late-cancel 01-01"], "01-01"),
        ('count = 1\ncounts = ["late"]', ["late 01-01"], "01-01"),
        ('count = 1\ncounts = ["cancel"]', ["same-day-cancel 01-01"], "01-01"),
        ('count = 1\ncounts = ["cancel"]', ["grab 01-01"], "01-01"),
        ('count = 1\ncounts = ["cancel"]', ["late-cancel 01-01"], None),
        ('count = 1\ncounts = ["same-day-cancel"]', ["cancel 01-01"], None),
    ],
)
def test_a_count_is_reached_or_not(text, events, since):
    """Every way of counting, on both sides of its edge."""
    made = bans(text, *events)
    assert [ban.since for ban in made] == ([] if since is None else [at(f"2025-{since} 09:00")])


@pytest.mark.parametrize(
    ("text", "nth", "until"),
    [
        ('ban = ["90 days"]', 1, "2025-04-01 09:00"),
        ('ban = ["3 months"]', 1, "2025-04-01 09:00"),
        ('ban = ["month-end"]', 1, "2025-02-01 00:00"),
        ('ban = ["1 months", "2 months"]', 1, "2025-02-01 09:00"),
        ('ban = ["1 months", "2 months"]', 2, "2025-03-01 09:00"),
        ('ban = ["1 months", "2 months"]', 3, "2025-03-01 09:00"),
        ('ban = ["1 months", "3 months"]\nafter_last = "continue"', 3, "2025-06-01 09:00"),
        ('ban = ["1 months", "3 months"]\nafter_last = "continue"', 4, "2025-08-01 09:00"),
        ('ban = ["90 days", "3 months"]\nafter_last = "continue"', 3, "2025-04-01 09:00"),
        ('ban = ["90 days"]\nafter_last = "continue"', 3, "2025-04-01 09:00"),
    ],
)
def test_a_ban_lasts_as_long_as_its_step_says(text, nth, until):
    """The ladder's step by how many bans of that rule there were before; what follows its last one."""
    old = tuple(
        Ban(cause="no-show", since=at(f"20{year}-01-01 09:00"), until=None, rule="x") for year in range(10, 9 + nth)
    )
    other = Ban(cause="no-show", since=at("2009-01-01 09:00"), until=None, rule="y")
    rules = book(f"[[bans]]\nname = 'x'\ncount = 1\n{text}")
    (made,) = new_bans(rules, [done(NS, "2025-01-01 09:00")], (*old, other), at("2025-01-01 10:00"))
    assert (made.until, made.nth) == (at(until), nth)


def test_after_a_ban_the_count_begins_afresh_or_every_further_one_bans():
    """Two no-shows a ban: the third alone is no reason, unless the rule says so."""
    days = ["01-01", "01-02", "01-03", "01-04"]
    assert [ban.since.day for ban in bans("count = 2", *days)] == [2, 4]
    assert [ban.since.day for ban in bans('count = 2\nafter_ban = "each"', *days)] == [2, 3, 4]
    assert [ban.nth for ban in bans('count = 2\nafter_ban = "each"', *days)] == [1, 2, 3]


def test_a_ban_is_given_once_and_not_for_what_is_over():
    """What stands is not given again, an expired one not at all; what is yet to come is not judged."""
    (first,) = bans("", "01-01", "01-02", "01-03")
    assert bans("", "01-01", "01-02", "01-03", standing=(first,)) == ()
    over = "[[bans]]\nban = ['1 months']\ncount = 1"
    event = done(NS, "2025-01-01 09:00")
    assert len(new_bans(book(over), [event], (), at("2025-02-01 08:59"))) == 1
    assert new_bans(book(over), [event], (), at("2025-02-01 09:00")) == ()
    assert new_bans(book(over), [event], (), at("2025-01-01 08:59")) == ()


def test_only_the_named_channels_number_types_and_departments_count():
    """A rule for phone bookings of experts in one department."""
    rules = book(
        '[[bans]]\ncount = 1\nchannels = ["phone"]\nnumber_types = ["专家"]\ndepartments = ["A"]\nscope = "department"'
    )
    right = {"channel": "phone", "clinic_type": "专家", "department": "A"}
    now = at("15 10:00")
    (ban,) = new_bans(rules, [done(NS, "15 09:00", **right)], (), now)
    assert (ban.scope, ban.department, ban.cause) == ("department", "A", "no-show")
    for other in ({"channel": "sms"}, {"clinic_type": "普通"}, {"department": "B"}):
        assert new_bans(rules, [done(NS, "15 09:00", **{**right, **other})], (), now) == ()


def test_cause_and_name_of_a_ban():
    """Cancel abuse is told from no-shows; a rule without a name has its place for one; a platform's is marked."""
    rules = book('[[bans]]\ncounts = ["cancel"]\ncount = 1', '[[bans]]\nname = "爽约"\ncount = 1')
    made = new_bans(rules, [done("cancel", "15 09:00"), done(NS, "15 09:30")], (), at("15 10:00"))
    assert [(ban.cause, ban.rule, ban.department) for ban in made] == [
        ("cancels", "bans[1]", ""),
        ("no-show", "platform: 爽约", ""),
    ]


def test_by_whom_it_is_counted():
    """By identity unless all makers say by phone or account."""
    phone, account = '[noshow]\ncounted_by = "phone"', '[noshow]\ncounted_by = "account"'
    assert [counted_by(book(*each)) for each in (("",), (phone,), (account, phone), (phone, ""))] == [
        "identity", "phone", "phone", "identity",
    ]  # fmt: skip


def judged(rules, ban, channel="phone", **offer):
    return patient_ruling(rules, number("20 09:00", **offer), channel, PatientFacts(bans=(ban,)), at("15 09:00"))


def test_a_ban_holds_in_its_time_and_department():
    """From its first moment up to its end; a department's elsewhere not."""
    rules = book()
    for since, until, reason in (
        ("15 09:00", "15 09:01", "BLACKLISTED"), ("15 09:01", None, "ALLOWED"), ("14 09:00", "15 09:00", "ALLOWED"),
    ):  # fmt: skip
        ban = Ban(cause="manual", since=at(since), until=None if until is None else at(until))
        assert judged(rules, ban).reason == reason
    local = Ban(cause="manual", since=at("01 09:00"), until=None, scope="department", department="A")
    assert judged(rules, local, department="A").reason is Reason.BLACKLISTED
    assert judged(rules, local, department="B").allowed


def test_what_stays_open_stays_open():
    """By the rule that banned; for bans by hand what every maker leaves open."""
    rules = book(
        '[[bans]]\nopen = ["window", "普通"]\n[blacklist]\nopen = ["window", "agent"]', '[blacklist]\nopen = ["agent"]'
    )
    by_rule = Ban(cause="no-show", since=at("01 09:00"), until=None, rule="bans[1]")
    assert not judged(rules, by_rule).allowed
    assert judged(rules, by_rule, "window").allowed
    assert judged(rules, by_rule, clinic_type="普通").allowed
    by_hand = Ban(cause="blacklist", since=at("01 09:00"), until=None)
    assert judged(rules, by_hand, "agent").allowed
    assert judged(rules, by_hand, "window").rule == "blacklist"


def test_of_several_bans_the_one_that_ends_last_is_told():
    """Who is banned twice hears of the longer one."""
    short, long = (
        Ban(cause="manual", since=at("01 09:00"), until=at(day), rule=day) for day in ("17 09:00", "16 09:00")
    )
    said = patient_ruling(book(), number("20 09:00"), "phone", PatientFacts(bans=(long, short)), at("15 09:00"))
    assert (said.rule, said.when) == ("17 09:00", at("17 09:00"))
