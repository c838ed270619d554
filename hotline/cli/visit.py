"""``hotline visit``: who came (取号), whom the doctor saw, a mark taken back; one by one or from the hospital's own list."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from booking.clock import wall
from booking.visit_outcomes import (
    Arrived,
    ByCode,
    ByIdentity,
    CheckedIn,
    CheckIn,
    Mark,
    Marked,
    NeedsReason,
    NothingHere,
    NotMarked,
    NotRestored,
    NotThePatient,
    NumberGone,
    Refused,
)
from hotline.cli.counter import Counter, with_counter
from hotline.cli.naming import asked_identity
from hotline.importing.arrivals import ARRIVED, SEEN, Arrival, judge_arrivals
from hotline.importing.rejects import rejects_path, write_rejects
from hotline.importing.sheet import Unreadable, read_sheet
from hotline.importing.verdicts import Rejected

_WHAT = {"identity": "证件号", "name": "姓名"}
_STATUS = {
    "held": "仍在保留，尚未约成",
    "booked": "未到",
    "arrived": "已到诊",
    "visited": "已就诊",
    "noshow": "已记为未到",
    "cancelled": "已取消",
}
_RULES = {"TOO_EARLY": "还没到取号时间", "TOO_LATE": "已过取号时间"}


@click.group()
def visit() -> None:
    """The day of the visit: check in, seen, take back, and a file of all of them."""


@visit.command("check-in")
@click.argument("code", required=False)
@click.option(
    "--patient",
    is_flag=True,
    help="All of a patient's today; with CODE, he must be the booking's. "
    "The identity number is asked for, or read from standard input.",
)
@click.option("--name", help="The name on the document shown: it must be the booking's.")
@with_counter()
def check_in(counter: Counter, code: str | None, patient: bool, name: str | None) -> None:
    """The patient of booking CODE is here; or, with --patient, whoever has this identity number."""
    if code is None and not patient:
        raise click.UsageError("请给出预约码，或用 --patient 按身份证号")
    identity = asked_identity(wall(counter.clock).date()) if patient else None
    by = ByCode(code) if code is not None else ByIdentity(identity or "")
    asked = CheckIn(hospital=counter.hospital, by=by, identity=identity, name=name, actor=counter.by, trace="cli")
    outcome = counter.wait(counter.visits.check_in(asked))
    verdicts = outcome.verdicts if isinstance(outcome, CheckedIn) else ()
    done = any(isinstance(each, Arrived) for each in verdicts)
    told: dict[str, Any] = {"done": done, "reason": getattr(outcome, "reason", None)}
    told["verdicts"] = [_verdict(each) for each in verdicts]
    words = "\n".join(_words(each) for each in verdicts) or _words(outcome)
    counter.tell(told, words, refused=not done)


@visit.command()
@click.argument("code")
@with_counter()
def seen(counter: Counter, code: str) -> None:
    """The doctor has seen the patient of CODE."""
    _marked(counter, counter.wait(counter.visits.visited(_mark(counter, code))))


@visit.command("take-back")
@click.argument("code")
@click.option("--why", required=True, help="The reason; numbers in it are not kept.")
@with_counter()
def take_back(counter: Counter, code: str, why: str) -> None:
    """Undoes the latest mark of CODE: seen, arrived, or absent."""
    _marked(counter, counter.wait(counter.visits.take_back(_mark(counter, code, why))))


@visit.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_counter()
def file(counter: Counter, file: Path) -> None:
    """FILE (CSV or XLSX) of the hospital: 预约码 状态(到诊/就诊/未到) [时间]. Again changes nothing.

    Refused rows are written beside FILE with their reasons; the others are put. Exit code 1 when any row was refused. An arrival of
    an earlier day counts as seen; 未到 changes nothing by itself: the rules end such bookings.
    """
    try:
        judged = judge_arrivals(read_sheet(file), wall(counter.clock))
    except Unreadable as unreadable:
        click.echo(f"{file}：{unreadable}", err=True)
        raise SystemExit(1) from None
    rejected, done, absent = list(judged.rejected), 0, 0
    for row in judged.accepted:
        why = _put(counter, row)
        if why:
            rejected.append(Rejected(row.line, why))
        else:
            done, absent = done + (row.state in {ARRIVED, SEEN}), absent + (row.state not in {ARRIVED, SEEN})
    rejected.sort(key=lambda each: each.line.number)
    path = rejects_path(file) if rejected else None
    if path is not None:
        write_rejects(path, judged.header, rejected)
    rows = [{"row": each.line.number, "reason": each.reason} for each in rejected]
    told = {"done": done, "absent": absent, "rejected": rows, "rejects_file": None if path is None else str(path)}
    words = [f"第 {each.line.number} 行：{each.reason}" for each in rejected]
    words.append(f"已录入 {done} 行，未到 {absent} 行，拒绝 {len(rejected)} 行。")
    words += [] if path is None else [f"被拒绝的行和原因在 {path}，改好后可以直接再录入该文件。"]
    counter.tell(told, "\n".join(words), refused=bool(rejected))


def _put(counter: Counter, row: Arrival) -> str:
    """Why the row is refused; empty when it is entered, or was before."""
    if row.state == ARRIVED and row.today:
        asked = CheckIn(hospital=counter.hospital, by=ByCode(row.code), actor=counter.by, trace="cli", came=row.at)
        outcome: Any = counter.wait(counter.visits.check_in(asked))
        verdict = outcome.verdicts[0] if isinstance(outcome, CheckedIn) else outcome
        return "" if isinstance(verdict, Arrived) else _words(verdict)
    if row.state in {ARRIVED, SEEN}:
        marked = counter.wait(counter.visits.visited(_mark(counter, row.code)))
        return "" if isinstance(marked, Marked) else _words(marked)
    return ""


def _mark(counter: Counter, code: str, why: str = "") -> Mark:
    return Mark(hospital=counter.hospital, code=code, actor=counter.by, why=why, trace="cli")


def _marked(counter: Counter, outcome: Any) -> None:
    done = isinstance(outcome, Marked)
    told = {"done": done, "reason": getattr(outcome, "reason", None)}
    if hasattr(outcome, "booking"):
        told |= _booking(outcome)
    if isinstance(outcome, Marked):
        told |= {"at": outcome.at, "again": outcome.again}
    counter.tell(told, _words(outcome), refused=not done)


def _verdict(each: Arrived | Refused) -> dict[str, Any]:
    if isinstance(each, Refused):
        return {"done": False, "reason": each.reason, **_booking(each)}
    shown = {key: value for key, value in asdict(each).items() if key != "booking"}
    return {"done": True, "reason": None, **_booking(each), **shown}


def _booking(outcome: Any) -> dict[str, Any]:
    """No name: the window has the patient before it, and a log may have this."""
    booking = outcome.booking
    return {"code": booking.code, "status": booking.status, "start": booking.start, "seq": booking.seq}


def _words(outcome: Any) -> str:
    match outcome:
        case Arrived(booking=booking, again=again, late=late, behind=behind, at=at):
            more = ("，迟到" if late else "") + ("，排在按时者之后" if behind else "")
            return f"预约 {booking.code} {'此前已' if again else '已'}到诊（{at:%m-%d %H:%M}），{booking.seq}号{more}。"
        case NotMarked(booking=booking) if booking.status == "booked":
            return f"未办理：预约 {booking.code} 未到诊（就诊时间 {booking.start:%m-%d %H:%M}）。"
        case Refused(booking=booking, ruling=None) | NotMarked(booking=booking):
            return f"未办理：预约 {booking.code} {_STATUS.get(booking.status, booking.status)}。"
        case Refused(booking=booking, reason=reason):
            return f"未办理：预约 {booking.code} {_RULES.get(reason, reason)}。"
        case Marked(booking=booking, again=again):
            return f"预约 {booking.code} {'此前已是' if again else '现为'}：{_STATUS.get(booking.status, booking.status)}。"
        case NotThePatient(what=what):
            return f"未办理：{_WHAT.get(what, what)}与预约登记的不符。"
        case NotRestored(booking=booking):
            return f"未办理：按本院规则，预约 {booking.code} 的号不能恢复。"
        case NumberGone(booking=booking):
            return f"未办理：预约 {booking.code} 的号已给别人。"
        case NeedsReason():
            return "请说明原因（--why）。"
        case NothingHere():
            return "没有这个预约码的预约，或该患者今天没有预约。"
        case _:
            raise AssertionError(outcome)
