"""A batch of booking requests in one transaction: facts, a verdict for each in order of arrival, one write, one commit.

Law of this module: the database refuses a second booking of a slot, whatever this code believes. The conditional update of
``slot.taken`` must hit as many rows as were granted, and the unique indexes over ``live`` stand behind it; on any difference
nothing is written and ``Contested`` tells the till to put the requests one by one. Rows are locked patients first, then sessions with
a quota, then slots, each in id order, so that two batches never wait for each other in a ring; what decides is read after the locks.
A request key that was granted before is answered from its booking; refusals are judged anew.

Order of refusals (the first that applies is told): not on sale, too late, stopped, not for this channel; what the rules say to the
patient; taken. A patient who asks for the slot that he holds himself hears of his booking, not that it is full.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from booking.clock import on_wall
from booking.outcomes import AlreadyBooked, Booked, Held, NoSuchDoctor, NotRegistered
from booking.requests import BookSlot, Named
from booking.rules.facts import Holding, Offer, PatientFacts
from booking.rules.onsale import patient_ruling, slot_ruling, wanted_facts
from booking.rules.payment import PayTerms, pay_terms
from booking.rules.rulebook import RuleBook, half_of
from booking.rules.ruling import ALLOWED, Reason, Ruling
from booking.store.prepared import Prepared
from booking.store.roster.pictures import DoctorCard, booking_view, bookings, thd_doctors
from booking.store.roster.stock import thd_version
from booking.store.schema import appointment, hold
from booking.store.selling.appointing import Made, Moment, thd_appoint, thd_draw, thd_writing
from booking.store.selling.grants import Grant, grant
from booking.store.selling.patrons import Nobody, Patient, Patron, thd_patrons
from booking.store.selling.phones import Phones
from booking.store.selling.shelf import Asked, Goods, Shelf, thd_shelf, thd_take, thd_taken
from booking.store.selling.standing import Question, Standing, thd_quotas, thd_standing
from booking.vault import Vault
from booking.views import BookingView
from command_parser.identity import Identity, read_identity

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
TELEPHONE = "phone"
SHELF_LOOKS = 4
"""How often a batch looks again for other numbers at a start when those it saw were sold meanwhile."""


class Contested(Exception):
    """Another writer took something that this batch had granted: nothing was written; put the requests one by one."""


def _nobody_waits() -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a batch is judged by: hospital, rules, now (wall clock and UTC), and where codes are drawn from. ``locked`` is called, in
    the store's thread, when the batch holds its locks: from then on a later one cannot come before it. ``threads``: whether it may use some.
    """

    hospital: int
    rules: RuleBook
    now: datetime
    now_utc: datetime
    rng: random.Random
    locked: Callable[[], None] = _nobody_waits
    threads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refusal by the rules, or FULL, to which the doctor's nearest open times may still be added. ``ruling`` None: no such time.

    ``offer`` is what was asked for, where it is there; ``stock`` the stock's version before it was looked at.
    """

    ruling: Ruling | None
    card: DoctorCard
    start: datetime
    offer: Offer | None = None
    stock: int = 0


Answer = Booked | Held | NoSuchDoctor | NotRegistered | AlreadyBooked | Refused
FULL = Ruling(reason=Reason.FULL)


@dataclass(frozen=True, slots=True)
class _Holds:
    """The patient holds a booking in the session: one read, or one that this batch grants."""

    patient: int
    session: int


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
        self._rulings: dict[tuple[int, datetime, str, bool, str], Ruling] = {}
        self._sold_from: dict[tuple[int, str, str, bool, str], datetime] = {}
        self._unburdened: dict[tuple[int, str], Ruling] = {}
        self._several: set[int | bytes] = set()
        self._prints = [None if r.caller.phone is None else self._phones.print(r.caller.phone) for r in requests]
        self._pay: dict[tuple[int, str], PayTerms] = {}
        self._sold: set[int] = set()
        self._stock = 0
        self._standing: Standing | None = None

    def thd_answers(self, conn: Connection) -> list[Answer]:
        hospital = self._terms.hospital
        cards = thd_doctors(conn, hospital, [request.doctor for request in self._requests])
        asked = [(cards[r.doctor].id, r.start) for r in self._requests if r.doctor in cards]
        patrons = thd_patrons(conn, self._vault, self._phones, hospital, self._requests)
        self._several = self._asking_again(patrons)
        self._stock = thd_version(conn, hospital)
        shelf = self._thd_shelf(conn, asked)
        self._terms.locked()
        seen = self._thd_seen(conn)
        self._standing = self._thd_standing(conn, patrons, shelf)
        judged = [
            seen.get(request.key) or self._judge(request, cards.get(request.doctor), shelf, patron, phone)
            for request, patron, phone in zip(self._requests, patrons, self._prints, strict=True)
        ]
        made = self._thd_write(conn, [found for found in judged if isinstance(found, Grant)])
        if made is None:
            return [_lost(found) for found in judged]
        return self._thd_told(conn, judged, made)

    def _asking_again(self, patrons: Sequence[Patron]) -> set[int | bytes]:
        """Patients and phones (prints) who ask more than once in this batch: what they are granted counts for what they ask next."""
        asking: Counter[int | bytes] = Counter(patron.view.id for patron in patrons if isinstance(patron, Patient))
        asking.update(print_ for print_ in self._prints if print_ is not None)
        return {who for who, times in asking.items() if times > 1} if asking and max(asking.values()) > 1 else set()

    def _thd_seen(self, conn: Connection) -> dict[str, Answer]:
        """What was granted under these keys before; read after the locks, so that the same request beside us is seen."""
        where = {"hospital": self._terms.hospital, "keys": [request.key for request in self._requests]}
        codes = {code: key for key, code in _SEEN.rows(conn, where)}
        if not codes:
            return {}
        those = {"hospital": self._terms.hospital, "codes": list(codes)}
        until = {row.code: on_wall(row.until_at) for row in conn.execute(_UNTIL, those)}
        views = [booking_view(self._vault, row) for row in conn.execute(_BY_CODE, those)]
        return {codes[view.code]: _standing_answer(view, until.get(view.code)) for view in views}

    def _thd_shelf(self, conn: Connection, asked: Sequence[Asked]) -> Shelf:
        """What is there, locked. Of many numbers at one start those seen first may be gone: then there may be others."""
        for _ in range(SHELF_LOOKS):
            shelf = thd_shelf(conn, self._terms.hospital, asked)
            thd_quotas(conn, self._quotas(shelf))
            self._sold = thd_taken(conn, shelf)
            seen = {
                goods.offer.slot
                for standing in shelf.values()
                for goods in standing
                if goods.taken or goods.offer.stopped
            }
            if self._sold <= seen:
                break
        return shelf

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

    def _judge(
        self, request: BookSlot, card: DoctorCard | None, shelf: Shelf, patron: Patron, phone: bytes | None
    ) -> Answer | Grant | _Holds:
        if card is None:
            return NoSuchDoctor(number=request.doctor)
        standing = shelf.get((card.id, request.start))
        if not standing:
            return Refused(ruling=None, card=card, start=request.start)
        goods, ruling = self._choose(standing, request.caller.channel)
        if not ruling.allowed:
            return Refused(ruling=ruling, card=card, start=request.start)
        if isinstance(patron, Nobody):
            name = request.who.name if isinstance(request.who, Named) else None
            return NotRegistered(name=name, several=patron is Nobody.SEVERAL)
        ruling = self._of_patient(request, goods, patron, phone)
        if ruling.reason is Reason.ALREADY_BOOKED:
            return _Holds(patron.view.id, goods.offer.session)
        if not ruling.allowed or goods.offer.slot in self._sold:
            ruling = FULL if ruling.allowed else ruling
            return Refused(ruling=ruling, card=card, start=request.start, offer=goods.offer, stock=self._stock)
        self._grant(request, goods, patron, phone)
        pay = self._pay_terms(goods.offer, request.caller.channel)
        return grant(request, goods, patron, card, pay, phone)

    def _choose(self, standing: Sequence[Goods], channel: str) -> tuple[Goods, Ruling]:
        """The lowest free number that may be sold so; else one that might be, were it free; else why none may."""
        full: Goods | None = None
        refused: tuple[Goods, Ruling] | None = None
        for goods in standing:
            ruling = self._of_slot(goods.offer, channel)
            if not ruling.allowed:
                refused = refused or (goods, ruling)
            elif goods.offer.slot in self._sold:
                full = full or goods
            else:
                return goods, ALLOWED
        if full is not None:
            return full, ALLOWED
        assert refused is not None, "what stands on the shelf was judged"
        return refused

    def _of_slot(self, offer: Offer, channel: str) -> Ruling:
        """In a half day, who may have one number may have each that starts after it: no deadline runs backwards."""
        alike = (offer.session, half_of(offer), offer.pool, offer.stopped, channel)
        since = self._sold_from.get(alike)
        if since is not None and offer.start >= since:
            return ALLOWED
        key = (offer.session, offer.start, offer.pool, offer.stopped, channel)
        ruling = self._rulings.get(key)
        if ruling is None:
            ruling = self._rulings[key] = slot_ruling(self._terms.rules, offer, channel, self._terms.now)
        if ruling is ALLOWED:
            self._sold_from[alike] = offer.start
        return ruling

    def _of_patient(self, request: BookSlot, goods: Goods, patient: Patient, phone: bytes | None) -> Ruling:
        """What is known of most is that they have nothing yet: then all who ask for that session through that channel are alike."""
        assert self._standing is not None, "facts come before verdicts"
        standing, caller, wanted = self._standing, request.caller, self._wanted
        holdings = standing.holdings.of_patient(patient.view.id)
        theirs = standing.holdings.of_phone(phone)
        bans = standing.bans and (
            *standing.bans.get(patient.print, ()),
            *(standing.bans.get(phone, ()) if phone else ()),
        )
        alike = (goods.offer.session, caller.channel)
        plain = not (holdings or theirs or bans or wanted.personal or goods.clinic.phone_most is not None)
        if plain and alike in self._unburdened:
            return self._unburdened[alike]
        identity = read_identity(patient.identity) if wanted.birth else None
        facts = PatientFacts(
            holdings=holdings,
            phone_holdings=theirs,
            bans=bans or (),
            birth=identity.birth if isinstance(identity, Identity) else None,
            first_visit=wanted.first_visit and patient.view.id not in standing.were_here,
            phone=caller.phone or "",
            phone_sold=standing.holdings.sold_by(goods.offer.session, TELEPHONE),
            phone_most=goods.clinic.phone_most,
            channel_sold=standing.holdings.sold_by(goods.offer.session, caller.channel) if wanted.sold else 0,
            session_sold=standing.holdings.sold(goods.offer.session) if wanted.sold else 0,
        )
        ruling = patient_ruling(self._terms.rules, goods.offer, caller.channel, facts, self._terms.now)
        if plain:
            self._unburdened[alike] = ruling
        return ruling

    def _grant(self, request: BookSlot, goods: Goods, patient: Patient, phone: bytes | None) -> None:
        """Sold; and entered as held, where somebody who comes later in this batch is judged by it."""
        assert self._standing is not None, "facts come before verdicts"
        caller, offer = request.caller, goods.offer
        self._sold.add(offer.slot)
        again = patient.view.id in self._several or phone in self._several
        if not again and not self._wanted.sold and goods.clinic.phone_most is None:
            return
        holding = Holding(
            session=offer.session,
            day=offer.day,
            doctor=offer.doctor,
            department=offer.department,
            booked_at=self._terms.now,
            channel=caller.channel,
        )
        self._standing.holdings.grant(patient.view.id, phone, holding)

    def _pay_terms(self, offer: Offer, channel: str) -> PayTerms:
        key = (offer.session, channel)
        terms = self._pay.get(key)
        if terms is None:
            terms = self._pay[key] = pay_terms(self._terms.rules, offer, channel)
        return terms

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
        self, conn: Connection, judged: Sequence[Answer | Grant | _Holds], made: Sequence[Made]
    ) -> list[Answer]:
        holds = [found for found in judged if isinstance(found, _Holds)]
        views = self._thd_held(conn, holds, made) if holds else {}
        granted = iter(made)
        return [
            self._granted(next(granted))
            if isinstance(found, Grant)
            else AlreadyBooked(booking=views[found])
            if isinstance(found, _Holds)
            else found
            for found in judged
        ]

    def _thd_held(self, conn: Connection, holds: Sequence[_Holds], made: Sequence[Made]) -> dict[_Holds, BookingView]:
        """What they hold: booked before, or by this batch."""
        assert self._standing is not None, "facts come before verdicts"
        views = {_Holds(each.grant.patient.view.id, each.grant.goods.offer.session): each.booking for each in made}
        codes = [self._standing.codes[key.patient, key.session] for key in holds if key not in views]
        if codes:
            rows = conn.execute(_BY_CODE, {"hospital": self._terms.hospital, "codes": codes})
            views |= {_Holds(row.patient_id, row.session_id): booking_view(self._vault, row) for row in rows}
        return views

    def _granted(self, made: Made) -> Answer:
        if made.grant.hold is None:
            return Booked(booking=made.booking)
        return Held(booking=made.booking, until=self._terms.now + made.grant.hold)


def _standing_answer(view: BookingView, until: datetime | None) -> Answer:
    if view.status == "held" and until is not None:
        return Held(booking=view, until=until, again=True)
    return Booked(booking=view, again=True)


def _lost(found: Answer | Grant | _Holds) -> Answer:
    assert isinstance(found, Grant), "the only request of its batch was granted, then lost"
    return Refused(ruling=FULL, card=found.card, start=found.request.start)
