"""The job that reminds patients of tomorrow's visits, at the hospital's hour or, after an outage, as soon as it can."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice

from booking.house import House
from booking.store.stops.plans import Moments
from booking.store.stops.reminding import DAYS_AHEAD, thd_remind, thd_sittings, thd_to_remind
from booking.trace import trace_id

SITTINGS_MOST = 20
"""How many sessions one look goes through."""
BATCH_MOST = 100
"""How many reminders one transaction writes."""


class Reminders:
    """One for a process that runs jobs. Raises Busy only."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def remind(self, hospital: int) -> int:
        """Post every reminder that is due and not posted yet; how many."""
        today = self._house.wall().date()
        last = today + timedelta(days=DAYS_AHEAD)
        sittings = iter(await self._house.database.look(thd_sittings, hospital, today, last, name="sittings"))
        posted = 0
        while some := list(islice(sittings, SITTINGS_MOST)):
            rules = self._house.rules.of(hospital)
            ids = iter(
                await self._house.database.look(
                    thd_to_remind, self._house.vault, rules, hospital, some, self._moments(), name="to-remind"
                )
            )
            while batch := list(islice(ids, BATCH_MOST)):
                posted += await self._house.database.run(
                    thd_remind, self._house.vault, rules, hospital, batch, self._moments(), name="remind"
                )
                self._house.bell.ring()
        return posted

    def _moments(self) -> Moments:
        return Moments(at=self._house.naive_utc(), wall=self._house.wall(), by="job", trace=trace_id.get())
