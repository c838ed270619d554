"""A place among atoms: looks ahead, takes some, leaves the others in ``rest``. It never goes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from command_parser.atoms import Atom, Kind

_END: Final = Atom(Kind.MARK, "")


@dataclass(slots=True, kw_only=True)
class Cursor:
    """``at`` counts the atoms that are done with; ``rest`` holds those of them that nothing was made of."""

    atoms: list[Atom]
    at: int = 0
    rest: list[Atom] = field(default_factory=list)

    def peek(self, ahead: int = 0) -> Atom:
        at = self.at + ahead
        return self.atoms[at] if at < len(self.atoms) else _END

    def keep(self, atom: Atom, count: int = 1) -> None:
        self.rest.append(atom)
        self.at += count

    def small(self, ahead: int) -> int | None:
        """The number ``ahead``, if it has one or two digits."""
        atom = self.peek(ahead)
        return int(atom.text) if atom.kind is Kind.NUMBER and len(atom.text) <= 2 else None

    def last_part(self, text: str, heads: tuple[int, ...]) -> str | None:
        """The one or two digits at the end of ``text``; the digits before them must be a whole number of another field."""
        if len(text) <= 2:
            return text
        for head in heads:
            if len(text) - head in (1, 2):
                return text[head:]
        return None

    def leave_head(self, text: str, part: str) -> None:
        if len(text) > len(part):
            self.rest.append(Atom(Kind.NUMBER, text[: -len(part)]))
