"""A hospital's booking rules as data: one frozen group a table of the rule book's TOML, one field a key.

Law: what a key means, its unit and its default stand here once; the reader, the writer and docs/policies.md go by it. Defaults are
no rule at all, or what the published rules agree on.
"""

# ruff: noqa: RUF009 (a key's default and its line in the manual stand together; `_key` is `dataclasses.field`)
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from booking.rules.moments import AT_START, Clock, Deadline, Halves, Hours, Span

CHANNELS = ("phone", "sms", "web", "agent", "window", "kiosk", "wechat", "app", "onsite", "emergency")
KINDS = ("noshow", "late", "late-cancel", "cancel", "same-day-cancel", "grab")


@dataclass(frozen=True, slots=True, kw_only=True)
class HousePolicy:
    """``patients_per_phone``: how many patients one phone may register · ``bookings_per_patient_day``: live bookings of one
    patient on one visit day · ``book_minutes_before`` / ``cancel_minutes_before``: how long before a slot's start booking and
    cancelling end · ``window_days``: how many days after today are on sale (10: today and the ten days that follow).
    """

    patients_per_phone: int = 4
    bookings_per_patient_day: int = 2
    book_minutes_before: int = 0
    cancel_minutes_before: int = 0
    window_days: int = 10


def _key(kind: str, default: Any, says: str, *, among: tuple[str, ...] = (), optional: bool = False) -> Any:
    """A key: how it is written (``booking.rules.kinds``), what it is when nothing is said, and its line in the manual."""
    return field(default=default, metadata={"kind": kind, "says": says, "among": among, "optional": optional})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    from_: int = _key("int", 0, "最早可约今天之后第几天（0 为当天）")
    from_unit: str = _key("choice", "day", "from 的单位", among=("day", "workday"))
    to: int = _key("int", 10, "最远可约今天之后第几天")
    to_unit: str = _key("choice", "day", "to 的单位", among=("day", "workday", "month"))
    count_today: bool = _key("bool", False, "to 是否把今天算作第一天")
    release: Clock | None = _key("time", None, "每天放号时刻；之前少一天", optional=True)
    saturday: bool = _key("bool", True, "周六是否放号（调休上班的周六总是放号）")
    sunday: bool = _key("bool", True, "周日是否放号（调休上班的周日总是放号）")
    holiday: bool = _key("bool", True, "法定节假日是否放号")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    closed: tuple[Hours, ...] = _key("hours", (), "停止预约的时段，可跨零点")
    before: Deadline = _key("deadline", AT_START, "预约截止")
    next_day_cutoff: Clock | None = _key("time", None, "次日号的截止时刻", optional=True)
    bridge: bool = _key("bool", False, "节假日前最后一个工作日的截止一直管到下一个工作日")
    same_day: bool = _key("bool", True, "是否可约当天")
    same_day_am: Clock | None = _key("time", None, "当天上午号的截止时刻", optional=True)
    same_day_pm: Clock | None = _key("time", None, "当天下午（晚间）号的截止时刻", optional=True)
    one_per_session: bool = _key("bool", True, "同一出诊单元每位患者限一个号")
    different_departments_per_day: int | None = _key("int", None, "每位患者每天最多几个不同科室", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    key: tuple[str, ...] = _key(
        "names", ("patient",), "按谁计数；写几个表示合并", among=("patient", "phone", "client", "ip")
    )
    scope: str = _key("choice", "all", "在什么范围内", among=("all", "hospital", "department", "doctor", "session"))
    per: str = _key("per", "visit-day", '多长时间内（就诊日）：visit-day、week、month、"7 days"、"3 months" 或 ever')
    most: int = _key("int", 1, "最多几个")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    deadline: Deadline = _key("deadline", AT_START, "患者取消的截止；never 为不可取消")
    late: str = _key("choice", "refused", "过了截止：拒绝，或接受但记一次爽约（counts）", among=("refused", "counts"))
    grab_minutes: int | None = _key("int", None, "预约后多少分钟内取消记为抢号退号（grab）", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    allowed: bool = _key("bool", True, "是否可以改期")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pickup:
    opens: Deadline | None = _key("deadline", None, "最早取号时刻", optional=True)
    deadline: Deadline | None = _key("deadline", None, "取号截止", optional=True)
    report: Deadline | None = _key("deadline", None, "取号后还须报到的截止", optional=True)
    paid_exempt: bool = _key("bool", False, "已付费者不必取号")
    then: str = _key(
        "choice", "void", "过时：作废、放给现场、排在后面或记爽约", among=("void", "release", "behind", "noshow")
    )
    counts: bool = _key("bool", True, "过时未取号是否记爽约")
    documents: tuple[str, ...] = _key("names", (), "取号所需证件")


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    grace_minutes: int | None = _key("int", None, "迟到多少分钟以内仍可就诊", optional=True)
    after_grace: str = _key("choice", "noshow", "超过以后：记爽约，或仍算迟到", among=("noshow", "late"))
    behind: bool = _key("bool", False, "迟到者排在按时者之后")
    reactivate: bool = _key("bool", True, "工作人员可以恢复迟到者（已按爽约处理）的号")
    lives_minutes: int | None = _key("int", None, "号在就诊时刻后保留多少分钟", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoShow:
    mark: bool = _key("bool", True, "是否由系统把未到的预约记为爽约，要求医院录入到诊（没有导入规则时为 false）")
    counted_by: str = _key("choice", "identity", "按身份证件、手机或账户累计", among=("identity", "phone", "account"))
    channels: tuple[str, ...] = _key("names", (), "只有这些渠道的预约会记爽约；空为全部", among=CHANNELS)
    paid_counts: bool = _key("bool", True, "已付费未就诊是否记爽约")


@dataclass(frozen=True, slots=True, kw_only=True)
class BanRule:
    name: str = _key("text", "", "规则名，显示在裁决和记录里")
    counts: tuple[str, ...] = _key("names", ("noshow",), "计哪些行为", among=KINDS)
    count: int = _key("int", 3, "次数")
    compare: str = _key("choice", ">=", "达到（>=）或超过（>）次数", among=(">=", ">"))
    window: str = _key(
        "choice",
        "total",
        "累计、连续、任意 span 内、自第一次起 span 内、自然月、半年、自然年",
        among=("total", "consecutive", "rolling", "first", "month", "half-year", "year"),
    )
    span: Span | None = _key("span", None, "rolling 与 first 的时长", optional=True)
    from_: date | None = _key("date", None, "从这天起的行为才计；缺省为本规则集的 from", optional=True)
    channels: tuple[str, ...] = _key("names", (), "只计这些渠道；空为全部", among=CHANNELS)
    number_types: tuple[str, ...] = _key("names", (), "只计这些号别；空为全部")
    departments: tuple[str, ...] = _key("names", (), "只计这些科室（编码）；空为全部")
    ban: tuple[Span, ...] = _key("spans", (Span(3, "months"),), "停约时长；写几个为第一、二、三次")
    after_last: str = _key(
        "choice", "repeat", "阶梯用完以后：重复最后一级，或按最后的步长续加", among=("repeat", "continue")
    )
    after_ban: str = _key("choice", "afresh", "停约以后：重新计数，或每次再犯即停约", among=("afresh", "each"))
    start: str = _key(
        "choice", "trigger", "自触发的一次、所计的第一次或最后一次起算", among=("trigger", "first", "last")
    )
    scope: str = _key("choice", "hospital", "停约范围", among=("hospital", "department", "all"))
    open: tuple[str, ...] = _key("names", (), "停约期间仍开放的渠道或号别")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blacklist:
    open: tuple[str, ...] = _key("names", (), "人工或导入的黑名单仍开放的渠道或号别")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    lowest_age: int | None = _key("int", None, "最低预约年龄（周岁）", optional=True)
    age_on: str = _key("choice", "visit", "按就诊日或预约日计算年龄", among=("visit", "booking"))
    guardian_under: int | None = _key("int", None, "不满几岁必须登记监护人", optional=True)
    guardian_accepted: bool = _key("bool", True, "本人无证件时可用监护人证件")
    guardian_until: int | None = _key("int", None, "监护人证件用到几岁为止", optional=True)
    documents: tuple[str, ...] = _key("names", (), "复诊接受的证件种类；空为全部")
    documents_first: tuple[str, ...] = _key("names", (), "初诊接受的证件种类；空为全部")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mobile:
    patients: int | None = _key("int", 4, "每个手机最多登记几位患者", optional=True)
    changes: int | None = _key("int", None, "change_span 内最多更换几次手机号", optional=True)
    change_span: Span = _key("span", Span(6, "months"), "更换手机号的计算期")
    prefixes: tuple[str, ...] = _key("names", (), "只接受这些号段（运营商或归属地）；空为全部")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    when: str = _key("choice", "visit", "就诊时付、预约即付、或锁号后付", among=("visit", "booking", "hold"))
    ways: tuple[str, ...] = _key("names", (), "付费方式；空为全部")
    hold_minutes: int = _key("int", 15, "锁号多少分钟，过时释放")
    closed: tuple[Hours, ...] = _key("hours", (), "停止付费（结算）的时段，可跨零点")
    prepaid: bool = _key("bool", False, "是否要求余额足够才能预约")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    route: str = _key("choice", "original", "退费途径", among=("original", "window", "none"))
    workdays: int | None = _key("int", None, "多少个工作日内到账", optional=True)
    deadline: Deadline | None = _key("deadline", None, "自动退费的截止", optional=True)
    after: str = _key("choice", "window", "过了截止：到窗口退，或不退", among=("window", "none"))
    fee_kept_fen: int = _key("int", 0, "不退的第三方服务费（分）")
    unused: str = _key("choice", "none", "未就诊、作废的号怎样退", among=("original", "window", "none"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    allow: tuple[str, ...] = _key("names", (), "可以预约的渠道；空为全部", among=CHANNELS)
    groups: tuple[str, ...] = _key("names", (), "电话只对这些人群开放（由坐席登记）；空为全部")
    sms_code: bool = _key("bool", False, "预约另需短信验证码")
    quota: int | None = _key("int", None, "每个出诊单元经该渠道最多卖几个号；none 为不限", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    session: int | None = _key("int", None, "每个出诊单元各渠道合计几个号；none 为不限", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    practice: str = _key(
        "choice",
        "release",
        "停诊做法：短信请患者另约、先电话、同级替诊、自动取消并退费",
        among=("rebook", "phone-first", "substitute", "release"),
    )
    approval: bool = _key("bool", False, "停诊公布前是否须审批")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    on: bool = _key("bool", True, "是否提醒就诊")
    days_before: int = _key("int", 1, "提前几天")
    at: Clock = _key("time", Clock(18 * 60), "几点提醒")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    open: bool = _key("bool", True, "是否有候补")
    answer_minutes: int = _key("int", 15, "候补到号后多少分钟内答复")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlock:
    who: tuple[str, ...] = _key("names", ("agent",), "谁可以解除停约；空为谁也不能")
    automatic: bool = _key("bool", True, "到期自动解除")
    answer_workdays: int | None = _key("int", None, "申诉几个工作日内答复", optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfDays:
    am: Clock = _key("time", Clock(8 * 60), "上午从几点算起")
    pm: Clock = _key("time", Clock(13 * 60 + 30), "下午从几点算起")
    eve: Clock = _key("time", Clock(18 * 60), "晚间从几点算起")

    def halves(self) -> Halves:
        return Halves(self.am, self.pm, self.eve)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Every parameter with its value: what holds for one number through one channel."""

    window: Window = Window()
    booking: Booking = Booking()
    cancel: Cancel = Cancel()
    change: Change = Change()
    pickup: Pickup = Pickup()
    late: Late = Late()
    noshow: NoShow = NoShow()
    blacklist: Blacklist = Blacklist()
    identity: Identity = Identity()
    mobile: Mobile = Mobile()
    payment: Payment = Payment()
    refund: Refund = Refund()
    channels: Channels = Channels()
    capacity: Capacity = Capacity()
    stop: Stop = Stop()
    reminder: Reminder = Reminder()
    waiting: Waiting = Waiting()
    unlock: Unlock = Unlock()
    half_days: HalfDays = HalfDays()
    limits: tuple[Limit, ...] = ()
    bans: tuple[BanRule, ...] = ()
