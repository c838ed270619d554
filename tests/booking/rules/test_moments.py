"""How rule books write times, and what they mean."""

import pytest
from told_rules import at, book, number

from booking.rules.cancelling import cancel_until
from booking.rules.moments import FOREVER, NEVER, Clock, HalfDay, Hours, Never, Span, parse_deadline


@pytest.mark.parametrize(
    ("text", "start", "ends"),
    [
        ("D-1 15:00", "15 09:00", "14 15:00"),
        ("D-1", "15 09:00", "15 00:00"),
        ("D-2", "15 09:00", "14 00:00"),
        ("D 06:00", "15 09:00", "15 06:00"),
        ("06:00", "15 09:00", "15 06:00"),
        ("D-1wd 14:00", "14 09:00", "11 14:00"),
        ("D-2wd 08:00", "14 09:00", "10 08:00"),
        ("D-2wd 08:00", "13 09:00", "10 08:00"),
        ("start", "15 09:00", "15 09:00"),
        ("30min", "15 00:10", "14 23:40"),
        ("30 min", "15 09:00", "15 08:30"),
        ("half-day", "15 09:00", "14 13:30"),
        ("half-day", "15 14:00", "15 08:00"),
        ("half-day", "15 19:00", "15 13:30"),
        ("half-day", "15 11:59", "14 13:30"),
        ("half-day", "15 12:00", "15 08:00"),
        ("half-day", "15 17:59", "15 08:00"),
        ("half-day", "15 18:00", "15 13:30"),
        ("AM 09:00 / PM D-1 13:30", "15 09:00", "15 09:00"),
        ("AM 09:00 / PM D-1 13:30", "15 14:00", "14 13:30"),
        ("AM 09:00 / PM D-1 13:30", "15 19:00", "14 13:30"),
        ("AM 09:00 / PM 13:30 / EVE 30min", "15 19:00", "15 18:30"),
        ("AM 09:00 / PM 13:30 / EVE 30min", "15 14:00", "15 13:30"),
    ],
)
def test_a_deadline_is_a_moment_before_the_visit(text, start, ends):
    """Each form of deadline, for a visit then, ends then; written again it is the same deadline."""
    rules = book(f'[cancel]\ndeadline = "{text}"')
    assert cancel_until(rules, number(start), "phone") == at(ends)
    assert parse_deadline(str(parse_deadline(text))) == parse_deadline(text)


def test_the_sessions_own_half_day_goes_before_its_hour():
    """A morning session that lasts beyond noon is one of the morning."""
    rules = book('[cancel]\ndeadline = "half-day"')
    assert cancel_until(rules, number("15 12:30", period="AM"), "phone") == at("14 13:30")


def test_never_is_never():
    """A number that cannot be given back has no last moment."""
    assert (str(parse_deadline("never")), str(parse_deadline("half-day"))) == ("never", "half-day")
    assert cancel_until(book('[cancel]\ndeadline = "never"'), number(), "phone") is None
    assert (parse_deadline("never"), parse_deadline("half-day")) == (Never(), HalfDay())
    assert NEVER < at("15 09:00") < FOREVER


@pytest.mark.parametrize(
    "text",
    [
        "", "D+1", "D-1 25:00", "D-1wd 24:01", "tomorrow", "AM 09:00", "AM 09:00 / PM", "AM 09:00 / PM x", "AM 9:00 / AM 9:00",
        "AM 9:00 / PM 9:00 / X 9:00", "-5min",
    ],)  # fmt: skip
def test_what_is_no_deadline_is_told_with_examples(text):
    """The reader's sentence shows the right forms."""
    with pytest.raises(ValueError, match="例如"):
        parse_deadline(text)


@pytest.mark.parametrize("text", ["24:01", "25:00", "8", "8:5", "08:60", "-1:00"])
def test_what_is_no_time_of_day_is_told(text):
    """24:00 is the last that there is."""
    with pytest.raises(ValueError, match="08:30"):
        Clock.parse(text)
    assert str(Clock.parse("24:00")) == "24:00"


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("23:40-00:10", "14 23:39", None),
        ("23:40-00:10", "14 23:40", "15 00:10"),
        ("23:40-00:10", "15 00:09", "15 00:10"),
        ("23:40-00:10", "15 00:10", None),
        ("12:00-13:00", "15 11:59", None),
        ("12:00-13:00", "15 12:00", "15 13:00"),
        ("12:00-13:00", "15 13:00", None),
        ("23:00-24:00", "15 23:59", "16 00:00"),
        ("23:00-24:00", "16 00:00", None),
    ],
)
def test_hours_may_cross_midnight(hours, now, until):
    """They hold from their first minute up to, not including, their last."""
    parsed = Hours.parse(hours)
    assert parsed.until(at(now)) == (None if until is None else at(until))
    assert str(parsed) == hours


@pytest.mark.parametrize("text", ["12:00", "12:00-12:00", "12:00-", "a-b"])
def test_what_are_no_hours_is_told(text):
    """From and to, and not the same."""
    with pytest.raises(ValueError, match="例如"):
        Hours.parse(text)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("1 day", "16 09:30"),
        ("90 days", "2025-10-13 09:30"),
        ("3 months", "2025-10-15 09:30"),
        ("month-end", "2025-08-01 00:00"),
    ],
)
def test_a_span_ends(text, then):
    """Days, months, or what is left of the month."""
    span = Span.parse(text)
    assert span.after(at("15 09:30")) == at(then)
    assert Span.parse(str(span)) == span


def test_for_ever_has_no_end():
    """No date is later."""
    assert Span.parse("forever").after(at("15 09:30")) == FOREVER
    assert str(Span.parse("forever")) == "forever"
    assert (Span.parse("7 days").days(), Span.parse("3 months").days()) == (7, 93)


@pytest.mark.parametrize("text", ["0 days", "3", "three months", "3 weeks"])
def test_what_is_no_span_is_told(text):
    """The sentence shows the right forms."""
    with pytest.raises(ValueError, match="3 months"):
        Span.parse(text)
