"""When something fails: the store, the link, the SMSC, we ourselves. No text is lost, none is answered twice without being counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import LogLevel, globalLogPublisher

from booking.clock import naive_utc
from sms_gateway import answering as answering_module
from sms_gateway.simulator.faults import Faults
from sms_gateway.smpp.pdu import Address, DeliverSm

ZHANG = "13800138000"


@pytest.fixture
def logged():
    """What was logged as a fault of ours."""
    events = []

    def observe(event):
        if event["log_level"] is LogLevel.critical:
            events.append(event["log_format"])

    globalLogPublisher.addObserver(observe)
    yield events
    globalLogPublisher.removeObserver(observe)


# The store


def test_while_the_store_is_out_the_smsc_keeps_the_text(town):
    """A text that cannot be kept is not acknowledged; when the store is back the SMSC delivers it again, and it is answered."""
    town.phone()
    town.store.writing = False
    assert town.text("BZ") == ""
    assert town.count("hotline_sms_put_off_total", smsc="sim", why="store") == 1
    town.store.writing = True
    town.pass_time(1)
    assert len(town.heard[ZHANG]) == 1


def test_a_text_that_cannot_be_answered_now_is_answered_later(town):
    """Kept and acknowledged, but the store went out before the answer: the next sweep answers it, once."""
    town.text("GH")
    town.store.looking = False
    assert town.text("1") == ""
    assert town.count("hotline_sms_faults_total", what="busy") == 1
    town.store.looking = True
    town.pass_time(5)
    assert town.heard[ZHANG][1:] == [town.heard[ZHANG][1]]
    assert "请选择医生" in town.heard[ZHANG][1]
    town.pass_time(60)
    assert len(town.heard[ZHANG]) == 2


def test_the_order_of_a_phones_texts_survives_an_outage(town):
    """What came later from the same phone is not answered before what came first."""
    town.text("GH")
    town.store.looking = False
    for choice in "12":
        town.phone().send(choice, "12580")
    town.pass_time()
    town.store.looking = True
    town.pass_time(5)
    assert "请选择医生" in town.heard[ZHANG][1]
    assert "请回复选项前的数字" in town.heard[ZHANG][2]


def test_a_store_that_is_out_at_the_start_is_waited_for(town):
    """The links connect only when it is known what an earlier life had in flight."""
    town.crash()
    town.store.writing = False
    town.gateway = town.make_gateway()
    town.start()
    assert town.gateway.ready() == {"sim": False}
    town.store.writing = True
    town.pass_time(1)
    assert town.gateway.ready() == {"sim": True}


def test_a_gateway_stopped_while_it_waits_for_the_store_stays_quiet(town):
    """Stopping does not need the store."""
    town.crash()
    town.store.writing = False
    town.gateway = town.make_gateway()
    town.start()
    town.gateway.stopService()
    town.store.writing = True
    town.pass_time(2)
    assert town.gateway.ready() == {"sim": False}


def test_what_was_sent_is_written_down_however_long_the_store_is_out(town):
    """A settlement is kept in memory until the store takes it, or the text would be sent again."""
    town.phone()
    town.simulator.faults = Faults(answer_after=0.5)
    town.post()
    town.pass_time(1)
    town.store.writing = False
    town.pass_time(0.5)
    assert town.texts_out() == [("notice", "sending")]
    town.pass_time(2)
    town.store.writing = True
    town.pass_time(1)
    assert town.texts_out() == [("notice", "sent")]
    assert len(town.heard[ZHANG]) == 1


def test_an_outage_costs_a_periodic_round_and_no_more(town):
    """Sweeping and polling go on when the store is back."""
    town.store.writing = town.store.looking = False
    town.pass_time(12)
    town.store.writing = town.store.looking = True
    town.phone()
    town.post()
    town.pass_time(1)
    assert town.heard[ZHANG] == ["通知"]


def test_a_slow_look_up_does_not_let_a_later_text_overtake(town):
    """Two texts of one phone: the second waits for the first, and other phones do not wait for either."""
    town.text("GH")
    slow = town.store.held["thd_pending"] = Deferred()
    for choice in "12":
        town.phone().send(choice, "12580")
    town.pass_time()
    assert len(town.heard[ZHANG]) == 1
    assert "逐步选择" in town.text("BZ", "13800138009")
    slow.callback(None)
    town.pass_time()
    assert "请选择医生" in town.heard[ZHANG][1]
    assert "请回复选项前的数字" in town.heard[ZHANG][2]


def test_a_bug_in_a_periodic_round_is_logged_and_the_next_round_comes(town, logged):
    """Sweeping goes on."""
    town.store.broken = {"thd_expire_parts"}
    town.pass_time(5)
    assert len(logged) == 1
    town.store.broken = set()
    town.pass_time(5)
    assert len(logged) == 1


def test_what_cannot_be_settled_is_logged_and_sent_again_after_a_restart(town, logged):
    """A bug while settling must not stop the outbox."""
    town.phone()
    town.simulator.faults = Faults(answer_after=0.5)
    town.post()
    town.pass_time(1)
    town.store.broken = {"thd_write_page"}
    town.pass_time(0.5)
    assert "cannot be settled" in logged[-1]
    town.restart()
    assert town.count("hotline_sms_resent_in_flight_total", smsc="sim") == 1


# The link and the SMSC


def test_a_repeated_delivery_is_acknowledged_and_not_answered_again(town):
    """The SMSC timed out on us, or the link broke before our answer: it delivers again, and one answer goes out."""
    town.phone()
    deliver = town.gateway._lines[0].link._deliveries._deliver
    pdu = DeliverSm(
        sequence=7, source=Address("8613800138000", 1, 1), destination=Address("12580"), short_message=b"BZ"
    )
    for bind in ("one", "one", "another"):
        assert town_result(deliver(pdu, bind)) == 0
    town.pass_time()
    assert len(town.heard[ZHANG]) == 1
    assert town.count("hotline_sms_taken_total", smsc="sim", what="repeat") == 2


def test_without_a_link_texts_wait_and_leave_at_once_when_it_is_back(town):
    """Nothing is claimed while unbound; the bind itself sets the outbox going."""
    town.phone()
    town.endpoint.server = None
    town.endpoint.connections[-1].abortConnection()
    town.pass_time()
    assert town.gateway.ready() == {"sim": False}
    town.post()
    town.pass_time(3)
    assert town.texts_out() == [("notice", "pending")]
    town.endpoint.server = town.simulator
    town.pass_time(30)
    assert town.texts_out() == [("notice", "sent")]


def test_an_answer_whose_link_broke_is_sent_again_and_counted(town):
    """Nobody knows whether it was taken: an answer is worth hearing twice, with the same words."""
    town.phone()
    town.simulator.faults = Faults(drop_every=1)
    town.phone().send("BZ", "12580")
    town.pass_time()
    town.simulator.faults = Faults()
    town.pass_time(2)
    answers = town.heard[ZHANG]
    assert len(answers) == 2
    assert len(set(answers)) == 1
    assert town.count("hotline_sms_resent_in_flight_total", smsc="sim") == 1


def test_a_notice_that_was_not_answered_is_not_repeated(town):
    """Nobody wants the same announcement twice; it is given up, and counted."""
    town.phone()
    town.simulator.faults = Faults(silent_every=1)
    town.post()
    town.pass_time(1)
    town.pass_time(11)
    assert town.texts_out() == [("notice", "failed")]
    assert town.heard[ZHANG] == ["通知"]


def test_a_long_text_that_left_in_part_counts_as_perhaps_seen(town):
    """The link went between two parts: an answer is sent again as a whole and counted, a notice is given up."""
    town.settings = replace(town.settings, window=1)
    town.restart()
    town.phone()
    for kind, left in (("notice", "failed"), ("cancelled", "sent")):
        town.simulator.faults = Faults(drop_every=town.simulator.submitted + 2)
        town.post(kind=kind, body="长" * 100)
        town.pass_time(1)
        town.simulator.faults = Faults()
        town.pass_time(2)
        assert (kind, left) in town.texts_out()
    assert town.count("hotline_sms_resent_in_flight_total", smsc="sim") == 1


def test_a_text_that_never_left_goes_back_and_is_sent_once(town):
    """The link went while it waited for its turn: nobody saw it, so even a notice is sent when the link is back."""
    town.settings = replace(town.settings, window=1)
    town.restart()
    town.phone()
    town.simulator.faults = Faults(drop_every=1)
    town.post(body="一")
    town.post(body="二")
    town.bell.ring()
    town.pass_time(0.1)
    town.simulator.faults = Faults()
    town.pass_time(3)
    assert sorted(town.texts_out()) == [("notice", "failed"), ("notice", "sent")]
    assert town.heard[ZHANG] == ["一", "二"]
    assert town.count("hotline_sms_resent_in_flight_total", smsc="sim") == 0


def test_throttling_delays_and_loses_nothing(town):
    """Too fast, says the SMSC: everything is sent in the end, once."""
    town.phone()
    town.simulator.faults = Faults(throttle_every=2)
    for n in range(6):
        town.post(body=f"通知{n}")
    for _ in range(60):
        town.pass_time(1)
    assert sorted(town.heard[ZHANG]) == [f"通知{n}" for n in range(6)]
    assert {status for _, status in town.texts_out()} == {"sent"}


def test_endless_throttling_gives_the_text_back_to_the_outbox(town):
    """A text is not held in hand for ever: it becomes due again later."""
    town.phone()
    town.simulator.faults = Faults(throttle_every=1)
    town.post()
    for _ in range(400):
        town.pass_time(1)
        if town.count("hotline_sms_settled_total", smsc="sim", kind="notice", what="later"):
            break
    assert town.count("hotline_sms_settled_total", smsc="sim", kind="notice", what="later") == 1


def test_a_temporary_refusal_is_tried_again_and_a_permanent_one_is_believed(town):
    """0x64 waits some seconds; 0x0B (no such number) fails at once."""
    town.phone()
    town.simulator.faults = Faults(throttle_every=1, throttle_status=0x64)
    town.post()
    town.pass_time(1)
    assert town.texts_out() == [("notice", "pending")]
    town.simulator.faults = Faults(throttle_every=1, throttle_status=0x0B)
    for _ in range(10):
        town.pass_time(1)
    assert town.texts_out() == [("notice", "failed")]


def test_a_text_past_its_time_is_not_sent(town):
    """A reminder after the visit must die."""
    town.phone()
    town.post(expires_at=naive_utc(town.clock) - timedelta(seconds=1))
    town.pass_time(1)
    assert town.texts_out() == [("notice", "expired")]
    assert town.heard[ZHANG] == []


def test_answers_leave_before_notices(town):
    """With a hundred notices waiting an answer is among the next to go."""
    town.phone()
    town.simulator.faults = Faults(answer_after=0.1)
    for n in range(60):
        town.post(body=f"通知{n}", lane=2)
    town.pass_time(1)
    town.phone().send("BZ", "12580")
    for _ in range(100):
        town.pass_time(0.1)
    place = next(place for place, words in enumerate(town.heard[ZHANG]) if "逐步选择" in words)
    assert place <= 1 + 2 * town.settings.window + town.settings.window
    assert len(town.heard[ZHANG]) == 61


def test_receipts_are_entered_beside_their_text(town):
    """The SMSC tells that a notice was delivered."""
    town.phone()
    town.post()
    for _ in range(5):
        town.pass_time(1)
    assert town.count("hotline_sms_taken_total", smsc="sim", what="receipt") == 1
    assert len(town.heard[ZHANG]) == 1


def test_a_text_that_cannot_be_sent_fails_alone(town, logged):
    """More parts than a text may have: given up, and the next one goes out."""
    town.phone()
    town.post(body="长" * 70 * 300)
    town.post(body="短")
    town.pass_time(1)
    assert sorted(town.texts_out()) == [("notice", "failed"), ("notice", "sent")]
    assert len(logged) == 1


# What comes in


def test_half_a_long_text_is_told_so_after_five_minutes(town):
    """A part that never came: nothing is done, the patient hears it."""
    part = DeliverSm(
        sequence=9,
        source=Address("8613800138000", 1, 1),
        destination=Address("12580"),
        esm_class=0x40,
        data_coding=8,
        short_message=bytes.fromhex("050003070201") + "GHDH00868".encode("utf-16-be"),
    )
    town.phone()
    line = town.gateway._lines[0]
    assert town_result(line.link._deliveries._deliver(part, "bind")) == 0
    town.pass_time(200)
    assert town.texts_in() == []
    town.phones.clear()
    town.phone()
    town.pass_time(120)
    assert "没有收全" in town.heard[ZHANG][0]


def town_result(coroutine):
    deferred = Deferred.fromCoroutine(coroutine)
    return deferred.result


@pytest.mark.parametrize(
    "source",
    [Address("10086"), Address("106575001234"), Address("Bank", 5, 0), Address("861088886666", 1, 1), Address("")],
)
def test_machines_get_no_answer(town, source):
    """Service codes, names and landlines are acknowledged and dropped: two machines must not start to talk."""
    pdu = DeliverSm(sequence=1, source=source, destination=Address("12580"), short_message=b"hello")
    assert town_result(town.gateway._lines[0].link._deliveries._deliver(pdu, "bind")) == 0
    assert town.count("hotline_sms_taken_total", smsc="sim", what="unanswerable") == 1
    assert town.texts_in() == []


def test_a_receipt_without_an_id_is_acknowledged(town):
    """It tells nothing, but it must not come again."""
    pdu = DeliverSm(sequence=1, source=Address("8613800138000", 1, 1), esm_class=0x04, short_message=b"stat:DELIVRD")
    assert town_result(town.gateway._lines[0].link._deliveries._deliver(pdu, "bind")) == 0
    assert town.count("hotline_sms_taken_total", smsc="sim", what="receipt") == 1


def test_a_text_that_breaks_the_store_is_put_off_alone(town, logged):
    """A bug while taking a text is no reason to lose it, nor those beside it."""
    town.store.broken = {"thd_write_page"}
    town.phone().send("BZ", "12580")
    town.pass_time()
    assert town.count("hotline_sms_put_off_total", smsc="sim", why="fault") == 1
    town.store.broken = set()
    town.pass_time(1)
    assert len(town.heard[ZHANG]) == 1
    assert logged


def test_identity_numbers_do_not_stay_in_the_inbox(town):
    """What is kept of a registration shows no identity number."""
    town.registered()
    assert town.texts_in() == [("answered", "ZC110105********002X,张三")]


# We ourselves


def test_a_bug_is_told_after_three_tries(town, logged):
    """A text that we fail to serve is tried three times, then the patient hears that it is our fault."""
    town.text("GH")
    town.store.broken = {"thd_pending"}
    assert town.text("1") == ""
    town.pass_time(5)
    assert len(town.heard[ZHANG]) == 1
    town.pass_time(5)
    assert "系统暂时无法处理" in town.heard[ZHANG][1]
    assert town.count("hotline_sms_faults_total", what="bug") == 3
    assert town.count("hotline_sms_answered_total", command="FAULT", outcome="FAULT") == 1


def test_not_even_an_apology_can_be_written(town, logged):
    """Then the text stays, and is tried again when the store takes answers."""
    town.phone().send("BZ", "12580")
    for _ in range(3):
        town.store.broken = set()
        town.pass_time()
    before = len(town.heard[ZHANG])
    town.store.broken = {"thd_pending"}
    town.text("1")
    for _ in range(2):
        town.store.broken = {"thd_pending", "thd_write_page"}
        town.pass_time(5)
    assert len(town.heard[ZHANG]) == before
    town.store.broken = set()
    town.pass_time(5)
    assert len(town.heard[ZHANG]) == before + 1


def test_more_texts_than_memory_wait_in_the_table(town, monkeypatch):
    """A flood is taken and acknowledged; what memory does not hold is swept up in its turn."""
    monkeypatch.setattr(answering_module, "WAITING_MAX", 2)
    town.text("GH")
    town.store.looking = False
    for number in range(5):
        town.phone(f"1380000000{number}").send("CX", "12580")
    town.pass_time()
    town.store.looking = True
    for _ in range(6):
        town.pass_time(5)
    assert all(len(town.heard[f"1380000000{number}"]) == 1 for number in range(5))


def test_full_memory_sweeps_nothing(town, monkeypatch):
    """There is no room to sweep into."""
    monkeypatch.setattr(answering_module, "WAITING_MAX", 0)
    town.phone().send("BZ", "12580")
    town.pass_time(5)
    assert town.heard[ZHANG] == []
    assert town.texts_in() == [("new", "BZ")]
    monkeypatch.setattr(answering_module, "WAITING_MAX", 1000)
    town.pass_time(5)
    assert len(town.heard[ZHANG]) == 1


def test_what_is_remembered_as_answered_is_bounded(town, monkeypatch):
    """Memory of answered texts does not grow for ever."""
    monkeypatch.setattr(answering_module, "REMEMBERED_MAX", 2)
    for _ in range(4):
        town.text("BZ")
    assert len(town.gateway._answering._done) == 2


def test_an_unanswered_text_is_answered_after_a_crash(town):
    """Killed between acknowledging and answering: the next life answers."""
    town.text("GH")
    town.store.looking = False
    town.text("1")
    town.restart()
    town.phone()
    town.pass_time(1)
    assert ["请选择医生" in words for words in town.heard[ZHANG]] == [True]


def test_an_answer_in_flight_at_a_crash_is_sent_again_and_counted(town):
    """The SMSC had it, we never heard so: the same words once more, and the count says why."""
    town.phone()
    town.simulator.faults = Faults(silent_every=1)
    town.text("BZ")
    town.simulator.faults = Faults()
    first = town.heard[ZHANG]
    town.restart()
    town.phone()
    town.pass_time(1)
    assert town.heard[ZHANG] == first
    assert town.count("hotline_sms_resent_in_flight_total", smsc="sim") == 1


def test_a_booking_whose_answer_was_not_written_is_not_made_twice(town, monkeypatch):
    """Booked, then killed before the text was marked answered: the next life finds its booking, and one confirmation goes out."""
    town.registered()
    real = town.store.run

    async def run(thd, *args, name=None):
        if thd.__name__ == "thd_write_page" and args[1].posted:
            town.store.writing = False
        return await real(thd, *args)

    monkeypatch.setattr(town.store, "run", run)
    town.text("GHDH00868,07150830,张三")
    town.restart()
    town.phone()
    town.pass_time(6)
    assert sum(kind == "confirmation" for kind, _ in town.texts_out()) == 1
    assert {status for status, _ in town.texts_in()} == {"answered"}


def test_a_cancellation_is_told_once_when_it_is_served_twice(town, monkeypatch):
    """Cancelled, then killed before the text was marked answered: no second text says that it was cancelled before."""
    town.registered()
    code = town.text("GHDH00868,07150830,张三").split("预约码")[1][:8]
    real = town.store.run

    async def run(thd, *args, name=None):
        if thd.__name__ == "thd_write_page" and args[1].posted:
            town.store.writing = False
        return await real(thd, *args)

    monkeypatch.setattr(town.store, "run", run)
    town.text(f"QX{code}")
    town.restart()
    town.phone()
    town.pass_time(6)
    kinds = [kind for kind, _ in town.texts_out()]
    assert kinds.count("cancelled") == 1
    assert kinds.count("reply") == 1


# Ending


def drained(town, seconds=10.0):
    return Deferred.fromCoroutine(town.gateway.drain(seconds))


def test_a_drain_answers_what_was_taken_and_unbinds(town):
    """Everything acknowledged is answered, then the link is gone for good."""
    town.phone().send("BZ", "12580")
    done = drained(town)
    town.pass_time()
    assert done.called
    assert town.gateway.ready() == {"sim": False}
    town.pass_time(60)
    assert town.gateway.ready() == {"sim": False}


def test_a_drain_waits_for_responses(town):
    """What is in flight is settled before the link goes."""
    town.phone()
    town.simulator.faults = Faults(answer_after=1)
    town.phone().send("BZ", "12580")
    town.pass_time()
    done = drained(town)
    town.pass_time(0.5)
    assert not done.called
    for _ in range(5):
        town.pass_time(0.5)
    assert done.called
    assert town.texts_out() == [("reply", "sent")]


def test_a_drain_ends_in_time_whatever_hangs(town):
    """A silent SMSC does not keep the process alive; what hangs is found at the next start."""
    town.phone()
    town.simulator.faults = Faults(silent_every=1)
    town.text("BZ")
    done = drained(town, 4)
    for _ in range(10):
        town.pass_time(0.5)
    assert done.called


def test_texts_that_come_during_a_drain_stay_with_the_smsc(town):
    """They are refused for now, and delivered to the next life."""
    town.phone()
    town.gateway._lines[0].link.stop_intake()
    town.text("BZ")
    assert town.texts_in() == []
    town.restart()
    town.phone()
    for _ in range(3):
        town.pass_time(1)
    assert len(town.heard[ZHANG]) == 1
