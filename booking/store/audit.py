"""Who changed what, when: a row beside every change, chained afterwards so that a changed row shows.

Law of this module: rows are only ever added. ``thd_note`` writes within the change's own transaction; a periodic job
(``thd_seal``) links all unlinked rows in id order, so that concurrent bookings never queue on the chain's head. Ids of rows
committed late may lie behind the head: the chain follows ``seal_seq``, not the id. ``detail`` holds codes and counts, nothing personal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.rows import Rows
from booking.store.schema import audit

SEAL_MOST = 5_000
_GENESIS = bytes(32)

_NOTE = insert(audit)
_ALIKE = Rows(
    audit,
    shared=("hospital_id", "at", "action", "subject"),
    own=("subject_id", "actor", "trace", "detail"),
)
_FIELDS = (audit.c.id, audit.c.hospital_id, audit.c.at, audit.c.action, audit.c.subject, audit.c.subject_id,
           audit.c.actor, audit.c.trace, audit.c.detail)  # fmt: skip
_HEAD = select(audit.c.seal_seq, audit.c.seal).where(audit.c.seal_seq.is_not(None))
_HEAD = _HEAD.order_by(audit.c.seal_seq.desc()).limit(1)
_UNSEALED = select(*_FIELDS).where(audit.c.seal_seq.is_(None)).order_by(audit.c.id).limit(SEAL_MOST)
_SEAL = (
    update(audit)
    .where(audit.c.id == bindparam("row_id"), audit.c.seal_seq.is_(None))
    .values(seal_seq=bindparam("new_seq"), seal=bindparam("new_seal"))
)
_SEALED_AS = select(audit.c.id).where(audit.c.seal == bindparam("seal")).limit(1)
_CHAIN = select(*_FIELDS, audit.c.seal_seq, audit.c.seal).where(audit.c.seal_seq > bindparam("after"))
_CHAIN = _CHAIN.order_by(audit.c.seal_seq).limit(SEAL_MOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One change: ``action`` such as ``booked``, its ``subject`` (table) and id, ``actor`` = the channel or role that did it."""

    hospital: int
    at: datetime
    action: str
    subject: str
    subject_id: int
    actor: str
    trace: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What one sealing did: rows linked, the chain's length, its head (hex). A head written elsewhere proves no tail was cut."""

    rows: int
    length: int
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The chain as it stands: how many rows it links, its head (hex), and the first row that does not fit (None: all fit)."""

    length: int
    head: str
    broken: int | None


def thd_note(conn: Connection, *notes: Note) -> None:
    """Write these rows with the change they tell of."""
    if notes:
        conn.execute(_NOTE, [_row(note) for note in notes])


def thd_note_alike(conn: Connection, alike: Note, each: Sequence[tuple[int, str, str, str]]) -> None:
    """Write one row for each (subject's id, actor, trace, detail); hospital, moment, action and subject are those of ``alike``."""
    shared = {"hospital_id": alike.hospital, "at": alike.at, "action": alike.action, "subject": alike.subject}
    _ALIKE.thd_insert(conn, shared, [(row_id, actor, trace[:80], detail) for row_id, actor, trace, detail in each])


def thd_seal(conn: Connection, now: datetime) -> Sealed:
    """Link up to 5,000 unlinked rows that are not newer than ``now`` to the chain; raises TryAgain beside another sealer."""
    seq, head = _thd_head(conn)
    links: list[dict[str, Any]] = []
    for row in conn.execute(_UNSEALED).all():
        if row.at > now:
            continue
        seq += 1
        head = _link(head, seq, row)
        links.append({"row_id": row.id, "new_seq": seq, "new_seal": head})
    if links:
        try:
            done = conn.execute(_SEAL, links).rowcount
        except IntegrityError:
            raise TryAgain from None
        if done != len(links):
            raise TryAgain
    return Sealed(rows=len(links), length=seq, head=head.hex())


def thd_chain(conn: Connection) -> Chain:
    """Follow the whole chain, as far as it fits. A tail that was cut off fits: compare the head with one told before."""
    seq, head = 0, _GENESIS
    for row in _thd_chain(conn):
        link = _link(head, seq + 1, row)
        if row.seal_seq != seq + 1 or bytes(row.seal) != link:
            return Chain(length=seq, head=head.hex(), broken=int(row.id))
        seq, head = seq + 1, link
    return Chain(length=seq, head=head.hex(), broken=None)


def thd_was_head(conn: Connection, head: str) -> bool:
    """Whether the chain still holds the row that was its head once (hex, from a log): if not, its tail was cut since."""
    if head == _GENESIS.hex():
        return True
    return conn.execute(_SEALED_AS, {"seal": bytes.fromhex(head)}).first() is not None


def _thd_head(conn: Connection) -> tuple[int, bytes]:
    row = conn.execute(_HEAD).one_or_none()
    return (0, _GENESIS) if row is None else (row.seal_seq, bytes(row.seal))


def _thd_chain(conn: Connection) -> Iterator[Any]:
    after = 0
    while rows := conn.execute(_CHAIN, {"after": after}).all():
        yield from rows
        after = rows[-1].seal_seq


def _link(head: bytes, seq: int, row: Any) -> bytes:
    digest = hashlib.sha256(head)
    for part in _canonical(seq, row):
        data = part.encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.digest()


def _canonical(seq: int, row: Any) -> Iterable[str]:
    return (str(seq), str(row.id), str(row.hospital_id), row.at.isoformat(timespec="microseconds"), row.action,
            row.subject, str(row.subject_id), row.actor, row.trace, row.detail)  # fmt: skip


def _row(note: Note) -> dict[str, Any]:
    return {
        "hospital_id": note.hospital,
        "at": note.at,
        "action": note.action,
        "subject": note.subject,
        "subject_id": note.subject_id,
        "actor": note.actor,
        "trace": note.trace[:80],
        "detail": note.detail,
    }
