"""How the command line names a day, a session and a patient. What cannot be meant is wrong usage, with one right example.

Law of this module: an identity number comes from standard input or a prompt that does not show it, never from the command line:
command lines are kept in histories and seen by every user of the machine.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from typing import Any

import click

from command_parser.identity import Identity, read_identity

_PERIODS = {"上午": "AM", "下午": "PM", "晚上": "NIGHT", "夜间": "NIGHT"}
PERIOD_WORDS = {"AM": "上午", "PM": "下午", "NIGHT": "夜间"}


class _Day(click.ParamType[date]):
    """A day as 2026-07-15."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(f"{value} is no day such as 2026-07-15", param, ctx)


class _Period(click.ParamType[str]):
    """A time of day as the hospital's schedules name it: AM, PM or NIGHT."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        period = _PERIODS.get(str(value), str(value).upper())
        if period not in PERIOD_WORDS:
            self.fail(f"{value}：应为 上午、下午、晚上（或 AM、PM、NIGHT）", param, ctx)
        return period


class _Doctor(click.ParamType[str]):
    """A doctor's number; 868 is 00868."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not (str(value).isascii() and str(value).isdigit()) or len(str(value)) > 5:
            self.fail(f"{value}：应为五位医生编号，例如 00868", param, ctx)
        return str(value).zfill(5)


DAY, PERIOD, DOCTOR = _Day(), _Period(), _Doctor()


def asked_identity(today: date) -> str:
    """The patient's identity number; one that is wrong is exit code 2."""
    text = click.prompt("身份证号", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    found = read_identity(text.strip(), today)
    if not isinstance(found, Identity):
        click.echo("身份证号不正确，应为 18 位，例如 11010519491231002X。", err=True)
        raise SystemExit(2)
    return found.number
