"""One step of a scenario: what it asks, at which moment, and the answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from booking.rules.facts import Offer
from booking.rules.ruling import Ruling
from hotline.scenario.reading import NotAScenario, moment_text
from hotline.scenario.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the rules say to one step. ``as_expected`` is None where the scenario expects nothing."""

    ask: str
    at: datetime
    ruling: Ruling
    more: Mapping[str, Any] = field(default_factory=dict)
    as_expected: bool | None = None

    def told(self) -> dict[str, Any]:
        """The answer as JSON: only what there is to say."""
        ruling = self.ruling
        said: dict[str, Any] = {
            "ask": self.ask,
            "at": moment_text(self.at),
            "allowed": ruling.allowed,
            "reason": str(ruling.reason),
        }
        said |= {"rule": ruling.rule, "most": ruling.most, "scope": ruling.scope, "per": ruling.per}
        said |= {"when": None if ruling.when is None else moment_text(ruling.when), **self.more}
        if self.as_expected is not None:
            said["as_expected"] = self.as_expected
        return {key: value for key, value in said.items() if value is not None and value != ""}


@dataclass(frozen=True, slots=True)
class Step:
    raw: Mapping[str, Any]
    path: str
    at: datetime
    stage: Stage

    @property
    def channel(self) -> str:
        return str(self.raw.get("channel", "phone"))

    @property
    def paid(self) -> bool:
        return bool(self.raw.get("paid", False))

    def offer(self, key: str = "offer") -> Offer:
        if key not in self.raw:
            raise NotAScenario(
                f'{self.path}.{key}：要写明是哪个号，例如 {{"start": "2025-07-15 09:00", "department": "内科"}}'
            )
        return self.stage.offer(self.raw.get(key), f"{self.path}.{key}")

    def answer(self, ruling: Ruling, **more: Any) -> Answer:
        return Answer(
            ask=self.raw["ask"], at=self.at, ruling=ruling, more={k: v for k, v in more.items() if v is not None}
        )
