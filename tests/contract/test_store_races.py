"""Two do the same thing at the same moment: the one that looked too early starts over, and nothing is there twice.

Each test makes a look find nothing, as it would when the other's row is committed between the look and the write.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import bindparam, false, func, insert, select, update

from booking.outcomes import Busy
from booking.requests import Caller, CancelBooking, Channel, Complain, RegisterPhone
from booking.rules.rulebook import house_rules
from booking.store import audit
from booking.store.faults import TryAgain
from booking.store.keeping import ending, keeping
from booking.store.mail import dialogue, parts, post, proofs, receipts
from booking.store.mail.arrivals import Concat, Incoming
from booking.store.mail.inbox import thd_take
from booking.store.mail.post import OutgoingText
from booking.store.people import complaints, people
from booking.store.prepared import Prepared
from booking.store.roster import roster
from booking.store.schema import appointment, slot

NOW = datetime.fromisoformat("2026-07-14 01:00")
CALLER = Caller(hospital=1, phone="+8613800138000", channel=Channel.SMS)
ZHANG = RegisterPhone(caller=CALLER, identity="11010519491231002X", name="张三")
PART = Incoming(hospital=1, smsc="cmcc", bind="b", sequence=1, source="+8613800138000", destination="12580", text="a",
                concat=Concat(kind="udh8", ref=1, total=2, part=1), digest=b"a", at=NOW)  # fmt: skip
HOSPITAL = roster.HospitalRow(code="renhe", name="仁和医院", short_name="仁和")
TEXT = OutgoingText(to="+8613800138000", body="好", kind="answer", lane=0, dedupe="a")


class Dice:
    def __init__(self):
        self.thrown = 0

    def randbytes(self, count):
        self.thrown += 1
        return self.thrown.to_bytes(count, "big")


def jobs(vault):
    """(module, names of the looks that come too early, job) of every place where two can meet."""
    complaint = Complain(caller=CALLER, text="吵", key="sms:1")
    return {
        "opt": (people, ["_CHOICE"], (people.thd_opt, vault, CALLER, False, NOW)),
        "patient": (people, ["_BY_IDENTITY"], (people.thd_patient_by_identity, vault, CALLER, ZHANG.identity, NOW)),
        "register": (people, ["_OF_PHONE"], (people.thd_register, vault, house_rules(), ZHANG, NOW)),
        "complain": (complaints, ["_BY_KEY"], (complaints.thd_complain, vault, Dice(), complaint, NOW)),
        "dialogue": (dialogue, ["_STATE"], (dialogue.thd_remember, vault, 1, "+8613800138000", "{}", NOW)),
        "receipt": (receipts, ["_ORPHAN"], (receipts.thd_receipt, "cmcc", "m1", "DELIVRD", NOW)),
        "post": (post, ["_STANDING"], (post.thd_post, vault, 1, [TEXT], NOW)),
        "proof": (proofs, ["_STANDING"], (proofs.thd_prove, [proofs.Proof(hospital=1, smsc="cmcc", bind="b", at=NOW)])),
        "hospital": (roster, ["_HOSPITAL"], (roster.thd_put_hospital, HOSPITAL)),
        "part": (parts, ["_LAST_BUNDLE", "_SAME_WORDS"], (thd_take, vault, [PART])),
    }


def blind(look):
    """The same look, finding nothing."""
    if isinstance(look, Prepared):
        return Prepared(look.statement.where(false()))
    return look.where(false())


@pytest.mark.parametrize(
    "name", ["opt", "patient", "register", "complain", "dialogue", "receipt", "post", "part", "proof", "hospital"]
)
def test_who_looked_too_early_starts_over(store, vault, monkeypatch, name):
    """The index refuses the second row; the job is run again, and ends as busy when its look never gets better."""
    module, looks, job = jobs(vault)[name]
    store.now(*job)
    for look in looks:
        monkeypatch.setattr(module, look, blind(getattr(module, look)))
    if name == "part":
        monkeypatch.setattr(parts, "_LAST_BUNDLE", select(parts.inbox_part).where(false()))
    with pytest.raises(Busy) as caught:
        store.now(*job)
    assert isinstance(caught.value.__cause__, TryAgain)
    monkeypatch.undo()
    store.now(*job)


def test_a_booking_cancelled_beside_us(store, vault, monkeypatch):
    """Of two cancels at once, one frees the number; the other starts over and finds it cancelled."""

    def thd_booked(conn):
        known = people.thd_register(conn, vault, house_rules(), ZHANG, NOW).patient
        at = conn.execute(select(slot).where(slot.c.id == 1)).one()
        values = {"hospital_id": 1, "code": "12345678", "slot_id": 1, "session_id": at.session_id, "doctor_id": at.doctor_id,
                  "patient_id": known.id, "day": at.start.date(), "status": "booked", "live": 1, "channel": "sms",
                  "fee_fen": 0, "request_key": "k", "created_at": NOW}  # fmt: skip
        conn.execute(insert(appointment).values(values))
        conn.execute(update(slot).where(slot.c.id == 1).values(taken=1))

    store.now(thd_booked)
    job = (keeping.thd_cancel, vault, house_rules(), CancelBooking(caller=CALLER, code="12345678", key="x"), (NOW, NOW))
    monkeypatch.setattr(ending, "_END", ending._END.where(false()))
    with pytest.raises(Busy) as caught:
        store.now(*job)
    assert isinstance(caught.value.__cause__, TryAgain)
    monkeypatch.undo()
    assert not store.now(*job).again
    assert store.now(*job).again


def test_rows_sealed_beside_us(store, monkeypatch):
    """A sealer whose rows are linked by another meanwhile starts over."""
    note = audit.Note(hospital=1, at=NOW, action="x", subject="x", subject_id=1, actor="sms", trace="-")
    store.now(audit.thd_note, note)
    monkeypatch.setattr(audit, "_SEAL", audit._SEAL.where(false()))
    with pytest.raises(Busy) as caught:
        store.now(audit.thd_seal, NOW)
    assert isinstance(caught.value.__cause__, TryAgain)
    sealed = select(func.count()).select_from(audit.audit).where(audit.audit.c.seal_seq.is_not(None))
    assert store.now(lambda conn: conn.execute(sealed).scalar_one()) == 0


def starts_over(store, job):
    """The job lost its race each time it looked."""
    with pytest.raises(Busy) as caught:
        store.now(*job)
    assert isinstance(caught.value.__cause__, TryAgain)


def test_a_question_forgotten_beside_us(store, vault, monkeypatch):
    """The question that was to be replaced is gone: the new one is written all the same."""
    job = (dialogue.thd_remember, vault, 1, "+8613800138000", "{}", NOW)
    store.now(*job)
    monkeypatch.setattr(dialogue, "_REPLACE", dialogue._REPLACE.where(false()))
    starts_over(store, job)
    monkeypatch.undo()
    store.now(*job)


def test_parts_handed_over_beside_us(store, vault, monkeypatch):
    """The fragment was given up, or joined, by another process: it is not handed over again."""
    store.now(thd_take, vault, [PART])
    job = (parts.thd_expire_parts, vault, NOW.replace(hour=5))
    monkeypatch.setattr(parts, "_CLOSE", parts._CLOSE.where(false()))
    starts_over(store, job)
    monkeypatch.undo()
    assert len(store.now(*job)) == 1


def test_a_record_named_beside_us(store, vault, monkeypatch):
    """Another phone has named the record since we looked: its name counts."""
    store.now(people.thd_patient_by_identity, vault, CALLER, ZHANG.identity, NOW)
    job = (people.thd_register, vault, house_rules(), ZHANG, NOW)
    named = select(people.patient.c.identity_sealed).where(people.patient.c.id == bindparam("patient"))
    monkeypatch.setattr(people, "_LOCK_NAME", named)
    starts_over(store, job)
    monkeypatch.undo()
    assert store.now(*job).patient.name == "张三"
