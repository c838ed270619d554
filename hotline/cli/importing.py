"""``hotline import``: departments, doctors and schedules from a file, with a verdict for each row."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from random import SystemRandom

import click

from booking.clock import Clock, naive_utc, wall
from booking.outcomes import Busy
from booking.store.immediate import ImmediateDatabase
from booking.store.transaction import thd_read, writing
from hotline.cli.settings import settings_or_exit, with_settings
from hotline.clock import SystemClock
from hotline.config import Config
from hotline.importing.batch import KINDS, Batch, Imported, batch_id, thd_import
from hotline.importing.rejects import rejects_path, write_rejects
from hotline.importing.sheet import Sheet, Unreadable, read_sheet
from hotline.opening import NotOpened, Opened, open_store


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_settings
@click.option("--dry-run", is_flag=True, help="Judge every row, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="The verdicts as JSON.")
def importing(*, kind: str, file: Path, path: Path, options: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Puts KIND from FILE (CSV in UTF-8 or GB18030, or XLSX) on the roster.

    Refused rows are written beside FILE with their reasons; the others are put. Exit code 1 when any row was refused.

    \b
    The first row names the columns, in any order ([...]: may be missing):
      departments  科室编码 科室名称 [位置]
      doctors      医生编号 姓名 职称 科室编码 [专长] [手机]
      schedules    医生编号 日期 时段 开始时间 每号分钟 号数
                   [就诊地点] [费用] [号别]
    """
    config = settings_or_exit(path, options)
    clock = SystemClock()
    opened = open_store(config, clock)
    if isinstance(opened, NotOpened):
        click.echo(opened.why, err=True)
        raise SystemExit(3 if opened.outage else 1)
    try:
        sheet = read_sheet(file)
        imported = _put(config, opened, clock, kind, sheet, dry_run=dry_run)
    except Unreadable as unreadable:
        click.echo(f"{file}：{unreadable}", err=True)
        raise SystemExit(1) from None
    except Busy as busy:
        click.echo(f"数据库暂时没有应答（{busy}），没有导入任何内容，请稍后再试。", err=True)
        raise SystemExit(3) from None
    rejects = rejects_path(file) if imported.rejected else None
    if rejects is not None:
        write_rejects(rejects, sheet.header, imported.rejected)
    (_tell_json if as_json else _tell)(imported, rejects, dry_run)
    raise SystemExit(1 if imported.rejected else 0)


def _put(config: Config, opened: Opened, clock: Clock, kind: str, sheet: Sheet, *, dry_run: bool) -> Imported:
    at = naive_utc(clock)
    batch = Batch(
        id=batch_id(kind, at, SystemRandom()),
        kind=kind,
        hospital=opened.hospital,
        today=wall(clock).date(),
        home_area=config.hospital.home_area,
        at=at,
    )
    if dry_run:
        return thd_read(writing(opened.engine), thd_import, opened.vault, batch, sheet)
    return ImmediateDatabase(opened.engine, clock).now(thd_import, opened.vault, batch, sheet)


def _tell(imported: Imported, rejects: Path | None, dry_run: bool) -> None:
    for row in imported.rejected:
        click.echo(f"第 {row.line.number} 行：{row.reason}")
    counts = imported.counts
    slots = f"（号源 {counts.slots} 个）" if counts.slots else ""
    click.echo(
        f"{'试导入，未写入。' if dry_run else ''}批次 {imported.batch}：共 {imported.rows} 行，"
        f"新增 {counts.new}{slots}，更新 {counts.changed}，拒绝 {len(imported.rejected)}。"
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
        "rejected": rejected,
        "rejects_file": str(rejects) if rejects else None,
    }
    click.echo(json.dumps(answer, ensure_ascii=False))
