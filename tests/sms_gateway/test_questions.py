"""Which question a bare answer belongs to, and what is put again beside the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.requests import Caller, Channel
from booking.stop_clinic import ChoiceTooLate, NothingToChoose, OpenNotice
from booking.views import BookingView, DepartmentView, DoctorView, OpenTime, PatientView, WaitingView
from sms_gateway.dialogue import Next, Option, Step, WillWait, answer, ask_confirm, ask_departments, ask_times_again
from sms_gateway.notices import Notices
from sms_gateway.questions import Open, Pending, Questions, Said, last_asked, put_again
from sms_gateway.replies import Asked
from sms_gateway.turn import Turn
from sms_gateway.waiting import Waiting

NOON = datetime.fromisoformat("2026-07-14 04:00")
WANG = DoctorView(number="00868", name="王建国", title="主任医师", department="心血管内科", speciality="")
ZHANG = PatientView(id=7, name="张三", identity_masked="110105********002X")
START = datetime.fromisoformat("2026-07-15 08:30")
BOOKING = BookingView(
    code="12345678", status="held", doctor=WANG, start=START, seq=2, place="", fee_fen=0, patient=ZHANG
)
OFFER = WaitingView(
    id=1, doctor=WANG, day=START.date(), period="AM", patient=ZHANG, place=0, booking=BOOKING, offered_at=NOON
)
NOTICE = OpenNotice(stop=1, action="move", choice="none", ended=False, booking=BOOKING, asked_at=NOON)
CHOSEN = (
    (Step.DEPARTMENT, Option("心血管内科", "01")),
    (Step.DOCTOR, Option("王建国 主任医师", "00868")),
    (Step.TIME, Option("8:30", START.isoformat())),
    (Step.WHO, Option("张*", "7")),
)
LIST = Pending(dialogue=ask_departments([DepartmentView(code="01", name="心血管内科", location="")]), asked_at=NOON)
YES_OR_NO = Pending(dialogue=ask_confirm(Next(Step.CONFIRM, CHOSEN)), asked_at=NOON)
CALLER = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS, trace="sms:1")

moments = st.integers(0, 600).map(lambda seconds: NOON + timedelta(seconds=seconds))
opens = st.builds(
    Open,
    pending=st.none() | st.builds(replace, st.sampled_from([LIST, YES_OR_NO]), asked_at=moments),
    offer=st.none() | st.builds(replace, st.just(OFFER), offered_at=moments),
    notice=st.none() | st.builds(replace, st.just(NOTICE), asked_at=moments),
)


def asked_at(question):
    return question.offered_at if isinstance(question, WaitingView) else question.asked_at


@given(found=opens)
def test_a_bare_one_answers_what_was_asked_last(found):
    """Whatever is open: the latest of all, and nothing only where nothing is open."""
    there = [each for each in (found.pending, found.offer, found.notice) if each is not None]
    answered = last_asked("1", found)
    if not there:
        assert answered is None
    else:
        assert asked_at(answered) == max(map(asked_at, there))


@given(found=opens)
def test_a_yes_never_answers_a_notice(found):
    """A notice offers numbers; Y and N are for an offer, or a dialogue that asks yes or no, whichever asked last."""
    answered = last_asked("Y", found)
    assert not isinstance(answered, OpenNotice)
    if found.offer is not None and found.pending is None:
        assert answered is found.offer


@pytest.mark.parametrize(("said", "right"), [("3", NOTICE), ("12345678", NOTICE)])
def test_a_number_that_no_offer_takes(said, right):
    """An offer has two answers; a third number is the notice's, though the offer came last."""
    found = Open(pending=None, offer=replace(OFFER, offered_at=NOON + timedelta(minutes=1)), notice=NOTICE)
    assert last_asked(said, found) is right
    assert last_asked(said, replace(found, notice=None)) is None


def test_a_notice_that_this_text_has_answered():
    """Served again after a crash, the text answers the same notice, whatever was asked since."""
    done = replace(NOTICE, choice="keep")
    assert last_asked("1", Open(pending=replace(LIST, asked_at=NOON + timedelta(1)), offer=OFFER, notice=done)) is done


def test_what_is_left_is_put_again():
    """One question at most, the dialogue's first; an answer that asks something itself is left alone."""
    turn, both = Turn(says="好", pending=None), Open(pending=None, offer=OFFER, notice=NOTICE)
    assert put_again(turn, both).says.startswith("好\n候补有号")
    assert "请回复：1保留" in put_again(turn, replace(both, offer=None)).says
    again = put_again(replace(turn, says=""), replace(both, pending=LIST))
    assert again.says.startswith("请选择科室")
    assert again.pending is LIST.dialogue
    asks = replace(turn, pending=YES_OR_NO.dialogue)
    assert put_again(asks, both) is asks
    assert put_again(turn, Open(pending=None, offer=None, notice=None)) is turn


class Told:
    """Stands for stop-clinics and the waiting room: answers to each request as told."""

    def __init__(self, **answers):
        self._answers = answers

    def __getattr__(self, name):
        async def say(*_):
            return self._answers.get(name)

        return say


@pytest.mark.parametrize(
    ("outcome", "said"), [(ChoiceTooLate(booking=BOOKING), "的预约已不能再选择"), (NothingToChoose(), None)]
)
def test_a_notice_that_cannot_be_answered_any_more(result_of, outcome, said):
    """The visit has come between question and answer; or the notice was withdrawn, and the number answers nothing."""
    turn = result_of(Notices(Told(open_notice=NOTICE, choose=outcome)).answer("1", CALLER))
    assert (turn is None) if said is None else (said in turn.says)
    questions = Questions(None, Waiting(Told(mine=())), Notices(Told(open_notice=NOTICE, choose=outcome)))
    again = result_of(questions.answer(text("1"), None))
    assert (again is None) if said is None else (said in again.says)


def text(words):
    asked = Asked(today=START.date())
    return Said(words=words, at=NOON, caller=CALLER, asked=asked, key="sms:1")


@pytest.mark.parametrize(("yes", "said"), [(True, ""), (False, "您已答复不要这个候补号。查预约和候补请发 CX")])
def test_a_text_that_is_served_again(result_of, yes, said):
    """It has answered an offer: nothing is done again, and the question that was pending stays."""
    questions = Questions(None, Waiting(Told(settled_by=yes)), Notices(Told()))
    turn = result_of(questions.answer(text("1"), LIST))
    assert (turn.says, turn.pending) == (said, LIST.dialogue)


def test_nothing_is_answered_that_was_asked_later(result_of):
    """What was offered, or told, after the text came in cannot have been meant."""
    later = NOON + timedelta(seconds=1)
    room = Told(mine=(replace(OFFER, offered_at=later),))
    questions = Questions(None, Waiting(room), Notices(Told(open_notice=replace(NOTICE, asked_at=later))))
    assert result_of(questions.answer(text("1"), None)) is None


def test_waiting_is_one_of_the_times():
    """Where other times are free and the session has a list, the last choice is to wait; it needs no name again."""
    again = ask_times_again(YES_OR_NO.dialogue, [OpenTime(start=START + timedelta(days=1), seq=1)], may_wait=True)
    assert [option.label for option in again.options] == ["8:30", "候补8:30"]
    assert answer(again, "2") == WillWait(doctor="00868", start=START, who=7)
