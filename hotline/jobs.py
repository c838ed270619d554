"""The work that no caller waits for, each on its own beat (role ``jobs``).

Any number of processes may have the role: each job runs in one of them at a time, under its lease (``hotline.leases``), but for those
of ``OF_EACH_PROCESS``, which look after something that only this process or this machine has.

The audit chain is sealed, texts too old to be of use are given up, and what callers keyed into the emergency script is booked.
Parts of long texts that never became whole are the text gateway's own affair.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, update
from twisted.logger import Logger

from booking.bell import Bell
from booking.clock import Clock, naive_utc
from booking.reception import Reception
from booking.reminders import Reminders
from booking.rulebooks import StoredRules
from booking.stops import Stops
from booking.store.audit import SEAL_MOST, thd_seal
from booking.store.database import Store
from booking.store.schema import hospital, outbox
from booking.vault import Vault
from booking.visits import Visits
from booking.waiting_room import WaitingRoom
from hotline.periodic import Body
from ivr.spool import import_spool

SEAL_SECONDS = 60.0
EXPIRE_SECONDS = 300.0
EXPIRE_MOST = 1_000
SPOOL_SECONDS = 5.0
HOLD_SECONDS = 10.0
OFFER_SECONDS = 30.0
STOPS_SECONDS = 10.0
UNREACHED_SECONDS = 60.0
REMIND_SECONDS = 60.0
CLOSE_SECONDS = 60.0
OF_EACH_PROCESS = frozenset({"import-spool", "prepare-speech", "refresh-rules"})
OF_THE_WHOLE_HOUSE = frozenset({"seal-audit", "expire-texts"})
"""For all hospitals of the database at once; the others are each hospital's own."""

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a job that writes texts needs."""

    store: Store
    vault: Vault
    clock: Clock
    bell: Bell
    hospital: int


class RefreshedRules:
    """Reads the rules that were imported since, in every process, and says so when others hold: from an import or a new day."""

    def __init__(self, rules: StoredRules, hospital: int) -> None:
        self._rules = rules
        self._hospital = hospital
        self._told = rules.of(hospital).version

    async def __call__(self) -> None:
        await self._rules.refresh()
        version = self._rules.of(self._hospital).version
        if version != self._told:
            _log.info("booking rules: {version} from now on, {before} until now", version=version, before=self._told)
            self._told = version


async def seal_audit(store: Store, clock: Clock) -> None:
    """Links every audit row that is not in the chain yet."""
    while True:
        sealed = await store.run(thd_seal, naive_utc(clock))
        if sealed.rows:
            _log.info(
                "audit: {rows} rows sealed, {length} in all, head {head}",
                rows=sealed.rows,
                length=sealed.length,
                head=sealed.head,
            )
        if sealed.rows < SEAL_MOST:
            return


async def expire_texts(store: Store, clock: Clock) -> None:
    """Gives up texts past their time that no link has claimed (a link does so itself while it is bound)."""
    expired = some = await store.run(thd_expire_texts, naive_utc(clock))
    while some == EXPIRE_MOST:
        some = await store.run(thd_expire_texts, naive_utc(clock))
        expired += some
    if expired:
        _log.warn("{expired} texts were never sent: no SMSC took them in time", expired=expired)


def thd_expire_texts(conn: Connection, now: datetime) -> int:
    """How many pending texts are now ``expired``, at most EXPIRE_MOST: after an outage of an SMSC a hundred thousand may be late, and a
    link that waits for their locks sends nothing. By hospital, for so the pending ones are found without a look at all that were sent.
    """
    hospitals = conn.execute(select(hospital.c.id)).scalars().all()
    pending = outbox.c.hospital_id.in_(hospitals) & (outbox.c.status == "pending")
    late = (
        conn.execute(select(outbox.c.id).where(pending, outbox.c.expires_at <= now).limit(EXPIRE_MOST)).scalars().all()
    )
    if not late:
        return 0
    ended = update(outbox).where(outbox.c.id.in_(late), outbox.c.status == "pending")
    return conn.execute(ended.values(status="expired", settled_at=now)).rowcount


async def take_in_spool(directory: Path, reception: Reception, post: Post) -> None:
    """Books, or answers by text, what callers keyed while no server answered."""
    imported = await import_spool(
        directory,
        reception,
        database=post.store,
        vault=post.vault,
        clock=post.clock,
        bell=post.bell,
        hospital=post.hospital,
    )
    if imported.booked or imported.texted or imported.bad:
        _log.info("emergency spool: {booked} booked, {texted} answered by text, {bad} unreadable", **asdict(imported))


async def finish_stops(stops: Stops, hospital: int) -> None:
    """Tells whom a stop-clinic that was cut off half done has not told yet."""
    await stops.finish(hospital)


async def find_unreached(stops: Stops, hospital: int) -> None:
    """Puts patients whom no text has told of a stop on the list of those to be phoned."""
    due = await stops.find_unreached(hospital)
    if due:
        _log.warn("{due} notices of a stop reached nobody: see `hotline stop-clinic phone-list`", due=due)


async def remind(reminders: Reminders, hospital: int) -> None:
    """Reminds patients of visits to come."""
    posted = await reminders.remind(hospital)
    if posted:
        _log.info("{posted} reminders posted", posted=posted)


def bodies_of_stops(stops: Stops, reminders: Reminders, hospital: int) -> dict[str, tuple[float, Body]]:
    """The jobs of stop-clinic and of reminders."""
    return {
        "finish-stops": (STOPS_SECONDS, lambda: finish_stops(stops, hospital)),
        "find-unreached": (UNREACHED_SECONDS, lambda: find_unreached(stops, hospital)),
        "remind": (REMIND_SECONDS, lambda: remind(reminders, hospital)),
    }


async def close_unarrived(visits: Visits, hospital: int) -> None:
    """Ends the bookings whose patients did not come, when the hospital's rules say so; bans follow from it."""
    done = await visits.close_unarrived(hospital, trace="close-unarrived")
    if done.closed:
        _log.info("{closed} bookings closed: {released} released, {counted} count, {bans} bans", **asdict(done))


def bodies_of_visits(visits: Visits, hospital: int) -> dict[str, tuple[float, Body]]:
    """The jobs of the day of the visit."""
    return {"close-unarrived": (CLOSE_SECONDS, lambda: close_unarrived(visits, hospital))}


def bodies(post: Post, reception: Reception, spool: Path) -> dict[str, tuple[float, Body]]:
    """Each job's name with its seconds and its body."""
    return {
        "seal-audit": (SEAL_SECONDS, lambda: seal_audit(post.store, post.clock)),
        "expire-texts": (EXPIRE_SECONDS, lambda: expire_texts(post.store, post.clock)),
        "import-spool": (SPOOL_SECONDS, lambda: take_in_spool(spool, reception, post)),
    }


def bodies_of_numbers(room: WaitingRoom, hospital: int) -> dict[str, tuple[float, Body]]:
    """The same, for numbers that change hands: holds and offers that end, freed numbers for who waits, the window's reserve."""

    async def expire() -> None:
        ended = await room.expire(hospital)
        if ended:
            _log.info("{ended} holds and offers ended", ended=ended)

    async def offer() -> None:
        made = await room.offer(hospital)
        if made:
            _log.info("{made} freed numbers offered to who waits", made=made)

    return {"expire-holds": (HOLD_SECONDS, expire), "offer-numbers": (OFFER_SECONDS, offer)}
