"""Texts to be sent, as rows: written in the same transaction as what they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from booking.store.faults import TryAgain
from booking.store.prepared import Prepared
from booking.store.rows import Rows
from booking.store.schema import outbox, phone_choice
from booking.vault import Vault

ANSWERS, NOTICES, BULK = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingText:
    """``to`` in E.164; ``lane`` 0 answers and confirmations, 1 notices, 2 bulk; ``dedupe`` names the text within its hospital:
    the same name is posted once; ``expires_at`` (UTC, naive) is when it is no longer worth sending.
    """

    to: str
    body: str
    kind: str
    lane: int
    dedupe: str
    expires_at: datetime | None = None
    appointment_id: int | None = None


_NEW = Prepared(insert(outbox))
_ALIKE = Rows(
    outbox,
    shared=("hospital_id", "status", "due_at", "attempts", "resent", "created_at"),
    own=("kind", "lane", "to_print", "to_sealed", "body_sealed", "dedupe", "appointment_id"),
)
_STANDING = select(outbox.c.dedupe, outbox.c.id).where(
    outbox.c.hospital_id == bindparam("hospital"), outbox.c.dedupe.in_(bindparam("names", expanding=True))
)
_REFUSED = select(phone_choice.c.phone_print).where(
    phone_choice.c.hospital_id == bindparam("hospital"),
    phone_choice.c.phone_print.in_(bindparam("phones", expanding=True)),
    phone_choice.c.wants.is_(False),
)


def thd_post(
    conn: Connection, vault: Vault, hospital_id: int, texts: Sequence[OutgoingText], now: datetime
) -> list[int]:
    """Post texts; returns their ids in order. One that was posted before keeps its id and its words; bulk texts (lane 2) to a
    phone that opted out are left out. Raises TryAgain when another transaction posts the same name.
    """
    wanted = _without_refused(texts, _thd_refused(conn, vault, hospital_id, texts), vault)
    if not wanted:
        return []
    names = [text.dedupe for text in wanted]
    standing = _thd_standing(conn, hospital_id, names)
    new = {text.dedupe: row(vault, hospital_id, text, now) for text in wanted if text.dedupe not in standing}
    if new:
        thd_insert(conn, list(new.values()))
        standing = _thd_standing(conn, hospital_id, names)
    return [standing[name] for name in names]


NewText = tuple[str, int, bytes, bytes, bytes, str, int]
"""Kind, lane, to whom (print and seal), words (sealed), dedupe, appointment."""


def thd_post_new(conn: Connection, hospital_id: int, texts: Sequence[NewText], now: datetime) -> None:
    """Post texts that go out at once and cannot have been posted before, for what they tell of is made in this transaction."""
    shared = {
        "hospital_id": hospital_id,
        "status": "pending",
        "due_at": now,
        "attempts": 0,
        "resent": 0,
        "created_at": now,
    }
    _ALIKE.thd_insert(conn, shared, texts)


def thd_insert(conn: Connection, rows: list[dict[str, Any]]) -> None:
    """Insert rows made by ``row``; raises TryAgain for a name that stands already."""
    try:
        _NEW.change_each(conn, rows)
    except IntegrityError:
        raise TryAgain from None


def row(vault: Vault, hospital_id: int, text: OutgoingText, now: datetime) -> dict[str, Any]:
    """The outbox row of a text that is to go out at once."""
    return {
        "hospital_id": hospital_id,
        "kind": text.kind,
        "lane": text.lane,
        "to_print": vault.fingerprint(text.to),
        "to_sealed": vault.seal(text.to),
        "body_sealed": vault.seal(text.body),
        "dedupe": text.dedupe,
        "status": "pending",
        "due_at": now,
        "expires_at": text.expires_at,
        "attempts": 0,
        "resent": False,
        "appointment_id": text.appointment_id,
        "created_at": now,
    }


def _thd_standing(conn: Connection, hospital_id: int, names: Sequence[str]) -> dict[str, int]:
    rows = conn.execute(_STANDING, {"hospital": hospital_id, "names": list(names)})
    return {found.dedupe: found.id for found in rows}


def _thd_refused(conn: Connection, vault: Vault, hospital_id: int, texts: Sequence[OutgoingText]) -> set[bytes]:
    phones = [vault.fingerprint(text.to) for text in texts if text.lane >= BULK]
    if not phones:
        return set()
    return {bytes(found[0]) for found in conn.execute(_REFUSED, {"hospital": hospital_id, "phones": phones})}


def _without_refused(texts: Sequence[OutgoingText], refused: set[bytes], vault: Vault) -> list[OutgoingText]:
    if not refused:
        return list(texts)
    return [text for text in texts if text.lane < BULK or vault.fingerprint(text.to) not in refused]
