"""The hospital's own blacklist, as its file says: put, changed, and lifted for who is no longer on it.

Law of this module: a name on the list is a ban by the keyed print of the identity number, so that it also meets a patient who
registers later. One person has one standing entry for the hospital and one for each department.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from booking.rules.facts import Ban
from booking.store.audit import thd_note
from booking.store.conduct.bans import Mercy, NewBan, lift_note, thd_ban, thd_lift
from booking.store.schema import ban, department, patient
from booking.vault import Vault

_CHUNK = 500
_STANDING = (
    select(ban.c.id, ban.c.subject_print, ban.c.rule, ban.c.since, ban.c.until, department.c.code)
    .select_from(ban.outerjoin(department, department.c.id == ban.c.department_id))
    .where(ban.c.hospital_id == bindparam("hospital"), ban.c.cause == "blacklist", ban.c.live == 1)
    .order_by(ban.c.id)
)
_CHANGE = (
    update(ban)
    .where(ban.c.id == bindparam("row_id"))
    .values(rule=bindparam("new_rule"), since=bindparam("new_since"), until=bindparam("new_until"))
)
_NAMES = select(patient.c.identity_print, patient.c.name_sealed).where(
    patient.c.hospital_id == bindparam("hospital"), patient.c.identity_print.in_(bindparam("prints", expanding=True))
)

Key = tuple[bytes, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlacklistRow:
    """``identity`` in normal form; ``since`` and ``until`` are whole days, both included; ``department`` a code, empty: all."""

    identity: str
    name: str
    reason: str
    since: date | None = None
    until: date | None = None
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    new: int
    changed: int
    lifted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Whose list, under which batch's name, now (wall and UTC); ``sync``: who is not on it is no longer banned."""

    hospital: int
    batch: str
    wall: datetime
    at: datetime
    sync: bool = False


def thd_put_blacklist(conn: Connection, vault: Vault, listing: Listing, rows: Sequence[BlacklistRow]) -> Listed:
    """Put the list. An entry that ran out is none: who is listed again is banned anew."""
    standing = _thd_standing(conn, listing)
    wanted = {(vault.fingerprint(row.identity), row.department): row for row in rows}
    new = [_new(vault, listing, key, row) for key, row in wanted.items() if key not in standing]
    for first in range(0, len(new), _CHUNK):
        thd_ban(conn, listing.hospital, new[first : first + _CHUNK], listing.at)
    kept = [_change(standing[key], row) for key, row in wanted.items() if key in standing]
    changed = [values for values in kept if values is not None]
    if changed:
        conn.execute(_CHANGE, changed)
    gone = [row.id for key, row in standing.items() if key not in wanted] if listing.sync else []
    mercy = Mercy(who="import", why=f"不在新名单 {listing.batch[:15]}", at=listing.at)
    for first in range(0, len(gone), _CHUNK):
        thd_lift(conn, listing.hospital, gone[first : first + _CHUNK], mercy)
    thd_note(conn, *(lift_note(listing.hospital, ban_id, mercy, listing.batch) for ban_id in gone))
    return Listed(new=len(new), changed=len(changed), lifted=len(gone))


def thd_known_names(conn: Connection, vault: Vault, hospital_id: int, identities: Sequence[str]) -> dict[str, str]:
    """The names under which the hospital knows those of these identity numbers that it knows by name."""
    of = {vault.fingerprint(identity): identity for identity in identities}
    prints, found = sorted(of), dict[str, str]()
    for first in range(0, len(prints), _CHUNK):
        rows = conn.execute(_NAMES, {"hospital": hospital_id, "prints": prints[first : first + _CHUNK]})
        found |= {of[bytes(row.identity_print)]: vault.open(row.name_sealed) for row in rows}
    return {identity: name for identity, name in found.items() if name}


def _thd_standing(conn: Connection, listing: Listing) -> dict[Key, Any]:
    rows = conn.execute(_STANDING, {"hospital": listing.hospital})
    return {
        (bytes(row.subject_print), row.code or ""): row for row in rows if row.until is None or listing.wall < row.until
    }


def _new(vault: Vault, listing: Listing, key: Key, row: BlacklistRow) -> NewBan:
    said = Ban(
        cause="blacklist",
        since=listing.wall if row.since is None else _begin(row.since),
        until=_end(row.until),
        scope="department" if row.department else "hospital",
        department=row.department,
        rule=row.reason,
    )
    return NewBan(
        subject="identity",
        print=key[0],
        ban=said,
        offence=listing.batch,
        name_sealed=vault.seal(row.name),
        batch=listing.batch,
    )


def _change(standing: Any, row: BlacklistRow) -> dict[str, Any] | None:
    since = standing.since if row.since is None else _begin(row.since)
    if (standing.rule, standing.since, standing.until) == (row.reason, since, _end(row.until)):
        return None
    return {"row_id": standing.id, "new_rule": row.reason, "new_since": since, "new_until": _end(row.until)}


def _begin(day: date) -> datetime:
    return datetime.combine(day, time())


def _end(day: date | None) -> datetime | None:
    return None if day is None else _begin(day) + timedelta(days=1)
