"""The verdict on each request of a batch, in order of arrival: what is granted counts for those who come after it.

Order of refusals (the first that applies is told): not on sale, too late, stopped, not for this channel; what the rules say to the
patient; taken. A patient who asks for the slot that he holds himself hears of his booking, not that it is full. What is alike for
many of a batch is worked out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from booking.outcomes import AlreadyBooked, Booked, Held, NoSuchDoctor, NotRegistered
from booking.requests import BookSlot, Named
from booking.rules.facts import Holding, Offer, PatientFacts
from booking.rules.onsale import Wanted, patient_ruling, slot_ruling
from booking.rules.payment import PayTerms, pay_terms
from booking.rules.rulebook import half_of
from booking.rules.ruling import ALLOWED, Reason, Ruling
from booking.store.roster.pictures import DoctorCard
from booking.store.selling.grants import Grant, grant
from booking.store.selling.patrons import Nobody, Patient, Patron
from booking.store.selling.shelf import Goods, Shelf
from booking.store.selling.standing import Standing
from booking.store.selling.terms import Terms
from command_parser.identity import Identity, read_identity

TELEPHONE = "phone"


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
class Holds:
    """The patient holds a booking in the session: one read, or one that this batch grants."""

    patient: int
    session: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was read under the batch's locks: the shelf and which of its numbers are ``sold``, the stock's version before it was looked
    at, who holds what, and who of the batch asks ``several`` times (patients' ids, phones' prints).
    """

    shelf: Shelf
    sold: frozenset[int]
    stock: int
    standing: Standing
    several: frozenset[int | bytes]
    wanted: Wanted


class Judge:
    """One a batch."""

    def __init__(self, terms: Terms, seen: Seen) -> None:
        self._terms = terms
        self._seen = seen
        self._sold = set(seen.sold)
        self._rulings: dict[tuple[int, datetime, str, bool, str], Ruling] = {}
        self._sold_from: dict[tuple[int, str, str, bool, str], datetime] = {}
        self._unburdened: dict[tuple[int, str], Ruling] = {}
        self._pay: dict[tuple[int, str], PayTerms] = {}

    def verdict(
        self, request: BookSlot, card: DoctorCard | None, patron: Patron, phone: bytes | None
    ) -> Answer | Grant | Holds:
        if card is None:
            return NoSuchDoctor(number=request.doctor)
        standing = self._seen.shelf.get((card.id, request.start))
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
            return Holds(patron.view.id, goods.offer.session)
        if not ruling.allowed or goods.offer.slot in self._sold:
            ruling = FULL if ruling.allowed else ruling
            return Refused(ruling=ruling, card=card, start=request.start, offer=goods.offer, stock=self._seen.stock)
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
        standing, caller, wanted = self._seen.standing, request.caller, self._seen.wanted
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
        caller, offer = request.caller, goods.offer
        self._sold.add(offer.slot)
        again = patient.view.id in self._seen.several or phone in self._seen.several
        if not again and not self._seen.wanted.sold and goods.clinic.phone_most is None:
            return
        holding = Holding(
            session=offer.session,
            day=offer.day,
            doctor=offer.doctor,
            department=offer.department,
            booked_at=self._terms.now,
            channel=caller.channel,
        )
        self._seen.standing.holdings.grant(patient.view.id, phone, holding)

    def _pay_terms(self, offer: Offer, channel: str) -> PayTerms:
        key = (offer.session, channel)
        terms = self._pay.get(key)
        if terms is None:
            terms = self._pay[key] = pay_terms(self._terms.rules, offer, channel)
        return terms
