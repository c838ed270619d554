"""A command, or the reason there is none, as the JSON object that ``hotline parse`` prints. Field names are an outside contract."""

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
    Misread,
    OptIn,
    OptOut,
    QueryDate,
    QueryDept,
    QueryDoctor,
    QueryOwn,
    Rate,
    Register,
)
from command_parser.render import DAY, STAMP

_NAMES: Final[dict[type[Command], str]] = {
    Book: "BOOK",
    BookMenu: "BOOK_MENU",
    Cancel: "CANCEL",
    Change: "CHANGE",
    QueryOwn: "QUERY_OWN",
    QueryDoctor: "QUERY_DOCTOR",
    QueryDept: "QUERY_DEPT",
    QueryDate: "QUERY_DATE",
    Register: "REGISTER",
    Complaint: "COMPLAINT",
    ComplaintState: "COMPLAINT_STATE",
    Rate: "RATE",
    Help: "HELP",
    OptOut: "OPTOUT",
    OptIn: "OPTIN",
    Answer: "ANSWER",
}


def as_json(read: Command | Misread) -> dict[str, object]:
    """``{"command": "BOOK", "doctor": …, "when": "07150830", "name": …}`` or ``{"command": …|None, "error": …, "hint": …}``.

    Times are MMDDHHMM and days MMDD, as they are texted; identity numbers are in full.
    """
    if isinstance(read, Misread):
        return {"command": read.command, "error": read.reason.value, "hint": read.hint}
    return {"command": command_name(read), **_fields(read)}


def command_name(command: Command) -> str:
    """The command's name in JSON, logs and metrics: ``BOOK``, ``QUERY_DOCTOR``, …"""
    return _NAMES[type(command)]


def _fields(command: Command) -> dict[str, object]:
    match command:
        case Book():
            return {"doctor": command.doctor, "when": f"{command.when:{STAMP}}", "name": command.name}
        case Change():
            return {"serial": command.serial, "when": f"{command.when:{STAMP}}"}
        case QueryDate():
            return {"date": f"{command.date:{DAY}}"}
        case _:
            return {name: getattr(command, name) for name in type(command).__dataclass_fields__}
