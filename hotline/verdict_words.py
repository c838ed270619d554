"""What ``hotline policy try`` says of an answer, in Chinese: the verdict, the rule that decided, and from when it would be allowed."""

from __future__ import annotations

from booking.rules.ruling import Reason
from hotline.scenario import Answer

ASKED = {
    "book": "预约",
    "cancel": "取消",
    "change": "改期",
    "pick-up": "取号",
    "late": "到诊",
    "no-show": "未到诊",
    "ban": "停约查询",
    "refund": "退费",
    "pay": "付费",
    "register": "登记患者",
    "days": "放号日期",
    "stop": "停诊",
}
REASONS = {
    Reason.NOT_OPEN_YET: "这一天还没有放号",
    Reason.NOT_ON_SALE: "不在可预约的日期内",
    Reason.CLOSED: "此时段停止办理",
    Reason.CUTOFF: "已过预约截止时间",
    Reason.CLINIC_STOPPED: "医生停诊",
    Reason.CHANNEL: "此号不在这个渠道放号",
    Reason.ALREADY_BOOKED: "同一出诊单元已经预约",
    Reason.LIMIT: "超过限额",
    Reason.BLACKLISTED: "停约期内",
    Reason.TOO_YOUNG: "未到可预约的年龄",
    Reason.NEEDS_GUARDIAN: "须有监护人",
    Reason.NEEDS_OWN_DOCUMENT: "须用本人可接受的证件",
    Reason.NOT_ADMITTED: "此电话不在受理范围内",
    Reason.FULL: "号已约满",
    Reason.TOO_LATE_TO_CANCEL: "已过取消截止时间",
    Reason.NEVER_CANCELLED: "此号不可取消或改期",
    Reason.TOO_LATE: "已经过时",
    Reason.TOO_EARLY: "还没有到时间",
}
MORE = {
    "counts_as": "记为",
    "kind": "到诊情况",
    "ends": "结束于",
    "then": "处理",
    "counts": "记爽约",
    "pay": "付费方式",
    "hold_minutes": "锁号分钟",
    "amount_fen": "退费（分）",
    "route": "退费途径",
    "deadline": "到账期限",
    "practice": "停诊做法",
    "notices": "通知",
    "first_start": "最早在此之后",
    "last": "最远",
    "never": "不放号的日期",
}


def in_words(answer: Answer) -> str:
    """One line; a second where it is not what the scenario expects."""
    ruling, told = answer.ruling, answer.told()
    parts = [f"{told['at']} {ASKED[answer.ask]}：{'可以' if ruling.allowed else '不可以'}"]
    if not ruling.allowed:
        parts.append(f"{REASONS[ruling.reason]}（{ruling.reason}，规则 {ruling.rule}）")
        if ruling.most is not None:
            parts.append(f"最多 {ruling.most}")
        if ruling.when is not None:
            parts.append(f"{told['when']} 起可以")
    parts += [f"{name} {_said(told[key])}" for key, name in MORE.items() if key in told]
    parts += [f"停约 {ban['since']} 至 {ban['until'] or '解除为止'}（{ban['rule']}）" for ban in told.get("bans", ())]
    line = "，".join(parts)
    return line if answer.as_expected is not False else f"{line}\n  与预期不符"


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
