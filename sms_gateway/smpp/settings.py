"""One SMSC as configured: where it is, who we are there, and its habits. Wrong settings raise ValueError when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BINDS: Final = ("transceiver", "transmitter", "receiver")
LONG_MESSAGES: Final = ("udh", "udh16", "sar", "payload")
ID_FORMATS: Final = ("text", "hex", "decimal")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmscSettings:
    """``rate``: PDUs per second, 0 = no limit of ours. ``window``: submissions in flight. Times in seconds.

    ``deliveries``: incoming texts worked on at once; beyond it the link stops reading. ``default_alphabet``: what
    data_coding 0 means there; ``alphabets``: the same for other data_coding numbers. ``long_messages``: the one way this SMSC wants long
    texts. ``resp_id``/``receipt_id``: how it writes message ids in submit_sm_resp and in receipts.
    """

    name: str
    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    service_number: str
    hospital: int = 1
    bind: str = "transceiver"
    system_type: str = ""
    tls: bool = False
    tls_ca_file: str | None = None
    window: int = 64
    rate: float = 200.0
    deliveries: int = 200
    enquire_seconds: float = 30.0
    response_seconds: float = 10.0
    bind_seconds: float = 15.0
    inactivity_seconds: float = 300.0
    connect_seconds: float = 10.0
    service_ton: int = 0
    service_npi: int = 1
    patient_ton: int = 1
    patient_npi: int = 1
    receipts: bool = True
    long_messages: str = "udh"
    default_alphabet: str = "gsm7"
    alphabets: Mapping[int, str] = field(default_factory=dict)
    resp_id: str = "text"
    receipt_id: str = "text"

    def __post_init__(self) -> None:
        for value, allowed, key in (
            (self.bind, BINDS, "bind"),
            (self.long_messages, LONG_MESSAGES, "long_messages"),
            (self.resp_id, ID_FORMATS, "resp_id"),
            (self.receipt_id, ID_FORMATS, "receipt_id"),
        ):
            if value not in allowed:
                raise ValueError(f"{key} must be one of {', '.join(allowed)}, not {value!r}")
        for text, most, key in (
            (self.system_id, 15, "system_id"),
            (self.password, 8, "password"),
            (self.system_type, 12, "system_type"),
            (self.service_number, 20, "service_number"),
        ):
            if len(text) > most or not text.isascii() or "\0" in text:
                raise ValueError(f"{key} must be at most {most} ASCII characters (SMPP 3.4)")
        if not 1 <= self.window <= 10_000:
            raise ValueError("window must be between 1 and 10000")
        if self.rate < 0:
            raise ValueError("rate must not be negative")
