"""``hotline pay``: what a booking costs, money taken and given back at the window. Yuan for people, fen in JSON."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import click

from booking.money.ledger import WINDOW_WAYS
from booking.money.payments import (
    AlreadyPaid,
    Bill,
    Free,
    MoreThanPaid,
    NoSuchRefund,
    NoSuchTicket,
    Owed,
    PaidOut,
    Taken,
    UnderWay,
)
from hotline.cli.counter import Counter, with_counter
from hotline.payments.alipay import yuan

_STATUS = {"none": "未开单", "due": "待付", "waiting": "正在支付", "paid": "已付"}
_WAYS = {"cash": "现金", "card": "刷卡", "wechat": "微信", "alipay": "支付宝", "bill": "话费"}
_DONE = (Bill, Taken, Owed, PaidOut)
_WAY = click.option("--way", type=click.Choice(WINDOW_WAYS), required=True, help="In cash or by card.")


class _Yuan(click.ParamType[int]):
    """12.5 or 12.50 yuan, as fen: never through a float."""

    name = "yuan"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]{1,6})(?:\.([0-9]{1,2}))?", str(value))
        fen = 0 if found is None else int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
        if fen == 0:
            self.fail(f"{value}：应为金额（元），例如 12.50", param, ctx)
        return fen


@click.group()
def pay() -> None:
    """Money at the window: the bill, taking it, giving it back."""


@pay.command()
@click.argument("code")
@with_counter()
def bill(counter: Counter, code: str) -> None:
    """What the booking CODE costs, what of it is paid and given back."""
    _tell(counter, counter.wait(counter.cashier.bill(counter.hospital, code)))


@pay.command()
@click.argument("code")
@_WAY
@with_counter(named=True)
def take(counter: Counter, code: str, way: str) -> None:
    """The clerk has taken what CODE costs. A second time is refused."""
    _tell(counter, counter.wait(counter.cashier.take(counter.hospital, code, way, counter.by)))


@pay.command()
@click.argument("code")
@click.option("--yuan", "fen", type=_Yuan(), required=True, help="How much, such as 12.50.")
@click.option(
    "--route", type=click.Choice(("original", "window")), required=True, help="As it was paid, or at the window."
)
@click.option("--reason", required=True, help="Why; it is kept.")
@with_counter(named=True)
def refund(counter: Counter, code: str, fen: int, route: str, reason: str) -> None:
    """Owes the patient of CODE all or part of what he paid. Asked twice, it is owed twice."""
    if not reason.strip():
        raise click.BadParameter("不能为空", param_hint="--reason")
    _tell(counter, counter.wait(counter.cashier.refund(counter.hospital, code, fen, route, reason, counter.by)))


@pay.command()
@click.argument("refund_no")
@_WAY
@with_counter(named=True)
def out(counter: Counter, refund_no: str, way: str) -> None:
    """The clerk has given the patient the refund REFUND_NO; twice is once."""
    _tell(counter, counter.wait(counter.cashier.pay_out(counter.hospital, refund_no, way, counter.by)))


def _tell(counter: Counter, outcome: Any) -> None:
    done = isinstance(outcome, _DONE)
    reason = getattr(outcome, "reason", None)
    counter.tell({"done": done, "reason": reason, **asdict(outcome)}, _words(outcome), refused=not done)


def _words(outcome: Any) -> str:
    match outcome:
        case Bill():
            return _bill(outcome)
        case Taken(code=code, amount_fen=fen, trade_no=number):
            return f"预约 {code} 已收 {yuan(fen)} 元，单号 {number}。"
        case Owed(refund_no=number, amount_fen=fen, at_window=at_window):
            return f"退款 {number}：{yuan(fen)} 元，{'请患者到窗口领取' if at_window else '原路退回'}。"
        case PaidOut(refund_no=number, amount_fen=fen, again=again):
            return f"退款 {number}：{yuan(fen)} 元{'此前已经付出' if again else '已付给患者'}。"
        case AlreadyPaid(code=code, way=way, amount_fen=fen):
            return f"未收：预约 {code} 已付过 {yuan(fen)} 元（{_WAYS.get(way, way)}）。"
        case UnderWay(number=number):
            return f"未办理：{number} 正在支付渠道处理中，有结果以前不能在窗口收付。"
        case Free(code=code):
            return f"未收：预约 {code} 不收费。"
        case MoreThanPaid(left_fen=fen):
            return f"未退：最多还能退 {yuan(fen)} 元。"
        case NoSuchTicket(code=code):
            return f"没有预约码为 {code} 的有效预约。"
        case NoSuchRefund(refund_no=number):
            return f"没有要在窗口付出的退款 {number}。"
        case _:
            raise AssertionError(outcome)


def _bill(bill: Bill) -> str:
    way = f"，{_WAYS.get(bill.way, bill.way)}" if bill.way else ""
    number = f"，单号 {bill.trade_no}" if bill.trade_no else ""
    back = f"，已退 {yuan(bill.refunded_fen)} 元" if bill.refunded_fen else ""
    return f"预约 {bill.code}：{yuan(bill.amount_fen)} 元，{_STATUS.get(bill.status, bill.status)}{way}{number}{back}。"
