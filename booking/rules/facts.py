"""The facts that rules judge: what is asked for, and what is known of who asks. Frozen values, no behaviour but small questions.

Times are on the hospital's wall clock. The store gathers them (``booking.store``), ``hotline policy try`` reads them from JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A number as the rules see it. ``slot`` and ``session`` are row ids (0 in a scenario); ``pool`` is open, window or withheld;
    ``period`` is the session's half day (``AM``, ``PM``, ``EVE``).
    """

    slot: int
    session: int
    start: datetime
    day: date
    doctor: str = ""
    department: str = ""
    campus: str = ""
    clinic_type: str = ""
    period: str = ""
    pool: str = "open"
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a rule may differ; an empty string is anywhere. ``sameday`` None: numbers of today and of later days alike."""

    campus: str = ""
    department: str = ""
    doctor: str = ""
    clinic_type: str = ""
    sameday: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A booking that counts for limits: live, visited or not; never a cancelled one."""

    session: int
    day: date
    doctor: str = ""
    department: str = ""
    booked_at: datetime | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """``kind``: kept, noshow, late, cancel, late-cancel or same-day-cancel; ``at`` is the visit's start, for cancels the cancel."""

    kind: str
    at: datetime
    channel: str = ""
    clinic_type: str = ""
    department: str = ""
    appointment: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """``scope``: hospital, department or all; ``until`` None: until it is lifted; ``cause``: no-show, cancels, blacklist, manual."""

    cause: str
    since: datetime
    until: datetime | None
    scope: str = "hospital"
    department: str = ""
    rule: str = ""
    nth: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """``holdings`` of the patient, ``phone_holdings`` of the phone (or client) that asks; ``birth`` from the identity number;
    ``document`` is the kind of the patient's own document (``id-card``, ``passport``, …, empty: none), ``guardian`` whether a
    guardian's is given; ``groups`` are the caller's flags set by agents; ``phone_sold`` counts the session's numbers that the
    telephone sold already and ``phone_most`` is its quota; ``channel_sold`` and ``session_sold`` count those that the asking channel
    and all channels sold (0 where the stock itself is the limit); ``ip_holdings`` are those booked from the asker's address;
    ``phone`` (E.164) is the one that the booking is made for, empty when withheld.
    """

    holdings: tuple[Holding, ...] = ()
    phone_holdings: tuple[Holding, ...] = ()
    bans: tuple[Ban, ...] = ()
    birth: date | None = None
    document: str = "id-card"
    guardian: bool = False
    first_visit: bool = False
    groups: frozenset[str] = frozenset()
    phone_sold: int = 0
    phone_most: int | None = None
    channel_sold: int = 0
    session_sold: int = 0
    ip_holdings: tuple[Holding, ...] = ()
    phone: str = ""
