"""Words to submit_sm PDUs, in the one way this SMSC wants long texts."""

from __future__ import annotations

from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.smpp.values import (
    ESM_UDHI,
    TLV_MESSAGE_PAYLOAD,
    TLV_SAR_PART,
    TLV_SAR_REFERENCE,
    TLV_SAR_TOTAL,
    Address,
    SubmitSm,
    Tlv,
)
from sms_gateway.text.split import MOST_PARTS, TooLong, cut, split


def submits(
    to: str, text: str, ref: int, settings: SmscSettings, *, validity: str = "", most: int = MOST_PARTS
) -> list[SubmitSm]:
    """The PDUs that carry ``text`` from the service number to ``to`` (E.164, with or without ``+``), in their order.

    ``ref`` should count up for each text to the same phone. ``validity`` is an SMPP time (3.4, 7.1.1). Raises TooLong.
    """
    wide = settings.long_messages == "udh16"
    if settings.long_messages in ("udh", "udh16"):
        return [
            _submit(
                to,
                settings,
                part.data_coding,
                part.udh + part.body,
                validity=validity,
                esm_class=ESM_UDHI if part.udh else 0,
            )
            for part in split(text, ref, wide=wide, most=most)
        ]
    coding, bodies = cut(text)
    total = len(bodies)
    if total > most:
        raise TooLong(f"{total} parts, {most} allowed")
    if total == 1:
        return [_submit(to, settings, coding, bodies[0], validity=validity)]
    if settings.long_messages == "payload":
        return [
            _submit(to, settings, coding, b"", validity=validity, tlvs=(Tlv(TLV_MESSAGE_PAYLOAD, b"".join(bodies)),))
        ]
    return [
        _submit(to, settings, coding, body, validity=validity, tlvs=_sar(ref, total, part))
        for part, body in enumerate(bodies, 1)
    ]


def _sar(ref: int, total: int, part: int) -> tuple[Tlv, ...]:
    return (
        Tlv(TLV_SAR_REFERENCE, (ref & 0xFFFF).to_bytes(2, "big")),
        Tlv(TLV_SAR_TOTAL, bytes([total])),
        Tlv(TLV_SAR_PART, bytes([part])),
    )


def _submit(
    to: str,
    settings: SmscSettings,
    coding: int,
    body: bytes,
    *,
    validity: str,
    esm_class: int = 0,
    tlvs: tuple[Tlv, ...] = (),
) -> SubmitSm:
    return SubmitSm(
        source=Address(settings.service_number, settings.service_ton, settings.service_npi),
        destination=Address(to.removeprefix("+"), settings.patient_ton, settings.patient_npi),
        esm_class=esm_class,
        validity=validity,
        registered_delivery=1 if settings.receipts else 0,
        data_coding=int(coding),
        short_message=body,
        tlvs=tlvs,
    )
