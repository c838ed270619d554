"""All the rules that hold at one hospital today, as one frozen value. Hospital and platform may both have made some.

Law: whoever asks is judged by every maker, and all must allow: so two makers are never looser than either. What is worked out for a
place and a channel is kept, for ten thousand ask the same within a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from booking.rules.calendar import Calendar
from booking.rules.facts import Offer, Where
from booking.rules.layers import Policy
from booking.rules.moments import Before, Deadline, Halves, Visit
from booking.rules.policy import BanRule, Booking, Cancel, HousePolicy, Limit, Mobile, NoShow, Terms, Window
from booking.rules.saledays import Sale

KEPT_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who made a set of rules: ``hospital`` or ``platform``; ``version`` is its number among his, 0 for the house's own.

    ``begins``: from which day on conduct counts by a rule (by its name) where its text names none: the day on which it was new.
    """

    name: str = "hospital"
    version: int = 0
    policy: Policy = field(default_factory=Policy)
    begins: tuple[tuple[str, date], ...] = ()

    @property
    def prefix(self) -> str:
        return "" if self.name == "hospital" else f"{self.name}: "

    def counts_from(self, name: str, rule: BanRule) -> date:
        """The first day whose conduct counts by this rule of his, which his text calls ``name``."""
        return rule.from_ or self.policy.from_ or dict(self.begins).get(name) or date.min


@dataclass(slots=True, eq=False)
class Held:
    """What one maker's rules say for one place and channel."""

    maker: Maker
    terms: Terms
    origins: Mapping[str, str]
    calendar: Calendar
    halves: Halves
    _sale: Sale | None = None

    def sale(self, now: datetime) -> Sale:
        """The days on sale in this minute."""
        sale, minute = self._sale, now.replace(second=0, microsecond=0)
        if sale is None or sale.minute != minute:
            sale = self._sale = Sale(self.terms, self.calendar, minute)
        return sale

    def label(self, parameter: str) -> str:
        """The parameter as a ruling names it: ``platform: layers[2].cancel.deadline``."""
        origin = self.origins.get(parameter.partition("[")[0])
        return f"{self.maker.prefix}{f'{origin}.' if origin else ''}{parameter}"

    def moment(self, deadline: Deadline, offer: Offer) -> datetime:
        """A deadline of a visit on the hospital's wall; the commonest kind needs no more than the start."""
        if isinstance(deadline, Before):
            return offer.start - timedelta(minutes=deadline.minutes)
        return deadline.moment(
            Visit(start=offer.start, day=offer.day, period=half_of(offer), calendar=self.calendar, halves=self.halves)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBook:
    """``version`` names it in audit rows and decisions: ``house``, ``hospital 3``, ``hospital 3 + platform 1``."""

    version: str
    calendar: Calendar = field(default_factory=Calendar)
    makers: tuple[Maker, ...] = (Maker(),)
    _kept: dict[tuple[object, ...], tuple[Held, ...]] = field(default_factory=dict, compare=False, repr=False)

    def at(self, where: Where, channel: str) -> tuple[Held, ...]:
        """Each maker's rules there."""
        key = (where.campus, where.department, where.doctor, where.clinic_type, where.sameday, channel)
        found = self._kept.get(key)
        return found if found is not None else self._work_out(key, where, channel)

    def of(self, offer: Offer, channel: str, today: date | None = None) -> tuple[Held, ...]:
        """Each maker's rules for this number; ``today`` tells numbers of the day from later ones."""
        sameday = None if today is None else offer.day == today
        key = (offer.campus, offer.department, offer.doctor, offer.clinic_type, sameday, channel)
        found = self._kept.get(key)
        if found is not None:
            return found
        return self._work_out(key, Where(**dict(zip(_WHERE, key[:5], strict=True))), channel)  # type: ignore[arg-type]

    def _work_out(self, key: tuple[object, ...], where: Where, channel: str) -> tuple[Held, ...]:
        if len(self._kept) >= KEPT_MOST:
            self._kept.clear()
        self._kept[key] = held = tuple(self._held(where, channel))
        return held

    def _held(self, where: Where, channel: str) -> Iterator[Held]:
        for maker in self.makers:
            terms, origins = maker.policy.terms(where, channel)
            yield Held(maker, terms, origins, self.calendar, terms.half_days.halves())

    def everywhere(self) -> tuple[Held, ...]:
        """Each maker's rules where no layer says otherwise."""
        return self.at(Where(), "")

    def bans(self) -> Iterator[tuple[str, BanRule, Maker]]:
        """Every rule that bans, with its name."""
        for maker in self.makers:
            for name, rule in maker.policy.bans():
                yield f"{maker.prefix}{name}", rule, maker


_WHERE = ("campus", "department", "doctor", "clinic_type", "sameday")
NOON, EVENING = 12, 18
_HALVES = {"AM": "AM", "PM": "PM", "EVE": "EVE", "NIGHT": "EVE"}
"""A schedule's names of the half days, and what rules call them."""


def half_of(offer: Offer) -> str:
    """The half day of a number, by its session or else by its hour."""
    if offer.period in _HALVES:
        return _HALVES[offer.period]
    return "AM" if offer.start.hour < NOON else "PM" if offer.start.hour < EVENING else "EVE"


def house_policy(policy: HousePolicy) -> Policy:
    """``[policy]`` of the configuration as a rule book."""
    return Policy(
        base=Terms(
            window=Window(to=policy.window_days),
            booking=Booking(before=Before(policy.book_minutes_before)),
            cancel=Cancel(deadline=Before(policy.cancel_minutes_before)),
            limits=(Limit(most=policy.bookings_per_patient_day),),
            mobile=Mobile(patients=policy.patients_per_phone),
            noshow=NoShow(mark=False),  # whether anybody enters who came, only an imported rule book says
        )
    )


def house_rules(policy: HousePolicy = HousePolicy(), calendar: Calendar = Calendar()) -> RuleBook:  # noqa: B008 (frozen)
    """The rules of a hospital that has imported none: those of ``[policy]`` in the configuration."""
    return RuleBook(version="house", calendar=calendar, makers=(Maker(policy=house_policy(policy)),))


def rule_book(*makers: Maker, calendar: Calendar = Calendar()) -> RuleBook:  # noqa: B008 (frozen)
    """The rules of one maker, or of two that both hold."""
    version = " + ".join(f"{maker.name} {maker.version}" if maker.version else "house" for maker in makers)
    return RuleBook(version=version, calendar=calendar, makers=makers)
