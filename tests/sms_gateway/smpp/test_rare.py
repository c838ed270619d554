"""smpplib behind one door: what it knows well is used, what it gets wrong does not pass."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as s

from sms_gateway.smpp import status as st
from sms_gateway.smpp.pdu import Address, Malformed, Other, Tlv, Unencodable, decode
from sms_gateway.smpp.rare import Rare, as_delivery, data_sm_resp, read_rare, write_rare

DATA_BODY = bytes.fromhex("0001013133000001313200400008")


def other(command: int, body: bytes) -> Other:
    whole = struct.pack(">IIII", 16 + len(body), command, 0, 5) + body
    read = decode(whole)
    assert isinstance(read, Other)
    return read


def test_a_data_sm_is_a_delivery_in_other_clothes():
    """An SMSC that sends texts as data_sm is understood: the words stand in message_payload."""
    rare = read_rare(other(0x103, DATA_BODY + bytes.fromhex("04240004") + "你好".encode("utf-16-be")))
    assert isinstance(rare, Rare)
    delivery = as_delivery(rare)
    assert delivery.payload == "你好".encode("utf-16-be")
    assert delivery.source == Address("13", 1, 1)
    assert delivery.destination == Address("12", 0, 1)
    assert (delivery.esm_class, delivery.data_coding, delivery.sequence) == (0x40, 8, 5)


def test_parameters_are_walked_by_our_own_reader():
    """A parameter that smpplib would raise on, or misread, arrives raw."""
    rare = read_rare(other(0x103, DATA_BODY + bytes.fromhex("14010002abcd020c000400000007")))
    assert rare.tlvs == (Tlv(0x1401, b"\xab\xcd"), Tlv(0x020C, b"\0\0\0\7"))


@pytest.mark.parametrize("cut", range(len(DATA_BODY)))
def test_a_body_cut_anywhere_is_refused(cut):
    """What smpplib would accept half is not accepted."""
    bad = read_rare(other(0x103, DATA_BODY[:cut]))
    assert (bad.status, bad.why) == (st.INVALID_COMMAND_LENGTH, "body")


def test_broken_parameters_are_refused():
    """A payload cut short is no payload."""
    bad = read_rare(other(0x103, DATA_BODY + bytes.fromhex("042400c8") + b"hi"))
    assert (bad.status, bad.why) == (st.BAD_TLV_STREAM, "tlv")


@pytest.mark.parametrize("command", [0x0B, 0x08, 0x07, 0x21, 0x00010200])
def test_what_nobody_knows_is_a_value_too(command):
    """outbind, cancel, replace, submit_multi and vendors' commands do not raise."""
    assert read_rare(other(command, b"x\0")) == Malformed(
        command=command, sequence=5, status=st.INVALID_COMMAND, why="command"
    )


@given(s.sampled_from([0x103, 0x80000103, 0x102, 0x03, 0x80000003]), s.binary(max_size=80))
def test_any_bytes_are_read_or_refused(command, body):
    """Whatever comes behind that door, nothing is raised from it."""
    assert isinstance(read_rare(other(command, body)), Rare | Malformed)


@pytest.mark.parametrize(
    "pdu",
    [
        Rare(
            command="query_sm",
            sequence=9,
            fields={"message_id": "4a", "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "12"},
        ),
        Rare(command="data_sm_resp", sequence=9, status=8, fields={"message_id": "77"}, tlvs=(Tlv(0x1D, b"no\0"),)),
        Rare(
            command="alert_notification",
            sequence=9,
            fields={
                "source_addr_ton": 1,
                "source_addr_npi": 1,
                "source_addr": "13800138000",
                "esme_addr_ton": 0,
                "esme_addr_npi": 1,
                "esme_addr": "12580",
            },
        ),
    ],
)
def test_what_is_written_reads_back(pdu):
    """The rare PDUs survive the trip through the library."""
    assert read_rare(decode(write_rare(pdu))) == pdu


def test_a_field_that_would_be_cut_is_refused():
    """smpplib would shorten a long id silently; here it is an error."""
    with pytest.raises(Unencodable):
        write_rare(Rare(command="data_sm_resp", sequence=1, fields={"message_id": "x" * 65}))


def test_what_smpplib_cannot_write_is_one_kind_of_error():
    """Whatever the library raises comes out as Unencodable."""
    with pytest.raises(Unencodable):
        write_rare(Rare(command="query_sm", sequence=1, fields={"source_addr_ton": 999}))


def test_answer_to_a_data_sm():
    """A data_sm is answered by its own response, with its number."""
    assert data_sm_resp(7, 0x64).hex() == "0000001180000103000000640000000700"
