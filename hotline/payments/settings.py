"""From what ``[payments]`` says to the ways that this house has: all of a way, or none of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cryptography.x509 import Certificate

from booking.clock import Clock
from hotline.payments.alipay import Alipay, AlipayKeys
from hotline.payments.bill_api import BillApi
from hotline.payments.bill_files import BillFiles
from hotline.payments.http import Http
from hotline.payments.keys import authorities, private_key, public_key
from hotline.payments.port import PayWay
from hotline.payments.wechat import Wechat, WechatKeys

BILLS = ("none", "file", "api")
_V3_KEY_BYTES = 32
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSettings:
    """``bill``: none, file (``bill_directory``) or api (``bill_url``, ``bill_token``). Keys are None for a way that the house has not.
    ``believed``: whose certificates a way's server may show; of a way that is not named the system's authorities.
    """

    listen: str
    bill: str
    bill_directory: Path
    bill_url: str
    bill_token: str
    alipay: AlipayKeys | None
    wechat: WechatKeys | None
    believed: Mapping[str, Sequence[Certificate]] = field(default_factory=dict)


def alipay_keys(app_id: str, key: str, alipay_key: str, gateway: str) -> AlipayKeys | None:
    """None without an ``app_id``; raises ValueError in words that name the key of the configuration that is wrong."""
    if not app_id:
        return None
    return AlipayKeys(
        app_id=app_id,
        ours=_read("alipay_key_file", private_key, key),
        theirs=_read("alipay_public_key_file", public_key, alipay_key),
        gateway=gateway,
    )


def wechat_keys(
    merchant: str, serials: tuple[str, str], keys: tuple[str, str], v3_key: str, api: str
) -> WechatKeys | None:
    """None without a ``merchant``; ``serials`` and ``keys`` are ours and the platform's. Raises ValueError, as above."""
    if not merchant:
        return None
    for name, value in zip(("wechat_serial", "wechat_platform_serial"), serials, strict=True):
        if not value:
            raise ValueError(f"needs {name} as well")
    if len(v3_key.encode()) != _V3_KEY_BYTES:
        raise ValueError("wechat_v3_key_file must hold 32 characters")
    return WechatKeys(
        merchant=merchant,
        our_serial=serials[0],
        ours=_read("wechat_key_file", private_key, keys[0]),
        theirs={serials[1]: _read("wechat_platform_key_file", public_key, keys[1])},
        v3_key=v3_key.encode(),
        api=api,
    )


def bill_files(settings: PaymentSettings, hospital_code: str, clock: Clock) -> BillFiles | None:
    """The folders of the operator's batch files, where bills go by file."""
    return BillFiles(settings.bill_directory, hospital_code, clock) if settings.bill == "file" else None


def believed(texts: Mapping[str, str]) -> dict[str, Sequence[Certificate]]:
    """The authorities of each way that names its own; raises ValueError, as above."""
    return {way: _read(f"{way}_ca_file", authorities, text) for way, text in texts.items() if text}


def ways(
    settings: PaymentSettings, files: BillFiles | None, http: Callable[[Sequence[Certificate]], Http], clock: Clock
) -> list[PayWay]:
    """The ways that are spoken to from here; the window is none. ``http`` believes these authorities, the system's when none is given."""

    def to(way: str) -> Http:
        return http(settings.believed.get(way, ()))

    found: list[PayWay] = [] if files is None else [files]
    if settings.bill == "api":
        found.append(BillApi(settings.bill_url, settings.bill_token, to("bill")))
    if settings.alipay is not None:
        found.append(Alipay(settings.alipay, to("alipay"), clock))
    if settings.wechat is not None:
        found.append(Wechat(settings.wechat, to("wechat"), clock))
    return found


def _read(name: str, read: Callable[[str], T], text: str) -> T:
    if not text:
        raise ValueError(f"needs {name} as well")
    try:
        return read(text)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
