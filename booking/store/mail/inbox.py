"""Texts that came in: committed before they are acknowledged, recognised when they are delivered again.

Law of this module: which deliveries are repeats is ``arrivals.is_repeat``'s to say; anything else is a new text, also with the
same words: patients do send twice. Only what may be a repeat is read, so that a busy phone costs no more than a quiet one. A text is
answered once; its replies are posted in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select

from booking.store.mail.arrivals import (
    OTHER_BIND,
    SAME_BIND,
    Concat,
    InboxMessage,
    Incoming,
    New,
    PartKept,
    Repeat,
    Seen,
    Taken,
    digest_print,
    inbox_row,
    is_repeat,
    joined,
    message_of,
)
from booking.store.mail.parts import is_whole, thd_expire_parts, thd_take_part
from booking.store.schema import inbox, smsc_bind
from booking.vault import Vault

__all__ = [
    "Concat",
    "InboxMessage",
    "Incoming",
    "New",
    "PartKept",
    "Repeat",
    "Taken",
    "joined",
    "thd_expire_parts",
    "thd_take",
    "thd_unanswered",
]

_PROOFS = (
    (smsc_bind.c.hospital_id == inbox.c.hospital_id)
    & (smsc_bind.c.smsc == inbox.c.smsc)
    & (smsc_bind.c.bind == inbox.c.bind)
)
_EARLIER = (
    select(
        inbox.c.id,
        inbox.c.hospital_id,
        inbox.c.digest_print,
        inbox.c.bind,
        inbox.c.sequence,
        inbox.c.received_at,
        smsc_bind.c.proved_at,
    )
    .select_from(inbox.outerjoin(smsc_bind, _PROOFS))
    .where(
        inbox.c.hospital_id.in_(bindparam("hospitals", expanding=True)),
        inbox.c.digest_print.in_(bindparam("digests", expanding=True)),
        inbox.c.received_at >= bindparam("since"),
        or_(
            inbox.c.sequence.in_(bindparam("sequences", expanding=True)),
            inbox.c.bind.not_in(bindparam("binds", expanding=True)) & (inbox.c.received_at >= bindparam("lately")),
        ),
    )
    .order_by(inbox.c.received_at, inbox.c.id)
)
_KEEP = insert(inbox).returning(inbox.c.id, sort_by_parameter_order=True)
_UNANSWERED = (
    select(inbox)
    .where(inbox.c.smsc == bindparam("smsc"), inbox.c.status == "new")
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)
_Key = tuple[int, bytes]


def thd_take(conn: Connection, vault: Vault, incoming: Sequence[Incoming]) -> list[Taken]:
    """Commit deliveries, in order; one answer each. After the commit they may be acknowledged."""
    whole = [each for each in incoming if is_whole(each)]
    known = _thd_earlier(conn, vault, whole)
    fresh: list[Incoming] = []
    places: list[int | Taken] = []  # an index into ``fresh``, or the answer
    for each in incoming:
        if not is_whole(each):
            places.append(thd_take_part(conn, vault, each))
            continue
        key = (each.hospital, digest_print(vault, each))
        first = next((seen for seen in known.get(key, []) if is_repeat(seen, each)), None)
        if first is None:
            known.setdefault(key, []).append(Seen(-1 - len(fresh), each.bind, each.sequence, each.at))
            places.append(len(fresh))
            fresh.append(each)
        else:
            places.append(Repeat(inbox_id=first.row_id))
    return _settled(places, _thd_keep(conn, vault, fresh))


def thd_unanswered(conn: Connection, vault: Vault, smsc: str, limit: int) -> list[InboxMessage]:
    """Texts that came through ``smsc`` and have no answer yet, oldest first."""
    return [_message(vault, row) for row in conn.execute(_UNANSWERED, {"smsc": smsc, "most": limit})]


def _thd_earlier(conn: Connection, vault: Vault, incoming: Sequence[Incoming]) -> dict[_Key, list[Seen]]:
    """What these may repeat, by hospital and words: under their numbers, or lately in another bind."""
    known: dict[_Key, list[Seen]] = {}
    if not incoming:
        return known
    first = min(each.at for each in incoming)
    binds = {each.bind for each in incoming}
    wanted = {
        "hospitals": list({each.hospital for each in incoming}),
        "digests": list({digest_print(vault, each) for each in incoming}),
        "sequences": list({each.sequence for each in incoming}),
        "binds": list(binds) if len(binds) == 1 else [""],
        "since": first - SAME_BIND,
        "lately": first - OTHER_BIND,
    }
    for row in conn.execute(_EARLIER, wanted):
        seen = Seen(row.id, row.bind, row.sequence, row.received_at, row.proved_at)
        known.setdefault((row.hospital_id, bytes(row.digest_print)), []).append(seen)
    return known


def _thd_keep(conn: Connection, vault: Vault, fresh: Sequence[Incoming]) -> list[InboxMessage]:
    if not fresh:
        return []
    rows = [inbox_row(vault, each, each.text, complete=True) for each in fresh]
    ids = conn.execute(_KEEP, rows).scalars().all()
    return [message_of(inbox_id, each, each.text, complete=True) for inbox_id, each in zip(ids, fresh, strict=True)]


def _settled(places: Sequence[int | Taken], kept: Sequence[InboxMessage]) -> list[Taken]:
    found: list[Taken] = []
    for place in places:
        match place:
            case int():
                found.append(New(inbox_id=kept[place].id, message=kept[place]))
            case Repeat(inbox_id=before) if before < 0:  # repeats a delivery of this very batch
                found.append(Repeat(inbox_id=kept[-1 - before].id))
            case _:
                found.append(place)
    return found


def _message(vault: Vault, row: Any) -> InboxMessage:
    return InboxMessage(
        id=row.id,
        hospital=row.hospital_id,
        smsc=row.smsc,
        source=vault.open(row.source_sealed),
        destination=row.destination,
        text=vault.open(row.text_sealed),
        received_at=row.received_at,
        complete=row.complete,
    )
