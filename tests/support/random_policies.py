"""Any rule book at all, as a hypothesis strategy: every key of the schema takes any value of its kind. And the facts it judges."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from booking.rules.calendar import Calendar
from booking.rules.facts import Ban, Conduct, Holding, Offer, PatientFacts
from booking.rules.layers import GROUPS, SELECTORS, WHOLE_HOSPITAL, Layer, Policy, key_of, with_values
from booking.rules.moments import Before, Clock, DayBefore, HalfDay, Hours, Never, PerHalf, Span
from booking.rules.policy import KINDS, BanRule, Limit, Terms
from booking.rules.rulebook import Maker, RuleBook, rule_book

MONDAY = datetime.fromisoformat("2025-07-14")
NAMES = st.sampled_from(("眼科", "内科", "普通", "专家", "phone", "window", "A"))
CLOCKS = st.builds(Clock, st.sampled_from((0, 1, 300, 480, 719, 720, 900, 960, 1080, 1410, 1439, 1440)))
SPANS = st.builds(Span, st.sampled_from((1, 2, 7, 90)), st.sampled_from(("days", "months")))
ANY_SPAN = SPANS | st.sampled_from((Span(0, "month-end"), Span(0, "forever")))
SIMPLE = st.one_of(
    st.builds(DayBefore, st.integers(1, 4), st.booleans(), CLOCKS),
    st.builds(DayBefore, st.just(0), st.just(False), CLOCKS),
    st.builds(Before, st.sampled_from((0, 1, 30, 60, 1500))),
    st.sampled_from((HalfDay(), Never())),
)
HOURS = st.builds(Hours, CLOCKS, CLOCKS).filter(lambda hours: hours.start != hours.end)
OF_KIND = {
    "bool": st.booleans(),
    "int": st.integers(0, 8),
    "text": st.text(max_size=6, alphabet=st.characters(exclude_categories=("Cs",))),
    "time": CLOCKS,
    "deadline": SIMPLE | st.builds(PerHalf, SIMPLE, SIMPLE, st.none() | SIMPLE),
    "hours": st.lists(HOURS, max_size=2).map(tuple),
    "span": SPANS,
    "spans": st.lists(ANY_SPAN, min_size=1, max_size=3).map(tuple),
    "date": st.dates(date(2025, 1, 1), date(2025, 8, 1)),
    "per": st.sampled_from(("visit-day", "week", "month", "ever", "7 days", "3 months")),
}


def value(meta: Any) -> st.SearchStrategy[Any]:
    """Any value of a key."""
    among = st.sampled_from(meta["among"]) if meta["among"] else NAMES
    if meta["kind"] == "choice":
        found = among
    elif meta["kind"] == "names":
        found = st.lists(among, max_size=2, unique=True).map(tuple)
    else:
        found = OF_KIND[meta["kind"]]
    return st.none() | found if meta["optional"] else found


def table(blank: Any) -> st.SearchStrategy[Any]:
    """Any table of that type."""
    return st.builds(type(blank), **{each.name: value(each.metadata) for each in fields(blank)})


LIMITS = st.lists(table(Limit()).filter(lambda limit: limit.key), max_size=3).map(tuple)


def _spanned(rule: BanRule) -> bool:
    return (rule.window in {"rolling", "first"}) is (rule.span is not None)


BANS = st.lists(table(BanRule()).filter(_spanned), max_size=2).map(tuple)
PARAMETERS = {
    f"{group}.{key_of(each.name)}": value(each.metadata) for group, blank in GROUPS.items() for each in fields(blank)
}
LAYERED = {
    name: how
    for name, how in PARAMETERS.items()
    if name not in WHOLE_HOSPITAL and name.partition(".")[0] not in WHOLE_HOSPITAL
} | {"limits": LIMITS}


HOT = ("window.release", "window.to", "window.from", "window.to_unit", "booking.closed", "booking.next_day_cutoff", "payment.closed",
       "cancel.deadline", "pickup.opens", "pickup.deadline")  # fmt: skip
"""What makes answers change with time: drawn more often."""


def _sets(among: dict[str, Any], least: int, most: int) -> st.SearchStrategy[dict[str, Any]]:
    hot = [name for name in HOT if name in among]
    some = st.lists(st.sampled_from(hot) | st.sampled_from(sorted(among)), min_size=least, max_size=most, unique=True)
    return some.flatmap(lambda names: st.fixed_dictionaries({name: among[name] for name in names}))


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    name = draw(st.sampled_from(SELECTORS))
    where = (
        draw(st.booleans()) if name == "same_day" else tuple(draw(st.lists(NAMES, min_size=1, max_size=2, unique=True)))
    )
    return Layer(sets=tuple(sorted(draw(_sets(LAYERED, 1, 3)).items(), key=lambda each: each[0])), **{name: where})


def sensible(policy: Policy) -> bool:
    """What the reader would take."""
    window, booking = policy.base.window, policy.base.booking
    names = [rule.name for rule in policy.base.bans if rule.name]
    if len(names) != len(set(names)):
        return False
    days = window.from_unit == window.to_unit == "day"
    return not (days and window.from_ > window.to - window.count_today) and not (
        booking.bridge and booking.next_day_cutoff is None
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A rule book that sets a handful of parameters, and perhaps some layers."""
    base = with_values(Terms(), draw(_sets(PARAMETERS, 0, 7)))
    base = with_values(base, {"limits": draw(LIMITS), "bans": draw(BANS)})
    return Policy(
        name=draw(OF_KIND["text"]),
        source=draw(OF_KIND["text"]),
        from_=draw(st.none() | OF_KIND["date"]),
        base=base,
        layers=tuple(draw(st.lists(layers(), max_size=2))),
    )


SENSIBLE = policies().filter(sensible)
CALENDARS = st.dictionaries(st.dates(date(2025, 7, 1), date(2025, 8, 20)), st.booleans(), max_size=6).map(Calendar)


@st.composite
def two_makers(draw: st.DrawFn) -> tuple[RuleBook, RuleBook, RuleBook]:
    """Hospital alone, platform alone, both."""
    calendar = draw(CALENDARS)
    mine = Maker(policy=draw(SENSIBLE), version=1)
    theirs = Maker(name="platform", policy=draw(SENSIBLE), version=1)
    alone = (rule_book(mine, calendar=calendar), rule_book(theirs, calendar=calendar))
    return *alone, rule_book(mine, theirs, calendar=calendar)


@st.composite
def rule_books(draw: st.DrawFn) -> RuleBook:
    one, _, both = draw(two_makers())
    return draw(st.sampled_from((one, both)))


MINUTES = st.builds(
    lambda day, minute: MONDAY + timedelta(days=day, minutes=minute), st.integers(-3, 4), st.integers(0, 1439)
)
STARTS = st.builds(
    lambda day, half: MONDAY + timedelta(days=day, minutes=30 * half), st.integers(0, 14), st.integers(15, 40)
)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    start = draw(STARTS)
    return Offer(
        slot=1,
        session=draw(st.integers(1, 9)),
        start=start,
        day=start.date(),
        doctor=draw(NAMES),
        department=draw(NAMES),
        clinic_type=draw(NAMES),
        period=draw(st.sampled_from(("", "AM", "PM", "EVE"))),
        pool=draw(st.sampled_from(("open",) * 9 + ("window", "withheld"))),
        stopped=draw(st.sampled_from((False,) * 9 + (True,))),
    )


HOLDINGS = st.lists(
    st.builds(
        Holding,
        session=st.integers(1, 9),
        day=st.dates(date(2025, 7, 1), date(2025, 8, 1)),
        doctor=NAMES,
        department=NAMES,
    ),
    max_size=5,
).map(tuple)
BANNED = st.lists(
    st.builds(
        Ban,
        cause=st.sampled_from(("no-show", "blacklist")),
        since=MINUTES,
        until=st.none() | MINUTES,
        scope=st.sampled_from(("hospital", "department", "all")),
        department=NAMES,
        rule=st.sampled_from(("", "bans[1]", "platform: bans[1]")),
    ),
    max_size=3,
).map(tuple)
FACTS = st.builds(
    PatientFacts,
    holdings=HOLDINGS,
    phone_holdings=HOLDINGS,
    bans=BANNED,
    birth=st.none() | st.dates(date(1940, 1, 1), date(1999, 1, 1)) | st.dates(date(2005, 1, 1), date(2025, 7, 1)),
    document=st.sampled_from(("id-card",) * 6 + ("", "A")),
    guardian=st.booleans(),
    first_visit=st.booleans(),
    groups=st.frozensets(NAMES, max_size=2),
    phone_sold=st.integers(0, 3),
    phone_most=st.none() | st.integers(0, 3),
)
CHANNELS = st.sampled_from(("phone", "sms", "agent", "window"))
EVERYBODY = {"channels": (), "number_types": (), "departments": (), "from_": None}
RULED = st.builds(
    lambda rule, among: replace(rule, count=rule.count % 3, **among),
    table(BanRule()).filter(_spanned),
    st.sampled_from((EVERYBODY, EVERYBODY, {})),
)
BAN_BOOKS = st.builds(
    lambda one, two: rule_book(
        Maker(policy=Policy(base=Terms(bans=one)), version=1),
        Maker(name="platform", policy=Policy(base=Terms(bans=two)), version=1),
    ),
    st.lists(RULED, min_size=1, max_size=2).map(tuple),
    st.lists(RULED, max_size=1).map(tuple),
)
HISTORY = st.lists(
    st.builds(
        Conduct,
        kind=st.sampled_from(("kept", "noshow", "noshow", *KINDS)),
        at=MINUTES,
        channel=CHANNELS,
        clinic_type=NAMES,
        department=NAMES,
        appointment=st.integers(1, 99),
    ),
    max_size=10,
).map(tuple)
