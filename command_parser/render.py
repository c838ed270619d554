"""A command in its canonical words: what a patient would best have typed. ``parse(render(c), now) == c`` while ``now``'s year stands."""

from __future__ import annotations

from typing import Final

from command_parser.commands import (
    Answer,
    Book,
    BookMenu,
    Cancel,
    Change,
    Command,
    Complaint,
    ComplaintState,
    Help,
    OptIn,
    OptOut,
    QueryDate,
    QueryDept,
    QueryDoctor,
    QueryOwn,
    Rate,
    Register,
)

STAMP: Final = "%m%d%H%M"
"""A time as it is texted: MMDDHHMM. The year is not written: it is the nearest."""

DAY: Final = "%m%d"


def render(command: Command) -> str:
    """The canonical text of ``command``."""
    match command:
        case Book():
            return f"GHDH{command.doctor},{command.when:{STAMP}},{command.name}"
        case Cancel():
            return f"QX{command.serial}"
        case Change():
            return f"GQ{command.serial},{command.when:{STAMP}}"
        case Register():
            return f"ZC{command.id}" + (f",{command.name}" if command.name else "")
        case Rate():
            return f"PJ{command.serial},{command.score}"
        case _:
            return _render_words(command)


def _render_words(command: Command) -> str:
    match command:
        case QueryDoctor():
            return f"CX{command.doctor}"
        case QueryDept():
            return f"CX{command.dept}"
        case QueryDate():
            return f"CX{command.date:{DAY}}"
        case Complaint():
            return f"TS {command.text}"
        case ComplaintState():
            return f"TS{command.case}"
        case Answer():
            return command.value
        case _:
            return _ALONE[type(command)]


_ALONE: Final[dict[type[Command], str]] = {BookMenu: "GH", QueryOwn: "CX", Help: "BZ", OptOut: "TD", OptIn: "DY"}
