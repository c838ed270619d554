"""Who is meant by words: a hospital's doctors and departments, found by number, name, pinyin, department or speciality. Pure.

One directory is made of a roster and asked many times: names are looked up by their characters and their pinyin, never by
reading all cards. The first kind of likeness that finds somebody decides: number; department by name, alias, abbreviation or
pinyin; doctor by part of the name; name by pinyin (wjg, wangjianguo); speciality word; what a synonym stands for
(``booking.synonyms``); at last one wrong character in a word of three or more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product

from pypinyin import Style, pinyin

from booking.rules.names import abbreviates, normal_name
from booking.synonyms import DEPARTMENT_ALIASES, ILLNESSES
from booking.views import DepartmentView, DoctorView

_READINGS_MOST = 16
_FUZZY_LEAST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorEntry:
    """``id`` and ``department_id`` are the store's."""

    id: int
    department_id: int
    view: DoctorView


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentEntry:
    id: int
    view: DepartmentView


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A department with its doctors, or doctors alone."""

    department: DepartmentEntry | None = None
    doctors: tuple[DoctorEntry, ...] = ()


@dataclass(slots=True)
class _Index:
    """Which doctors (by place in the roster) have a character in a field, and the field itself."""

    texts: list[str] = field(default_factory=list)
    places: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, text: str) -> None:
        for char in text:
            self.places[char].add(len(self.texts))
        self.texts.append(text)

    def holding(self, words: str) -> set[int]:
        """Where ``words`` stand as they are."""
        found = set.intersection(*(self.places.get(char, set()) for char in words))
        return {place for place in found if words in self.texts[place]}

    def nearly(self, words: str) -> set[int]:
        """Where ``words`` stand but for one character that is wrong, missing or too many."""
        hits: defaultdict[int, int] = defaultdict(int)
        for char in set(words):
            for place in self.places.get(char, ()):
                hits[place] += 1
        least = len(set(words)) - 1
        return {place for place, count in hits.items() if count >= least and _one_off(words, self.texts[place])}


class Directory:
    """``doctors`` in the order in which they are told when nothing else orders them."""

    def __init__(self, departments: Sequence[DepartmentEntry], doctors: Sequence[DoctorEntry]) -> None:
        self._departments = departments
        self._doctors = doctors
        self._by_id = {entry.id: entry for entry in doctors}
        self._by_number = {entry.view.number: entry for entry in doctors}
        self._of_department: defaultdict[int, list[DoctorEntry]] = defaultdict(list)
        self._names, self._specialities = _Index(), _Index()
        self._by_pinyin: defaultdict[str, set[int]] = defaultdict(set)
        self._departments_by_pinyin: dict[str, DepartmentEntry] = {}
        for place, entry in enumerate(doctors):
            self._of_department[entry.department_id].append(entry)
            self._names.add(normal_name(entry.view.name))
            self._specialities.add(entry.view.speciality.upper())
            for spelt in spellings(entry.view.name):
                self._by_pinyin[spelt].add(place)
        for department in sorted(departments, key=_fits_best):
            for spelt in spellings(department.view.name):
                self._departments_by_pinyin.setdefault(spelt, department)

    @property
    def departments(self) -> tuple[DepartmentView, ...]:
        """All departments, as they were given."""
        return tuple(entry.view for entry in self._departments)

    @property
    def doctors(self) -> Sequence[DoctorEntry]:
        """All doctors, as they were given."""
        return self._doctors

    def doctor(self, doctor_id: int) -> DoctorEntry | None:
        """The doctor of this row."""
        return self._by_id.get(doctor_id)

    def department(self, code: str) -> DepartmentEntry | None:
        """The department of this code."""
        return next((entry for entry in self._departments if entry.view.code == code), None)

    def members(self, department_id: int) -> tuple[DoctorEntry, ...]:
        """The department's doctors."""
        return tuple(self._of_department.get(department_id, ()))

    def find(self, words: str) -> Found:
        """Who is meant; nobody for empty words."""
        words = "".join(words.split())
        if not words:
            return Found()
        if words in self._by_number:
            return Found(doctors=(self._by_number[words],))
        department = self._department(words)
        if department is not None:
            return Found(department=department, doctors=self.members(department.id))
        return Found(doctors=tuple(self._doctors[place] for place in sorted(self._places(words))))

    def _department(self, words: str) -> DepartmentEntry | None:
        likenesses: tuple[Callable[[str], bool], ...] = (
            lambda name: name == words,
            lambda name: words in name,
            lambda name: name in words,
            lambda name: abbreviates(words, name),
            lambda name: name in DEPARTMENT_ALIASES.get(words, ()),
        )
        for fits in likenesses:
            found = [entry for entry in self._departments if fits(entry.view.name)]
            if found:
                return min(found, key=_fits_best)
        return self._departments_by_pinyin.get(words.lower())

    def _places(self, words: str) -> set[int]:
        name = normal_name(words)
        return (
            (self._names.holding(name) if name else set())
            or self._by_pinyin.get(words.lower().replace("'", ""), set())
            or self._specialities.holding(words.upper())
            or self._meant(words)
            or self._nearly(words)
        )

    def _meant(self, words: str) -> set[int]:
        meant = ILLNESSES.get(words, ())
        return set().union(*(self._specialities.holding(word) for word in meant))

    def _nearly(self, words: str) -> set[int]:
        if len(words) < _FUZZY_LEAST or words.isascii():
            return set()
        return self._names.nearly(normal_name(words)) or self._specialities.nearly(words.upper())


def spellings(name: str) -> set[str]:
    """How a name may be keyed in Latin letters: initials and full pinyin, in every reading of its characters (16 at most).

    ``王建国`` → ``wjg``, ``wangjianguo``.
    """
    readings: list[list[str]] = pinyin(name, style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    if not readings:
        return set()
    spelt: set[str] = set()
    for nth, syllables in enumerate(product(*readings)):
        if nth >= _READINGS_MOST:
            break
        spelt.add("".join(syllables))
        spelt.add("".join(syllable[:1] for syllable in syllables))
    return spelt


def _fits_best(entry: DepartmentEntry) -> tuple[int, str]:
    return (len(entry.view.name), entry.view.code)


def _one_off(words: str, text: str) -> bool:
    """Whether ``words`` stand in ``text`` but for one character wrong, missing or too many; at least two must be right."""
    size = len(words)
    for nth in range(size):
        head, tail = words[:nth], words[nth + 1 :]
        at = text.find(head)
        while at >= 0:
            rest = at + nth
            if text.startswith(tail, rest) or text.startswith(tail, rest + 1):
                return True
            if text.startswith(words[nth:], rest + 1):  # a character was left out
                return True
            at = text.find(head, at + 1)
    return False
