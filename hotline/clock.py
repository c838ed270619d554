"""The one place where the product reads the machine's clock; everything else is handed a ``booking.clock.Clock``."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The machine's time, aware, in UTC."""

    def utc(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - the clock that is injected everywhere else
