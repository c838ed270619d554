"""What is asked of the wardens, and what they answer: a patient's record, a ban lifted or made, a deed forgiven, an appeal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from booking.requests import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who acts: ``role`` is what the hospital's rules name (agent, window, …), ``name`` what the audit keeps."""

    hospital: int
    role: str
    name: str
    trace: str = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class BanView:
    """``state``: standing, coming, over or lifted; ``subject`` identity or phone; times on the hospital's wall."""

    id: int
    subject: str
    cause: str
    rule: str
    scope: str
    department: str
    since: datetime
    until: datetime | None
    nth: int
    state: str
    batch: str | None
    lifted_by: str | None
    lift_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedView:
    """One row of conduct; ``forgiven_by`` None: it counts."""

    id: int
    kind: str
    at: datetime
    channel: str
    department: str
    code: str
    forgiven_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the hospital holds for and against a person; ``name`` is masked, empty when nobody of that number is registered."""

    identity_masked: str
    name_masked: str
    bans: tuple[BanView, ...]
    deeds: tuple[DeedView, ...]

    @property
    def standing(self) -> tuple[BanView, ...]:
        return tuple(each for each in self.bans if each.state == "standing")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsWhy:
    """Whoever lifts, forgives or bans says why."""

    reason: ClassVar[str] = "NEEDS_REASON"


@dataclass(frozen=True, slots=True, kw_only=True)
class MayNot:
    """The hospital's rules let only ``who`` do this; nobody when empty."""

    reason: ClassVar[str] = "MAY_NOT"
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHis:
    """No such row, or not of this person: both sound alike."""

    reason: ClassVar[str] = "NOT_HIS"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheList:
    """The hospital's own list bans him: it is lifted there, or the next file would ban him again."""

    reason: ClassVar[str] = "BLACKLIST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """``left``: the person's other bans that stand or are to come: he may not book yet, or not for long."""

    ban: int
    again: bool = False
    left: tuple[BanView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgiven:
    """``lifted``: the bans that followed only with what is forgiven now."""

    deed: int
    lifted: tuple[int, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Banned:
    ban: int
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownDepartment:
    reason: ClassVar[str] = "NO_SUCH_DEPARTMENT"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appealed:
    """The case under which the appeal is asked for; ``answer_by`` where the hospital's rules promise a day."""

    case: str
    answer_by: date | None
    again: bool = False


LiftOutcome = Lifted | NeedsWhy | MayNot | NotHis | OnTheList
ForgiveOutcome = Forgiven | NeedsWhy | MayNot | NotHis
BanOutcome = Banned | NeedsWhy | UnknownDepartment
AppealOutcome = Appealed | NotHis


@dataclass(frozen=True, slots=True, kw_only=True)
class NewManualBan:
    """``until`` is the last day that is banned, None: until it is lifted; ``department`` a code, empty: the whole hospital."""

    identity: str
    why: str
    until: date | None = None
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """``words`` are the patient's own; ``key`` the request's name, as in ``booking.requests``."""

    caller: Caller
    identity: str
    ban: int
    words: str
    key: str
