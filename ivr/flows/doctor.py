"""Which doctor: by number, by department, or the doctor of the caller's own bookings."""

from __future__ import annotations

from booking.outcomes import NoSuchDoctor
from booking.views import DepartmentView, OpenDoctor
from ivr.dialog.conversation import ToAgent
from ivr.dialog.question import BACK, STRIKES, Items, Question, Wrong
from ivr.flows import wording
from ivr.flows.draft import Draft, Move
from ivr.flows.visit import Visit
from ivr.speech.words import Fixed, Said

PLACES = 5
DOCTORS_MOST = 20
TIMES_MOST = 40


def read_doctor(keys: str) -> str | Wrong:
    """``"00868"``; leading zeros must be keyed, because 868 may be another hospital's way to write another doctor."""
    return keys if len(keys) == PLACES else Wrong((Fixed("bad-doctor"),))


DOCTOR = Question(prompt=(Fixed("key-doctor"),), again=(Fixed("key-doctor-again"),), digits=PLACES, read=read_doctor)


async def by_number(visit: Visit, draft: Draft) -> Move:
    """Three numbers that no doctor has lead to an agent."""
    for _ in range(STRIKES):
        number = await visit.talk.ask(DOCTOR)
        if number is BACK:
            return Move.BACK
        if await _take(visit, draft, number):
            return Move.ON
    raise ToAgent("unknown-doctors")


async def same_doctor(visit: Visit, draft: Draft) -> Move:
    """The doctor whom the caller booked last, also when that visit is over or cancelled; a caller without one keys the number."""
    last = await visit.talk.patiently(lambda: visit.reception.last_doctor(visit.caller))
    if last is None:
        visit.talk.say((Fixed("no-last-doctor"),))
        return await by_number(visit, draft)
    return Move.ON if await _take(visit, draft, last.number) else await by_number(visit, draft)


async def _take(visit: Visit, draft: Draft, number: str) -> bool:
    outcome = await visit.talk.patiently(lambda: visit.reception.doctor(visit.caller.hospital, number))
    if isinstance(outcome, NoSuchDoctor):
        visit.talk.say((Fixed("no-such-doctor"),))
        return False
    draft.doctor = outcome
    visit.talk.say((Fixed("doctor-is"), *wording.doctor(outcome)))
    return True


async def by_department(visit: Visit, draft: Draft) -> Move:
    hospital = visit.caller.hospital
    while True:
        department = await _department(visit)
        if department is None:
            return Move.BACK
        open_doctors = await visit.talk.patiently(
            lambda code=department.code: visit.reception.doctors_in(hospital, code, DOCTORS_MOST)  # type: ignore[misc]
        )
        if not open_doctors:
            visit.talk.say((Fixed("no-doctor-open"),))
            continue
        rows = tuple((wording.doctor_row(each, visit.today), each) for each in open_doctors)
        picked = await visit.talk.choose(Items(head=(Fixed("which-doctor"),), rows=rows))
        if picked is not BACK:
            return await _take_open(visit, draft, picked)


async def _department(visit: Visit) -> DepartmentView | None:
    found = await visit.talk.patiently(lambda: visit.reception.departments(visit.caller.hospital))
    if not found:
        visit.talk.say((Fixed("no-department"),))
        return None
    rows = tuple(((Said(each.name), wording.PAUSE), each) for each in found)
    picked = await visit.talk.choose(Items(head=(Fixed("which-department"),), rows=rows))
    return None if picked is BACK else picked


async def _take_open(visit: Visit, draft: Draft, picked: OpenDoctor) -> Move:
    """The doctor, with the times of the day that was read out."""
    draft.doctor = picked.doctor
    times = await visit.talk.patiently(
        lambda: visit.reception.times(visit.caller.hospital, picked.doctor.number, picked.day, TIMES_MOST)
    )
    draft.offers = () if isinstance(times, NoSuchDoctor) else times.open
    return Move.ON
