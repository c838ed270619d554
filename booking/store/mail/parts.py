"""Long texts arrive in parts: any order, duplicates dropped, each part committed as it comes.

Law of this module: parts belong together when hospital, source, destination, SMSC, kind, reference and total agree. A reference
may be used again: a part whose place is filled with other words opens a new bundle; a message that is whole closes its own.
What never gets whole is handed over as it is, marked incomplete (``thd_expire_parts``). The words of a part are kept until its
message is handed over, and no longer: the inbox row has them then, and masks them in its own time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.mail.arrivals import (
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
from booking.store.schema import inbox, inbox_part, smsc_bind
from booking.vault import Vault

PARTS_MOST = 255
EXPIRED_MOST = 100

_PLACE = (
    inbox_part.c.hospital_id,
    inbox_part.c.source_print,
    inbox_part.c.destination,
    inbox_part.c.smsc,
    inbox_part.c.kind,
    inbox_part.c.ref,
    inbox_part.c.total,
)
_SAME_PLACE = tuple(column == bindparam(f"p_{column.name}") for column in _PLACE)
_PROOFS = (
    (smsc_bind.c.hospital_id == inbox_part.c.hospital_id)
    & (smsc_bind.c.smsc == inbox_part.c.smsc)
    & (smsc_bind.c.bind == inbox_part.c.bind)
)
_SAME_WORDS = (
    select(
        inbox_part.c.id,
        inbox_part.c.inbox_id,
        inbox_part.c.bind,
        inbox_part.c.sequence,
        inbox_part.c.received_at,
        smsc_bind.c.proved_at,
    )
    .select_from(inbox_part.outerjoin(smsc_bind, _PROOFS))
    .where(
        inbox_part.c.hospital_id == bindparam("hospital"),
        inbox_part.c.digest_print == bindparam("digest"),
        inbox_part.c.received_at >= bindparam("since"),
    )
    .order_by(inbox_part.c.received_at, inbox_part.c.id)
)
_LAST_BUNDLE = select(inbox_part).where(*_SAME_PLACE).order_by(inbox_part.c.bundle.desc(), inbox_part.c.part)
_LAST_BUNDLE = _LAST_BUNDLE.limit(PARTS_MOST)
_BUNDLE = (
    select(inbox_part)
    .where(*_SAME_PLACE, inbox_part.c.bundle == bindparam("p_bundle"))
    .order_by(inbox_part.c.part)
    .with_for_update()
)
_CLOSE = (
    update(inbox_part)
    .where(*_SAME_PLACE, inbox_part.c.bundle == bindparam("p_bundle"), inbox_part.c.inbox_id.is_(None))
    .values(inbox_id=bindparam("message"), text_sealed=bindparam("nothing"))
)
_STALE = (
    select(*_PLACE, inbox_part.c.bundle)
    .where(inbox_part.c.inbox_id.is_(None))
    .group_by(*_PLACE, inbox_part.c.bundle)
    .having(func.max(inbox_part.c.received_at) < bindparam("before"))
    .limit(EXPIRED_MOST)
)
_KEEP = insert(inbox_part)
_WHOLE = insert(inbox).returning(inbox.c.id)


def is_whole(incoming: Incoming) -> bool:
    """Whether a delivery is a text by itself. A part that numbers itself impossibly is taken as one, too."""
    concat = incoming.concat
    return concat is None or not (1 <= concat.part <= concat.total <= PARTS_MOST) or concat.total == 1


def thd_take_part(conn: Connection, vault: Vault, incoming: Incoming) -> Taken:
    """Commit one part: New with the joined text when it was the last one missing."""
    concat = incoming.concat
    assert concat is not None, "a whole text is no part"
    place = _place(vault, incoming, concat)
    bundle, rows = _thd_last_bundle(conn, place)
    digest = digest_print(vault, incoming)
    earlier = _thd_earlier(conn, digest, incoming)
    if earlier is not None:
        return _again(earlier)
    closed = bool(rows) and rows[0].inbox_id is not None
    standing = next((row for row in rows if row.part == concat.part), None)
    if standing is not None and not closed and bytes(standing.digest_print) == digest:
        return PartKept()
    if closed or standing is not None:
        bundle += 1
    _thd_keep(conn, vault, incoming, place, bundle)
    rows = _thd_bundle(conn, place, bundle)  # what another process keeps at this moment is waited for, and counted
    if len(rows) < concat.total:
        return PartKept()
    texts = {row.part: vault.open(row.text_sealed) for row in rows}
    message = _thd_whole(conn, vault, incoming, texts, (place, bundle))
    return New(inbox_id=message.id, message=message)


def thd_expire_parts(conn: Connection, vault: Vault, before: datetime) -> list[InboxMessage]:
    """Up to 100 messages whose last part came before ``before`` and that are not whole: what came, marked incomplete."""
    found = []
    for stale in conn.execute(_STALE, {"before": before}).all():
        place = {f"p_{column.name}": stale._mapping[column] for column in _PLACE}
        rows = _thd_bundle(conn, place, stale.bundle)
        last = max(rows, key=lambda row: row.received_at)
        incoming = Incoming(
            hospital=last.hospital_id,
            smsc=last.smsc,
            bind=last.bind,
            sequence=last.sequence,
            source=vault.open(last.source_sealed),
            destination=last.destination,
            text="",
            concat=None,
            digest=bytes(last.digest_print),
            at=last.received_at,
        )
        texts = {row.part: vault.open(row.text_sealed) for row in rows}
        found.append(_thd_whole(conn, vault, incoming, texts, (place, stale.bundle), complete=False))
    return found


def _again(earlier: Any) -> Taken:
    if earlier.inbox_id is not None:
        return Repeat(inbox_id=earlier.inbox_id)
    return PartKept()


def _place(vault: Vault, incoming: Incoming, concat: Concat) -> dict[str, Any]:
    return {
        "p_hospital_id": incoming.hospital,
        "p_source_print": vault.fingerprint(incoming.source),
        "p_destination": incoming.destination,
        "p_smsc": incoming.smsc,
        "p_kind": concat.kind,
        "p_ref": concat.ref,
        "p_total": concat.total,
    }


def _thd_earlier(conn: Connection, digest: bytes, incoming: Incoming) -> Any | None:
    wanted = {"hospital": incoming.hospital, "digest": digest, "since": incoming.at - SAME_BIND}
    return next((row for row in conn.execute(_SAME_WORDS, wanted).all() if is_repeat(_seen(row), incoming)), None)


def _seen(row: Any) -> Seen:
    return Seen(row.id, row.bind, row.sequence, row.received_at, row.proved_at)


def _thd_last_bundle(conn: Connection, place: dict[str, Any]) -> tuple[int, list[Any]]:
    """The newest bundle of this place: its number and rows; (0, []) when there is none."""
    rows = conn.execute(_LAST_BUNDLE, place).all()
    bundle = rows[0].bundle if rows else 0
    return bundle, [row for row in rows if row.bundle == bundle]


def _thd_bundle(conn: Connection, place: dict[str, Any], bundle: int) -> list[Any]:
    """The bundle's rows, locked."""
    return list(conn.execute(_BUNDLE, {**place, "p_bundle": bundle}).all())


def _thd_keep(conn: Connection, vault: Vault, incoming: Incoming, place: dict[str, Any], bundle: int) -> None:
    assert incoming.concat is not None, "a whole text is no part"
    values = {name.removeprefix("p_"): value for name, value in place.items()}
    values |= {
        "bind": incoming.bind,
        "sequence": incoming.sequence,
        "source_sealed": vault.seal(incoming.source),
        "part": incoming.concat.part,
        "bundle": bundle,
        "text_sealed": vault.seal(incoming.text),
        "digest_print": digest_print(vault, incoming),
        "received_at": incoming.at,
    }
    try:
        conn.execute(_KEEP, values)
    except IntegrityError:  # the same part through another link, at this very moment
        raise TryAgain from None


def _thd_whole(
    conn: Connection,
    vault: Vault,
    incoming: Incoming,
    texts: dict[int, str],
    where: tuple[dict[str, Any], int],
    *,
    complete: bool = True,
) -> InboxMessage:
    text = joined([texts[part] for part in sorted(texts)])
    inbox_id: int = conn.execute(_WHOLE, inbox_row(vault, incoming, text, complete=complete)).scalar_one()
    place, bundle = where
    closing = {**place, "p_bundle": bundle, "message": inbox_id, "nothing": vault.seal("")}
    if conn.execute(_CLOSE, closing).rowcount != len(texts):
        raise TryAgain  # handed over beside us
    return message_of(inbox_id, incoming, text, complete=complete)
