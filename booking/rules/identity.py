"""Age, documents and guardians: who may book in his own name, and who needs somebody else's."""

from __future__ import annotations

from datetime import date, datetime

from booking.rules.calendar import months_after
from booking.rules.facts import Offer, PatientFacts
from booking.rules.policy import Identity
from booking.rules.ruling import ALLOWED, Reason, Ruling


def identity_ruling(identity: Identity, offer: Offer, facts: PatientFacts, now: datetime) -> Ruling:
    """Whether the patient's age and papers suffice. An unknown date of birth is never held against him."""
    day = now.date() if identity.age_on == "booking" else offer.day
    if _younger(facts.birth, identity.lowest_age, day):
        return Ruling(reason=Reason.TOO_YOUNG, rule="identity.lowest_age", most=identity.lowest_age)
    if _younger(facts.birth, identity.guardian_under, day) and not facts.guardian:
        return Ruling(reason=Reason.NEEDS_GUARDIAN, rule="identity.guardian_under", most=identity.guardian_under)
    if not facts.document:
        return _without_document(identity, facts, day)
    accepted = identity.documents_first if facts.first_visit else identity.documents
    if accepted and facts.document not in accepted:
        rule = "identity.documents_first" if facts.first_visit else "identity.documents"
        return Ruling(reason=Reason.NEEDS_OWN_DOCUMENT, rule=rule)
    return ALLOWED


def _without_document(identity: Identity, facts: PatientFacts, day: date) -> Ruling:
    if not identity.guardian_accepted:
        return Ruling(reason=Reason.NEEDS_OWN_DOCUMENT, rule="identity.guardian_accepted")
    until = identity.guardian_until
    if until is not None and not _younger(facts.birth, until, day):
        return Ruling(reason=Reason.NEEDS_OWN_DOCUMENT, rule="identity.guardian_until", most=until)
    if not facts.guardian:
        return Ruling(reason=Reason.NEEDS_GUARDIAN, rule="identity.guardian_accepted")
    return ALLOWED


def _younger(birth: date | None, age: int | None, day: date) -> bool:
    """Whether somebody born then is not yet so old on that day (born on 29 February: a year older on the 28th)."""
    return birth is not None and age is not None and day < months_after(birth, 12 * age)
