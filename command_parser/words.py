"""The vocabulary: what opens a command, what is said around it, and which words are never a patient's name.

Plain tables, so that a word can be added without reading code. Keywords match in either case; the longest one wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Verb(StrEnum):
    """What a keyword asks for. The value is the command's name in JSON where one verb is one command."""

    BOOK = "BOOK"
    CANCEL = "CANCEL"
    CHANGE = "CHANGE"
    QUERY = "QUERY"
    QUERY_OWN = "QUERY_OWN"
    REGISTER = "REGISTER"
    COMPLAINT = "COMPLAINT"
    RATE = "RATE"
    HELP = "HELP"
    OPTOUT = "OPTOUT"
    OPTIN = "OPTIN"


KEYWORDS: Final[dict[str, Verb]] = {
    **dict.fromkeys(
        ("GHDH", "YYGH", "GH", "预约挂号", "挂号预约", "挂号", "预约", "挂一个号", "挂个号", "挂", "掛號", "預約"),
        Verb.BOOK,
    ),
    **dict.fromkeys(
        ("QX", "取消预约", "取消挂号", "预约取消", "挂号取消", "退掉预约", "取消", "退号", "退掉", "取消預約", "退號"),
        Verb.CANCEL,
    ),
    **dict.fromkeys(
        ("GQ", "改期", "改约", "改时间", "更改预约", "修改预约", "改预约", "更改时间", "变更预约"), Verb.CHANGE
    ),
    **dict.fromkeys(("CX", "查询", "查号", "查看", "查找", "查一下", "查詢"), Verb.QUERY),
    **dict.fromkeys(("我的预约", "我的挂号", "预约查询", "查预约", "挂号查询"), Verb.QUERY_OWN),
    **dict.fromkeys(("ZC", "注册", "登记", "实名登记", "实名注册", "绑定", "註冊", "登記"), Verb.REGISTER),
    **dict.fromkeys(("TS", "投诉", "投訴"), Verb.COMPLAINT),
    **dict.fromkeys(("PJ", "评价", "评分", "打分", "評價"), Verb.RATE),
    **dict.fromkeys(("BZ", "HELP", "帮助", "幫助", "菜单", "怎么用", "使用说明"), Verb.HELP),
    **dict.fromkeys(("TD", "T", "R", "STOP", "退订", "拒收", "退訂"), Verb.OPTOUT),
    **dict.fromkeys(("DY", "订阅", "訂閱"), Verb.OPTIN),
}

WHOLE_KEYWORDS: Final = frozenset({"T", "R", "STOP"})
"""Too short or too common to open anything: they count only as the whole text."""

OPEN_KEYWORDS: Final = frozenset({"GHDH", "YYGH", "CX"})
"""No word of any language begins with these, so letters may follow at once (``CXCT``)."""

SECOND_KEYWORDS: Final = ("GHDH", "YYGH", "GH", "QX", "GQ", "CX", "ZC", "PJ", "挂号", "取消预约", "退号", "改期")
"""These, with a number after them, show that a text holds a second command."""

YES: Final = frozenset({"y", "yes", "ok", "是", "是的", "对", "对的", "好", "好的", "确认", "确定", "可以"})
NO: Final = frozenset({"n", "no", "否", "不", "不是", "不对", "不要", "不用", "不用了", "不确认"})

LEAD_INS: Final = (
    "你好", "您好", "医生你好", "医生您好", "护士你好", "大家好", "早上好", "上午好", "中午好", "下午好", "晚上好", "hello", "hi", "喂", "嗨",
    "请问", "请帮我", "请", "麻烦", "麻烦你", "麻烦您", "帮我", "帮忙", "给我", "我要", "我想要", "我想", "我需要", "想要", "要", "想",
    "请回复", "回复", "回覆", "答复", "回", "发送短信", "发送", "编辑短信", "编辑", "发短信", "短信", "发", "内容", "格式", "指令", "命令",
    "例如", "比如", "例", "如", "选择", "选", "第",
)  # fmt: skip
"""Greetings, and the words of an instruction that get copied together with it."""

THANKS: Final = (
    "谢谢", "谢谢你", "谢谢您", "谢谢医生", "谢谢大夫", "多谢", "感谢", "谢了", "辛苦了", "麻烦了", "麻烦您了", "拜托了", "拜托",
    "谢谢啦", "谢谢了", "谢谢大家", "thanks", "thank you", "thx",
)  # fmt: skip

SENT_TO: Final = ("发送到", "发送至", "发到", "发至", "短信到")
"""An instruction's tail (``…发送到12580``) is copied too: these words, then digits up to the end."""

PERIODS: Final[dict[str, str]] = {
    **dict.fromkeys(("上午", "早上", "早晨", "清晨", "凌晨"), "AM"),
    **dict.fromkeys(("下午", "傍晚", "晚上", "晚间", "夜里"), "PM"),
    "中午": "NOON",
}
DAYS: Final[dict[str, int]] = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3}
"""Relative days and how many days ahead they are."""

OWN_BOOKINGS: Final = frozenset(
    {"我的预约", "我的挂号", "预约", "挂号", "我的号", "我挂", "我约", "我的", "预约记录", "已预约", "预约情况"}
)

SPOKEN_OF: Final[dict[str, Verb]] = {
    **dict.fromkeys(("投诉", "投訴", "举报"), Verb.COMPLAINT),
    **dict.fromkeys(("取消", "退号", "退掉", "退號"), Verb.CANCEL),
    **dict.fromkeys(("有号", "有没有号", "还有号", "查"), Verb.QUERY),
}
"""Words that, anywhere in a text without a command, tell which command it needs; the first that fits decides."""

NAME_LABELS: Final = (
    "患者姓名", "病人姓名", "就诊人姓名", "就诊人", "姓名", "名字叫", "名字是", "名字", "患者", "病人", "我叫", "我是", "本人", "叫",
)  # fmt: skip
NAME_TITLES: Final = ("先生", "女士", "小姐", "同志")
DOCTOR_TITLES: Final = ("医生", "大夫", "主任", "教授", "医师", "专家", "主任的号", "医生的号")
NOT_NAMES: Final = frozenset({
    "医生", "大夫", "主任", "教授", "医师", "专家", "专家号", "普通号", "号医生", "号大夫", "号", "的号", "的", "男", "女", "男性", "女性", "性别",
    "年龄", "岁", "时间", "日期", "就诊", "就诊时间", "预约时间", "时间是", "预约", "挂号", "看病", "初诊", "复诊", "编号", "代号", "医生编号",
    "医生号", "工号", "号码", "预约码", "身份证", "身份证号", "身份证号码", "电话", "电话号码", "手机", "手机号", "手机号码", "联系电话", "你好",
    "您好", "和", "到", "至", "或", "在", "看", "要", "改到", "改为", "改成", "改至", "的预约", "先生", "女士", "小姐", "同志", "DH",
    "时", "分", "点",
    "月", "日", "年", "半", "整", "钟", "星",
}) | frozenset(NAME_LABELS)  # fmt: skip

COMPOUND_SURNAMES: Final = frozenset({
    "欧阳", "上官", "司马", "诸葛", "司徒", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "夏侯", "轩辕", "端木", "独孤", "南宫",
    "西门", "申屠", "闻人", "澹台", "呼延", "公冶", "太史", "赫连", "濮阳", "淳于", "单于", "钟离",
})  # fmt: skip


def by_first(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The words under their first character (lower and upper case), longest first: so a look-up tries only a few of them."""
    found: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        for first in {word[0].lower(), word[0].upper()}:
            found.setdefault(first, []).append(word)
    return {first: tuple(same) for first, same in found.items()}
