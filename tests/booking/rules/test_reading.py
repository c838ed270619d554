"""Rule books from TOML: every fault at once, with its line and what would be right."""

from dataclasses import fields

import pytest
from written_policy import write_policy

from booking.rules.layers import GROUPS, Policy
from booking.rules.lines import lines_of
from booking.rules.reading import Fault, Faults, parameters, read_policy


def faults(text):
    read = read_policy(text)
    assert isinstance(read, Faults), read
    return [(fault.line, fault.key, fault.why) for fault in read.faults]


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        ("nam = 'x'", 1, "nam", "是不是 name？"),
        ("zzzz = 1", 1, "zzzz", "可用的有：name、source、from"),
        ("name = 5", 1, "name", "应为加引号的文字"),
        ("from = '2025-07-01'", 1, "from", "应为日期，不加引号"),
        ("from = 2025-07-01T00:00:00", 1, "from", "应为日期"),
        ("window = 5", 1, "window", "写成 [window]"),
        ("[window]\n\nto = '7'", 3, "window.to", "应为不小于 0 的整数，例如 3，现在是 '7'"),
        ("[window]\nto = -1", 2, "window.to", "现在是 -1"),
        ("[window]\nto = true", 2, "window.to", "现在是 true"),
        ("[window]\nto = 100001", 2, "window.to", "整数"),
        ("[window]\nsaturday = 1", 2, "window.saturday", "应为 true 或 false"),
        ("[window]\nto_unit = 'week'", 2, "window.to_unit", '应为 "day"、"workday"、"month" 之一'),
        ("[window]\nto_unit = 5", 2, "window.to_unit", '应为 "day"'),
        ("[window]\nrelease = 8", 2, "window.release", '例如 "08:30"；不设则写 "none"，现在是 8'),
        ("[booking]\nclosed = [5]", 2, "booking.closed", "23:40-00:10"),
        ("[cancel]\ndeadline = 5", 2, "cancel.deadline", "D-1 15:00"),
        ("[channels]\nallow = ['fax']", 2, "channels.allow", '"phone"、"sms"'),
        ("[mobile]\nchange_span = 6", 2, "mobile.change_span", "90 days"),
        ("limits = 5", 1, "limits", "应写成 [[limits]]"),
        ("[[limits]]\n[[limits]]\nmost = 'x'", 3, "limits[2].most", "整数"),
        ("[[limits]]\nper = '3 weeks'", 2, "limits[1].per", "7 days"),
        ("[[limits]]\nper = 'forever'", 2, "limits[1].per", '"ever"'),
        ("[[bans]]\nban = []", 2, "bans[1].ban", "至少要有一个时长"),
        ("[[bans]]\nwindow = 'rolling'", 2, "bans[1].window", "需要 span"),
        ("[[bans]]\nspan = '3 months'", 1, "bans[1].window", "需要 span"),
        ("[[bans]]\nname = 'a'\n[[bans]]\nname = 'a'", 4, "bans[2].name", "同名"),
        ("[layers]\nx = 1", 1, "layers", "应写成 [[layers]]"),
        ("[[layers]]\nwindow.to = 5", 1, "layers[1]", "campus、department"),
        ("[[layers]]\ncampus = 5\nwindow.to = 5", 2, "layers[1].campus", "文字"),
        ("[[layers]]\nsame_day = 'x'\nwindow.to = 5", 2, "layers[1].same_day", "true"),
        ("[[layers]]\ncampus = 'A'", 1, "layers[1]", "没有设置任何规则"),
        ("[[layers]]\ncampus = 'A'\nbans = []", 3, "layers[1].bans", "只能对全院设置"),
        ("[[layers]]\ncampus = 'A'\nmobile.patients = 3", 3, "layers[1].mobile.patients", "只能对全院设置"),
        ("[[layers]]\ncampus = 'A'\nnoshow.counted_by = 'phone'", 3, "layers[1].noshow.counted_by", "只能对全院设置"),
        ("[[layers]]\ncampus = 'A'\n[layers.window]\ntoo = 3", 4, "layers[1].window.too", "是不是 to？"),
        ("[window]\nfrom = 5\nto = 4", 2, "window.from", "没有一天可约"),
        ("[window]\nfrom = 4\nto = 4\ncount_today = true", 2, "window.from", "没有一天可约"),
        ("[booking]\nbridge = true", 2, "booking.bridge", "next_day_cutoff"),
        ("[window\nto = 5", 1, "第 8 列", "不是正确的 TOML"),
        ("a = 1\na = 2", 2, "文件末尾", "不是正确的 TOML"),
        ("a = ", 1, "文件末尾", "不是正确的 TOML"),
    ],
)
def test_each_fault_has_its_line_and_what_would_be_right(text, line, key, says):
    """Unknown keys with the nearest known one; wrong values with an example; what does not go together."""
    found = [fault for fault in faults(text) if says in fault[2]]
    assert [(fault[0], fault[1]) for fault in found] == [(line, key)], faults(text)


def test_a_window_that_just_holds_a_day_is_right():
    """From the fourth day to the fourth."""
    assert isinstance(read_policy("[window]\nfrom = 4\nto = 4"), Policy)
    assert isinstance(read_policy('[window]\nfrom = 5\nto = 4\nto_unit = "month"'), Policy)


def test_everything_is_told_at_once():
    """Three faults, three lines, in the order of the file."""
    read = read_policy("[window]\nx = 1\n[cancel]\ny = 2\ndeadline = 3")
    assert isinstance(read, Faults)
    assert [fault.line for fault in read.faults] == [2, 4, 5]
    assert str(read).splitlines()[0].startswith("第 2 行 window.x：没有这一项")
    assert str(Fault(0, "文件", "坏")) == "第 0 行 文件：坏"


def test_keys_are_found_whatever_the_layout():
    """Comments, long strings, arrays over many lines, quoted and dotted keys, tables of tables."""
    text = '''# a comment with = and [x]
name = """
[window]
to = 5 # not a key
"""
source = \'\'\'x\'\'\' # rest
"from" = 2025-01-01

[booking] # comment ["x"]
closed = [ # one
  "23:00-05:00", # "]
  \'12:00-13:00\',
]
'before' = "30min"
[[bans]]
name = "[[x]] = #"
[[layers]]
campus = "A"
window . "to" = 5
limits = [{ most = 1 },
  { most = 2 }]
[layers.cancel]
deadline = "start"
[[layers.limits]]
'''.rpartition("[[layers.limits]]")[0]
    assert isinstance(read_policy(text), Policy)
    lines = lines_of(text)
    assert {
        path: line for path, line in lines.items() if len(path) > 1 or path[0] in {"name", "source", "from", "bans"}
    } == {
        ("name",): 2,
        ("source",): 6,
        ("from",): 7,
        ("booking", "closed"): 10,
        ("booking", "before"): 14,
        ("bans",): 15,
        ("bans", 0): 15,
        ("bans", 0, "name"): 16,
        ("layers", 0): 17,
        ("layers", 0, "campus"): 18,
        ("layers", 0, "window"): 19,
        ("layers", 0, "window", "to"): 19,
        ("layers", 0, "limits"): 20,
        ("layers", 0, "cancel"): 22,
        ("layers", 0, "cancel", "deadline"): 23,
    }


def test_a_key_set_to_none_is_not_set():
    """ "none" takes an optional parameter away in a layer."""
    policy = read_policy('[window]\nrelease = "08:00"\n[[layers]]\ncampus = "A"\nwindow.release = "none"')
    assert isinstance(policy, Policy)
    assert dict(policy.layers[0].sets) == {"window.release": None}
    assert read_policy(write_policy(policy)) == policy


def test_the_schema_names_every_field_once():
    """Every parameter has a kind, a line in the manual, and a name of its own."""
    named = list(parameters())
    assert len({name for name, _ in named}) == len(named) > 80
    assert all(each.metadata["says"] and each.metadata["kind"] for _, each in named)
    assert sum(len(fields(blank)) for blank in GROUPS.values()) + 4 + 16 == len(named)


def test_a_whole_rule_book_is_written_and_read_again():
    """Heads, tables, lists, layers with their selectors, and what a layer takes away."""
    text = """name = "医\\"院"
source = "P1"
from = 2025-07-01

[window]
to = 3
release = "08:30"

[booking]
closed = ["23:00-05:00"]

[cancel]
deadline = "D-1wd 15:00"

[[limits]]
scope = "doctor"
per = "7 days"

[[bans]]
name = "x"
counts = ["cancel"]
window = "rolling"
span = "3 months"
from = 2025-07-01
ban = ["3 months", "forever"]

[[layers]]
department = ["A", "B"]
same_day = false
cancel.deadline = "never"
limits = [{ scope = "session", most = 2 }]
window.from = 1
window.release = "none"
"""
    policy = read_policy(text)
    assert isinstance(policy, Policy), policy
    assert write_policy(policy) == text
    assert write_policy(Policy()) == "\n"
