"""The program's own words as administrators read them. A word that is not here stands for itself. Pure."""

from __future__ import annotations

WORDS: dict[str, str] = {
    # channels
    "sms": "短信", "phone": "电话", "agent": "坐席", "web": "网络", "window": "窗口", "kiosk": "自助机", "wechat": "微信",
    # periods
    "AM": "上午", "PM": "下午", "EVENING": "夜间",
    # ways to pay, fee items, accounts
    "bill": "话费", "cash": "现金", "card": "银行卡", "alipay": "支付宝",
    "registration": "挂号费", "consultation": "诊查费", "record-book": "病历本",
    "receivable": "应收挂号款", "payable:refunds": "应退挂号款", "clearing:bill": "话费代收待清算",
    "clearing:card": "银行卡待清算", "clearing:alipay": "支付宝待清算", "clearing:wechat": "微信支付待清算",
    "income:registration": "挂号费收入", "income:consultation": "诊查费收入", "income:record-book": "病历本收入",
    # states and reasons
    "due": "待处理", "waiting": "处理中", "done": "已完成", "failed": "失败", "overdue": "逾期", "paid": "已付", "void": "作废",
    "patient": "患者退号", "hospital": "医院停诊", "expired": "超时", "changed": "改期",
    # bans
    "identity": "证件", "department": "科室", "all": "全部", "no-show": "爽约", "cancels": "多次取消", "blacklist": "医院黑名单",
    "manual": "人工",
}  # fmt: skip


def said(word: object) -> str:
    """``sms`` → 短信; numbered actors and unknown words as they are."""
    return WORDS.get(str(word), str(word)) if word else ""
