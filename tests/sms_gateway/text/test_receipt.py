"""Receipts: told apart from texts by esm_class alone, read in every spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as s

from sms_gateway.smpp.pdu import DeliverSm, Tlv
from sms_gateway.text.receipt import DeliveryState, Receipt, normal_id, read_receipt

ID, STATE, ERROR = 0x001E, 0x0427, 0x0423


def receipt(words: str, *tlvs: Tlv, esm_class: int = 0x04) -> Receipt | None:
    return read_receipt(DeliverSm(esm_class=esm_class, short_message=words.encode("latin-1"), tlvs=tlvs))


@pytest.mark.parametrize(
    ("words", "message_id", "state", "error"),
    [
        (
            "id:77 sub:001 dlvrd:001 submit date:2607140900 done date:2607140901 stat:DELIVRD err:000 text:CX",
            "77",
            "DELIVERED",
            "000",
        ),
        ("stat:UNDELIV id:77 err:12", "77", "UNDELIVERABLE", "12"),
        ("ID:0077 STAT:EXPIRED ERR:ab", "77", "EXPIRED", "ab"),
        ("id:77 stat:FAILED", "77", "UNDELIVERABLE", ""),
        ("id:77 stat:BUFFRED", "77", "ENROUTE", ""),
        ("id:77 stat:ACKED", "77", "ACCEPTED", ""),
        ("id:77 status:Delivered error:1", "77", "DELIVERED", "1"),
        ("id:77 stat:REJECTD", "77", "REJECTED", ""),
        ("id:77 stat:DELETED", "77", "DELETED", ""),
        ("id:77 stat:SKIPPED", "77", "UNKNOWN", ""),
        ("id:77 stat: DELIVRD", "77", "DELIVERED", ""),
        ("submit date:260714090000 done date:260714090102 id:77 stat:DELIVRD", "77", "DELIVERED", ""),
        ("id:77 stat:DELIVRD text: id:99 stat:EXPIRED", "77", "DELIVERED", ""),
        ("Text: id:99 stat:EXPIRED", "", "UNKNOWN", ""),
        ("void:1 id:77 stat:DELIVRD", "77", "DELIVERED", ""),
        ("", "", "UNKNOWN", ""),
    ],
)
def test_receipts_of_many_smscs(words, message_id, state, error):
    """Fields in any order, some missing, any case, dates of ten or twelve digits."""
    assert receipt(words) == Receipt(
        message_id=normal_id(message_id) if message_id else "", state=DeliveryState(state), error=error
    )


def test_parameters_are_believed_before_words():
    """Where TLVs and words differ, the TLVs are right."""
    read = receipt("id:1 stat:EXPIRED err:1", Tlv(ID, b"00AB\0"), Tlv(STATE, b"\2"), Tlv(ERROR, b"\3\1\2"))
    assert read == Receipt(message_id="ab", state=DeliveryState.DELIVERED, error="3:258")


def test_crooked_parameters_fall_back_to_words():
    """Empty or unheard-of values do not hide what the words say."""
    read = receipt("id:1 stat:EXPIRED err:9", Tlv(ID, b"\0"), Tlv(STATE, b"\x63"), Tlv(ERROR, b"\3"))
    assert read == Receipt(message_id="1", state=DeliveryState.EXPIRED, error="9")
    assert receipt("id:1 stat:EXPIRED", Tlv(STATE, b"")).state is DeliveryState.EXPIRED


@pytest.mark.parametrize("esm_class", [0x00, 0x03, 0x40, 0x80, 0x10, 0x18])
def test_a_text_that_looks_like_a_receipt_is_a_text(esm_class):
    """A patient may write what she likes: the words never decide alone."""
    assert receipt("id:77 stat:DELIVRD", esm_class=esm_class) is None


@pytest.mark.parametrize("esm_class", [0x04, 0x08, 0x20, 0x44, 0x07])
def test_every_kind_of_receipt(esm_class):
    """Receipts, handset acknowledgements and intermediate notices are no texts."""
    assert receipt("id:77 stat:DELIVRD", esm_class=esm_class) is not None


@given(s.binary(max_size=200), s.binary(max_size=10), s.binary(max_size=70))
def test_any_receipt_is_read(words, state, number):
    """No receipt raises, however strange."""
    read = read_receipt(DeliverSm(esm_class=4, short_message=words, tlvs=(Tlv(STATE, state), Tlv(ID, number))))
    assert len(read.message_id) <= 64


@pytest.mark.parametrize(
    ("told", "receipted"),
    [
        (("4a2f", "text"), ("4A2F", "text")),
        (("00004a2f", "text"), ("4a2f", "text")),
        (("4a2f", "hex"), ("18991", "decimal")),
        (("0018991", "decimal"), ("4A2F", "hex")),
        (("18991", "text"), ("0000018991", "text")),
        (("c7b1a2f0-07d3-4a9e", "text"), ("c7b1a2f0-07d3-4a9e", "text")),
        (("0", "text"), ("000", "text")),
        (("x1", "hex"), (" x1\0", "hex")),
    ],
)
def test_the_same_message_has_the_same_id(told, receipted):
    """However an SMSC writes numbers in its answers and in its receipts, they meet."""
    assert normal_id(*told) == normal_id(*receipted)


def test_ids_stay_apart():
    """A UUID keeps its zeros and its case; a decimal number is not taken for a hexadecimal one."""
    assert normal_id("00AB-1") == "00AB-1"
    assert normal_id("10", "decimal") != normal_id("10", "hex")
