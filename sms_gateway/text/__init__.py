"""Texts as phones send and show them: alphabets, long texts, receipts. Pure."""

from __future__ import annotations

from sms_gateway.text.coding import Coding, choose, decode, mend
from sms_gateway.text.concat import Concat, body_of, concat_of, text_of
from sms_gateway.text.receipt import DeliveryState, Receipt, read_receipt

__all__ = [
    "Coding",
    "Concat",
    "DeliveryState",
    "Receipt",
    "body_of",
    "choose",
    "concat_of",
    "decode",
    "mend",
    "read_receipt",
    "text_of",
]
