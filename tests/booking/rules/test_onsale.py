"""What may be sold to anybody: windows, releases, days of the week, cut-offs, hours, channels."""

from dataclasses import replace

import pytest
from told_rules import at, book, held, number

from booking.rules.facts import Ban, PatientFacts, Where
from booking.rules.onsale import book_ruling, patient_ruling, sale_days, slot_ruling, wanted_facts
from booking.rules.policy import HousePolicy
from booking.rules.rulebook import house_rules
from booking.rules.ruling import Reason


@pytest.mark.parametrize(
    ("text", "now", "start", "reason", "when"),
    [
        ("[window]\nto = 3", "14 09:00", "17 09:00", "ALLOWED", None),
        ("[window]\nto = 3", "14 09:00", "18 09:00", "NOT_ON_SALE", "15 00:00"),
        ("[window]\nto = 3\ncount_today = true", "14 09:00", "16 09:00", "ALLOWED", None),
        ("[window]\nto = 3\ncount_today = true", "14 09:00", "17 09:00", "NOT_ON_SALE", "15 00:00"),
        ('[window]\nto = 3\nto_unit = "workday"', "11 09:00", "16 09:00", "ALLOWED", None),
        ('[window]\nto = 3\nto_unit = "workday"', "11 09:00", "17 09:00", "NOT_ON_SALE", "14 00:00"),
        ('[window]\nto = 1\nto_unit = "month"', "14 09:00", "2025-08-14 09:00", "ALLOWED", None),
        ('[window]\nto = 1\nto_unit = "month"', "14 09:00", "2025-08-15 09:00", "NOT_ON_SALE", "15 00:00"),
        ('[window]\nto = 1\nto_unit = "month"\ncount_today = true', "14 09:00", "2025-08-14 09:00", "NOT_ON_SALE", "15 00:00"),
        ('[window]\nto = 0\nto_unit = "workday"\nrelease = "09:00"', "14 08:59", "14 12:00", "NOT_OPEN_YET", "14 09:00"),
        ('[window]\nto = 7\nrelease = "16:00"', "14 15:59", "21 09:00", "NOT_OPEN_YET", "14 16:00"),
        ('[window]\nto = 7\nrelease = "16:00"', "14 15:59", "20 09:00", "ALLOWED", None),
        ('[window]\nto = 7\nrelease = "16:00"', "14 16:00", "21 09:00", "ALLOWED", None),
        ('[window]\nto = 7\nrelease = "16:00"', "14 16:00", "22 09:00", "NOT_ON_SALE", "15 16:00"),
        ('[window]\nto = 0\nto_unit = "month"\ncount_today = true', "14 09:00", "15 09:00", "NOT_ON_SALE", None),
        ("[window]\nfrom = 2", "14 09:00", "15 09:00", "NOT_ON_SALE", None),
        ("[window]\nfrom = 2", "14 09:00", "16 09:00", "ALLOWED", None),
        ('[window]\nfrom = 2\nfrom_unit = "workday"', "11 09:00", "14 09:00", "NOT_ON_SALE", None),
        ('[window]\nfrom = 2\nfrom_unit = "workday"', "11 09:00", "15 09:00", "ALLOWED", None),
        ("[window]\nsaturday = false", "14 09:00", "19 09:00", "NOT_ON_SALE", None),
        ("[window]\nsaturday = false", "14 09:00", "20 09:00", "ALLOWED", None),
        ("[window]\nsunday = false", "14 09:00", "20 09:00", "NOT_ON_SALE", None),
        ("[window]\nsunday = false", "14 09:00", "19 09:00", "ALLOWED", None),
        ("[booking]\nsame_day = false", "14 09:00", "14 15:00", "NOT_ON_SALE", None),
        ("[booking]\nsame_day = false", "14 09:00", "15 15:00", "ALLOWED", None),
        ('[booking]\nnext_day_cutoff = "15:00"', "14 15:00", "15 09:00", "CUTOFF", None),
        ('[booking]\nnext_day_cutoff = "15:00"', "14 14:59", "15 09:00", "ALLOWED", None),
        ('[booking]\nnext_day_cutoff = "15:00"', "14 15:00", "16 09:00", "ALLOWED", None),
        ('[booking]\nnext_day_cutoff = "15:00"', "14 15:00", "14 16:00", "ALLOWED", None),
        ('[booking]\nnext_day_cutoff = "15:00"', "11 15:00", "13 09:00", "ALLOWED", None),
        ('[booking]\nnext_day_cutoff = "15:00"\nbridge = true', "11 15:00", "14 09:00", "CUTOFF", None),
        ('[booking]\nnext_day_cutoff = "15:00"\nbridge = true', "11 14:59", "14 09:00", "ALLOWED", None),
        ('[booking]\nnext_day_cutoff = "15:00"\nbridge = true', "13 09:00", "14 09:00", "CUTOFF", None),
        ('[booking]\nnext_day_cutoff = "15:00"\nbridge = true', "13 09:00", "15 09:00", "ALLOWED", None),
        ('[booking]\nsame_day_am = "08:00"\nsame_day_pm = "13:00"', "15 08:00", "15 09:00", "CUTOFF", None),
        ('[booking]\nsame_day_am = "08:00"\nsame_day_pm = "13:00"', "15 07:59", "15 09:00", "ALLOWED", None),
        ('[booking]\nsame_day_am = "08:00"\nsame_day_pm = "13:00"', "15 12:59", "15 14:00", "ALLOWED", None),
        ('[booking]\nsame_day_am = "08:00"\nsame_day_pm = "13:00"', "15 13:00", "15 19:00", "CUTOFF", None),
        ('[booking]\nsame_day_am = "08:00"', "14 08:00", "15 09:00", "ALLOWED", None),
        ("", "15 09:00", "15 09:00", "CUTOFF", None),
        ("", "15 08:59", "15 09:00", "ALLOWED", None),
        ("", "15 09:00", "14 15:00", "CUTOFF", None),
        ('[booking]\nbefore = "half-day"', "15 08:00", "15 14:00", "CUTOFF", None),
        ('[booking]\nclosed = ["23:00-05:00"]', "14 23:00", "15 09:00", "CLOSED", "15 05:00"),
        ('[booking]\nclosed = ["23:00-05:00", "05:00-06:00"]', "14 23:00", "15 09:00", "CLOSED", "15 06:00"),
        ('[booking]\nclosed = ["05:00-06:00", "23:00-05:00"]', "14 23:00", "15 09:00", "CLOSED", "15 06:00"),
        ('[booking]\nclosed = ["23:00-10:00"]', "14 23:00", "15 09:00", "CLOSED", None),
        ('[window]\nto = 1\n[booking]\nclosed = ["00:00-06:00"]', "14 09:00", "16 09:00", "NOT_ON_SALE", "15 06:00"),
        ('[channels]\nallow = ["agent"]', "14 09:00", "15 09:00", "CHANNEL", None),
        ('[channels]\nallow = ["phone"]', "14 09:00", "15 09:00", "ALLOWED", None),
    ],
)  # fmt: skip
def test_a_number_is_on_sale_or_says_why_not_and_from_when(text, now, start, reason, when):
    """One rule at a time, on both sides of its boundary."""
    ruling = slot_ruling(book(text), number(start), "phone", at(now))
    assert (ruling.reason, ruling.when) == (reason, None if when is None else at(when))
    assert ruling.allowed is (reason == "ALLOWED")


def test_worked_weekends_are_sold_and_holidays_are_not():
    """调休: a Saturday that is worked is sold although Saturdays are not; a holiday on a Tuesday is not."""
    rules = book("[window]\nsaturday = false\nholiday = false", days={"2025-07-19": True, "2025-07-15": False})
    assert slot_ruling(rules, number("19 09:00"), "phone", at("14 09:00")).allowed
    assert slot_ruling(rules, number("15 09:00"), "phone", at("14 09:00")).rule == "window.holiday"
    days = sale_days(rules, Where(), "phone", at("14 09:00"))
    assert days.never == {at("15 00:00").date()}


def test_stopped_and_reserved_numbers_are_not_sold():
    """A stopped doctor's numbers to nobody, the window's only to staff, withheld ones to nobody."""
    rules, now = book(), at("14 09:00")
    said = {
        (pool, channel): slot_ruling(rules, number(pool=pool), channel, now).reason
        for pool in ("open", "window", "withheld")
        for channel in ("phone", "agent", "window")
    }
    assert {key for key, reason in said.items() if reason is Reason.ALLOWED} == {
        ("open", "phone"), ("open", "agent"), ("open", "window"), ("window", "agent"), ("window", "window"),
    }  # fmt: skip
    assert slot_ruling(rules, number(stopped=True), "agent", now).reason is Reason.CLINIC_STOPPED


def test_the_most_specific_value_wins():
    """A channel outweighs a number type, that a doctor, that a department, that a campus; of two alike the later."""
    rules = book(
        "[window]\nto = 1\n"
        + "".join(
            f"[[layers]]\n{where}\nwindow.to = {to}\n"
            for where, to in (
                ('channel = "phone"', 7),
                ("same_day = false", 6),
                ('number_type = "专家"', 5),
                ('doctor = "1"', 4),
                ('department = ["A", "B"]', 3),
                ('campus = "东"', 2),
                ('campus = "东"', 2),
                ('department = "B"', 8),
            )
        )
    )
    where = Where(campus="东", department="A", doctor="1", clinic_type="专家", sameday=False)
    wheres = [
        (where, "phone"),
        (where, "sms"),
        (replace(where, sameday=True), "sms"),
        (replace(where, sameday=True, clinic_type=""), "sms"),
        (replace(where, sameday=True, clinic_type="", doctor=""), "sms"),
        (replace(where, sameday=True, clinic_type="", doctor="", department=""), "sms"),
        (Where(), "sms"),
        (Where(department="B"), "sms"),
    ]
    assert [rules.at(*each)[0].terms.window.to for each in wheres] == [7, 6, 5, 4, 3, 2, 1, 8]
    said = slot_ruling(rules, number("30 09:00", department="A", campus="东"), "sms", at("14 09:00"))
    assert said.rule == "layers[2].window.to"


def test_the_narrower_of_two_makers_holds_and_is_named():
    """A platform's shorter window refuses what the hospital would sell, and the answer says whose rule it was."""
    rules = book("[window]\nto = 9", "[window]\nto = 1")
    said = slot_ruling(rules, number("17 09:00"), "phone", at("14 09:00"))
    assert (said.rule, said.when) == ("platform: window.to", at("16 00:00"))
    days = sale_days(rules, Where(), "phone", at("14 09:00"))
    assert (days.first_start, days.last) == (at("14 09:00"), at("15 00:00").date())


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("", "14 09:00", "24"),
        ('[booking]\nbefore = "30min"', "14 09:30", "24"),
        ('[booking]\nbefore = "D-1 15:00"', "14 09:00", "24"),
        ("[window]\nfrom = 2\nto = 3", "15 23:59", "17"),
        ("[booking]\nsame_day = false", "14 23:59", "24"),
        ('[window]\nto = 0\nrelease = "10:00"', "14 23:59", "13"),
    ],
)
def test_a_search_shows_the_days_on_sale(text, first, last):
    """From when, and up to which day."""
    days = sale_days(book(text), Where(), "phone", at("14 09:00"))
    assert (days.first_start, days.last) == (at(first), at(f"{last} 00:00").date())


def test_the_houses_rules_are_those_of_the_configuration():
    """[policy]: the window, both cut-offs, the day's limit; nothing else is forbidden."""
    rules = house_rules(HousePolicy(window_days=3, book_minutes_before=60, bookings_per_patient_day=1))
    assert rules.version == "house"
    now = at("14 09:00")
    assert slot_ruling(rules, number("14 10:01"), "phone", now).allowed
    assert slot_ruling(rules, number("14 10:00"), "phone", now).reason is Reason.CUTOFF
    assert patient_ruling(rules, number(), "phone", PatientFacts(holdings=(held("14"),)), now).allowed
    said = patient_ruling(rules, number(), "phone", PatientFacts(holdings=(held("15"),)), now)
    assert (said.reason, said.rule, said.most, said.per) == (Reason.LIMIT, "limits[1]", 1, "visit-day")


def test_whoever_is_not_in_the_group_is_not_admitted_by_phone():
    """A phone line for one group of callers; other channels are open."""
    rules, now = book('[channels]\ngroups = ["老人"]'), at("14 09:00")
    assert patient_ruling(rules, number(), "phone", PatientFacts(), now).reason is Reason.NOT_ADMITTED
    assert patient_ruling(rules, number(), "phone", PatientFacts(groups=frozenset({"老人"})), now).allowed
    assert patient_ruling(rules, number(), "sms", PatientFacts(), now).allowed


@pytest.mark.parametrize(
    ("text", "channel", "facts", "reason", "most"),
    [
        ("", "phone", {"phone_sold": 3}, "ALLOWED", None),
        ("", "phone", {"phone_sold": 3, "phone_most": 3}, "LIMIT", 3),
        ("", "phone", {"phone_sold": 2, "phone_most": 3}, "ALLOWED", None),
        ("", "sms", {"phone_sold": 3, "phone_most": 3}, "ALLOWED", None),
        ("[channels]\nquota = 2", "phone", {"phone_sold": 2, "phone_most": 3}, "LIMIT", 2),
        ("[channels]\nquota = 2", "sms", {"channel_sold": 2}, "LIMIT", 2),
        ("[channels]\nquota = 2", "sms", {"channel_sold": 1, "phone_sold": 9}, "ALLOWED", None),
        ("[capacity]\nsession = 5", "sms", {"session_sold": 5}, "FULL", 5),
        ("[capacity]\nsession = 5", "sms", {"session_sold": 4}, "ALLOWED", None),
        ("[capacity]\nsession = \"none\"", "sms", {"session_sold": 99}, "ALLOWED", None),
        ("[[limits]]\nmost = 0", "sms", {}, "LIMIT", 0),
        ("[booking]\ndifferent_departments_per_day = 0", "sms", {}, "LIMIT", 0),
    ],
)  # fmt: skip
def test_quotas_are_kept(text, channel, facts, reason, most):
    """A session's capacity over all channels, a channel's share, the telephone's own."""
    said = patient_ruling(book(text), number(), channel, PatientFacts(**facts), at("14 09:00"))
    assert (said.reason, said.most) == (reason, most)


def test_when_is_the_moment_at_which_all_rules_allow():
    """Banned until noon and booking shut until one: from one on."""
    rules = book('[booking]\nclosed = ["11:00-13:00"]')
    ban = Ban(cause="manual", since=at("01 00:00"), until=at("14 12:00"))
    said = book_ruling(rules, number(), "phone", PatientFacts(bans=(ban,)), at("14 09:00"))
    assert (said.reason, said.when) == (Reason.BLACKLISTED, at("14 13:00"))
    assert patient_ruling(rules, number(), "phone", PatientFacts(bans=(ban,)), at("14 09:00")).when == at("14 12:00")


def test_the_store_reads_no_more_than_the_rules_need():
    """Days around the visit by the widest window of any layer; the phone's bookings, birth and first visit only where asked for."""
    assert vars_of(book()) == (0, 0, False, True, False, False)
    assert vars_of(book('[[limits]]\nper = "7 days"\n[[limits]]\nper = "week"')) == (6, 6, False, True, False, False)
    layer = '[[layers]]\nchannel = "phone"\nlimits = [{ key = ["client"], per = "3 months" }]'
    assert vars_of(book(layer)) == (92, 92, True, True, False, False)
    assert vars_of(book('[[limits]]\nkey = ["phone"]\nper = "month"')) == (30, 30, True, True, False, False)
    assert vars_of(book('[[limits]]\nkey = ["ip"]', "[identity]\nlowest_age = 1")) == (0, 0, False, True, True, False)
    assert vars_of(book('[identity]\ndocuments = ["id-card"]')) == (0, 0, False, True, False, True)


def vars_of(rules):
    wanted = wanted_facts(rules)
    return wanted.days_back, wanted.days_ahead, wanted.phone, wanted.bans, wanted.birth, wanted.first_visit


def test_a_rush_of_places_does_not_fill_the_memory(monkeypatch):
    """What is worked out is kept for so many places, then begun anew."""
    monkeypatch.setattr("booking.rules.rulebook.KEPT_MOST", 2)
    rules = book()
    for doctor in "abc":
        assert slot_ruling(rules, number(doctor=doctor), "phone", at("14 09:00")).allowed
    assert len(rules._kept) == 1


def test_a_search_shows_no_today_that_is_not_sold():
    """Only today would be in the window, and today is not sold: nothing is shown."""
    days = sale_days(book("[window]\nto = 0\n[booking]\nsame_day = false"), Where(), "phone", at("14 09:00"))
    assert days.never == {at("14 00:00").date()}
    assert days.first_start > at("14 23:00")


def test_a_night_session_is_an_evening_to_the_rules():
    """A schedule calls it NIGHT, also where it begins before six; the evening's own rules hold."""
    rules = book('[booking]\nbefore = "AM 09:00 / PM 12:00 / EVE 17:00"')
    night = number("15 17:30", period="NIGHT")
    assert slot_ruling(rules, night, "phone", at("15 16:59")).allowed
    assert slot_ruling(rules, night, "phone", at("15 17:00")).reason == "CUTOFF"
    assert slot_ruling(rules, number("15 17:30", period="PM"), "phone", at("15 16:59")).reason == "CUTOFF"


def test_a_search_begins_where_later_numbers_begin():
    """Nothing of today is sold and later numbers begin the day after tomorrow: so does the search."""
    rules = book("[window]\nfrom = 1\n[[layers]]\nsame_day = false\nwindow.from = 2")
    assert sale_days(rules, Where(), "phone", at("14 09:00")).first_start == at("15 23:59")


def test_a_slot_opens_when_the_last_of_its_rules_does():
    """Released at half past eight, but booking is shut until noon: noon is told."""
    rules = book('[window]\nto = 1\nrelease = "08:30"\n[booking]\nclosed = ["08:00-12:00"]')
    told = slot_ruling(rules, number("15 14:00"), "phone", at("14 08:15"))
    assert (told.reason, told.when) == (Reason.NOT_OPEN_YET, at("14 12:00"))
    assert patient_ruling(rules, number("15 14:00"), "phone", PatientFacts(), at("14 08:15")).allowed


@pytest.mark.parametrize(
    "text",
    ["[booking]\nsame_day = false", '[window]\nto = 0\nrelease = "08:30"\n[[layers]]\nsame_day = false\nwindow.to = 5'],
)
def test_a_search_leaves_today_out_when_nothing_of_it_is_sold(text):
    """No booking for the same day, or today not released yet: the search begins tomorrow."""
    assert sale_days(book(text), Where(), "phone", at("14 08:00")).first_start == at("14 23:59")


def test_another_operators_phone_is_not_admitted():
    """By its prefix; a withheld number has none."""
    rules = book('[mobile]\nprefixes = ["138", "139"]')
    asked = [PatientFacts(phone=phone) for phone in ("+8613900000000", "+8613600000000", "")]
    told = [patient_ruling(rules, number(), "phone", facts, at("14 09:00")) for facts in asked]
    assert [each.rule for each in told] == ["", "mobile.prefixes", ""]
