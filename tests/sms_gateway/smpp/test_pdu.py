"""The project's own codec: bytes as the standard draws them, every value back as it was, and no bytes that hurt."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as s

from sms_gateway.smpp import status as st
from sms_gateway.smpp.decoding import read_tlvs
from sms_gateway.smpp.encoding import nack
from sms_gateway.smpp.pdu import (
    Address,
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Malformed,
    Other,
    SubmitSm,
    SubmitSmResp,
    Tlv,
    Unbind,
    UnbindResp,
    Unencodable,
    decode,
    encode,
)

GOLDEN = [
    (
        "deliver_sm, UCS-2, 你好",
        "00000037 00000005 00000000 00000007"
        "00 01 01 3836313338303031333830303000 00 01 313235383000 00 00 00 00 00 00 00 08 00 04 4f60597d",
        DeliverSm(
            sequence=7,
            source=Address("8613800138000", 1, 1),
            destination=Address("12580", 0, 1),
            data_coding=8,
            short_message="你好".encode("utf-16-be"),
        ),
    ),
    (
        "submit_sm with a time, a receipt asked for, a vendor TLV and message_payload",
        "00000049 00000004 00000000 00000001"
        "434d5400 00 01 313235383000 01 01 313338303000 40 41 01 00 3030303030303030303530303030305200 01 00 00 00 00"
        "0424 0002 6869 1400 0001 09",
        SubmitSm(
            sequence=1,
            service_type="CMT",
            source=Address("12580", 0, 1),
            destination=Address("13800", 1, 1),
            esm_class=0x40,
            protocol_id=0x41,
            priority=1,
            validity="000000000500000R",
            registered_delivery=1,
            tlvs=(Tlv(0x0424, b"hi"), Tlv(0x1400, b"\x09")),
        ),
    ),
    ("deliver_sm_resp", "00000011 80000005 00000000 00000007 00", DeliverSmResp(sequence=7)),
    ("submit_sm_resp", "00000015 80000004 00000000 00000009 3461326600", SubmitSmResp(sequence=9, message_id="4a2f")),
    (
        "submit_sm_resp, throttled, no body",
        "00000010 80000004 00000058 00000009",
        SubmitSmResp(sequence=9, status=0x58),
    ),
    (
        "bind_transceiver",
        "00000028 00000009 00000000 00000001 686f746c696e6500 73656372657400 565300 34 01 01 313300",
        BindTransceiver(
            sequence=1, system_id="hotline", password="secret", system_type="VS", address_range=Address("13", 1, 1)
        ),
    ),
    (
        "bind_receiver",
        "0000001e 00000001 00000000 00000001 686f746c696e6500 00 00 34 00 00 00",
        BindReceiver(sequence=1, system_id="hotline"),
    ),
    (
        "bind_transmitter",
        "0000001e 00000002 00000000 00000001 686f746c696e6500 00 00 33 00 00 00",
        BindTransmitter(sequence=1, system_id="hotline", interface_version=0x33),
    ),
    (
        "bind_transceiver_resp with the SMSC's version",
        "0000001a 80000009 00000000 00000001 534d534300 0210 0001 34",
        BindTransceiverResp(sequence=1, system_id="SMSC", tlvs=(Tlv(0x0210, b"\x34"),)),
    ),
    ("enquire_link", "00000010 00000015 00000000 00000002", EnquireLink(sequence=2)),
    ("enquire_link_resp", "00000010 80000015 00000000 00000002", EnquireLinkResp(sequence=2)),
    ("unbind", "00000010 00000006 00000000 00000003", Unbind(sequence=3)),
    ("unbind_resp", "00000010 80000006 00000000 00000003", UnbindResp(sequence=3)),
    ("generic_nack", "00000010 80000000 00000002 00000000", GenericNack(status=2)),
]


def raw(hexed: str) -> bytes:
    return bytes.fromhex(hexed.replace(" ", ""))


def frame(command: int, body: bytes, status: int = 0, sequence: int = 5) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


@pytest.mark.parametrize(("hexed", "value"), [one[1:] for one in GOLDEN], ids=[one[0] for one in GOLDEN])
class TestGoldenBytes:
    def test_is_written_as_the_standard_draws_it(self, hexed, value):
        """What the hotline says is what any SMSC expects, byte for byte."""
        assert encode(value).hex() == raw(hexed).hex()

    def test_is_read_back_as_it_was(self, hexed, value):
        """What an SMSC says arrives with nothing lost or added."""
        assert decode(raw(hexed)) == value


_octet = s.integers(0, 255)
_latin = s.characters(min_codepoint=1, max_codepoint=255)


def _words(most: int) -> s.SearchStrategy[str]:
    return s.text(_latin, max_size=most)


_address = s.builds(Address, _words(20), _octet, _octet)
_tlvs = s.lists(s.builds(Tlv, s.integers(0, 0xFFFF), s.binary(max_size=300)), max_size=4).map(tuple)
_sequence = s.integers(0, 0xFFFFFFFF)
_status = s.integers(0, 0xFFFFFFFF)
_message = {
    "sequence": _sequence,
    "service_type": _words(5),
    "source": _address,
    "destination": _address,
    "esm_class": _octet,
    "protocol_id": _octet,
    "priority": _octet,
    "schedule": _words(16),
    "validity": _words(16),
    "registered_delivery": _octet,
    "replace": _octet,
    "data_coding": _octet,
    "default_msg_id": _octet,
    "short_message": s.binary(max_size=254),
    "tlvs": _tlvs,
}
_bind = {
    "sequence": _sequence,
    "system_id": _words(15),
    "password": _words(8),
    "system_type": _words(12),
    "interface_version": _octet,
    "address_range": s.builds(Address, _words(40), _octet, _octet),
}
_response = {"sequence": _sequence, "status": _status, "message_id": _words(64), "tlvs": _tlvs}
_bound = {"sequence": _sequence, "status": _status, "system_id": _words(15), "tlvs": _tlvs}
_bare = {"sequence": _sequence, "status": _status}
any_pdu = s.one_of(
    *(s.builds(kind, **_message) for kind in (DeliverSm, SubmitSm)),
    *(s.builds(kind, **_bind) for kind in (BindReceiver, BindTransmitter, BindTransceiver)),
    *(s.builds(kind, **_bound) for kind in (BindReceiverResp, BindTransmitterResp, BindTransceiverResp)),
    s.builds(DeliverSmResp, **_response),
    s.builds(SubmitSmResp, **_response).filter(lambda pdu: pdu.message_id or not pdu.status),
    *(s.builds(kind, **_bare) for kind in (EnquireLink, EnquireLinkResp, Unbind, UnbindResp, GenericNack)),
)


@given(any_pdu)
def test_whatever_is_written_reads_back_the_same(pdu):
    """No value is changed by a trip over the wire."""
    written = encode(pdu)
    assert decode(written) == pdu
    assert int.from_bytes(written[:4], "big") == len(written)


COMMANDS = [0, 1, 2, 3, 4, 5, 6, 9, 0x0B, 0x15, 0x102, 0x103, 0x3FFFFFFF]


@given(s.sampled_from(COMMANDS), s.booleans(), s.binary(max_size=200), _status, _sequence)
def test_a_body_of_any_bytes_never_raises(command, response, body, status, sequence):
    """Whatever an SMSC sends, the hotline reads it or says why not."""
    read = decode(frame(command | (0x80000000 if response else 0), body, status, sequence))
    assert read.sequence == sequence
    if isinstance(read, Malformed):
        assert read.status
        assert read.why in {"body", "message length", "tlv"}


@given(s.binary(max_size=64))
def test_a_frame_of_any_bytes_never_raises(data):
    """Even bytes that are no PDU at all are answered with a value."""
    read = decode(data)
    assert not isinstance(read, Malformed) or read.why


@given(any_pdu, s.data())
def test_a_pdu_cut_short_or_garbled_never_raises(pdu, data):
    """A PDU damaged anywhere is still only a value, with the sequence number it had."""
    written = bytearray(encode(pdu))
    for _ in range(data.draw(s.integers(1, 4))):
        if len(written) > 16:
            written[data.draw(s.integers(16, len(written) - 1))] = data.draw(_octet)
    cut = data.draw(s.integers(16, len(written)))
    damaged = cut.to_bytes(4, "big") + bytes(written[4:cut])
    assert decode(damaged).sequence == pdu.sequence


class TestMalformed:
    BODY = raw("00 01 01 313300 00 01 313200 00 00 00 00 00 00 00 08 00")

    def test_less_than_a_header(self):
        """Fifteen bytes are no PDU."""
        assert decode(b"\0" * 15) == Malformed(command=0, sequence=0, status=st.INVALID_COMMAND_LENGTH, why="header")

    def test_length_that_is_not_the_frames(self):
        """A length field that disagrees with the bytes is refused with the command and number it names."""
        assert decode(raw("00000020 00000005 00000000 00000007")) == Malformed(
            command=5, sequence=7, status=st.INVALID_COMMAND_LENGTH, why="length"
        )

    def test_sm_length_beyond_the_pdu(self):
        """A message said to be longer than its PDU is not taken short."""
        bad = decode(frame(5, self.BODY + b"\xc8hi"))
        assert (bad.status, bad.why) == (st.INVALID_MESSAGE_LENGTH, "message length")

    @pytest.mark.parametrize("tail", ["1400 00c8 0102", "1400 00", "01", "0000 0001"])
    def test_tlv_that_does_not_add_up(self, tail):
        """A parameter cut off (it might have been the message) refuses the whole PDU."""
        bad = decode(frame(5, self.BODY + b"\0" + raw(tail)))
        assert (bad.status, bad.why) == (st.BAD_TLV_STREAM, "tlv")

    @pytest.mark.parametrize("padding", [b"\0", b"\0\0", b"\0\0\0"])
    def test_padding_at_the_end_costs_nobody_their_text(self, padding):
        """SMSCs that pad with zeros are understood."""
        assert decode(frame(5, self.BODY + b"\2hi" + padding)).short_message == b"hi"

    @pytest.mark.parametrize("cut", range(len(BODY) + 1))
    def test_body_cut_anywhere(self, cut):
        """A mandatory part cut at any place is refused, never guessed."""
        assert isinstance(decode(frame(5, self.BODY[:cut])), Malformed)

    def test_address_without_end(self):
        """An address is not looked for through a whole PDU."""
        bad = decode(frame(5, b"\0\1\1" + b"1" * 80 + b"\0" + self.BODY[6:]))
        assert (bad.status, bad.why) == (st.INVALID_COMMAND_LENGTH, "body")

    @pytest.mark.parametrize("cut", range(14))
    def test_bind_cut_anywhere(self, cut):
        """A bind that is not whole binds nobody."""
        assert isinstance(decode(frame(9, raw("68 00 70 00 00 34 00 00 313300")[:cut])), Malformed) == (cut < 11)


class TestTolerance:
    def test_response_without_a_body(self):
        """An SMSC may leave out the body of a response."""
        assert decode(frame(0x80000004, b"")) == SubmitSmResp(sequence=5)

    def test_message_id_without_its_end(self):
        """A message id that lacks its NUL still names the message."""
        assert decode(frame(0x80000004, b"abc")).message_id == "abc"

    def test_response_with_broken_parameters(self):
        """An acceptance counts, even when the parameters behind it do not read."""
        assert decode(frame(0x80000004, b"abc\0\1\2\3")) == SubmitSmResp(sequence=5, message_id="abc")

    def test_response_with_parameters_after_the_id(self):
        """The words an SMSC adds to a refusal are kept."""
        read = decode(frame(0x80000004, b"\0\0\x1d\0\3bad", status=8))
        assert read.tlvs == (Tlv(0x1D, b"bad"),)

    def test_long_foreign_address(self):
        """A sender's name of 40 places is read whole."""
        body = b"\0\5\0" + b"N" * 40 + b"\0" + raw("00 01 313200 00 00 00 00 00 00 00 08 00 00")
        assert decode(frame(5, body)).source.digits == "N" * 40

    def test_header_only_with_a_body(self):
        """An enquire_link with something behind it is an enquire_link."""
        assert decode(frame(0x15, b"x")) == EnquireLink(sequence=5)

    def test_other_commands_stay_whole(self):
        """What the codec does not read keeps its bytes for whoever does."""
        whole = frame(0x103, b"anything")
        other = decode(whole)
        assert other == Other(command=0x103, sequence=5, status=0, frame=whole)
        assert encode(other) == whole

    def test_payload_is_the_short_message_or_the_long_one(self):
        """A long text in message_payload is found where a short one would be."""
        assert SubmitSm(short_message=b"a", tlvs=(Tlv(0x0424, b"b"),)).payload == b"a"
        assert SubmitSm(tlvs=(Tlv(1, b"x"), Tlv(0x0424, b"b"))).payload == b"b"
        assert SubmitSm().payload == b""

    def test_schedule_without_validity(self):
        """Times are told apart when only one is given."""
        pdu = SubmitSm(schedule="000000000500000R", esm_class=3, priority=2)
        assert decode(encode(pdu)) == pdu


class TestUnencodable:
    @pytest.mark.parametrize(
        ("pdu", "field"),
        [
            (SubmitSm(short_message=b"x" * 255), "short_message"),
            (SubmitSm(destination=Address("1" * 21)), "destination"),
            (SubmitSm(source=Address("张三")), "source"),
            (SubmitSm(source=Address("1\0002")), "source"),
            (SubmitSm(data_coding=256), "a one-byte field"),
            (SubmitSm(esm_class=-1), "a one-byte field"),
            (SubmitSm(service_type="TOOLONG"), "service_type"),
            (SubmitSm(schedule="0" * 17), "schedule"),
            (SubmitSm(validity="0" * 17), "validity"),
            (SubmitSm(tlvs=(Tlv(0x10000, b""),)), "tlv"),
            (SubmitSm(tlvs=(Tlv(1, b"x" * 0x10000),)), "tlv"),
            (BindTransceiver(system_id="sixteen-letters!"), "system_id"),
            (BindTransceiver(system_id="a", interface_version=300), "a one-byte field"),
            (DeliverSmResp(sequence=1, message_id="x" * 65), "message_id"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_never_cut(self, pdu, field):
        """A number one digit too long goes to nobody, rather than to somebody else."""
        with pytest.raises(Unencodable) as told:
            encode(pdu)
        assert told.value.field == field
        assert told.value.status


class TestNack:
    @pytest.mark.parametrize(
        ("command", "hexed"),
        [
            (0x05, "00000011 80000005 00000001 00000007 00"),
            (0x04, "00000010 80000004 00000001 00000007"),
            (0x09, "00000010 80000009 00000001 00000007"),
            (0x103, "00000010 80000000 00000001 00000007"),
        ],
    )
    def test_a_bad_pdu_is_answered_by_its_own_response_where_it_has_one(self, command, hexed):
        """The SMSC learns which of its PDUs was not understood."""
        assert nack(Malformed(command=command, sequence=7, status=1, why="body"), 1) == raw(hexed)


def test_tlvs_are_walked_from_anywhere():
    """Parameters read alike wherever they begin."""
    assert read_tlvs(b"xx\0\1\0\1A", 2) == (Tlv(1, b"A"),)
