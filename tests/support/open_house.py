"""The house that a test's fronts stand on: what it does not name is quiet (a bell of its own), repeatable, and the default policy."""

from __future__ import annotations

import random
from typing import Any

from booking.bell import Bell
from booking.house import House
from booking.rulebooks import StandingRules
from booking.rules.rulebook import house_rules


def open_house(
    database: Any, vault: Any, clock: Any, bell: Any = None, rng: random.Random | None = None, rules: Any = None
) -> House:
    return House(
        database=database,
        vault=vault,
        clock=clock,
        bell=bell or Bell(),
        rng=rng or random.Random(1),
        rules=rules or StandingRules(house_rules()),
    )
