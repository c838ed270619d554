"""Every table and key of the configuration, its default, its bounds and what it means.

These dataclasses are the only list of keys: reading, ``hotline config check``, environment variables, ``--set`` and the test
of ``hotline.sample.toml`` all walk their fields. A key that is not here is a fault. Secrets are never written into the file:
the key ``password_file`` names a file, and ``password`` here is what it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from booking.rules.policy import HousePolicy
from hotline.config.checks import (
    at_least,
    between,
    codes,
    endpoint,
    endpoint_or_nothing,
    filled,
    networks,
    nodes,
    one_of,
    port,
    url,
)
from hotline.payments.alipay import GATEWAY
from hotline.payments.settings import BILLS, PaymentSettings, alipay_keys, believed, wechat_keys
from hotline.payments.wechat import API
from sms_gateway.smpp.settings import BINDS, ID_FORMATS, LONG_MESSAGES, SmscSettings

PROMPTS = Path("/var/lib/hotline/prompts")
SPOOL = Path("/var/spool/hotline/emergency")
BILL_FOLDER = Path("/var/spool/hotline/bills")

Check = Callable[[Any], "str | None"]


def key(default: Any = MISSING, *, check: Check | None = None, held_as: str | None = None) -> Any:
    """A key. ``check`` says what is wrong with a value of the right type (None: nothing). ``held_as`` (``line`` or ``hex32``) makes it a
    secret: the configuration holds ``<name>_file``, and the value is what that file holds."""
    metadata = {"check": check, "held_as": held_as}
    return field(default=default, metadata=metadata, repr=held_as is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalTable:
    """The hospital this process serves; ``home_area`` is the telephone area code of callers who dial locally (``010``)."""

    code: str = key(check=filled)
    name: str = key(check=filled)
    short_name: str = key(check=filled)
    address: str = key("")
    phone: str = key("")
    home_area: str = key("", check=codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTable:
    """``url``, of a cluster: the node that this hospital prefers. ``nodes``: the others, in the order in which they stand in for it; every
    process of the hospital must name the same order, for two that write the same numbers on two nodes are in each other's way.
    """

    url: str = key(check=url)
    nodes: tuple[str, ...] = key((), check=nodes)
    threads: int = key(5, check=at_least(1))
    waiting_max: int = key(500, check=at_least(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyTable:
    """``key_file``: 64 hexadecimal digits (``openssl rand -hex 32``). Whoever loses it loses every identity number in the store."""

    key: bytes = key(held_as="hex32")


@dataclass(frozen=True, slots=True, kw_only=True)
class FastAgiTable:
    listen: str = key("tcp:4573:interface=127.0.0.1", check=endpoint)
    allow: tuple[str, ...] = key(("127.0.0.1",), check=networks)
    calls_max: int = key(1000, check=at_least(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class SmscTable:
    """One SMSC account; the window and the rate (PDUs a second, 0: no limit) are those of the contract with the operator."""

    name: str = key(check=filled)
    host: str = key(check=filled)
    port: int = key(2775, check=port)
    system_id: str = key(check=filled)
    password: str = key("", held_as="line")
    system_type: str = key("")
    service_number: str = key(check=codes)
    bind: str = key("transceiver", check=one_of(*BINDS))
    window: int = key(64, check=between(1, 10_000))
    rate: float = key(200.0, check=at_least(0))
    deliveries: int = key(200, check=at_least(1))
    tls: bool = key(False)
    tls_ca_file: str = key("")
    enquire_seconds: float = key(30.0, check=at_least(1))
    response_seconds: float = key(10.0, check=at_least(1))
    bind_seconds: float = key(15.0, check=at_least(1))
    inactivity_seconds: float = key(300.0, check=at_least(1))
    connect_seconds: float = key(10.0, check=at_least(1))
    service_ton: int = key(0, check=between(0, 6))
    service_npi: int = key(1, check=between(0, 18))
    patient_ton: int = key(1, check=between(0, 6))
    patient_npi: int = key(1, check=between(0, 18))
    receipts: bool = key(True)
    long_messages: str = key("udh", check=one_of(*LONG_MESSAGES))
    default_alphabet: str = key("gsm7")
    resp_id: str = key("text", check=one_of(*ID_FORMATS))
    receipt_id: str = key("text", check=one_of(*ID_FORMATS))

    def settings(self, hospital: int) -> SmscSettings:
        """As the SMS gateway takes it; raises ValueError for what SMPP itself does not allow."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return SmscSettings(**values | {"hospital": hospital, "tls_ca_file": self.tls_ca_file or None})


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsTable:
    """``directory`` on this machine; ``asterisk_prefix`` is the same place as Asterisk sees it.

    ``synthesiser = "none"``: prompts are words only, for a telephone that shows them (``hotline dial``).
    """

    directory: Path = key(PROMPTS)  # noqa: RUF009 - a field, like its neighbours; Path is frozen
    asterisk_prefix: str = key(str(PROMPTS))
    language: str = key("zh", check=one_of("zh", "en"))
    synthesiser: str = key("espeak-ng", check=one_of("espeak-ng", "none"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyTable:
    """Where the emergency script leaves what callers keyed while no server answered."""

    spool: Path = key(SPOOL)  # noqa: RUF009 - as above


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsTable:
    listen: str = key("tcp:9180:interface=127.0.0.1", check=endpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTable:
    """``format``: ``json`` (one object a line), ``console``, or ``auto``: console on a terminal, else JSON."""

    level: str = key("info", check=one_of("debug", "info", "warn", "error"))
    format: str = key("auto", check=one_of("auto", "json", "console"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTable:
    """The house's booking rules; ``window_days`` is how many days ahead may be booked."""

    patients_per_phone: int = key(4, check=at_least(1))
    bookings_per_patient_day: int = key(2, check=at_least(1))
    book_minutes_before: int = key(0, check=at_least(0))
    cancel_minutes_before: int = key(0, check=at_least(0))
    window_days: int = key(10, check=at_least(1))

    def house(self) -> HousePolicy:
        """As the rules take it where a hospital has imported none."""
        return HousePolicy(
            patients_per_phone=self.patients_per_phone,
            bookings_per_patient_day=self.bookings_per_patient_day,
            book_minutes_before=self.book_minutes_before,
            cancel_minutes_before=self.cancel_minutes_before,
            window_days=self.window_days,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainTable:
    """How long a stop waits for what was begun, in seconds."""

    seconds: float = key(20.0, check=at_least(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class AmiTable:
    """Asterisk's manager interface (for the agents' desk; checked here, used by that role)."""

    host: str = key("127.0.0.1")
    port: int = key(5038, check=port)
    username: str = key("")
    secret: str = key("", held_as="line")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskTable:
    """The agents' desk (checked here, used by that role)."""

    listen: str = key("tcp:8058:interface=127.0.0.1", check=endpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsTable:
    """The ways to pay (docs/money.md). ``listen`` empty: no notices are taken. A way without its ``bill``, ``alipay_app_id`` or
    ``wechat_merchant`` is not used. ``…_ca_file``: whose certificates are believed in the system's authorities' place.
    """

    listen: str = key("", check=endpoint_or_nothing)
    bill: str = key("none", check=one_of(*BILLS))
    bill_directory: Path = key(BILL_FOLDER)  # noqa: RUF009 - as above
    bill_url: str = key("")
    bill_token: str = key("", held_as="line")
    bill_ca: str = key("", held_as="line")
    alipay_app_id: str = key("")
    alipay_key: str = key("", held_as="line")
    alipay_public_key: str = key("", held_as="line")
    alipay_gateway: str = key(GATEWAY, check=filled)
    alipay_ca: str = key("", held_as="line")
    wechat_merchant: str = key("")
    wechat_serial: str = key("")
    wechat_key: str = key("", held_as="line")
    wechat_platform_serial: str = key("")
    wechat_platform_key: str = key("", held_as="line")
    wechat_v3_key: str = key("", held_as="line")
    wechat_api: str = key(API, check=filled)
    wechat_ca: str = key("", held_as="line")

    def settings(self) -> PaymentSettings:
        """With the keys read; raises ValueError for a way of which something is missing or wrong."""
        if self.bill == "api" and not (self.bill_url.startswith("https://") and self.bill_token):
            raise ValueError('bill = "api" needs bill_url (https://…) and bill_token_file')
        return PaymentSettings(
            listen=self.listen,
            bill=self.bill,
            bill_directory=self.bill_directory,
            bill_url=self.bill_url,
            bill_token=self.bill_token,
            alipay=alipay_keys(self.alipay_app_id, self.alipay_key, self.alipay_public_key, self.alipay_gateway),
            wechat=wechat_keys(
                self.wechat_merchant,
                (self.wechat_serial, self.wechat_platform_serial),
                (self.wechat_key, self.wechat_platform_key),
                self.wechat_v3_key,
                self.wechat_api,
            ),
            believed=believed(self._authorities()),
        )

    def _authorities(self) -> dict[str, str]:
        """Of the ways that are used: another's file may be of another day."""
        own = {"bill": (self.bill == "api", self.bill_ca), "alipay": (bool(self.alipay_app_id), self.alipay_ca)}
        own["wechat"] = (bool(self.wechat_merchant), self.wechat_ca)
        return {way: text for way, (used, text) in own.items() if used}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration, complete and valid. ``[[smsc]]`` may stand any number of times, told apart by ``name``."""

    hospital: HospitalTable
    database: DatabaseTable
    privacy: PrivacyTable
    fastagi: FastAgiTable
    smsc: tuple[SmscTable, ...]
    prompts: PromptsTable
    emergency: EmergencyTable
    metrics: MetricsTable
    log: LogTable
    policy: PolicyTable
    drain: DrainTable
    ami: AmiTable
    desk: DeskTable
    payments: PaymentsTable


TABLES: dict[str, type[Any]] = {
    "hospital": HospitalTable,
    "database": DatabaseTable,
    "privacy": PrivacyTable,
    "fastagi": FastAgiTable,
    "prompts": PromptsTable,
    "emergency": EmergencyTable,
    "metrics": MetricsTable,
    "log": LogTable,
    "policy": PolicyTable,
    "drain": DrainTable,
    "ami": AmiTable,
    "desk": DeskTable,
    "payments": PaymentsTable,
}
"""The tables that stand once; ``[[smsc]]`` is the one list."""
