"""For whom: one of the patients registered to the caller's number, or whoever's identity number is keyed."""

from __future__ import annotations

from functools import partial

from booking.requests import Identified, Known
from booking.views import PatientView
from command_parser.commands import Reason
from command_parser.identity import read_identity
from ivr.dialog.question import BACK, IDENTITY_PLACES, Items, Question, Wrong
from ivr.flows import wording
from ivr.flows.draft import Draft, Move
from ivr.flows.visit import Visit
from ivr.speech.words import Fixed

SOMEONE_ELSE = "8"

_WRONG = {
    Reason.BAD_ID_LENGTH: Wrong((Fixed("bad-identity-length"),)),
    Reason.BAD_ID_DATE: Wrong((Fixed("bad-identity-date"),)),
    Reason.BAD_ID_CHECKSUM: Wrong((Fixed("bad-identity-check"),)),
}


def read_who(keys: str, visit: Visit) -> str | Wrong:
    """The identity number in its normal form."""
    found = read_identity(keys, visit.today)
    return _WRONG[found] if isinstance(found, Reason) else found.number


async def choose_patient(visit: Visit, draft: Draft) -> Move:
    patients: tuple[PatientView, ...] = ()
    if visit.caller.phone is not None:
        patients = await visit.talk.patiently(lambda: visit.reception.patients_of(visit.caller))
    if not patients:
        return await _key_identity(visit, draft)
    while True:
        rows = tuple((wording.patient_row(each), each) for each in patients)
        extra = {SOMEONE_ELSE: ((Fixed("someone-else"),), None)}
        picked = await visit.talk.choose(Items(head=(Fixed("who"),), rows=rows, extra=extra))
        if picked is BACK:
            return Move.BACK
        if picked is not None:
            draft.who, draft.tail = Known(picked.id), picked.identity_masked[-wording.TAIL :]
            return Move.ON
        if await _key_identity(visit, draft) is Move.ON:
            return Move.ON


async def _key_identity(visit: Visit, draft: Draft) -> Move:
    number = await visit.talk.ask(
        Question(
            prompt=(Fixed("key-identity"),),
            digits=IDENTITY_PLACES,
            read=partial(read_who, visit=visit),
            identity=True,
            unhurried=True,
        )
    )
    if number is BACK:
        return Move.BACK
    draft.who, draft.tail = Identified(number), number[-wording.TAIL :]
    return Move.ON
