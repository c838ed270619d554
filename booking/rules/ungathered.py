"""Parameters that ``hotline policy try`` judges and that the store does not know the facts for: what happens instead, told at check. And the
places that rules name and nobody has.

Law: no rule is ignored in silence. A parameter leaves this list in the change that makes the store gather its fact.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from booking.rules.layers import Policy
from booking.rules.policy import Identity, Terms

OWN = "id-card"
"""What every patient of the store has: an identity number (身份证)."""

_SAYS: tuple[tuple[str, Callable[[Terms], bool], str], ...] = (
    (
        "identity.guardian_under",
        lambda terms: terms.identity.guardian_under is not None,
        "系统还不登记监护人：不满此年龄的患者一律不能预约",
    ),
    (
        "identity.guardian_accepted",
        lambda terms: terms.identity.guardian_accepted is not Identity().guardian_accepted,
        "系统只按本人身份证号登记，监护人证件本来就不能用",
    ),
    (
        "identity.guardian_until",
        lambda terms: terms.identity.guardian_until is not None,
        "系统只按本人身份证号登记，监护人证件本来就不能用",
    ),
    (
        "identity.documents",
        lambda terms: bool(terms.identity.documents),
        f"系统里的证件都是身份证（{OWN}）：列表里没有它，复诊就都不能预约",
    ),
    (
        "identity.documents_first",
        lambda terms: bool(terms.identity.documents_first),
        f"系统里的证件都是身份证（{OWN}）：列表里没有它，初诊就都不能预约",
    ),
    (
        "channels.groups",
        lambda terms: bool(terms.channels.groups),
        "系统还不登记来电者属于哪些人群：电话一律不能预约",
    ),
    ("channels.sms_code", lambda terms: terms.channels.sms_code, "系统还不核对短信验证码：不验证也能预约"),
    ("payment.prepaid", lambda terms: terms.payment.prepaid, "系统不知道卡上的余额：余额不足也能预约"),
    ("pickup.documents", lambda terms: bool(terms.pickup.documents), "系统取号时不核对证件，短信里也不写：由窗口核对"),
    (
        "limits[].key",
        lambda terms: any("ip" in limit.key for limit in terms.limits),
        "系统不知道来访的 IP 地址：按 ip 的限制不起作用",
    ),
)


def strangers(policy: Policy, known: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str]]:
    """Campuses, departments, doctors and number types that the rules name and the hospital does not have (``known`` by selector): rules
    for them hold for nothing. A selector of which the hospital has none at all yet is passed over.
    """
    for selector, values in known.items():
        named = [value for layer in policy.layers for value in getattr(layer, selector)]
        if selector == "department":
            named += [value for _, rule in policy.bans() for value in rule.departments]
        if selector == "number_type":
            named += [value for _, rule in policy.bans() for value in rule.number_types]
        if values:
            yield from ((selector, value) for value in dict.fromkeys(named) if value not in values)


def ungathered(policy: Policy) -> Iterator[tuple[str, str]]:
    """Each parameter that this rule book sets and whose fact the store does not know, with what happens instead."""
    every = list(policy.every())
    for name, sets, instead in _SAYS:
        if any(sets(terms) for terms in every):
            yield name, instead
