"""Editions of one maker's rules: what begins, what goes on, what is gone."""

from __future__ import annotations

from datetime import date

from booking.rules.editions import Succession, begins, succession
from booking.rules.layers import Layer, Policy
from booking.rules.policy import BanRule, Limit, Terms
from booking.rules.ungathered import strangers, ungathered

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))


def policy(*bans, since=None):
    return Policy(from_=since, base=Terms(bans=bans))


A, B, NAMELESS = BanRule(name="甲"), BanRule(name="乙"), BanRule()


def test_a_rule_goes_on_until_it_is_gone():
    """Said again it counts from its first day; left out and said anew, it is new."""
    assert begins([(JAN, policy(A)), (FEB, policy(A, B))]) == (("甲", JAN), ("乙", FEB))
    assert begins([(JAN, policy(A)), (FEB, policy(B)), (MAR, policy(A))]) == (("甲", MAR),)
    assert begins([(JAN, policy(NAMELESS)), (FEB, policy(NAMELESS, A))]) == (("bans[1]", JAN), ("甲", FEB))
    assert begins([]) == ()


def test_a_day_in_the_text_holds():
    """The rule's own day before the file's, and both before what was known."""
    told = BanRule(name="甲", from_=MAR)
    assert begins([(JAN, policy(A)), (FEB, policy(told, B, since=FEB))]) == (("甲", MAR), ("乙", FEB))
    assert begins([(FEB, policy(A, since=JAN)), (MAR, policy(A))]) == (("甲", JAN),)


def test_what_came_and_what_went():
    """Names that are in one edition only."""
    assert succession(policy(A, NAMELESS), policy(B, NAMELESS)) == Succession(gone=("甲",), new=("乙",))
    assert succession(policy(A), policy(A)) == Succession(gone=(), new=())


def test_a_plain_rule_book_asks_for_nothing_unknown():
    """Limits by patient, phone or client are known; by address they are not."""
    assert list(ungathered(Policy())) == []
    known = Terms(limits=(Limit(key=("patient", "phone")), Limit(key=("client",))))
    assert list(ungathered(Policy(base=known))) == []
    assert [name for name, _ in ungathered(Policy(base=Terms(limits=(Limit(key=("ip",)),))))] == ["limits[].key"]


def test_what_a_hospital_does_not_have_is_told():
    """Each name once; what a hospital has none of at all yet is passed over."""
    layers = (Layer(department=("01", "眼科"), number_type=("专家",)), Layer(department=("眼科",), doctor=("9",)))
    rule = BanRule(departments=("骨科",), number_types=("急诊",))
    told = Policy(base=Terms(bans=(rule,)), layers=layers)
    known = {"campus": {"东院"}, "department": {"01"}, "doctor": set(), "number_type": {"专家"}}
    assert list(strangers(told, known)) == [("department", "眼科"), ("department", "骨科"), ("number_type", "急诊")]
    assert list(strangers(Policy(), known)) == []
