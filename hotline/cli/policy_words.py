"""What ``hotline policy`` says beside its verdicts, in Chinese: what the store cannot judge yet, what else must be done, what changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from booking.money.ledger import WAYS
from booking.rules.editions import Succession
from booking.rules.layers import Policy
from booking.rules.ungathered import ungathered
from booking.store.rulebooks import Edition
from hotline.cli.config_payments import Unpaid, unpaid
from hotline.config import Config


def noted(read: Policy) -> Iterator[tuple[str, str]]:
    """Parameters that do not do what they seem to, each with what happens instead."""
    yield from ungathered(read)
    if why := "；".join(_of_ways(read)):
        yield "payment.ways", why


def notes_of(read: Policy) -> list[str]:
    """The same in words; what ``policy try`` judges all the same is said."""
    tried = {key for key, _ in ungathered(read)}
    return [f"注意 {key}：{'policy try 会裁决，但' if key in tried else ''}{why}。" for key, why in noted(read)]


def _of_ways(read: Policy) -> Iterator[str]:
    """A charge with the booking is put to one way, and without a word of the rules that is the bill: who sells does not know which are there."""
    payments = [terms.payment for terms in read.every()]
    if any(each.when == "booking" and not each.ways for each in payments):
        yield "没有写付费方式，预约即付（booking）的号一律从预约电话的话费（bill）扣，没有电话的到窗口付；要用别的方式请写明"
    strange = dict.fromkeys(way for each in payments for way in each.ways if way not in WAYS)
    if strange:
        yield f"没有“{'”“'.join(strange)}”这种付费方式，收不到款，只有 {'、'.join(WAYS)}"


def warnings(read: Policy, config: Config) -> list[str]:
    """What the hospital must do, or configure, so that these rules work as they read."""
    said, every = [], list(read.every())
    counts = {kind for _, rule in read.bans() for kind in rule.counts}
    if "noshow" in counts and any(terms.noshow.mark for terms in every):
        said.append(
            "注意：停约计爽约，须录入到诊（arrivals must be entered, see hotline visit），否则来过的患者也会被停约。"
        )
    return said + [_unpaid_words(each) for each in unpaid(read, config.payments)]


def _unpaid_words(each: Unpaid) -> str:
    ways = "、".join(each.wanted)
    lost = "锁的号都会过时释放" if each.when == "hold" else "不会向患者收费，只能到窗口付"
    return (
        f'注意：payment.when = "{each.when}" 要求用 {ways} 付费，但 [payments] 没有配置其中任何一种付费方式，{lost}；'
        f'请配置（例如 {each.key} = "{each.example}"），或改写 payment.ways、payment.when。'
    )


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
