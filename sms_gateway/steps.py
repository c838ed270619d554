"""Walks a phone through the booking dialogue: what the store says becomes the next question, the last yes becomes a booking.

Law: laying out a question only looks; the one change is the booking after a yes, under the text's own key. A step with nothing
to choose from ends the dialogue with a sentence that names the way on.
"""

from __future__ import annotations

from datetime import date, datetime

from booking.outcomes import Booked, Cutoff, Full, NoSuchTime
from booking.reception import Reception
from booking.requests import BookSlot, Caller, Known
from booking.search_outcomes import DoctorTimes
from booking.stop_clinic import ChoiceTooLate, NothingToChoose
from booking.stops import Stops
from booking.views import OpenTime
from command_parser.hints import SAMPLE_REGISTERING, booking_text
from sms_gateway import dialogue, stop_words
from sms_gateway.dialogue import Again, Confirmed, Dialogue, GivenUp, Left, Next, Step, WillWait
from sms_gateway.replies import Asked, reason_of, words
from sms_gateway.turn import Turn
from sms_gateway.waiting import Waiting

DOCTORS_MAX = 50
TIMES_MAX = 400
_NO_TIMES = "该医生的号刚刚约满。重新选择请发 GH"
_NOT_BOOKED = "已退出，未作预约。重新选择请发 GH"
_LEFT = {
    Step.WAIT: "好的，未加入候补。重新选择请发 GH",
    Step.LEAVE: "好的，候补都保留。查预约和候补请发 CX",
}


class Steps:
    def __init__(self, reception: Reception, stops: Stops, waiting: Waiting) -> None:
        self._reception = reception
        self._stops = stops
        self._waiting = waiting

    async def begin(self, caller: Caller) -> Turn:
        """The first question. Raises Busy only, as all of this class."""
        departments = await self._reception.departments(caller.hospital)
        return _ask(dialogue.ask_departments(departments), "目前没有可预约的科室，请致电人工。查看用法请发 BZ")

    async def proceed(self, pending: Dialogue, text: str, caller: Caller, asked: Asked, key: str) -> Turn:
        """What ``text`` does to the question that is pending."""
        match dialogue.answer(pending, text):
            case Again(again, why):
                return Turn(says=dialogue.question(again, why), pending=again, reason="ASKED_AGAIN" if why else "OK")
            case Left():
                return Turn(says=_LEFT.get(pending.step, _NOT_BOOKED), pending=None)
            case WillWait() as wanted:
                return await self._waiting.join(wanted, caller, asked, key)
            case GivenUp(waiting=place):
                return await self._waiting.leave(place, caller, asked)
            case Next() as following:
                return await self._lay_out(following, caller)
            case Confirmed() as confirmed:
                return await self._book(pending, confirmed, caller, asked, key)

    async def _lay_out(self, following: Next, caller: Caller) -> Turn:
        match following.step:
            case Step.DOCTOR:
                department = following.choice(Step.DEPARTMENT)
                doctors = await self._reception.doctors_in(caller.hospital, department.value, DOCTORS_MAX)
                return _ask(
                    dialogue.ask_doctors(following, doctors), f"{department.label}近期没有空号。选择其他科室请发 GH"
                )
            case Step.DAY:
                times = await self._times(following, caller, None)
                return _ask(dialogue.ask_days(following, times), _NO_TIMES)
            case Step.TIME:
                day = date.fromisoformat(following.choice(Step.DAY).value)
                times = await self._times(following, caller, day)
                return _ask(dialogue.ask_times(following, times), _NO_TIMES)
            case Step.WHO:
                patients = await self._reception.patients_of(caller)
                return _ask(dialogue.ask_who(following, patients), _register_first(following), "NOT_REGISTERED")
            case _:
                return _ask(dialogue.ask_confirm(following), "")

    async def _times(self, following: Next, caller: Caller, day: date | None) -> tuple[OpenTime, ...]:
        doctor = following.choice(Step.DOCTOR).value
        found = await self._reception.times(caller.hospital, doctor, day, TIMES_MAX)
        return found.open if isinstance(found, DoctorTimes) else ()

    async def _book(self, pending: Dialogue, confirmed: Confirmed, caller: Caller, asked: Asked, key: str) -> Turn:
        if confirmed.instead is not None:
            return await self._book_instead(confirmed.instead, confirmed, caller, asked, key)
        request = BookSlot(
            caller=caller, doctor=confirmed.doctor, start=confirmed.start, who=Known(confirmed.patient), key=key
        )
        match await self._reception.book(request):
            case Booked():
                return Turn(says="", pending=None)
            case Full() as full:
                return await self._full(pending, full, confirmed, caller, asked)
            case NoSuchTime(open=times) | Cutoff(open=times) as refusal if times:
                again = dialogue.ask_times_again(pending, times)
                says = dialogue.question(again, "这个时间刚刚不能约了")
                return Turn(says=says, pending=again, reason=reason_of(refusal))
            case refusal:
                return Turn(says=words(refusal, asked), pending=None, reason=reason_of(refusal))

    async def _full(self, pending: Dialogue, full: Full, confirmed: Confirmed, caller: Caller, asked: Asked) -> Turn:
        """Other times, and the waiting list where there is one."""
        wanted = WillWait(doctor=confirmed.doctor, start=confirmed.start, who=confirmed.patient)
        may_wait = await self._waiting.may_wait(caller, wanted)
        if full.open:
            again = dialogue.ask_times_again(pending, full.open, may_wait=may_wait)
            return Turn(says=dialogue.question(again, "这个时间刚刚不能约了"), pending=again, reason=reason_of(full))
        if may_wait:
            question = dialogue.ask_wait(full.doctor, confirmed.start, confirmed.patient)
            return Turn(says=dialogue.question(question), pending=question, reason=reason_of(full))
        return Turn(says=words(full, asked), pending=None, reason=reason_of(full))

    async def _book_instead(self, code: str, confirmed: Confirmed, caller: Caller, asked: Asked, key: str) -> Turn:
        """Under a stop's notice, which stays open when the time is gone: its number may be answered again."""
        match await self._stops.rebook(caller, code, confirmed.doctor, confirmed.start, key):
            case Booked():
                return Turn(says="", pending=None)
            case ChoiceTooLate() as late:
                return Turn(says=stop_words.too_late(late), pending=None, reason=reason_of(late))
            case NothingToChoose() as nothing:
                return Turn(says=stop_words.WITHDRAWN, pending=None, reason=reason_of(nothing))
            case refusal:
                return Turn(says=words(refusal, asked), pending=None, reason=reason_of(refusal))


def _register_first(following: Next) -> str:
    """What was chosen is not lost: once registered, one text books it."""
    doctor = following.choice(Step.DOCTOR).value
    start = datetime.fromisoformat(following.choice(Step.TIME).value)
    return f"本手机号还没有登记就诊人。请先登记，例如 {SAMPLE_REGISTERING}；再预约 {booking_text(doctor, start)}"


def _ask(question: Dialogue, nothing: str, reason: str = "NOTHING_FOUND") -> Turn:
    """The question, or the end of the dialogue when there is nothing to choose from."""
    if not question.options and question.step is not Step.CONFIRM:
        return Turn(says=nothing, pending=None, reason=reason)
    return Turn(says=dialogue.question(question), pending=question)
