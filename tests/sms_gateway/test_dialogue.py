"""Booking step by step by text: each question is answered by a number."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.views import DepartmentView, DoctorView, OpenDoctor, OpenTime, PatientView
from sms_gateway.dialogue import (
    Again,
    Confirmed,
    Dialogue,
    Left,
    Next,
    Option,
    Step,
    answer,
    ask_confirm,
    ask_days,
    ask_departments,
    ask_doctors,
    ask_times,
    ask_times_again,
    ask_who,
    from_json,
    leaves,
    question,
    to_json,
)

START = datetime.fromisoformat("2026-07-15 08:00")
DEPARTMENTS = (
    DepartmentView(code="01", name="心血管内科", location="3层"),
    DepartmentView(code="02", name="消化内科", location="4层"),
)
WANG = DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality="")
TIMES = tuple(OpenTime(start=START + timedelta(minutes=30 * seq), seq=seq + 1) for seq in range(3))
ZHANG = PatientView(id=7, name="张三", identity_masked="110105********002X")
LI = PatientView(id=8, name="李四", identity_masked="110105********0011")


def to_confirmation(*patients):
    """A dialogue answered with 1 until it asks for whom, or to confirm."""
    dialogue = ask_departments(DEPARTMENTS)
    dialogue = ask_doctors(answer(dialogue, "1"), [OpenDoctor(doctor=WANG, day=START.date(), free=3, first=START)] * 2)
    dialogue = ask_days(answer(dialogue, "1"), TIMES)
    dialogue = ask_times(answer(dialogue, "1"), TIMES)
    return ask_who(answer(dialogue, "2"), patients)


def test_the_questions_in_order():
    """Department, doctor, day, time, who, confirm: each shows its choices with numbers."""
    dialogue = ask_departments(DEPARTMENTS)
    assert question(dialogue) == "请选择科室，回复数字（0退出）：\n1 心血管内科\n2 消化内科"
    chosen = answer(dialogue, "1")
    assert isinstance(chosen, Next)
    assert chosen.choice(Step.DEPARTMENT) == Option("心血管内科", "01")
    dialogue = ask_doctors(chosen, [OpenDoctor(doctor=WANG, day=START.date(), free=3, first=START)])
    assert question(dialogue).splitlines()[1:] == ["1 王建国 主任医师"]
    dialogue = ask_days(answer(dialogue, "1"), TIMES)
    assert question(dialogue).splitlines()[1:] == ["1 7月15日(周三) 余3"]
    dialogue = ask_times(answer(dialogue, "1"), TIMES)
    assert question(dialogue).splitlines()[1:] == ["1 8:00", "2 8:30", "3 9:00"]
    dialogue = ask_who(answer(dialogue, "2"), [ZHANG, LI])
    assert question(dialogue).splitlines()[1:] == ["1 张* 110105********002X", "2 李* 110105********0011"]
    dialogue = ask_confirm(answer(dialogue, "2"))
    assert question(dialogue) == "为李*预约心血管内科王建国医生7月15日(周三)8:30？回复1确认，2取消"
    assert answer(dialogue, "1") == Confirmed(doctor="00868", start=START + timedelta(minutes=30), patient=8)


def test_a_doctor_open_on_two_days_is_offered_once():
    """The day is the next question."""
    dialogue = to_confirmation(ZHANG)
    assert dialogue.choice(Step.DOCTOR).value == "00868"


def test_a_single_patient_is_not_asked_for():
    """Whoever registered one person goes straight to the confirmation, which names them."""
    dialogue = to_confirmation(ZHANG)
    assert dialogue.step is Step.CONFIRM
    assert question(dialogue).startswith("为张*预约")


def test_nobody_registered_leaves_nothing_to_choose():
    """The caller of ask_who sees that there is nobody and says how to register."""
    assert to_confirmation().options == ()


@pytest.mark.parametrize("yes", ["1", "Y", " 1 "])
def test_yes_in_its_forms_books(yes):
    """1 and Y say yes."""
    assert answer(to_confirmation(ZHANG), yes) == Confirmed(doctor="00868", start=TIMES[1].start, patient=7)


@pytest.mark.parametrize("no", ["2", "N", "0"])
def test_no_in_its_forms_leaves(no):
    """2, N and 0 say no: nothing is booked."""
    assert answer(to_confirmation(ZHANG), no) == Left()


def test_anything_else_never_confirms():
    """A confirmation is asked again until it is a plain yes or no."""
    dialogue = to_confirmation(ZHANG)
    again = answer(dialogue, "好的吧")
    assert again == Again(dialogue, "请回复1确认或2取消")
    assert question(again.dialogue, again.why).startswith("请回复1确认或2取消。为张*预约")


@pytest.mark.parametrize("wrong", ["3", "99", "Y", "", "你好", "12345678901234567890", "½"])
def test_a_wrong_number_is_asked_again(wrong):
    """A number that is not on the list changes nothing."""
    dialogue = ask_departments(DEPARTMENTS)
    assert answer(dialogue, wrong) == Again(dialogue, "请回复选项前的数字")


def test_zero_leaves_at_any_step():
    """0 ends the dialogue."""
    assert answer(ask_departments(DEPARTMENTS), "0") == Left()


@pytest.mark.parametrize("word", ["退出", "取消", "算了。", " 不要了 ", "０"])
def test_words_that_leave(word):
    """People write that they leave."""
    assert leaves(word)
    assert answer(to_confirmation(ZHANG), word) == answer(ask_departments(DEPARTMENTS), word) == Left()


@pytest.mark.parametrize("choice", ["2", "２", "二", "两", "第2个", "第二个", "选2", "2."])
def test_a_choice_in_other_ways(choice):
    """A number may come as a numeral, with a counter or with a full stop."""
    assert answer(ask_departments(DEPARTMENTS), choice) == answer(ask_departments(DEPARTMENTS), "2")


def test_a_day_may_be_named():
    """Its weekday need not be written."""
    dialogue = ask_days(answer(ask_departments(DEPARTMENTS), "1"), TIMES)
    assert answer(dialogue, "7月15日") == answer(dialogue, "7月15日(周三)") == answer(dialogue, "1")


def test_an_option_may_be_named_in_words():
    """Whoever texts the department's or the doctor's name instead of its number is understood."""
    assert answer(ask_departments(DEPARTMENTS), "消化内科") == answer(ask_departments(DEPARTMENTS), "2")


def test_long_lists_come_in_pages():
    """Twelve departments: nine and a way to the rest."""
    many = [DepartmentView(code=f"{n:02}", name=f"科室{n}", location="") for n in range(1, 13)]
    dialogue = ask_departments(many)
    assert question(dialogue).splitlines()[-2:] == ["9 科室9", "10 更多"]
    second = answer(dialogue, "10")
    assert isinstance(second, Again)
    assert question(second.dialogue, second.why).splitlines()[1:] == ["1 科室10", "2 科室11", "3 科室12"]
    chosen = answer(second.dialogue, "3")
    assert isinstance(chosen, Next)
    assert chosen.choice(Step.DEPARTMENT).value == "12"


def test_a_time_sold_meanwhile_is_asked_again_with_the_rest_kept():
    """The doctor stays chosen; only the time is asked once more."""
    again = ask_times_again(to_confirmation(ZHANG), TIMES[2:])
    assert again.step is Step.TIME
    assert question(again).splitlines()[1:] == ["1 9:00"]
    followed = ask_who(answer(again, "1"), [ZHANG])
    assert answer(followed, "1") == Confirmed(doctor="00868", start=TIMES[2].start, patient=7)


def test_days_count_their_free_times():
    """A day shows how many times are left."""
    later = OpenTime(start=START + timedelta(days=1), seq=1)
    dialogue = ask_days(Next(Step.DAY, ()), (*TIMES, later))
    assert [option.value for option in dialogue.options] == [
        date(2026, 7, 15).isoformat(),
        date(2026, 7, 16).isoformat(),
    ]
    assert dialogue.options[0].label == "7月15日(周三) 余3"


options = st.builds(Option, st.text(max_size=12), st.text(max_size=8))
dialogues = st.builds(
    Dialogue,
    step=st.sampled_from(Step),
    options=st.lists(options, max_size=30).map(tuple),
    first=st.integers(0, 40),
    chosen=st.lists(st.tuples(st.sampled_from(Step), options), max_size=5).map(tuple),
)


@given(dialogues)
def test_a_dialogue_survives_as_json(dialogue):
    """Any process may take the answer: the question travels as JSON."""
    assert from_json(to_json(dialogue)) == dialogue


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "nonsense",
        "[]",
        "3",
        "null",
        "{}",
        '{"v":0}',
        '{"v":1}',
        '{"v":1,"step":"sing","options":[],"first":0,"chosen":[]}',
    ],
)
def test_what_cannot_be_read_starts_again(broken):
    """A question written by another version is forgotten, not a fault."""
    assert from_json(broken) is None


@given(st.text(max_size=20), st.integers(0, 30))
def test_no_answer_breaks_a_question(text, count):
    """Whatever a patient answers, the dialogue goes on, is asked again or ends; only the confirmation books."""
    dialogue = ask_departments([DepartmentView(code=str(n), name=f"科{n}", location="") for n in range(count)])
    assert isinstance(answer(dialogue, text), Next | Again | Left)


def test_json_is_small_and_plain():
    """The stored question is readable JSON with its version."""
    kept = json.loads(to_json(ask_departments(DEPARTMENTS)))
    assert kept["v"] == 1
    assert kept["step"] == "department"
