"""A batch of booking requests in one transaction: facts, a verdict for each in order of arrival, one write, one commit.

Law of this module: the database refuses a second booking of a slot, whatever this code believes. The conditional update of
``slot.taken`` must hit as many rows as were granted, and the unique indexes over ``live`` stand behind it; on any difference
nothing is written and ``Contested`` tells the till to put the requests one by one. Rows are locked patients first, then sessions with
a quota, then slots, each in id order, so that two batches never wait for each other in a ring; what decides is read after the locks.
A request key that was granted before is answered from its booking; refusals are judged anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from booking.clock import on_wall
from booking.outcomes import AlreadyBooked, Booked, Held
from booking.requests import BookSlot
from booking.rules.onsale import wanted_facts
from booking.store.prepared import Prepared
from booking.store.roster.pictures import booking_view, bookings, thd_doctors
from booking.store.roster.stock import thd_version
from booking.store.schema import appointment, hold
from booking.store.selling.appointing import Made, Moment, thd_appoint, thd_draw, thd_writing
from booking.store.selling.grants import Grant
from booking.store.selling.judging import FULL, Answer, Holds, Judge, Refused, Seen
from booking.store.selling.patrons import Patient, Patron, thd_patrons
from booking.store.selling.phones import Phones
from booking.store.selling.shelf import Asked, Goods, Shelf, thd_shelf, thd_take, thd_taken
from booking.store.selling.standing import Question, Standing, thd_quotas, thd_standing
from booking.store.selling.terms import Terms
from booking.vault import Vault
from booking.views import BookingView

_HERE = appointment.c.hospital_id == bindparam("hospital")
_SEEN = Prepared(
    select(appointment.c.request_key, appointment.c.code).where(
        _HERE, appointment.c.request_key.in_(bindparam("keys", expanding=True))
    )
)
_BY_CODE = bookings().where(_HERE, appointment.c.code.in_(bindparam("codes", expanding=True)))
_UNTIL = (
    select(appointment.c.code, hold.c.until_at)
    .select_from(hold.join(appointment, appointment.c.id == hold.c.appointment_id))
    .where(
        _HERE, hold.c.hospital_id == bindparam("hospital"), appointment.c.code.in_(bindparam("codes", expanding=True))
    )
)
SHELF_LOOKS = 4
"""How often a batch looks again for other numbers at a start when those it saw were sold meanwhile."""


class Contested(Exception):
    """Another writer took something that this batch had granted: nothing was written; put the requests one by one."""


def thd_sell(conn: Connection, vault: Vault, terms: Terms, requests: Sequence[BookSlot]) -> list[Answer]:
    """A verdict for each request (all of ``terms.hospital``), in order; what is granted is written. Raises Contested when an
    earlier read proved wrong and several were asked for; a single request that lost its slot is answered FULL.
    """
    fresh = {request.key: request for request in requests}
    batch = _Batch(vault, terms, list(fresh.values()))
    answers = dict(zip(fresh, batch.thd_answers(conn), strict=True))
    told: list[Answer] = []
    repeated: set[str] = set()
    for request in requests:
        answer = answers[request.key]
        told.append(_again(answer) if request.key in repeated else answer)
        repeated.add(request.key)
    return told


def _again(answer: Answer) -> Answer:
    match answer:
        case Booked(booking=booking):
            return Booked(booking=booking, again=True)
        case Held(booking=booking, until=until):
            return Held(booking=booking, until=until, again=True)
        case _:
            return answer


class _Batch:
    """Requests of one transaction, each key once."""

    def __init__(self, vault: Vault, terms: Terms, requests: Sequence[BookSlot]) -> None:
        self._vault = vault
        self._terms = terms
        self._requests = requests
        self._phones = Phones(vault)
        self._wanted = wanted_facts(terms.rules)
        self._prints = [None if r.caller.phone is None else self._phones.print(r.caller.phone) for r in requests]

    def thd_answers(self, conn: Connection) -> list[Answer]:
        hospital = self._terms.hospital
        cards = thd_doctors(conn, hospital, [request.doctor for request in self._requests])
        asked = [(cards[r.doctor].id, r.start) for r in self._requests if r.doctor in cards]
        patrons = thd_patrons(conn, self._vault, self._phones, hospital, self._requests)
        stock = thd_version(conn, hospital)
        shelf, sold = self._thd_shelf(conn, asked)
        self._terms.locked()
        repeated = self._thd_repeated(conn)
        standing = self._thd_standing(conn, patrons, shelf)
        several = self._asking_again(patrons)
        seen = Seen(shelf=shelf, sold=sold, stock=stock, standing=standing, several=several, wanted=self._wanted)
        judge = Judge(self._terms, seen)
        judged = [
            repeated.get(request.key) or judge.verdict(request, cards.get(request.doctor), patron, phone)
            for request, patron, phone in zip(self._requests, patrons, self._prints, strict=True)
        ]
        made = self._thd_write(conn, [found for found in judged if isinstance(found, Grant)])
        if made is None:
            return [_lost(found) for found in judged]
        return self._thd_told(conn, judged, made, standing)

    def _asking_again(self, patrons: Sequence[Patron]) -> frozenset[int | bytes]:
        """Patients and phones (prints) who ask more than once in this batch: what they are granted counts for what they ask next."""
        asking: Counter[int | bytes] = Counter(patron.view.id for patron in patrons if isinstance(patron, Patient))
        asking.update(print_ for print_ in self._prints if print_ is not None)
        return frozenset(who for who, times in asking.items() if times > 1)

    def _thd_repeated(self, conn: Connection) -> dict[str, Answer]:
        """What was granted under these keys before; read after the locks, so that the same request beside us is seen."""
        where = {"hospital": self._terms.hospital, "keys": [request.key for request in self._requests]}
        codes = {code: key for key, code in _SEEN.rows(conn, where)}
        if not codes:
            return {}
        those = {"hospital": self._terms.hospital, "codes": list(codes)}
        until = {row.code: on_wall(row.until_at) for row in conn.execute(_UNTIL, those)}
        views = [booking_view(self._vault, row) for row in conn.execute(_BY_CODE, those)]
        return {codes[view.code]: _standing_answer(view, until.get(view.code)) for view in views}

    def _thd_shelf(self, conn: Connection, asked: Sequence[Asked]) -> tuple[Shelf, frozenset[int]]:
        """What is there, locked. Of many numbers at one start those seen first may be gone: then there may be others."""
        for _ in range(SHELF_LOOKS):
            shelf = thd_shelf(conn, self._terms.hospital, asked)
            thd_quotas(conn, self._quotas(shelf))
            sold = thd_taken(conn, shelf)
            seen = {
                goods.offer.slot
                for standing in shelf.values()
                for goods in standing
                if goods.taken or goods.offer.stopped
            }
            if sold <= seen:
                break
        return shelf, frozenset(sold)

    def _quotas(self, shelf: Shelf) -> dict[int, Goods]:
        """Sessions with a quota, whoever asks: a batch that locks one only later might wait for another in a ring."""
        found = (goods for standing in shelf.values() for goods in standing)
        return {
            goods.offer.session: goods for goods in found if self._wanted.sold or goods.clinic.phone_most is not None
        }

    def _thd_standing(self, conn: Connection, patrons: Sequence[Patron], shelf: Shelf) -> Standing:
        question = Question(
            hospital=self._terms.hospital,
            now=self._terms.now,
            patients={patron.view.id: patron.print for patron in patrons if isinstance(patron, Patient)},
            phones=sorted({print_ for print_ in self._prints if print_ is not None}),
            days=sorted({goods.offer.day for standing in shelf.values() for goods in standing[:1]}),
            quotas={session: goods.offer.day for session, goods in self._quotas(shelf).items()},
        )
        return thd_standing(conn, self._wanted, question)

    def _thd_write(self, conn: Connection, grants: Sequence[Grant]) -> list[Made] | None:
        """The bookings made, in order; None when the only request lost its slot to another writer."""
        if not grants:
            return []
        terms = self._terms
        moment = Moment(at=terms.now_utc, wall=terms.now, rules=terms.rules, threads=terms.threads)
        writing = thd_writing(conn, self._vault, self._phones, grants, terms.rng, moment)
        drawn = thd_draw(conn, writing)
        if thd_take(conn, [grant.goods.offer.slot for grant in grants]):
            return thd_appoint(conn, writing, drawn)
        if len(self._requests) > 1:
            raise Contested
        return None

    def _thd_told(
        self, conn: Connection, judged: Sequence[Answer | Grant | Holds], made: Sequence[Made], standing: Standing
    ) -> list[Answer]:
        holds = [found for found in judged if isinstance(found, Holds)]
        views = self._thd_held(conn, holds, made, standing) if holds else {}
        granted = iter(made)
        return [
            self._granted(next(granted))
            if isinstance(found, Grant)
            else AlreadyBooked(booking=views[found])
            if isinstance(found, Holds)
            else found
            for found in judged
        ]

    def _thd_held(
        self, conn: Connection, holds: Sequence[Holds], made: Sequence[Made], standing: Standing
    ) -> dict[Holds, BookingView]:
        """What they hold: booked before, or by this batch."""
        views = {Holds(each.grant.patient.view.id, each.grant.goods.offer.session): each.booking for each in made}
        codes = [standing.codes[key.patient, key.session] for key in holds if key not in views]
        if codes:
            rows = conn.execute(_BY_CODE, {"hospital": self._terms.hospital, "codes": codes})
            views |= {Holds(row.patient_id, row.session_id): booking_view(self._vault, row) for row in rows}
        return views

    def _granted(self, made: Made) -> Answer:
        if made.grant.hold is None:
            return Booked(booking=made.booking)
        return Held(booking=made.booking, until=self._terms.now + made.grant.hold)


def _standing_answer(view: BookingView, until: datetime | None) -> Answer:
    if view.status == "held" and until is not None:
        return Held(booking=view, until=until, again=True)
    return Booked(booking=view, again=True)


def _lost(found: Answer | Grant | Holds) -> Answer:
    assert isinstance(found, Grant), "the only request of its batch was granted, then lost"
    return Refused(ruling=FULL, card=found.card, start=found.request.start)
