"""What every front of a process stands on: the store and its key, the time, the bell, the dice, the rules. A value, made once where the
process is put together, and handed to reception, waiting room, stops, visits, wardens, cashier and reminders.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from booking.bell import Bell
from booking.clock import Clock, naive_utc, wall
from booking.rulebooks import Rules
from booking.store.database import Store
from booking.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """``rng`` draws booking codes and case numbers: a SystemRandom outside tests."""

    database: Store
    vault: Vault
    clock: Clock
    bell: Bell
    rng: random.Random
    rules: Rules

    def wall(self) -> datetime:
        """Now on the hospital's wall."""
        return wall(self.clock)

    def naive_utc(self) -> datetime:
        """Now as ``*_at`` columns store it."""
        return naive_utc(self.clock)
