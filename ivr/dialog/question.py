"""What a caller is asked and what an answer means. Pure: keys in, meaning out.

The keys' law, the same in every question: a lone ``0`` is the agent; ``*`` is back, except as the 18th place of an identity
number, where it is X; ``#`` ends what is keyed but is never needed; silence and wrong keys are counted apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, TypeVar

from ivr.speech.words import Fixed, Prompt

T = TypeVar("T")

STRIKES = 3
IDENTITY_PLACES = 18


class Sign(Enum):
    """An answer that means the same in every question."""

    AGENT = auto()
    BACK = auto()
    SILENCE = auto()


class Back(Enum):
    """The caller wants the step before."""

    BACK = auto()


BACK = Back.BACK


@dataclass(frozen=True, slots=True)
class Wrong:
    """Keys that are no answer; ``why`` is said before the question is put again."""

    why: Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[T]):
    """``digits`` is the most that can be keyed; ``read`` gives the answer or ``Wrong``; ``again`` is the question's shorter form; ``silent``
    makes silence an answer; ``identity`` lets ``*`` be X; ``unhurried`` leaves more time between keys."""

    prompt: Prompt
    digits: int
    read: Callable[[str], T | Wrong]
    again: Prompt | None = None
    silent: T | None = None
    identity: bool = False
    unhurried: bool = False


def heard(keys: str, *, identity: bool = False) -> str | Sign:
    """The keys as an answer, or what they mean in every question."""
    if not keys:
        return Sign.SILENCE
    if keys == "0":
        return Sign.AGENT
    if identity and len(keys) == IDENTITY_PLACES and keys.find("*") == IDENTITY_PLACES - 1:
        return keys[:-1] + "X"
    return Sign.BACK if "*" in keys else keys


@dataclass(slots=True)
class Strikes:
    """How often one question was left unanswered, and how often answered wrongly."""

    silences: int = 0
    wrongs: int = 0

    def silence(self) -> bool:
        """Counts one; True when that was the last."""
        self.silences += 1
        return self.silences >= STRIKES

    def wrong(self) -> bool:
        self.wrongs += 1
        return self.wrongs >= STRIKES


NO_SUCH_KEY = Wrong((Fixed("no-such-key"),))


@dataclass(frozen=True, slots=True)
class _Choice(Generic[T]):
    choices: Mapping[str, T]

    def __call__(self, keys: str) -> T | Wrong:
        return self.choices.get(keys, NO_SUCH_KEY)


def menu(
    prompt: Prompt, choices: Mapping[str, T], *, again: Prompt | None = None, silent: T | None = None
) -> Question[T]:
    """One key out of ``choices``."""
    return Question(prompt=prompt, digits=1, read=_Choice(choices), again=again, silent=silent)


def confirm(prompt: Prompt, question: Prompt) -> Question[bool]:
    """Read-back, then 1 (True) or 2 (False); nothing but the key 1 is a yes."""
    return menu((*prompt, *question), {"1": True, "2": False}, again=(*prompt, *question))


@dataclass(frozen=True, slots=True, kw_only=True)
class Items(Generic[T]):
    """Things to choose among, each with the words that name it; ``extra`` are further keys with their words."""

    head: Prompt
    rows: tuple[tuple[Prompt, T], ...]
    extra: Mapping[str, tuple[Prompt, T]] = field(default_factory=dict)


KEYS_MOST = 5  # what is kept in mind of one list, the further keys and the next page included
PAGE = 4
MORE = "9"


class More(Enum):
    """The caller wants the next page."""

    MORE = auto()


def pages(items: Items[T]) -> list[tuple[Prompt, dict[str, T | More]]]:
    """The items page by page: what is said and the keys. ``9`` leads on, and from the last page to the first."""
    size = _page_of(items)
    starts = range(0, max(len(items.rows), 1), size)
    found: list[tuple[Prompt, dict[str, T | More]]] = []
    for start in starts:
        rows = items.rows[start : start + size]
        words: list[Prompt] = [items.head if start == 0 else ()]
        words += [(*prompt, press(str(number))) for number, (prompt, _) in enumerate(rows, 1)]
        words += [(*prompt, press(key)) for key, (prompt, _) in items.extra.items()]
        keys: dict[str, T | More] = {str(number): value for number, (_, value) in enumerate(rows, 1)}
        keys.update({key: value for key, (_, value) in items.extra.items()})
        if len(starts) > 1:
            words.append((Fixed("from-start" if start == starts[-1] else "more"), press(MORE)))
            keys[MORE] = More.MORE
        found.append((tuple(piece for prompt in words for piece in prompt), keys))
    return found


def _page_of(items: Items[T]) -> int:
    """How many rows a page has, so that it never has more than ``KEYS_MOST`` keys."""
    room = KEYS_MOST - len(items.extra)
    return min(PAGE, room if len(items.rows) <= room else room - 1)


def press(key: str) -> Fixed:
    """「请按三」 as one recording: no gap where the caller waits for the number."""
    return Fixed(f"press-{key}")
