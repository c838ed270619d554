"""What ``/readyz`` looks at, and the facts that it tells beside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from twisted.application.service import IService

from booking.outcomes import Busy
from booking.store import revision
from booking.store.engine import cluster_of
from hotline.composition import LAG_MOST_SECONDS, Composition
from hotline.health import Check
from hotline.leases import JobLeases


def checks_of(made: Composition, roles: Collection[str]) -> dict[str, Check]:
    """What ``/readyz`` looks at: the store, each door, the reactor's own lateness."""

    wanted = revision.head()

    async def database() -> str | None:
        try:
            found = await made.database.look(_thd_revision, name="revision")
        except Busy as busy:
            return str(busy)
        return None if found == wanted else f"the database has revision {found}, this program needs {wanted}"

    async def loop() -> str | None:
        late = made.lag.worst
        return None if late < LAG_MOST_SECONDS else f"the reactor was {late:.1f} s late within the last minute"

    async def fastagi() -> str | None:
        return None if made.ivr.listening else f"not listening on {made.config.fastagi.listen}"

    def smsc(name: str) -> Check:
        async def bound() -> str | None:
            return None if made.sms.ready()[name] else "not bound"

        return bound

    found: dict[str, Check] = {"database": database, "loop": loop}
    if "ivr" in roles:
        found["fastagi"] = fastagi
    if "sms" in roles:
        found |= {f"smsc {table.name}": smsc(table.name) for table in made.config.smsc}
    return found


def facts_of(made: Composition, work: Sequence[IService]) -> dict[str, Callable[[], str]]:
    """Which rules are judged by, which of the jobs ``work`` this process has, which node of a cluster is worked with."""
    found: dict[str, Callable[[], str]] = {"booking rules": lambda: made.rules.of(made.opened.hospital).version}
    if leases := [each for each in work if isinstance(each, JobLeases)]:
        found["jobs here"] = lambda: ", ".join(leases[0].ours()) or "none: another process has them"
    if (cluster := cluster_of(made.opened.engine)) is not None:
        found["database node"] = lambda: cluster.name(cluster.current) + ("" if cluster.current else " (preferred)")
    return found


def _thd_revision(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()
