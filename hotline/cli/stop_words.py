"""What ``hotline stop-clinic`` says, in Chinese: a stop, whom it concerns, whom to phone, and why something was not done."""

from __future__ import annotations

from datetime import datetime

from booking.stop_clinic import MOVE, RELEASE, SUBSTITUTE, Concerned, StopView, ToPhone
from hotline.cli.naming import PERIOD_WORDS

WHY = {
    "NO_DOCTOR": "没有这个工号的医生",
    "NO_SESSION": "该医生当天这个时段没有出诊",
    "NO_NUMBERS": "这段时间没有号",
    "PAST": "该次出诊已经开始或过去",
    "ALREADY_STOPPED": "这些号已经停诊",
    "ANOTHER_STOP": "该次出诊另有停诊正在处理",
    "PART_OF_MOVE": "只有 release 可以只停一部分时间",
    "NO_SUBSTITUTE": "没有这个工号的替诊医生",
    "SAME_DOCTOR": "替诊医生就是本人",
    "OTHER_GRADE": "替诊医生职称不同",
    "SUBSTITUTE_BUSY": "替诊医生这段时间自己有出诊",
    "DOCTOR_BUSY": "该医生改后的时间另有出诊",
    "NO_CHANGE": "时间和诊室都没有变化",
    "OTHER_DAY": "改后的时间不在同一天",
    "BAD_ACTION": "--action 只能是 release、substitute:工号、move:+分钟、room:诊室",
    "NO_STOP": "没有这个编号的停诊",
    "SAME_PERSON": "须由申请人以外的人审批",
    "NOT_WAITING": "该停诊不在待审批状态",
    "NOT_STANDING": "该停诊已结束、已撤销或已过期，不能撤销",
    "OVERTAKEN": "该次出诊后来另有变更，请先撤销后来的那一个",
    "SESSION_TAKEN": "原医生这个时段已另有出诊，不能恢复",
}
STATES = {
    "announced": "待审批",
    "approved": "正在通知",
    "done": "已完成",
    "withdrawing": "正在撤销",
    "withdrawn": "已撤销",
    "refused": "未批准",
}
ACTIONS = {RELEASE: "停诊退号", SUBSTITUTE: "替诊", MOVE: "改时间或诊室"}


def concerned_words(found: Concerned) -> str:
    held = f"（其中保留中 {found.held} 个）" if found.held else ""
    approval = "，须他人审批" if found.approval else ""
    return (
        f"{found.doctor.name}{found.doctor.title}：号 {found.numbers} 个，涉及预约 {found.bookings} 个{held}，"
        f"候补 {found.waiting} 人{approval}。"
    )


def stop_line(stop: StopView) -> str:
    more = {
        SUBSTITUTE: f" → {stop.substitute.name}" if stop.substitute else "",
        MOVE: (f" {stop.shift_minutes:+d}分钟" if stop.shift_minutes else "")
        + (f" {stop.place}" if stop.place else ""),
    }.get(stop.action, "")
    part = f" {_hour(stop.since)}-{_hour(stop.until)}" if stop.since or stop.until else ""
    return (
        f"{stop.id}  {stop.day} {PERIOD_WORDS[stop.period]}{part}  {stop.doctor.number} {stop.doctor.name}  {ACTIONS[stop.action]}{more}  "
        f"{STATES[stop.status]}  已通知 {stop.told}，待电话 {stop.unreached}"
    )


def stop_words(stop: StopView) -> str:
    names = {"none": "未答复", "keep": "保留", "rebook": "改约", "giveback": "退号"}
    chosen = "，".join(f"{names[choice]} {count}" for choice, count in stop.chosen) or "无"
    who = f"申请 {stop.by}" + (f"，审批 {stop.decided_by}" if stop.decided_by not in {None, stop.by} else "")
    return f"{stop_line(stop)}\n{who}。原因：{stop.reason or '未填'}\n患者选择：{chosen}"


def _hour(at: datetime | None) -> str:
    return "" if at is None else f"{at:%H:%M}"


def phone_line(one: ToPhone) -> str:
    phones = "、".join(one.phones) or "无号码"
    return f"{one.code}  {one.patient}  {phones}  {one.start:%m-%d %H:%M} {one.doctor.name}  {ACTIONS[one.action]}"
