"""Writes what a batch granted: appointments, holds, the texts that go with them, the audit rows, what is due. All or nothing.

Law of this module: a booking that stands has its texts in the same transaction; one that is only held, or that takes another's
place, has none: whoever confirms or moves it posts them, and whoever moves it sees to its payment. Each table is written in one
statement for the whole batch.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from booking.rules.rulebook import RuleBook
from booking.store.audit import Note, thd_note_alike
from booking.store.beside import Beside
from booking.store.faults import TryAgain
from booking.store.mail.post import NewText, thd_post_new
from booking.store.money.charging import Due, thd_charge
from booking.store.rows import ROWS_MOST, Rows
from booking.store.schema import appointment, hold
from booking.store.selling.codes import thd_fresh_codes, thd_given_codes
from booking.store.selling.grants import Grant
from booking.store.selling.phones import Phones
from booking.store.selling.wording import Addresses, Told, Words, put_words, thd_addresses
from booking.vault import Vault
from booking.views import BookingView

_APPOINTMENTS = Rows(
    appointment,
    shared=("hospital_id", "live", "created_at"),
    own=(
        "code", "slot_id", "session_id", "doctor_id", "patient_id", "day", "status", "channel", "phone_print",
        "phone_sealed", "fee_fen", "request_key", "moved_from",
    ),
    key="code",
)  # fmt: skip
DRAWS_MOST = 3
_HOLDS = Rows(hold, shared=("hospital_id",), own=("appointment_id", "until_at"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was granted, as it stands now: the appointment's row id and its picture."""

    id: int
    grant: Grant
    booking: BookingView


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a batch is written: UTC, and on the hospital's wall, where the rules hold. ``threads``: words may be put beside a statement."""

    at: datetime
    wall: datetime
    rules: RuleBook
    threads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A batch that is about to be written, and what it is written with."""

    vault: Vault
    phones: Phones
    grants: Sequence[Grant]
    rng: random.Random
    moment: Moment
    addresses: Addresses

    @property
    def hospital(self) -> int:
        return self.grants[0].request.caller.hospital


@dataclass(frozen=True, slots=True)
class Drawn:
    """A code for each grant, and the words that tell of them, which are being put."""

    codes: Sequence[str]
    words: Beside[Words]


def thd_writing(  # noqa: PLR0917 - the batch, its seals and its moment
    conn: Connection, vault: Vault, phones: Phones, grants: Sequence[Grant], rng: random.Random, moment: Moment
) -> Writing:
    """What the writing needs to know first."""
    addresses = thd_addresses(conn, vault, phones, grants[0].request.caller.hospital, grants)
    return Writing(vault=vault, phones=phones, grants=grants, rng=rng, moment=moment, addresses=addresses)


def thd_draw(conn: Connection, writing: Writing) -> Drawn:
    """Codes are drawn, and from now on words are put beside whatever statement comes next."""
    codes = thd_fresh_codes(conn, writing.hospital, writing.rng, len(writing.grants))
    work = partial(put_words, writing.vault, writing.phones, writing.addresses, writing.grants, codes)
    return Drawn(codes, Beside(work, pieces=len(codes) if writing.moment.threads else 0))


def thd_appoint(conn: Connection, writing: Writing, drawn: Drawn) -> list[Made]:
    """Write the grants, in order; the slots are taken already. Raises IntegrityError when an index refuses."""
    hospital_id, moment = writing.hospital, writing.moment
    ids, words = _thd_ids(conn, writing, drawn)
    made = [
        Made(id=row_id, grant=grant, booking=view)
        for row_id, grant, view in zip(ids, writing.grants, words.views, strict=True)
    ]
    _thd_holds(conn, hospital_id, made, moment.at)
    if words.texts:
        thd_post_new(conn, hospital_id, [_text(ids[text[0]], text) for text in words.texts], moment.at)
    alike = Note(
        hospital=hospital_id, at=moment.at, action="booked", subject="appointment", subject_id=0, actor="", trace=""
    )
    thd_note_alike(conn, alike, [_noted(each) for each in made])
    _thd_dues(conn, hospital_id, made, moment)
    return made


def _thd_ids(conn: Connection, writing: Writing, drawn: Drawn) -> tuple[list[int], Words]:
    """The appointments' row ids, and what is told of them. A batch beside this one, not committed yet, may have drawn one of the same
    codes: 256 and 256 of ten million do so once in 150 times. Then the index refuses them all, and all are drawn again.
    """
    assert len(writing.grants) <= ROWS_MOST, "one statement: what is refused is refused as a whole"
    shared = {"hospital_id": writing.hospital, "live": 1, "created_at": writing.moment.at}
    for _ in range(DRAWS_MOST):
        rows = [_row(writing.phones, grant, code) for grant, code in zip(writing.grants, drawn.codes, strict=True)]
        try:
            return _APPOINTMENTS.thd_insert_numbered(conn, shared, rows), drawn.words.result()
        except IntegrityError:
            if not thd_given_codes(conn, writing.hospital, drawn.codes):
                raise
        drawn = thd_draw(conn, writing)
    raise TryAgain


def _text(appointment_id: int, told: Told) -> NewText:
    _, draft, to_print, to_sealed, body = told
    return draft.kind, draft.lane, to_print, to_sealed, body, draft.dedupe(appointment_id), appointment_id


def _thd_holds(conn: Connection, hospital_id: int, made: Sequence[Made], now: datetime) -> None:
    held = [(each.id, now + each.grant.hold) for each in made if each.grant.hold is not None]
    if held:
        _HOLDS.thd_insert(conn, {"hospital_id": hospital_id}, held)


def _thd_dues(conn: Connection, hospital_id: int, made: Sequence[Made], moment: Moment) -> None:
    dues = [
        Due(
            appointment_id=each.id,
            offer=each.grant.goods.offer,
            fee_fen=each.booking.fee_fen,
            channel=each.grant.request.caller.channel,
        )
        for each in made
        if each.grant.pay.when != "visit" and each.grant.request.instead_of is None
    ]
    if dues:
        thd_charge(conn, hospital_id, dues, moment.rules, moment.at, moment.wall)


def _row(phones: Phones, grant: Grant, code: str) -> tuple[Any, ...]:
    request, offer = grant.request, grant.goods.offer
    phone = request.caller.phone
    return (
        code,
        offer.slot,
        offer.session,
        grant.card.id,
        grant.patient.view.id,
        offer.day,
        "booked" if grant.hold is None else "held",
        request.caller.channel.value,
        grant.phone,
        None if phone is None else phones.sealed(phone),
        grant.goods.clinic.fee_fen,
        request.key,
        request.instead_of,
    )


def _noted(made: Made) -> tuple[int, str, str, str]:
    caller = made.grant.request.caller
    return made.id, caller.channel.value, caller.trace, f"slot={made.grant.goods.offer.slot}"
