"""``hotline import``: departments, doctors, schedules, holidays and a blacklist from a file, with a verdict for each row; and undo."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from random import SystemRandom

import click

from booking.clock import Clock, naive_utc, on_wall, wall
from booking.store.conduct.bans import Mercy
from booking.store.immediate import ImmediateDatabase
from booking.store.imports.undo import CannotUndo, Undone, UndoneBefore, UndoOutcome, thd_undo
from booking.store.transaction import thd_read, writing
from hotline.cli.opened import busy_exits, or_exit
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.config import Config
from hotline.importing.batch import KINDS, Batch, Imported, batch_id, thd_import
from hotline.importing.rejects import rejects_path, write_rejects
from hotline.importing.sheet import Sheet, Unreadable, read_sheet
from hotline.opening import Opened, open_store

HELP = {
    "departments": "科室编码 科室名称 [位置] [院区]",
    "doctors": "医生编号 姓名 职称 科室编码 [专长] [手机]",
    "schedules": "医生编号 日期 时段 开始时间 每号分钟 号数 [就诊地点] [费用] [号别] "
    "[窗口预留] [提前放开分钟] [电话限号] [每时段号数]",
    "holidays": "日期 类型(休/班) [名称]",
    "blacklist": "身份证号 姓名 原因 [起] [止] [科室]",
    "fees": "号别 项目 金额 起 [止] [名称]",
}
Command = Callable[..., None]


@click.group()
def importing() -> None:
    """Puts a KIND from a FILE (CSV in UTF-8 or GB18030, or XLSX) on the roster; undoes a batch.

    Refused rows are written beside FILE with their reasons; the others are put. Exit code 1 when any row was refused.

    \b
    The first row names the columns, in any order ([...]: may be missing):
      departments  科室编码 科室名称 [位置] [院区]
      doctors      医生编号 姓名 职称 科室编码 [专长] [手机]
      schedules    医生编号 日期 时段 开始时间 每号分钟 号数
                   [就诊地点] [费用] [号别] [窗口预留] [提前放开分钟]
                   [电话限号] [每时段号数]
      holidays     日期 类型(休/班) [名称]
      blacklist    身份证号 姓名 原因 [起] [止] [科室]
      fees         号别 项目(挂号费/诊查费/病历本) 金额 起 [止] [名称]
    """


def _of_kind(kind: str) -> Command:
    @with_settings
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Judge every row, change nothing.")
    @click.option("--json", "as_json", is_flag=True, help="The verdicts as JSON.")
    def command(
        *, file: Path, path: Path, options: tuple[str, ...], dry_run: bool, as_json: bool, sync: bool = False
    ) -> None:
        _import(kind, file, path, options, dry_run=dry_run, as_json=as_json, sync=sync)

    return command


for _kind in KINDS:
    _command = _of_kind(_kind)
    if _kind == "blacklist":
        _sync = "The file is the whole list: whoever is no longer on it is not banned any more."
        _command = click.option("--sync", is_flag=True, help=_sync)(_command)
    importing.command(_kind, help=f"Columns: {HELP[_kind]}")(_command)


@importing.command()
@click.argument("batch")
@with_settings
@click.option("--json", "as_json", is_flag=True, help="The outcome as JSON.")
def undo(*, batch: str, path: Path, options: tuple[str, ...], as_json: bool) -> None:
    """Restores what was there before BATCH (its name is told by the import), whole or not at all.

    Exit code 1 when something stands in the way: bookings that live, rows that a later batch changed again.
    """
    clock = SystemClock()
    opened = or_exit(open_store(settings_or_exit(path, options), clock))
    mercy = Mercy(who="cli", why=f"撤销批次 {batch[:8]}", at=naive_utc(clock))
    with busy_exits("没有撤销任何内容，"):
        outcome = ImmediateDatabase(opened.engine, clock).now(thd_undo, opened.vault, opened.hospital, batch, mercy)
    click.echo(_undo_json(batch, outcome) if as_json else _undo_words(batch, outcome))
    raise SystemExit(0 if isinstance(outcome, Undone | UndoneBefore) else 1)


def _undo_words(batch: str, outcome: UndoOutcome) -> str:
    match outcome:
        case Undone(removed=removed, restored=restored):
            return f"已撤销批次 {batch}：撤下 {removed} 行，恢复 {restored} 行。"
        case UndoneBefore(at=at):
            return f"批次 {batch} 已于 {on_wall(at):%Y-%m-%d %H:%M} 撤销过，这次没有改动。"
        case CannotUndo(obstacles=obstacles, total=total):
            more = [f"…… 共 {total} 处"] if total > len(obstacles) else []
            return "\n".join([f"批次 {batch} 不能撤销，没有改动任何内容：", *obstacles, *more])
        case _:
            return f"没有批次 {batch}，请核对批次号。"


def _undo_json(batch: str, outcome: UndoOutcome) -> str:
    name = {Undone: "undone", UndoneBefore: "undone-before", CannotUndo: "refused"}.get(type(outcome), "no-such-batch")
    return json.dumps({"batch": batch, "outcome": name, **asdict(outcome)}, ensure_ascii=False, default=str)


def _import(
    kind: str, file: Path, path: Path, options: tuple[str, ...], *, dry_run: bool, as_json: bool, sync: bool
) -> None:
    config = settings_or_exit(path, options)
    clock = SystemClock()
    opened = or_exit(open_store(config, clock))
    try:
        sheet = read_sheet(file)
        with busy_exits("没有导入任何内容，"):
            imported = _put(config, opened, clock, (kind, sync), sheet, dry_run=dry_run)
    except Unreadable as unreadable:
        click.echo(f"{file}：{unreadable}", err=True)
        raise SystemExit(1) from None
    rejects = rejects_path(file) if imported.rejected else None
    if rejects is not None:
        write_rejects(rejects, sheet.header, imported.rejected)
    (_tell_json if as_json else _tell)(imported, rejects, dry_run)
    raise SystemExit(1 if imported.rejected else 0)


def _put(
    config: Config, opened: Opened, clock: Clock, what: tuple[str, bool], sheet: Sheet, *, dry_run: bool
) -> Imported:
    kind, sync = what
    at = naive_utc(clock)
    batch = Batch(
        id=batch_id(kind, at, SystemRandom()),
        kind=kind,
        hospital=opened.hospital,
        today=wall(clock).date(),
        home_area=config.hospital.home_area,
        at=at,
        wall=wall(clock),
        sync=sync,
    )
    if dry_run:
        return thd_read(writing(opened.engine), thd_import, opened.vault, batch, sheet)
    return ImmediateDatabase(opened.engine, clock).now(thd_import, opened.vault, batch, sheet)


def _tell(imported: Imported, rejects: Path | None, dry_run: bool) -> None:
    for row in imported.rejected:
        click.echo(f"第 {row.line.number} 行：{row.reason}")
    for words in imported.told:
        click.echo(f"注意：{words}")
    counts = imported.counts
    slots = f"（号源 {counts.slots} 个）" if counts.slots else ""
    lifted = f"，解除 {imported.lifted}" if imported.lifted else ""
    click.echo(
        f"{'试导入，未写入' if dry_run else f'批次 {imported.batch}'}：共 {imported.rows} 行，"
        f"新增 {counts.new}{slots}，更新 {counts.changed}{lifted}，拒绝 {len(imported.rejected)}。"
    )
    if rejects is not None:
        click.echo(f"被拒绝的行和原因在 {rejects}，改好后可以直接导入该文件。")


def _tell_json(imported: Imported, rejects: Path | None, dry_run: bool) -> None:
    rejected = [{"row": row.line.number, "reason": row.reason} for row in imported.rejected]
    answer = {
        "batch": imported.batch,
        "dry_run": dry_run,
        "rows": imported.rows,
        **asdict(imported.counts),
        "lifted": imported.lifted,
        "told": imported.told,
        "rejected": rejected,
        "rejects_file": str(rejects) if rejects else None,
    }
    click.echo(json.dumps(answer, ensure_ascii=False))
