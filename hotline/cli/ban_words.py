"""What ``hotline ban`` says of bans, of what led to them, and of what was done about them. Masked, one sentence a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from booking.ban_texts import cause_words
from booking.ward_outcomes import (
    Appealed,
    Banned,
    BanView,
    DeedView,
    Forgiven,
    Lifted,
    MayNot,
    NeedsWhy,
    NotHis,
    OnTheList,
    Record,
    UnknownDepartment,
)

_STATES = {"standing": "生效中", "coming": "未开始", "over": "已到期", "lifted": "已解除"}
_KINDS = {
    "kept": "按时就诊",
    "noshow": "爽约",
    "late": "迟到",
    "cancel": "取消",
    "late-cancel": "逾期取消",
    "same-day-cancel": "当日取消",
    "grab": "抢号后退",
}


def outcome_words(outcome: Any) -> str:
    """What was done, or the one reason why not."""
    match outcome:
        case Lifted(ban=number, again=again, left=left):
            return "\n".join([f"限制 {number} {'此前已经' if again else '已'}解除。", *_left_words(left)])
        case Forgiven(again=True, deed=number):
            return f"记录 {number} 此前已经免计。"
        case Forgiven(deed=number, lifted=lifted):
            also = f"，随之解除限制 {'、'.join(map(str, lifted))}" if lifted else ""
            return f"记录 {number} 已免计{also}。"
        case Banned(ban=number, again=again):
            return f"{'已有同样的限制' if again else '已加限制'} {number}。"
        case Appealed(case=case, answer_by=answer_by, again=again):
            when = "没有承诺答复日期" if answer_by is None else f"最迟 {answer_by} 答复"
            return f"申诉{'此前已经' if again else '已'}受理，编号 {case}，{when}。患者查进度请发 TS{case}。"
        case MayNot(who=who):
            return f"按本院规则，只有 {'、'.join(who)} 可以解除。" if who else "按本院规则，到期以前谁也不能解除。"
        case OnTheList():
            return "这是医院名单上的限制，请在名单中去掉后同步（hotline import blacklist --sync）。"
        case UnknownDepartment(code=code):
            return f"没有编码为“{code}”的科室。"
        case NeedsWhy():
            return "请说明原因（--why）。"
        case NotHis():
            return "该患者没有这个编号的记录。"
        case _:
            raise AssertionError(outcome)


def _left_words(left: Sequence[BanView]) -> list[str]:
    """The bans that one more command each would end; the hospital's list is ended elsewhere."""
    if not left:
        return []
    said = [f"该患者还有 {len(left)} 项限制没有解除：", *map(_ban_words, left)]
    mine = next((each for each in left if each.cause != "blacklist"), None)
    if mine is not None:
        said.append(f"要解除下一项：hotline ban lift {mine.id} --why 原因")
    if any(each.cause == "blacklist" for each in left):
        said.append(outcome_words(OnTheList()))
    return said


def record_words(record: Record) -> str:
    """Who it is, masked, his bans, his conduct."""
    lines = [f"{record.identity_masked} {record.name_masked}".rstrip()]
    lines += [_ban_words(each) for each in record.bans] or ["没有限制。"]
    lines += [_deed_words(each) for each in record.deeds]
    return "\n".join(lines)


def not_standing_words(number: int, standing: Sequence[BanView]) -> str:
    """Why there is nothing to appeal against under this number, and what may be typed instead."""
    if not standing:
        return "该患者现在没有生效中的限制，不需要申诉。要看以前的：hotline ban list"
    return f"该患者没有生效中的限制 {number}。例如：hotline ban appeal {standing[0].id} --words 我当时在急诊"


def _ban_words(view: BanView) -> str:
    until = "解除为止" if view.until is None else f"{view.until:%Y-%m-%d %H:%M}"
    where = f"科室 {view.department}" if view.department else {"all": "所有渠道"}.get(view.scope, "全院")
    ended = f"（{view.lifted_by}：{view.lift_reason}）" if view.lifted_by else ""
    return (
        f"限制 {view.id} {_STATES[view.state]}{ended}：{cause_words(view.cause)}，{view.rule}，{where}，"
        f"{view.since:%Y-%m-%d %H:%M} 至 {until}"
    )


def _deed_words(view: DeedView) -> str:
    forgiven = f"（{view.forgiven_by} 已免计）" if view.forgiven_by else ""
    return f"记录 {view.id} {view.at:%Y-%m-%d %H:%M} {_KINDS.get(view.kind, view.kind)}{forgiven}：预约 {view.code}，{view.channel}"
