"""What ``hotline policy`` says beside its verdicts, in Chinese: what the store cannot judge yet, what else must be done, what changes."""

from __future__ import annotations

from datetime import date

from booking.rules.editions import Succession
from booking.rules.layers import Policy
from booking.rules.ungathered import ungathered
from booking.store.rulebooks import Edition
from hotline.config import Config


def notes_of(read: Policy) -> list[str]:
    """What the store cannot judge yet, in words."""
    return [f"注意 {key}：policy try 会裁决，但{why}。" for key, why in ungathered(read)]


def warnings(read: Policy, config: Config) -> list[str]:
    """What the hospital must do, or configure, so that these rules work as they read."""
    said, every = [], list(read.every())
    counts = {kind for _, rule in read.bans() for kind in rule.counts}
    if "noshow" in counts and any(terms.noshow.mark for terms in every):
        said.append(
            "注意：停约计爽约，须录入到诊（arrivals must be entered, see hotline visit），否则来过的患者也会被停约。"
        )
    if _unpayable(read, config):
        said.append("注意：payment.when 要求预约时付费，但 [payments] 没有配置任何付费方式，患者无法付费。")
    return said


def _unpayable(read: Policy, config: Config) -> bool:
    """Whether the rules want payment with the booking, and there is no way to pay."""
    table = config.payments
    ways = table.bill != "none" or table.alipay_app_id or table.wechat_merchant
    return not ways and any(terms.payment.when in {"booking", "hold"} for terms in read.every())


def overruled(later: Edition, today: date) -> str:
    day = max(later.from_day, today)
    return (
        f"注意：第 {later.version} 版自 {later.from_day} 起生效，比它晚，从那天起仍以第 {later.version} 版为准；"
        f"要让本版在那以后也生效，请用 --from {day} 重新导入。"
    )


def bans_changed(change: Succession) -> list[str]:
    """Only where a rule that counted is gone: then a new one may be meant to be the same."""
    if not change.gone:
        return []
    gone, new = "、".join(change.gone), "、".join(change.new)
    said = [f"注意：停约规则不再有：{gone}。已有的停约照旧，以后不再按它累计。"]
    if new:
        said.append(f"注意：新的停约规则：{new}。如果只是改名，请改回原名，否则此前的爽约和停约次数（阶梯）不计。")
    return said
