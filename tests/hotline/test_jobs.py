"""The work that no caller waits for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from open_house import open_house
from sqlalchemy import Connection, select
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from booking.bell import Bell
from booking.clock import FixedClock, naive_utc, wall
from booking.reception import Reception
from booking.rulebooks import StoredRules
from booking.store.audit import Note, thd_chain, thd_note
from booking.store.immediate import ImmediateDatabase
from booking.store.mail.post import OutgoingText, thd_post
from booking.store.rulebooks import NewRules, thd_put_rulebook
from booking.store.schema import audit, outbox
from booking.vault import Vault
from booking.waiting_room import WaitingRoom
from hotline import jobs
from hotline.jobs import bodies
from hotline.periodic import Body

AT_ONCE = SynchronousTestCase()


NOWHERE = Path("/nowhere")


def run(store: ImmediateDatabase, clock: FixedClock, name: str, spool: Path = NOWHERE) -> None:
    """One run of the job of this name."""
    vault, bell = Vault(bytes(range(32))), Bell()
    post = jobs.Post(store=store, vault=vault, clock=clock, bell=bell, hospital=1)
    reception = Reception(open_house(store, vault, clock, bell))
    _, body = bodies(post, reception, spool)[name]

    async def once() -> None:
        await body()

    AT_ONCE.successResultOf(Deferred.fromCoroutine(once()))


def test_the_log_says_when_other_rules_hold(small_hospital: ImmediateDatabase, clock: FixedClock) -> None:
    """An import is taken by a running process and told once; the day from which it holds is told when it comes."""
    rules = StoredRules(small_hospital, clock)
    refreshed = jobs.RefreshedRules(rules, 1)

    def put(days: int) -> None:
        day = wall(clock).date() + timedelta(days=days)
        new = NewRules(maker="hospital", from_day=day, text="[window]\nto = 3\n", actor="t")
        small_hospital.now(thd_put_rulebook, 1, new, naive_utc(clock))

    def told() -> list[str | None]:
        with capturedLogs() as log:
            for _ in range(2):
                AT_ONCE.successResultOf(Deferred.fromCoroutine(refreshed()))
        return [formatEvent(event) for event in log]

    assert told() == []
    put(days=0)
    assert told() == ["booking rules: hospital 1 from now on, house until now"]
    put(days=1)
    assert told() == []
    clock.at += timedelta(days=1)
    assert told() == ["booking rules: hospital 2 from now on, hospital 1 until now"]


def test_every_audit_row_is_sealed(small_hospital: ImmediateDatabase, clock: FixedClock) -> None:
    """The job goes on until nothing is unsealed, and the chain then proves itself."""

    def thd_notes(conn: Connection) -> None:
        now = naive_utc(clock)
        for number in range(7):
            thd_note(conn, Note(hospital=1, at=now, action="x", subject="y", subject_id=number, actor="z", trace="-"))

    small_hospital.now(thd_notes)
    run(small_hospital, clock, "seal-audit")
    run(small_hospital, clock, "seal-audit")
    unsealed = select(audit.c.id).where(audit.c.seal_seq.is_(None))
    assert small_hospital.now(lambda conn: len(conn.execute(unsealed).all())) == 0
    assert small_hospital.now(thd_chain).broken is None


def test_sealing_goes_on_while_whole_portions_come(small_hospital: ImmediateDatabase, clock: FixedClock) -> None:
    """More rows than one transaction seals are sealed in several."""
    most, jobs.SEAL_MOST = jobs.SEAL_MOST, 0
    seen: list[int] = []

    class Store(ImmediateDatabase):
        async def run(self, thd: object, *args: object, name: str | None = None) -> object:  # type: ignore[override]
            seen.append(1)
            jobs.SEAL_MOST = 0 if len(seen) < 3 else 1
            return await super().run(thd, *args)  # type: ignore[arg-type]

    try:
        run(Store(small_hospital.engine, clock), clock, "seal-audit")
    finally:
        jobs.SEAL_MOST = most
    assert len(seen) == 3


def test_texts_past_their_time_are_given_up(small_hospital: ImmediateDatabase, clock: FixedClock, vault: Vault) -> None:
    """A text that no SMSC took in time is marked expired; others wait on."""
    now = naive_utc(clock)
    letters = [
        OutgoingText(to="+8613800138000", body="x", kind="reply", lane=0, dedupe=name, expires_at=expires)
        for name, expires in (("old", now + timedelta(hours=1)), ("new", now + timedelta(hours=3)), ("ever", None))
    ]
    small_hospital.now(thd_post, vault, 1, letters, now)
    run(small_hospital, clock, "expire-texts")
    clock.at += timedelta(hours=2)
    run(small_hospital, clock, "expire-texts")
    rows = small_hospital.now(
        lambda conn: [tuple(row) for row in conn.execute(select(outbox.c.dedupe, outbox.c.status)).all()]
    )
    assert dict(rows) == {"old": "expired", "new": "pending", "ever": "pending"}


def test_late_texts_are_given_up_some_at_a_time(
    small_hospital: ImmediateDatabase, clock: FixedClock, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand of them after an outage are no single transaction; one run gives up all."""
    monkeypatch.setattr("hotline.jobs.EXPIRE_MOST", 2)
    late = naive_utc(clock) - timedelta(hours=1)
    texts = [
        OutgoingText(to="+8613800138000", body="x", kind="reply", lane=0, dedupe=str(nth), expires_at=late)
        for nth in range(5)
    ]
    small_hospital.now(thd_post, vault, 1, texts, naive_utc(clock))
    run(small_hospital, clock, "expire-texts")
    rows = small_hospital.now(lambda conn: list(conn.execute(select(outbox.c.status)).scalars()))
    assert rows == ["expired"] * 5


def test_what_callers_left_in_an_emergency_is_taken_in(
    small_hospital: ImmediateDatabase, clock: FixedClock, tmp_path: Path
) -> None:
    """A note in the spool is dealt with within seconds; an unreadable one is put aside; an empty or missing spool is nothing."""
    (tmp_path / "1.json").write_text("not a note")
    for spool in (tmp_path, tmp_path, NOWHERE):
        run(small_hospital, clock, "import-spool", spool)
    assert [path.name for path in tmp_path.rglob("*.json")] == ["1.json"]
    assert (tmp_path / "bad/1.json").exists()


def test_numbers_change_hands(small_hospital: ImmediateDatabase, clock: FixedClock) -> None:
    """Holds end when their time is over, and what is free goes to who waits; said in the log when it happens."""
    vault, bell = Vault(bytes(range(32))), Bell()
    room = WaitingRoom(open_house(small_hospital, vault, clock, bell))

    class Room:
        def __init__(self) -> None:
            self.asked: list[tuple[str, int]] = []

        async def expire(self, hospital: int) -> int:
            self.asked.append(("expire", hospital))
            return 1

        async def offer(self, hospital: int) -> int:
            self.asked.append(("offer", hospital))
            return 1

    busy = Room()
    for one in (room, busy):
        for _, body in jobs.bodies_of_numbers(one, 1).values():  # type: ignore[arg-type]

            async def once(body: Body = body) -> None:
                await body()

            AT_ONCE.successResultOf(Deferred.fromCoroutine(once()))
    assert busy.asked == [("expire", 1), ("offer", 1)]
