"""The hotline's link to an SMSC, driven by a clock against the simulated SMSC over connections without sockets."""

from __future__ import annotations

import random

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from sms_gateway.simulator import Faults, Simulator
from sms_gateway.simulator.loopback import LoopbackEndpoint, settle
from sms_gateway.smpp import status as st
from sms_gateway.smpp.link import SmscLink
from sms_gateway.smpp.metrics import LinkMetrics
from sms_gateway.smpp.outcomes import Accepted, NotBound, Refused, Throttled, Unknown
from sms_gateway.smpp.pdu import Address, DeliverSm, GenericNack, SubmitSm, Tlv, encode
from sms_gateway.smpp.rare import Rare, write_rare
from sms_gateway.smpp.settings import SmscSettings


class Hotline:
    """A link, its SMSC, and what the gateway above it would have seen."""

    def __init__(self, *, bite: int = 0, faults: Faults | None = None, **settings) -> None:
        self.clock = Clock()
        self.registry = CollectorRegistry()
        self.simulator = Simulator(self.clock, faults=faults)
        self.endpoint = LoopbackEndpoint(self.clock, self.simulator, bite=bite)
        self.taken: list[DeliverSm] = []
        self.binds: list[str] = []
        self.states: list[bool] = []
        self.verdicts: list[int | Deferred[int] | Exception] = []
        chosen = {"name": "sim", "host": "smsc.invalid", "port": 2775, "system_id": "hotline", "password": "hotline"}
        self.link = SmscLink(
            SmscSettings(**{**chosen, "service_number": "12580", "rate": 0, **settings}),
            reactor=self.clock,
            deliver=self.deliver,
            rng=random.Random(1),
            metrics=LinkMetrics(self.registry),
            endpoint=self.endpoint,
        )
        self.link.watch(self.states.append)

    async def deliver(self, pdu: DeliverSm, bind_id: str) -> int:
        self.taken.append(pdu)
        self.binds.append(bind_id)
        verdict = self.verdicts.pop(0) if self.verdicts else 0
        if isinstance(verdict, Exception):
            raise verdict
        return await verdict if isinstance(verdict, Deferred) else verdict

    def start(self) -> Hotline:
        self.link.startService()
        settle(self.clock)
        return self

    def stop(self) -> None:
        self.link.stopService()
        settle(self.clock, 10)

    def submit(self, text: str = "hi", **fields) -> list:
        """The list gets the outcome when there is one."""
        outcomes: list = []
        pdu = SubmitSm(
            source=Address("12580"), destination=Address("8613800138000", 1, 1), short_message=text.encode(), **fields
        )
        Deferred.fromCoroutine(self.link.submit(pdu)).addCallback(outcomes.append)
        return outcomes

    def text(self, words: str = "CX") -> None:
        """A patient's text reaches the SMSC."""
        self.simulator.carry(
            SubmitSm(destination=Address("12580"), short_message=words.encode()), Address("8613800138000", 1, 1), "1"
        )
        settle(self.clock)

    def inject(self, data: bytes) -> None:
        """The SMSC says exactly these bytes."""
        self.simulator.lines[0]._wire.transport.write(data)
        settle(self.clock)

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(name, {"smsc": "sim", **labels}) or 0


def test_a_started_link_is_bound_and_says_so():
    """The hotline is reachable as soon as its SMSC is."""
    hotline = Hotline().start()
    assert hotline.link.bound
    assert hotline.states == [True]
    assert hotline.link.bind_id.startswith("sim-")
    assert hotline.count("hotline_smpp_bound") == 1
    hotline.stop()
    assert hotline.states == [True, False]
    assert hotline.clock.getDelayedCalls() == []


@pytest.mark.parametrize("bite", [0, 1, 7])
def test_a_text_goes_in_and_its_answer_out(bite):
    """A patient's text is taken and acknowledged, a reply gets the SMSC's id, however the network cuts the bytes."""
    hotline = Hotline(bite=bite).start()
    hotline.text("CX00868")
    assert [pdu.short_message for pdu in hotline.taken] == [b"CX00868"]
    assert hotline.binds == [hotline.link.bind_id]
    outcomes = hotline.submit()
    settle(hotline.clock)
    assert outcomes == [Accepted("1")]
    hotline.stop()


def test_a_text_is_acknowledged_only_when_it_is_safe():
    """While the store works the SMSC waits; what the store says is what it hears."""
    hotline = Hotline().start()
    verdict: Deferred[int] = Deferred()
    hotline.verdicts = [verdict]
    hotline.text()
    assert hotline.count("hotline_smpp_deliveries_total", answer="ok") == 0
    verdict.callback(0)
    settle(hotline.clock)
    assert hotline.count("hotline_smpp_deliveries_total", answer="ok") == 1
    hotline.stop()


@pytest.mark.parametrize("verdict", [st.TEMPORARY_APPLICATION_ERROR, RuntimeError("the database burns")])
def test_a_text_that_cannot_be_taken_now_comes_again(verdict):
    """When the store is down the SMSC keeps the text and offers it again."""
    hotline = Hotline().start()
    hotline.verdicts = [verdict]
    hotline.text()
    assert len(hotline.taken) == 1
    settle(hotline.clock, 1)
    assert len(hotline.taken) == 2
    assert hotline.count("hotline_smpp_deliveries_total", answer="refused") == 1
    hotline.stop()


def test_without_a_bind_nothing_leaves():
    """A text that cannot leave is told so at once, not after a timeout."""
    hotline = Hotline()
    assert hotline.submit() == [NotBound()]
    receiver = Hotline(bind="receiver").start()
    assert receiver.link.bound
    assert receiver.submit() == [NotBound()]
    receiver.stop()


def test_a_transmitter_binds_as_one():
    """A link for sending only takes no texts."""
    hotline = Hotline(bind="transmitter").start()
    hotline.text()
    assert hotline.taken == []
    outcomes = hotline.submit()
    settle(hotline.clock)
    assert outcomes == [Accepted("1")]
    hotline.stop()


class TestReconnecting:
    def test_a_dropped_link_is_back_within_a_second(self):
        """The SMSC's restart costs the patients nothing they would notice."""
        hotline = Hotline().start()
        first = hotline.link.bind_id
        hotline.simulator.drop()
        settle(hotline.clock)
        assert not hotline.link.bound
        settle(hotline.clock, 0.5)
        assert hotline.link.bound
        assert hotline.states == [True, False, True]
        assert hotline.link.bind_id != first
        hotline.stop()

    def test_an_smsc_that_is_away_is_tried_ever_more_slowly(self):
        """Attempts thin out to one in half a minute, and the first success binds."""
        hotline = Hotline()
        hotline.endpoint.server = None
        hotline.start()
        for _ in range(600):
            settle(hotline.clock, 1)
        unreachable = hotline.count("hotline_smpp_binds_total", result="unreachable")
        assert 20 < unreachable < 50
        hotline.endpoint.server = hotline.simulator
        for _ in range(30):
            settle(hotline.clock, 1)
        assert hotline.link.bound
        hotline.stop()

    def test_one_line_in_the_log_for_each_change(self):
        """An SMSC that is away for an hour does not fill the log."""
        lines: list = []

        def observer(event):
            if event["log_namespace"].endswith("SmscLink"):
                lines.append(event["log_format"])

        hotline = Hotline()
        hotline.endpoint.server = None
        globalLogPublisher.addObserver(observer)
        try:
            hotline.start()
            for _ in range(100):
                settle(hotline.clock, 1)
        finally:
            globalLogPublisher.removeObserver(observer)
        assert len(lines) == 2
        hotline.stop()

    def test_a_wrong_password_is_not_hammered(self):
        """A refused bind waits at least five seconds before the next."""
        hotline = Hotline(password="wrong").start()
        settle(hotline.clock, 4.9)
        assert hotline.count("hotline_smpp_binds_total", result="refused") == 1
        settle(hotline.clock, 5.2)
        assert hotline.count("hotline_smpp_binds_total", result="refused") == 2
        assert hotline.states == []
        hotline.stop()

    def test_a_refusal_of_no_known_kind(self):
        """A vendor's own refusal is one cause in the metrics, whatever its number."""
        hotline = Hotline(faults=Faults(refuse_binds=0x0400_0001)).start()
        assert hotline.count("hotline_smpp_losses_total", cause="bind refused") == 1
        hotline.stop()

    def test_a_silent_smsc_is_left(self):
        """When nothing answers the link check, the link is made anew."""
        hotline = Hotline().start()
        hotline.endpoint.connections[0].other.pauseProducing()
        settle(hotline.clock, 30)
        settle(hotline.clock, 10)
        assert hotline.count("hotline_smpp_losses_total", cause="silent: enquire_link") == 1
        settle(hotline.clock, 1)
        assert hotline.link.bound
        hotline.stop()

    def test_a_quiet_link_stays(self):
        """A night without texts does not cost the bind."""
        hotline = Hotline().start()
        for _ in range(200):
            settle(hotline.clock, 15)
        assert hotline.states == [True]
        hotline.stop()

    def test_the_smsc_unbinds(self):
        """An SMSC that takes its leave is found again."""
        hotline = Hotline().start()
        line = hotline.simulator.lines[0]
        line._session.unbind(hotline.clock.seconds())
        line._wire.flush()
        settle(hotline.clock)
        assert hotline.count("hotline_smpp_losses_total", cause="unbound by the SMSC") == 1
        settle(hotline.clock, 1)
        assert hotline.link.bound
        hotline.stop()

    def test_stopping_while_waiting_to_try_again(self):
        """A stopped service leaves no timer behind."""
        hotline = Hotline()
        hotline.endpoint.server = None
        hotline.start()
        hotline.stop()
        assert hotline.clock.getDelayedCalls() == []

    def test_stopping_while_connecting(self):
        """A stop during an attempt ends the attempt."""
        hotline = Hotline()
        attempt: Deferred = Deferred()
        hotline.endpoint.connect = lambda factory: attempt
        hotline.start()
        hotline.stop()
        assert hotline.clock.getDelayedCalls() == []
        assert attempt.called


class TestOutcomes:
    def test_each_text_in_flight_at_a_drop_is_told_of_at_once(self):
        """Nobody waits two minutes to learn that the link is gone: unknown for what left, not sent for what had not."""
        hotline = Hotline(window=1, faults=Faults(silent_every=1)).start()
        flying, waiting = hotline.submit(), hotline.submit()
        settle(hotline.clock)
        assert hotline.link._submissions.in_hand == 2
        hotline.simulator.drop()
        settle(hotline.clock)
        assert (flying, waiting) == ([Unknown("lost")], [NotBound()])
        hotline.stop()

    def test_an_answer_that_does_not_come(self):
        """After ten seconds the outcome is unknown, and the next text may leave; a late answer is counted."""
        hotline = Hotline(window=1, faults=Faults(answer_after=11)).start()
        first, second = hotline.submit(), hotline.submit()
        settle(hotline.clock)
        settle(hotline.clock, 10)
        assert first == [Unknown("late")]
        settle(hotline.clock, 1)
        assert hotline.count("hotline_smpp_strays_total", kind="late") == 1
        assert second == []
        hotline.stop()

    def test_texts_leave_in_order_and_within_the_window(self):
        """First come, first sent; never more in flight than agreed."""
        hotline = Hotline(window=3, faults=Faults(answer_after=1)).start()
        seen: list[bytes] = []
        hotline.simulator.watch(lambda pdu: seen.append(pdu.short_message))
        outcomes = [hotline.submit(str(number)) for number in range(7)]
        settle(hotline.clock)
        assert seen == [b"0", b"1", b"2"]
        settle(hotline.clock, 1)
        assert seen == [b"0", b"1", b"2", b"3", b"4", b"5"]
        settle(hotline.clock, 1)
        settle(hotline.clock, 1)
        assert [one[0] for one in outcomes] == [Accepted(str(number)) for number in "1234567"]
        hotline.stop()

    def test_the_rate_counts_pdus_at_the_wire(self):
        """At ten PDUs a second a hundred take ten seconds, measured where they arrive."""
        hotline = Hotline(rate=10).start()
        seen: list[float] = []
        hotline.simulator.watch(lambda pdu: seen.append(hotline.clock.seconds()))
        for number in range(100):
            hotline.submit(str(number))
        for _ in range(1200):
            settle(hotline.clock, 0.01)
        assert len(seen) == 100
        assert 9 < seen[-1] - seen[0] < 11
        hotline.stop()

    def test_throttling_pauses_the_whole_link(self):
        """Told "too fast", nothing leaves for a while, and the text is given back to be sent again."""
        hotline = Hotline(rate=100, faults=Faults(throttle_every=1)).start()
        refused = hotline.submit()
        settle(hotline.clock)
        assert refused == [Throttled(st.THROTTLED)]
        hotline.simulator.faults = Faults()
        next_one = hotline.submit()
        settle(hotline.clock, 0.4)
        assert next_one == []
        settle(hotline.clock, 0.2)
        assert next_one == [Accepted("2")]
        hotline.stop()

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (st.MESSAGE_QUEUE_FULL, Throttled(st.MESSAGE_QUEUE_FULL)),
            (st.INVALID_DESTINATION, Refused(st.INVALID_DESTINATION, temporary=False)),
            (st.SYSTEM_ERROR, Refused(st.SYSTEM_ERROR, temporary=True)),
        ],
    )
    def test_a_refusal_says_whether_trying_again_makes_sense(self, status, outcome):
        """A wrong number is not tried again; a busy SMSC is."""
        hotline = Hotline(faults=Faults(throttle_every=1, throttle_status=status)).start()
        outcomes = hotline.submit()
        settle(hotline.clock)
        assert outcomes == [outcome]
        hotline.stop()

    def test_a_nack_is_a_refusal(self):
        """An SMSC that nacks our text refuses it, even with a status that says "all is well"."""
        hotline = Hotline(faults=Faults(silent_every=1)).start()
        outcomes = hotline.submit()
        settle(hotline.clock)
        hotline.inject(encode(GenericNack(sequence=2)))
        assert outcomes == [Refused(st.UNKNOWN_ERROR, temporary=False)]
        hotline.stop()

    def test_a_text_that_does_not_fit_the_wire_hurts_nobody_else(self):
        """A number too long for SMPP is refused, and the next text leaves."""
        hotline = Hotline().start()
        outcomes: list = []
        bad = SubmitSm(destination=Address("1" * 30))
        Deferred.fromCoroutine(hotline.link.submit(bad)).addCallback(outcomes.append)
        good = hotline.submit()
        settle(hotline.clock)
        assert outcomes == [Refused(st.INVALID_DESTINATION, temporary=False)]
        assert good == [Accepted("1")]
        hotline.stop()

    def test_a_text_may_be_taken_back_while_it_waits(self):
        """A caller that gives up gets its text back before it left; one that has left keeps its place."""
        hotline = Hotline(window=1, faults=Faults(answer_after=1)).start()
        gone: list = []
        first = hotline.link._submissions.submit(SubmitSm(destination=Address("1")))
        second = hotline.link._submissions.submit(SubmitSm(destination=Address("2")))
        for one in (first, second):
            one.addErrback(lambda failure: gone.append(failure.trap(CancelledError)))
            one.cancel()
        settle(hotline.clock)
        settle(hotline.clock, 1)
        assert hotline.simulator.submitted == 1
        assert gone == [CancelledError, CancelledError]
        assert hotline.link._submissions.in_hand == 0
        hotline.stop()

    def test_a_text_that_waits_for_the_rate_when_the_link_drops(self):
        """It had not left: the outcome says so, and no timer stays behind."""
        hotline = Hotline(rate=1).start()
        outcomes = [hotline.submit(), hotline.submit()]
        settle(hotline.clock)
        hotline.simulator.drop()
        settle(hotline.clock)
        assert outcomes == [[Accepted("1")], [NotBound()]]
        hotline.link._submissions.pump()
        hotline.stop()
        assert hotline.clock.getDelayedCalls() == []


class TestBackPressure:
    def test_beyond_its_bound_the_link_stops_reading_and_goes_on_later(self):
        """When the store is slow the SMSC waits; no text is refused or lost, and the link is not taken for dead."""
        hotline = Hotline(deliveries=2).start()
        verdicts: list[Deferred[int]] = [Deferred() for _ in range(2)]
        hotline.verdicts = [*verdicts]
        for number in range(5):
            hotline.text(str(number))
        assert len(hotline.taken) == 2
        settle(hotline.clock, 60)
        assert hotline.states == [True]
        for verdict in verdicts:
            verdict.callback(0)
        settle(hotline.clock, 0)
        assert len(hotline.taken) == 5
        hotline.stop()

    def test_a_burst_in_one_packet_is_taken_whole(self):
        """Texts already read when the bound is reached are served; reading goes on only below the bound."""
        hotline = Hotline(deliveries=2).start()
        verdicts: list[Deferred[int]] = [Deferred() for _ in range(3)]
        hotline.verdicts = [*verdicts]
        hotline.inject(b"".join(encode(DeliverSm(sequence=number)) for number in (7, 8, 9)))
        assert len(hotline.taken) == 3
        verdicts[0].callback(0)
        hotline.text()
        assert len(hotline.taken) == 3
        verdicts[1].callback(0)
        settle(hotline.clock)
        assert len(hotline.taken) == 4
        verdicts[2].callback(0)
        hotline.stop()


class TestDraining:
    def test_what_is_under_way_is_finished_first(self):
        """A stop waits for texts in flight and for deliveries being stored, and takes nothing new."""
        hotline = Hotline(faults=Faults(answer_after=2)).start()
        verdict: Deferred[int] = Deferred()
        hotline.verdicts = [verdict]
        hotline.text("first")
        outcomes = hotline.submit()
        drained: list = []
        Deferred.fromCoroutine(hotline.link.drain(30)).addCallback(drained.append)
        hotline.text("second")
        assert hotline.submit() == [NotBound()]
        settle(hotline.clock, 2)
        assert len(outcomes) == 1
        assert drained == []
        verdict.callback(0)
        settle(hotline.clock)
        assert drained == [None]
        assert [pdu.short_message for pdu in hotline.taken] == [b"first"]
        assert not hotline.link.bound
        assert not hotline.link.running

    def test_it_does_not_wait_for_ever(self):
        """A text that gets no answer does not hold up the stop."""
        hotline = Hotline(faults=Faults(silent_every=1)).start()
        hotline.submit()
        settle(hotline.clock)
        drained: list = []
        Deferred.fromCoroutine(hotline.link.drain(3)).addCallback(drained.append)
        settle(hotline.clock, 3)
        settle(hotline.clock, 3)
        assert drained == [None]

    def test_draining_twice_and_when_never_bound(self):
        """A second stop finds nothing to do."""
        hotline = Hotline()
        drained: list = []
        for _ in range(2):
            Deferred.fromCoroutine(hotline.link.drain(1)).addCallback(drained.append)
        assert drained == [None, None]

    def test_stopping_intake_lets_replies_go_on(self):
        """While the last answers leave, new texts are left with the SMSC."""
        hotline = Hotline().start()
        hotline.link.stop_intake()
        hotline.text()
        assert hotline.taken == []
        outcomes = hotline.submit()
        settle(hotline.clock)
        assert outcomes == [Accepted("1")]
        hotline.stop()

    def test_an_smsc_that_does_not_let_go(self):
        """A farewell that is not answered ends after two seconds."""
        hotline = Hotline().start()
        hotline.endpoint.connections[0].other.pauseProducing()
        stopped: list = []
        hotline.link.stopService().addCallback(stopped.append)
        settle(hotline.clock, 1)
        assert stopped == []
        settle(hotline.clock, 1.1)
        assert stopped == [None]


class TestStrangePdus:
    def test_bad_pdus_are_counted_by_kind_and_cost_nothing(self):
        """A malformed text is nacked and counted; the bind is kept and the next text is taken."""
        hotline = Hotline().start()
        hotline.inject(bytes.fromhex("00000012 00000005 00000000 00000009 0001"))
        hotline.inject(bytes.fromhex("00000010 00010200 00000000 00000009"))
        assert hotline.count("hotline_smpp_malformed_total", why="body") == 1
        assert hotline.count("hotline_smpp_malformed_total", why="command") == 1
        hotline.text()
        assert len(hotline.taken) == 1
        hotline.stop()

    def test_lost_framing_makes_the_link_anew(self):
        """After an impossible length the link is closed, counted, and bound again."""
        hotline = Hotline().start()
        hotline.inject(b"\xf0\0\0\x11")
        assert hotline.count("hotline_smpp_malformed_total", why="framing") == 1
        settle(hotline.clock, 1)
        assert hotline.states == [True, False, True]
        hotline.stop()

    def test_answers_to_nothing_are_counted(self):
        """A response nobody asked for changes nothing."""
        hotline = Hotline().start()
        hotline.inject(bytes.fromhex("00000010 80000004 00000000 00000063"))
        assert hotline.count("hotline_smpp_strays_total", kind="unasked") == 1
        hotline.stop()

    def test_a_data_sm_is_taken_as_a_text(self):
        """An SMSC that sends texts as data_sm is served."""
        hotline = Hotline().start()
        fields = {
            "service_type": "", "source_addr_ton": 1, "source_addr_npi": 1, "source_addr": "8613800138000",
            "dest_addr_ton": 0, "dest_addr_npi": 1, "destination_addr": "12580",
            "esm_class": 0, "registered_delivery": 0, "data_coding": 0,
        }  # fmt: skip
        hotline.inject(write_rare(Rare(command="data_sm", sequence=9, fields=fields, tlvs=(Tlv(0x0424, b"CX"),))))
        assert hotline.taken[0].payload == b"CX"
        assert hotline.count("hotline_smpp_deliveries_total", answer="ok") == 1
        hotline.inject(bytes.fromhex("00000012 00000103 00000000 00000009 0001"))
        assert hotline.count("hotline_smpp_malformed_total", why="body") == 1
        hotline.stop()

    def test_an_alert_is_heard_and_needs_no_answer(self):
        """That a phone is reachable again is only noted."""
        hotline = Hotline().start()
        hotline.inject(bytes.fromhex("00000018 00000102 00000000 00000009 0101313300 000000"))
        assert hotline.link.bound
        assert hotline.taken == []
        hotline.stop()


def test_deliver_may_be_any_awaitable():
    """The gateway's answer may be there at once."""
    hotline = Hotline().start()
    hotline.verdicts = [succeed(0)]
    hotline.text()
    assert hotline.count("hotline_smpp_deliveries_total", answer="ok") == 1
    hotline.stop()
