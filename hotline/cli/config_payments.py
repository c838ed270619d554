"""What ``hotline config check`` warns of in ``[payments]``: what is there by half, what is not sealed, what others may read or write.

A fault keeps the daemon from starting; a warning is what it would start with, to somebody's loss. Each says what is wrong and, after
``right:``, one example of how it is right.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from booking.money.ledger import ONLINE_WAYS, WINDOW_WAYS
from booking.rules.layers import Policy
from booking.rules.policy import Payment
from hotline.config.tables import PaymentsTable
from hotline.payments.alipay import GATEWAY
from hotline.payments.wechat import API

Warned = tuple[str, str]
"""A key of ``[payments]``, and what is said of it."""

_LISTEN = (
    'right: listen = "tcp:9190:interface=127.0.0.1", and a TLS proxy that passes POST /alipay and POST /wechat on to it'
)
_SECRETS = {
    "bill": ("bill_token_file",),
    "alipay": ("alipay_key_file",),
    "wechat": ("wechat_key_file", "wechat_v3_key_file"),
}
_SWITCHES = {"alipay": ("alipay_app_id", "2021001100000000"), "wechat": ("wechat_merchant", "1600000000")}
_INTERFACE = re.compile(r":interface=((?:\\.|[^:\\])+)")


def payment_warnings(table: PaymentsTable, files: Mapping[str, Path], given: Collection[str]) -> Iterator[Warned]:
    """``files``: the files that keys name; ``given``: the keys that are written and not empty."""
    used = ways_of(table)
    yield from _halves(table, given)
    yield from _listening(table, used)
    yield from _unsealed(table, used)
    yield from _open_files(table, files, used)
    yield from _mixed_up(table)


def ways_of(table: PaymentsTable) -> frozenset[str]:
    """Those of bill, alipay and wechat that are configured."""
    there = {"bill": table.bill != "none", "alipay": bool(table.alipay_app_id), "wechat": bool(table.wechat_merchant)}
    return frozenset(way for way, is_there in there.items() if is_there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """Rules want payment ``when`` (booking or hold) by ``wanted``, and none of these ways is there: ``key`` with ``example`` would bring one."""

    when: str
    wanted: tuple[str, ...]
    key: str
    example: str


def unpaid(policy: Policy, table: PaymentsTable) -> Iterator[Unpaid]:
    """Where these rules want a booking to be paid by ways of which none is there: each once."""
    found = (_unpaid(terms.payment, ways_of(table)) for terms in policy.every())
    yield from dict.fromkeys(each for each in found if each is not None)


def unpayable(policy: Policy, table: PaymentsTable) -> Iterator[Warned]:
    """The same in words."""
    for each in unpaid(policy, table):
        ways, keys = ", ".join(each.wanted), "" if each.key == "bill" else " with its keys"
        if each.when == "hold":
            said = f"hold numbers until they are paid (by {ways}), and nobody could pay so: every hold would run out"
        else:
            said = f"charge with the booking (by {ways}), and nobody is there who could be charged"
        right = f'{each.key} = "{each.example}"{keys}, or payment.when = "visit" in the rules'
        yield each.key, f"the imported rules {said}; right: {right}"


def _unpaid(payment: Payment, used: frozenset[str]) -> Unpaid | None:
    """A payment at the window needs nothing of the configuration."""
    wanted = _wanted(payment)
    if payment.when == "visit" or not used.union(WINDOW_WAYS).isdisjoint(wanted):
        return None
    key, example = ("bill", "file") if "bill" in wanted else _SWITCHES["wechat" if "wechat" in wanted else "alipay"]
    return Unpaid(when=payment.when, wanted=wanted, key=key, example=example)


def _wanted(payment: Payment) -> tuple[str, ...]:
    """As bookings are charged where the rules name no way (``booking.store.money.charging``)."""
    return payment.ways or (ONLINE_WAYS if payment.when == "hold" else ("bill",))


def _halves(table: PaymentsTable, given: Collection[str]) -> Iterator[Warned]:
    """Keys of a way that is not switched on: somebody meant it to be."""
    for way, (switch, example) in _SWITCHES.items():
        mine = sorted(key for key in given if key.startswith(f"{way}_") and key != switch)
        if mine and not getattr(table, switch):
            yield mine[0], f'is not read without {switch}: this way is not used; right: {switch} = "{example}"'
    by_http = [(key, "api") for key in ("bill_url", "bill_token_file", "bill_ca_file")]
    for key, bill in (*by_http, ("bill_directory", "file")):
        if key in given and table.bill != bill:
            yield key, f'is not read with bill = "{table.bill}"; right: bill = "{bill}"'


def _listening(table: PaymentsTable, used: Collection[str]) -> Iterator[Warned]:
    noticed = [way for way in ONLINE_WAYS if way in used]
    if noticed and not table.listen:
        yield (
            "listen",
            f"is empty: a payment by {' or '.join(noticed)} is only found minutes later, by asking; {_LISTEN}",
        )
    if table.listen and not noticed:
        yield "listen", 'serves nobody without alipay_app_id or wechat_merchant; right: listen = ""'
    elif table.listen.startswith("tcp") and not _only_here(table.listen):
        yield "listen", f"takes notices from other machines without TLS: they could be read on their way; {_LISTEN}"


def _only_here(endpoint: str) -> bool:
    found = _INTERFACE.search(endpoint)
    return found is not None and _is_here(found[1].replace("\\", ""))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unsealed(table: PaymentsTable, used: Collection[str]) -> Iterator[Warned]:
    """A proxy on this machine may add the TLS."""
    for way, key, url, right in (
        ("alipay", "alipay_gateway", table.alipay_gateway, GATEWAY),
        ("wechat", "wechat_api", table.wechat_api, API),
    ):
        parts = urlsplit(url)
        sealed = parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or ""))
        if way in used and not sealed:
            yield key, f'is no https:// address: anybody on the way could read what is asked; right: {key} = "{right}"'


def _open_files(table: PaymentsTable, files: Mapping[str, Path], used: Collection[str]) -> Iterator[Warned]:
    for key in (key for way, keys in _SECRETS.items() if way in used for key in keys):
        if key in files and _mode(files[key]) & stat.S_IROTH:
            yield key, f"may be read by everybody; right: chmod 600 {files[key]}"
    for folder in (table.bill_directory, table.bill_directory / "in") if table.bill == "file" else ():
        if _mode(folder) & stat.S_IWOTH:
            said = "may be written by everybody, and what is written there pays bills"
            yield "bill_directory", f"{said}; right: chmod 700 {folder}"


def _mode(path: Path) -> int:
    """0 for what is not there yet: the daemon makes its folders itself."""
    return path.stat().st_mode if path.exists() else 0


def _mixed_up(table: PaymentsTable) -> Iterator[Warned]:
    """Both ways hand out two keys with names that are alike; with the wrong one nothing of theirs is believed."""
    keys = table.settings()
    if keys.alipay is not None and keys.alipay.theirs == keys.alipay.ours.public_key():
        said = "is the other half of alipay_key_file: nothing that Alipay says would be believed"
        yield "alipay_public_key_file", f"{said}; right: 支付宝公钥 of the open platform, not 应用公钥"
    if keys.wechat is not None and keys.wechat.ours.public_key() in keys.wechat.theirs.values():
        said = "is the other half of wechat_key_file: nothing that WeChat Pay says would be believed"
        yield (
            "wechat_platform_key_file",
            f"{said}; right: 平台证书 or 微信支付公钥 of the merchant platform, not apiclient_cert.pem",
        )
