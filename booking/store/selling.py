"""A batch of booking requests in one transaction: facts, a verdict for each in order of arrival, one write, one commit.

Law of this module: the database refuses a second booking of a slot, whatever this code believes. The conditional update of
``slot.taken`` must hit as many rows as were granted, and the unique indexes over ``live`` stand behind it; on any difference
nothing is written and ``Contested`` tells the till to put the requests one by one. Rows are locked patients first, then slots,
each in id order, so that two batches never wait for each other in a ring. A request key that was granted before is answered
from its booking; refusals are judged anew.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam

from booking.outcomes import AlreadyBooked, Booked, Limit, NoSuchDoctor, NotRegistered
from booking.requests import BookSlot, Named
from booking.rules.ledger import Ledger
from booking.rules.rulebook import RuleBook
from booking.rules.verdicts import SlotFacts, Verdict, slot_verdict
from booking.store.appointing import Grant, thd_appoint
from booking.store.codes import thd_fresh_codes
from booking.store.patrons import Nobody, Patron, thd_holdings, thd_patrons
from booking.store.pictures import DoctorCard, booking_view, bookings, thd_doctors
from booking.store.schema import appointment
from booking.store.shelf import Goods, thd_shelf, thd_take, thd_taken
from booking.vault import Vault
from booking.views import BookingView, PatientView

_SEEN = bookings().where(
    appointment.c.hospital_id == bindparam("hospital"),
    appointment.c.request_key.in_(bindparam("keys", expanding=True)),
)
_BY_CODE = bookings().where(
    appointment.c.hospital_id == bindparam("hospital"),
    appointment.c.code.in_(bindparam("codes", expanding=True)),
)


class Contested(Exception):
    """Another writer took something that this batch had granted: nothing was written; put the requests one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a batch is judged by: hospital, rules, now (wall clock and UTC), and where codes are drawn from."""

    hospital: int
    rules: RuleBook
    now: datetime
    now_utc: datetime
    rng: random.Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refusal to which the doctor's nearest open times are still to be added."""

    verdict: Verdict
    card: DoctorCard
    start: datetime


Answer = Booked | NoSuchDoctor | NotRegistered | AlreadyBooked | Limit | Refused


@dataclass(frozen=True, slots=True)
class _Held:
    """The patient holds a booking in the session: one read, or one that this batch grants."""

    patient: int
    session: int


def thd_sell(conn: Connection, vault: Vault, terms: Terms, requests: Sequence[BookSlot]) -> list[Answer]:
    """A verdict for each request (all of ``terms.hospital``), in order; what is granted is written. Raises Contested when an
    earlier read proved wrong and several were asked for; a single request that lost its slot is answered FULL.
    """
    seen = _thd_seen(conn, vault, terms, [request.key for request in requests])
    fresh = {request.key: request for request in requests if request.key not in seen}
    batch = _Batch(terms, list(fresh.values()))
    answers = dict(zip(fresh, batch.thd_answers(conn, vault), strict=True)) if fresh else {}
    told: list[Answer] = []
    for request in requests:
        told.append(seen[request.key] if request.key in seen else answers[request.key])
        if isinstance(told[-1], Booked):  # the same key later in the batch hears of the same booking
            seen[request.key] = Booked(booking=told[-1].booking, again=True)
    return told


def _thd_seen(conn: Connection, vault: Vault, terms: Terms, keys: Sequence[str]) -> dict[str, Booked]:
    rows = conn.execute(_SEEN, {"hospital": terms.hospital, "keys": list(keys)})
    return {row.request_key: Booked(booking=booking_view(vault, row), again=True) for row in rows}


class _Batch:
    """Requests of one transaction, none of whose keys was granted before."""

    def __init__(self, terms: Terms, requests: Sequence[BookSlot]) -> None:
        self._terms = terms
        self._requests = requests
        self._ledger = Ledger()
        self._codes: dict[_Held, str] = {}

    def thd_answers(self, conn: Connection, vault: Vault) -> list[Answer]:
        hospital = self._terms.hospital
        cards = thd_doctors(conn, hospital, [request.doctor for request in self._requests])
        asked = [(cards[r.doctor].id, r.start) for r in self._requests if r.doctor in cards]
        shelf = thd_shelf(conn, hospital, asked)
        patients = thd_patrons(conn, vault, hospital, self._requests) if shelf else [Nobody.NONE] * len(self._requests)
        self._thd_facts(conn, patients, list(shelf.values()), thd_taken(conn, shelf))
        judged = [
            self._judge(request, cards.get(request.doctor), shelf, patient)
            for request, patient in zip(self._requests, patients, strict=True)
        ]
        booked = self._thd_write(conn, vault, [found for found in judged if isinstance(found, Grant)])
        if booked is None:
            return [_lost(found) for found in judged]
        return self._thd_told(conn, vault, judged, booked)

    def _thd_facts(self, conn: Connection, patients: Sequence[Patron], goods: Sequence[Goods], taken: set[int]) -> None:
        for slot in taken:
            self._ledger.take(slot)
        ids = sorted({patient.id for patient in patients if isinstance(patient, PatientView)})
        for held in thd_holdings(conn, self._terms.hospital, ids, sorted({each.offer.day for each in goods})):
            self._ledger.hold(held.patient, held.session, held.day)
            self._codes[_Held(held.patient, held.session)] = held.code

    def _judge(
        self,
        request: BookSlot,
        card: DoctorCard | None,
        shelf: dict[tuple[int, datetime], Goods],
        patient: Patron,
    ) -> Answer | Grant | _Held:
        if card is None:
            return NoSuchDoctor(number=request.doctor)
        goods = shelf.get((card.id, request.start))
        if goods is None:
            return Refused(verdict=Verdict.NOT_ON_SALE, card=card, start=request.start)
        verdict = slot_verdict(self._terms.rules.house, _facts(goods), self._terms.now)
        if verdict is not Verdict.GRANT:
            return Refused(verdict=verdict, card=card, start=request.start)
        if isinstance(patient, Nobody):
            name = request.who.name if isinstance(request.who, Named) else None
            return NotRegistered(name=name, several=patient is Nobody.SEVERAL)
        match self._ledger.judge(self._terms.rules.house, goods.offer, patient.id):
            case Verdict.GRANT:
                return Grant(request=request, goods=goods, patient=patient, card=card)
            case Verdict.ALREADY:
                return _Held(patient.id, goods.offer.session)
            case Verdict.DAY_LIMIT:
                return Limit(what="patient-day", most=self._terms.rules.house.bookings_per_patient_day)
            case refusal:
                return Refused(verdict=refusal, card=card, start=request.start)

    def _thd_write(self, conn: Connection, vault: Vault, grants: Sequence[Grant]) -> dict[_Held, BookingView] | None:
        """The bookings made; None when the only request lost its slot to another writer."""
        if not grants:
            return {}
        codes = thd_fresh_codes(conn, self._terms.hospital, self._terms.rng, len(grants))
        if not thd_take(conn, [grant.goods.offer.slot for grant in grants]):
            if len(self._requests) > 1:
                raise Contested
            return None
        views = thd_appoint(conn, vault, grants, codes, self._terms.now_utc)
        return {
            _Held(grant.patient.id, grant.goods.offer.session): view for grant, view in zip(grants, views, strict=True)
        }

    def _thd_told(
        self,
        conn: Connection,
        vault: Vault,
        judged: Sequence[Answer | Grant | _Held],
        booked: dict[_Held, BookingView],
    ) -> list[Answer]:
        standing = [self._codes[found] for found in judged if isinstance(found, _Held) and found in self._codes]
        views = dict(booked)
        if standing:
            rows = conn.execute(_BY_CODE, {"hospital": self._terms.hospital, "codes": standing})
            views.update({_Held(row.patient_id, row.session_id): booking_view(vault, row) for row in rows})
        return [_answer(found, views) for found in judged]


def _answer(found: Answer | Grant | _Held, views: dict[_Held, BookingView]) -> Answer:
    match found:
        case Grant():
            return Booked(booking=views[_Held(found.patient.id, found.goods.offer.session)])
        case _Held():
            return AlreadyBooked(booking=views[found])
        case _:
            return found


def _lost(found: Answer | Grant | _Held) -> Answer:
    assert isinstance(found, Grant), "the only request of its batch was granted, then lost"
    return Refused(verdict=Verdict.FULL, card=found.card, start=found.request.start)


def _facts(goods: Goods) -> SlotFacts:
    return SlotFacts(start=goods.offer.start, day=goods.offer.day, taken=goods.taken, stopped=goods.stopped)
