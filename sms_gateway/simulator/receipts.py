"""The delivery receipt that the simulated SMSC writes: TLVs and the customary words, as SMPP 3.4 appendix B shows them."""

from __future__ import annotations

from sms_gateway.smpp.pdu import DeliverSm, SubmitSm, Tlv
from sms_gateway.smpp.values import TLV_MESSAGE_STATE, TLV_RECEIPTED_MESSAGE_ID

_DELIVERED, _EXPIRED = 2, 3


def make_receipt(submitted: SubmitSm, message_id: str, *, delivered: bool) -> DeliverSm:
    """What tells the sender of ``submitted`` that the phone has it, or never will."""
    number, word = (_DELIVERED, "DELIVRD") if delivered else (_EXPIRED, "EXPIRED")
    words = f"id:{message_id} sub:001 dlvrd:{int(delivered):03d} stat:{word} err:000 text:"
    return DeliverSm(
        source=submitted.destination,
        destination=submitted.source,
        esm_class=0x04,
        short_message=words.encode("ascii"),
        tlvs=(
            Tlv(TLV_RECEIPTED_MESSAGE_ID, message_id.encode("ascii") + b"\0"),
            Tlv(TLV_MESSAGE_STATE, bytes([number])),
        ),
    )
