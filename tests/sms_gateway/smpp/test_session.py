"""The session without I/O: a hotline's side against an SMSC's side of the same class, and against raw bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as s

from sms_gateway.smpp import events as ev
from sms_gateway.smpp import status as st
from sms_gateway.smpp.frame import Oversized, Undersized
from sms_gateway.smpp.pdu import (
    Address,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
    Tlv,
    Unbind,
    UnbindResp,
    decode,
    encode,
)
from sms_gateway.smpp.session import Role, Session, State
from sms_gateway.smpp.vigil import Patience

PATIENCE = Patience(enquire=30, response=10, bind=15, inactivity=300, rest=5)
BIND = BindTransceiver(system_id="hotline", password="secret")


def esme(**options) -> Session:
    return Session(Role.ESME, 0.0, patience=options.pop("patience", PATIENCE), **options)


def smsc(**options) -> Session:
    return Session(Role.SMSC, 0.0, patience=options.pop("patience", PATIENCE), **options)


def said(session: Session) -> list:
    """The PDUs a session wants written."""
    data, found = session.take_output(), []
    while data:
        length = int.from_bytes(data[:4], "big")
        found.append(decode(data[:length]))
        data = data[length:]
    return found


def bound(bind=BIND, now: float = 0.0, **options) -> tuple[Session, Session]:
    """A hotline bound to an SMSC, nothing left to say."""
    one, other = esme(**options), smsc()
    one.bind(bind, now)
    (asked,) = other.receive(one.take_output(), now)
    other.accept_bind(asked.pdu, "SMSC", now)
    (told,) = one.receive(other.take_output(), now)
    assert told == ev.Bound("SMSC", 0x34)
    return one, other


def pass_on(a: Session, b: Session, now: float = 0.0) -> list[ev.Event]:
    return b.receive(a.take_output(), now)


class TestBinding:
    def test_a_bind_that_is_accepted_binds_both(self):
        """The SMSC says yes, and texts may pass."""
        one, other = bound()
        assert one.state is other.state is State.BOUND
        assert one.may_send
        assert other.may_send

    def test_a_bind_that_is_refused_ends_the_session(self):
        """A wrong password is told, with the SMSC's own reason."""
        one, other = esme(), smsc()
        one.bind(BIND, 0)
        (asked,) = pass_on(one, other)
        other.refuse_bind(asked.pdu, st.INVALID_PASSWORD)
        assert pass_on(other, one) == [ev.BindRefused(st.INVALID_PASSWORD)]
        assert one.closed
        assert other.state is State.OPEN

    def test_a_nack_to_the_bind_is_a_refusal(self):
        """An SMSC that does not know bind_transceiver refuses it, whatever number it puts there."""
        one = esme()
        one.bind(BIND, 0)
        assert one.receive(encode(GenericNack(sequence=0, status=3)), 1) == [ev.BindRefused(3)]

    def test_no_answer_to_the_bind(self):
        """An SMSC that takes the connection and says nothing is given up after its time."""
        one = esme()
        one.bind(BIND, 0)
        assert one.next_wake == 15
        assert one.tick(14.9) == []
        assert one.tick(15) == [ev.Silent("bind")]
        assert one.closed

    def test_nobody_who_does_not_bind_may_stay(self):
        """A stranger that connects to the SMSC and only enquires is let go."""
        other = smsc()
        other.receive(encode(EnquireLink(sequence=1)), 14)
        assert other.tick(15) == [ev.Silent("bind")]

    def test_an_answer_to_another_bind(self):
        """A bind_resp with a foreign number binds nobody."""
        one = esme()
        one.bind(BIND, 0)
        assert one.receive(encode(BindTransceiverResp(sequence=77)), 0) == [ev.Unexpected(0x80000009, 0)]
        assert one.state is State.BINDING

    def test_an_smsc_that_says_no_version_is_taken_for_3_3(self):
        """Without sc_interface_version no optional parameters may be sent."""
        one = esme()
        one.bind(BIND, 0)
        (asked,) = said(one)
        answer = BindTransceiverResp(
            sequence=asked.sequence, system_id="OLD", tlvs=(Tlv(0x1400, b"x"), Tlv(0x0210, b""))
        )
        assert one.receive(encode(answer), 0) == [ev.Bound("OLD", 0x33)]

    def test_a_3_3_hotline_is_sent_no_parameters(self):
        """The SMSC's side answers an old peer in its own terms."""
        other = smsc()
        (asked,) = other.receive(encode(BindTransceiver(sequence=1, system_id="old", interface_version=0x33)), 0)
        other.accept_bind(asked.pdu, "SMSC", 0)
        assert said(other) == [BindTransceiverResp(sequence=1, system_id="SMSC")]

    def test_binding_twice(self):
        """A second bind on a bound connection is told so."""
        _, other = bound()
        other.receive(encode(BindTransceiver(sequence=9, system_id="x")), 0)
        assert said(other) == [BindTransceiverResp(sequence=9, status=st.ALREADY_BOUND)]

    def test_an_smsc_does_not_bind_to_us(self):
        """A bind that comes the wrong way is refused; the session goes on."""
        one, _ = bound()
        assert isinstance(one.receive(encode(BindTransceiver(sequence=9, system_id="x")), 0)[0], ev.BadPdu)
        assert said(one) == [BindTransceiverResp(sequence=9, status=st.INVALID_COMMAND)]


class TestTexts:
    def test_a_patients_text_is_told_and_answered(self):
        """A text comes in, and is acknowledged when the hotline says so, under its number."""
        one, other = bound()
        number = other.send(DeliverSm(source=Address("138"), short_message=b"CX"), 1)
        (came,) = pass_on(other, one, 1)
        assert came.pdu.short_message == b"CX"
        assert said(one) == []
        one.answer(came.pdu)
        (answered,) = pass_on(one, other, 1.5)
        assert answered == ev.Answered(
            number, came.pdu.__class__(source=Address("138"), short_message=b"CX"), DeliverSmResp(sequence=number), 0.5
        )

    def test_a_reply_is_sent_and_its_id_comes_back(self):
        """The SMSC's name for the reply is kept for its receipt."""
        one, other = bound()
        one.send(SubmitSm(destination=Address("138")), 1)
        (came,) = pass_on(one, other, 1)
        other.answer(came.pdu, message_id="4a")
        (answered,) = pass_on(other, one, 2)
        assert answered.response == SubmitSmResp(sequence=came.pdu.sequence, message_id="4a")

    def test_responses_are_read_before_the_requests_that_came_first(self):
        """A hundred new texts in front of an answer do not make the answer late."""
        one, other = bound()
        one.send(SubmitSm(), 0)
        (came,) = pass_on(one, other)
        other.send(DeliverSm(), 0)
        other.answer(came.pdu)
        assert [type(event) for event in pass_on(other, one)] == [ev.Answered, ev.MessageCame]

    def test_the_window_bounds_what_is_in_flight(self):
        """No more than the agreed number wait for answers."""
        one, other = bound(window=2)
        one.send(SubmitSm(), 0)
        one.send(SubmitSm(), 0)
        assert not one.may_send
        first, _ = pass_on(one, other)
        other.answer(first.pdu)
        pass_on(other, one)
        assert one.may_send

    def test_a_text_before_the_bind_is_refused(self):
        """Nobody texts who is not bound."""
        other = smsc()
        (told,) = other.receive(encode(SubmitSm(sequence=3)), 0)
        assert told.bad.why == "state"
        assert said(other) == [SubmitSmResp(sequence=3, status=st.WRONG_BIND_STATE)]

    def test_a_receiver_does_not_send_and_a_transmitter_does_not_receive(self):
        """A link bound for one direction keeps to it, on both sides."""
        listener, its_smsc = bound(BindReceiver(system_id="hotline"))
        assert not listener.may_send
        assert its_smsc.may_send
        its_smsc.receive(encode(SubmitSm(sequence=1)), 0)
        assert said(its_smsc)[0].status == st.WRONG_BIND_STATE
        speaker, its_smsc = bound(BindTransmitter(system_id="hotline"))
        assert speaker.may_send
        assert not its_smsc.may_send
        speaker.receive(encode(DeliverSm(sequence=1)), 0)
        assert said(speaker)[0].status == st.WRONG_BIND_STATE

    def test_a_message_of_the_wrong_direction(self):
        """A submit_sm to a hotline is nobody's text."""
        one, _ = bound()
        (told,) = one.receive(encode(SubmitSm(sequence=4)), 0)
        assert told.bad.why == "direction"
        assert said(one) == [SubmitSmResp(sequence=4, status=st.INVALID_COMMAND)]

    def test_a_nack_answers_the_message_it_names(self):
        """An SMSC that could not read our text tells which, and its sender hears of it."""
        one, _ = bound()
        number = one.send(SubmitSm(), 0)
        (told,) = one.receive(encode(GenericNack(sequence=number, status=2)), 0)
        assert told.response == GenericNack(sequence=number, status=2)

    def test_a_nack_of_nothing(self):
        """A nack without a number is only counted."""
        one, _ = bound()
        assert one.receive(encode(GenericNack(status=2)), 0) == [ev.Unexpected(0x80000000, 2)]

    def test_an_answer_that_does_not_come(self):
        """A message without an answer is told of once; its answer, if it still comes, as late; a second one as unasked."""
        one, _ = bound()
        text = SubmitSm(destination=Address("138"))
        number = one.send(text, 5)
        assert one.next_wake == 15
        assert one.tick(15) == [ev.Unanswered(number, text, ev.Why.LATE)]
        late = SubmitSmResp(sequence=number, message_id="9")
        assert one.receive(encode(late), 16) == [ev.AnsweredLate(text, late)]
        assert one.receive(encode(late), 16) == [ev.Unexpected(0x80000004, 0)]
        assert not one.closed

    def test_a_lost_connection_leaves_everything_unanswered(self):
        """What was in flight is told of at once, not after a timeout."""
        one, _ = bound()
        text = SubmitSm()
        number = one.send(text, 0)
        assert one.connection_lost() == [ev.Unanswered(number, text, ev.Why.LOST)]
        assert one.closed
        assert one.next_wake is None

    def test_after_the_end_nothing_is_said(self):
        """An answer that becomes ready after the link is gone goes nowhere."""
        one, other = bound()
        other.send(DeliverSm(), 0)
        (came,) = pass_on(other, one)
        one.connection_lost()
        one.answer(came.pdu)
        one.write_frame(b"x")
        assert one.take_output() == b""
        assert one.receive(encode(EnquireLink(sequence=1)), 1) == []


class TestEnquireLink:
    def test_silence_is_asked_about_and_an_answer_ends_the_matter(self):
        """After 30 quiet seconds the link is checked, and checked again 30 seconds after the answer."""
        one, other = bound()
        assert one.next_wake == 30
        assert one.tick(30) == []
        assert pass_on(one, other, 30) == []
        assert pass_on(other, one, 31) == []
        assert one.next_wake == 61

    def test_traffic_puts_the_question_off(self):
        """A busy link is not asked whether it lives."""
        one, _ = bound()
        one.receive(encode(EnquireLink(sequence=1)), 20)
        assert said(one) == [EnquireLinkResp(sequence=1)]
        assert one.tick(30) == []
        assert said(one) == []
        assert one.next_wake == 50

    def test_full_silence_after_the_question_ends_the_session(self):
        """A dead connection is noticed 40 seconds after its last sign of life."""
        one, _ = bound()
        one.tick(30)
        assert one.tick(40) == [ev.Silent("enquire_link")]
        assert one.closed

    def test_a_peer_that_talks_but_does_not_answer_is_asked_three_times(self):
        """A busy SMSC may be slow to answer the check; it is not dropped while texts still come."""
        one, _ = bound()
        one.tick(30)
        for moment in (40, 50):
            one.receive(encode(DeliverSm(sequence=moment)), moment - 1)
            assert one.tick(moment) == []
        one.receive(encode(DeliverSm(sequence=1)), 59)
        assert one.tick(60) == [ev.Silent("enquire_link")]

    @pytest.mark.parametrize("make", [esme, smsc])
    def test_it_is_answered_in_every_state(self, make):
        """Even before it is bound a peer is told that the link lives."""
        session = make()
        session.receive(encode(EnquireLink(sequence=8)), 0)
        assert said(session) == [EnquireLinkResp(sequence=8)]

    def test_a_nack_to_it_is_a_sign_of_life_too(self):
        """An SMSC that does not know enquire_link is alive."""
        one, _ = bound()
        one.tick(30)
        (asked,) = said(one)
        assert one.receive(encode(GenericNack(sequence=asked.sequence, status=3)), 31) == []
        assert one.next_wake == 61

    def test_an_answer_to_no_question(self):
        """A stray enquire_link_resp is counted and changes nothing."""
        one, _ = bound()
        assert one.receive(encode(EnquireLinkResp(sequence=99)), 0) == [ev.Unexpected(0x80000015, 0)]

    def test_inactivity_has_an_end_where_nobody_enquires(self):
        """An SMSC drops a hotline that has said nothing for five minutes."""
        _, other = bound()
        quiet = smsc(patience=Patience(enquire=0))
        (asked,) = quiet.receive(encode(BindTransceiver(sequence=1, system_id="x")), 0)
        quiet.accept_bind(asked.pdu, "SMSC", 0)
        assert quiet.next_wake == 300
        assert quiet.tick(300) == [ev.Silent("activity")]
        assert other.next_wake == 30

    def test_a_session_may_wait_for_ever(self):
        """With patience without end there is nothing to wake for."""
        assert smsc(patience=Patience(enquire=0, response=0, bind=0, inactivity=0, rest=0)).next_wake is None


class TestUnbinding:
    def test_an_unbind_that_is_answered(self):
        """The hotline takes its leave, and the SMSC lets it go."""
        one, other = bound()
        one.unbind(5)
        assert one.state is State.UNBINDING
        assert not one.may_send
        assert pass_on(one, other, 5) == [ev.UnbindAsked()]
        assert other.closed
        assert pass_on(other, one, 6) == [ev.Unbound()]
        assert one.closed

    def test_an_unbind_that_is_not_answered(self):
        """The hotline does not wait for ever to be let go."""
        one, _ = bound()
        one.unbind(5)
        assert one.tick(15) == [ev.Unbound()]
        assert one.closed

    def test_a_text_that_crosses_the_unbind_is_left_to_the_smsc(self):
        """A text that comes while leaving is put off, so that the SMSC keeps it."""
        one, _ = bound()
        one.unbind(5)
        said(one)
        assert one.receive(encode(DeliverSm(sequence=3)), 6) == []
        assert said(one) == [DeliverSmResp(sequence=3, status=st.TEMPORARY_APPLICATION_ERROR)]

    def test_what_is_not_bound_just_ends(self):
        """A link that never bound needs no leave."""
        one = esme()
        one.unbind(0)
        assert one.closed
        assert said(one) == []

    def test_an_unbind_resp_nobody_asked_for(self):
        """It ends nothing."""
        one, _ = bound()
        assert one.receive(encode(UnbindResp(sequence=1)), 0) == [ev.Unexpected(0x80000006, 0)]
        assert not one.closed

    def test_the_smsc_unbinds(self):
        """The SMSC's leave is answered; texts behind it in the same packet are not taken."""
        one, _ = bound()
        assert one.receive(encode(Unbind(sequence=6)) + encode(DeliverSm(sequence=7)), 0) == [ev.UnbindAsked()]
        assert said(one) == [UnbindResp(sequence=6)]
        assert one.closed


def raw(command: int, body: bytes = b"", sequence: int = 5) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, 0, sequence) + body


class TestStrangePdus:
    def test_a_bad_pdu_is_answered_and_the_next_is_read(self):
        """A PDU that does not read costs nobody else's text."""
        one, _ = bound()
        bad, came = one.receive(raw(5, b"\0\1") + encode(DeliverSm(sequence=6, short_message=b"CX")), 0)
        assert isinstance(bad, ev.BadPdu)
        assert came.pdu.short_message == b"CX"
        assert said(one) == [DeliverSmResp(sequence=5, status=st.INVALID_COMMAND_LENGTH)]

    def test_an_unknown_command_is_nacked_with_its_number(self):
        """A vendor's command is declined politely."""
        one, _ = bound()
        (told,) = one.receive(raw(0x00010200, b"x"), 0)
        assert told.bad.why == "command"
        assert said(one) == [GenericNack(sequence=5, status=st.INVALID_COMMAND)]

    def test_an_unknown_response_is_not_nacked(self):
        """Answers are never answered."""
        one, _ = bound()
        assert one.receive(raw(0x80010200), 0) == [ev.Unexpected(0x80010200, 0)]
        assert said(one) == []

    def test_rare_commands_go_to_who_reads_them(self):
        """A data_sm is told of as it is, once bound, and can be refused."""
        one, _ = bound(others=frozenset({0x103}))
        (told,) = one.receive(raw(0x103, b"x"), 0)
        assert told.pdu.frame == raw(0x103, b"x")
        one.refuse_other(told.pdu, 8)
        assert said(one) == [GenericNack(sequence=5, status=8)]
        early = esme(others=frozenset({0x103}))
        (refused,) = early.receive(raw(0x103), 0)
        assert refused.bad.why == "state"

    @pytest.mark.parametrize(
        ("length", "fault"), [(3, Undersized(3)), (0xF0000011, Oversized(0xF0000011)), (70_001, Oversized(70_001))]
    )
    def test_an_impossible_length_ends_the_session_after_what_came_before(self, length, fault):
        """When it is no longer clear where PDUs begin, the link is made anew."""
        one, _ = bound()
        came, told = one.receive(encode(DeliverSm(sequence=6)) + length.to_bytes(4, "big"), 0)
        assert isinstance(came, ev.MessageCame)
        assert told == ev.FramingLost(fault)
        assert said(one) == [GenericNack(status=st.INVALID_COMMAND_LENGTH)]
        assert one.closed

    def test_an_unbind_and_then_rubbish(self):
        """Rubbish behind a farewell is noted and not answered."""
        one, _ = bound()
        assert [type(told) for told in one.receive(encode(Unbind(sequence=1)) + b"\0\0\0\0", 0)] == [
            ev.UnbindAsked,
            ev.FramingLost,
        ]
        assert said(one) == [UnbindResp(sequence=1)]

    def test_a_pdu_that_does_not_go_on(self):
        """A peer that begins a PDU and stops holds the line for five seconds, not for ever."""
        one, _ = bound()
        one.receive(b"\0\0\0\x20", 1)
        one.receive(b"\0", 4)
        assert one.tick(6) == [ev.Silent("rest of a PDU")]

    def test_a_busy_line_whose_chunks_end_anywhere_is_not_a_stalled_one(self):
        """A PDU cut by every packet is normal while PDUs keep coming."""
        one, _ = bound()
        pdu = encode(EnquireLink(sequence=1))
        one.receive(pdu[:8], 0)
        for now in range(1, 20):
            one.receive(pdu[8:] + pdu[:8], now)
            assert one.tick(now) == []
        one.receive(pdu[8:], 20)
        assert not one.closed

    def test_overdue_things_after_the_end_are_forgotten(self):
        """Of several things overdue only the first is the cause."""
        one, _ = bound()
        one.receive(b"\0", 0)
        assert len(one.tick(1000)) == 1


@settings(max_examples=200)
@given(s.lists(s.binary(max_size=120), max_size=12), s.booleans())
def test_any_bytes_in_any_bites_never_raise_and_never_pile_up(chunks, is_bound):
    """A peer gone mad costs at most its connection."""
    session = bound()[0] if is_bound else smsc()
    for now, chunk in enumerate(chunks):
        session.receive(chunk, float(now))
        session.take_output()
        assert len(session._framer._rest) <= 70_000
    session.tick(10_000.0)


_body = s.binary(max_size=60)
_commands = s.sampled_from([1, 4, 5, 6, 7, 9, 0x15, 0x103, 0x80000000, 0x80000004, 0x80000005, 0x80000009, 0x80000015])
_pdus = s.lists(s.builds(raw, _commands, _body, s.integers(0, 5)), max_size=8)


@settings(max_examples=300)
@given(_pdus, s.booleans())
def test_any_pdus_in_any_order_never_raise(pdus, is_bound):
    """Whatever order an SMSC says things in, the session has an answer or a verdict."""
    session = bound()[0] if is_bound else smsc()
    session.receive(b"".join(pdus), 1.0)
    for pdu in said(session):
        assert not hasattr(pdu, "why"), "what is answered always reads"
