"""What a patient did, forgiven: it counts no more, and the bans that followed only with it are lifted.

Law of this module: nothing is erased; who forgave, and why a ban was lifted, is kept. Only bans that the rules made are judged anew,
by the rules of today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from booking.reasons import kept_reason
from booking.rules import conduct as law
from booking.rules.facts import Ban, Conduct
from booking.rules.rulebook import RuleBook, rule_book
from booking.store.audit import Note, thd_note
from booking.store.conduct.bans import Mercy, lift_note, thd_auto_bans, thd_lift
from booking.store.conduct.behaviour import thd_judge, thd_judged
from booking.store.faults import TryAgain
from booking.store.schema import conduct
from booking.vault import Vault

BanKey = tuple[str, str, datetime, int, str]

_UNFORGIVEN = select(conduct.c.id, conduct.c.patient_id).where(
    conduct.c.hospital_id == bindparam("hospital"),
    conduct.c.appointment_id == bindparam("booking"),
    conduct.c.kind == bindparam("what"),
    conduct.c.forgiven_at.is_(None),
)
_FORGIVE = (
    update(conduct)
    .where(
        conduct.c.hospital_id == bindparam("hospital"),
        conduct.c.appointment_id == bindparam("booking"),
        conduct.c.kind == bindparam("what"),
        conduct.c.forgiven_at.is_(None),
    )
    .values(forgiven_at=bindparam("now"), forgiven_by=bindparam("who"))
)


def thd_pardon(  # noqa: PLR0917 - as thd_judge
    conn: Connection,
    vault: Vault,
    rules: RuleBook,
    hospital_id: int,
    row: tuple[int, str],
    mercy: Mercy,
    wall: datetime,
) -> list[int] | None:
    """Forgive one row of conduct (appointment, kind), and judge anew: bans that followed only with it are lifted. Their ids, or
    None when there is no such row, or it was forgiven before.
    """
    appointment_id, kind = row
    these = {"hospital": hospital_id, "booking": appointment_id, "what": kind}
    found = conn.execute(_UNFORGIVEN, these).one_or_none()
    if found is None:
        return None
    judged = thd_judged(conn, rules, hospital_id, [found.patient_id])
    if conn.execute(_FORGIVE, {**these, "now": mercy.at, "who": mercy.who[:40]}).rowcount != 1:
        raise TryAgain
    thd_note(conn, _pardon_note(hospital_id, found.id, kind, mercy))
    lifted: list[int] = []
    for each in judged:
        rest = tuple(deed.conduct for deed in each.deeds if not deed.forgiven and deed.row != row)
        gone = _followed(rules, each.history) - _followed(rules, rest)
        for ban_id, said in thd_auto_bans(conn, hospital_id, each.print):
            if _key(said) in gone:
                lifted += [ban_id] * thd_lift(conn, hospital_id, [ban_id], mercy)
                thd_note(conn, lift_note(hospital_id, ban_id, mercy))
    thd_judge(conn, vault, rules, hospital_id, [found.patient_id], wall, mercy.at)
    return lifted


def _followed(rules: RuleBook, history: Sequence[Conduct]) -> set[BanKey]:
    """The bans that these rules make of this history, as it went on; also of what was done before this edition of them began,
    because a ban of the edition before was made of that.
    """
    ageless = (replace(maker, policy=replace(maker.policy, from_=None), begins=()) for maker in rules.makers)
    rules, made = rule_book(*ageless, calendar=rules.calendar), list[Ban]()
    for nth, done in enumerate(history, 1):
        made += law.new_bans(rules, history[:nth], made, done.at)
    return {_key(each) for each in made}


def _key(said: Ban) -> BanKey:
    return said.cause, said.rule, said.since, said.nth, said.scope + said.department


def _pardon_note(hospital_id: int, row_id: int, kind: str, mercy: Mercy) -> Note:
    return Note(
        hospital=hospital_id,
        at=mercy.at,
        action="forgiven",
        subject="conduct",
        subject_id=row_id,
        actor=mercy.who,
        trace="-",
        detail=f"{kind} why={kept_reason(mercy.why)}",
    )
