"""The simulated SMSC and its phones, without sockets; then once over a real port."""

from __future__ import annotations

import random

import pytest
from prometheus_client import CollectorRegistry
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock

from sms_gateway.simulator import Faults, Simulator
from sms_gateway.simulator.loopback import LoopbackEndpoint, settle
from sms_gateway.simulator.mailbox import Letter, Mailbox, Mailboxes, subscriber
from sms_gateway.simulator.phone import NoService, Phone, text
from sms_gateway.smpp import status as st
from sms_gateway.smpp.link import SmscLink
from sms_gateway.smpp.metrics import LinkMetrics
from sms_gateway.smpp.pdu import Address, DeliverSm, SubmitSm
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.text import DeliveryState, concat_of, mend, read_receipt, text_of
from sms_gateway.text.compose import submits


class Town:
    """An SMSC, an echoing hotline, and phones."""

    def __init__(self, *, hotline: bool = True, **options) -> None:
        self.clock = Clock()
        self.simulator = Simulator(self.clock, **options)
        self.endpoint = LoopbackEndpoint(self.clock, self.simulator)
        self.settings = SmscSettings(
            name="sim", host="h", port=1, system_id="hotline", password="hotline", service_number="12580", rate=0
        )
        self.receipts: list = []
        self.came: list[DeliverSm] = []
        self.parts: dict = {}
        self.link = SmscLink(
            self.settings,
            reactor=self.clock,
            deliver=self.deliver,
            rng=random.Random(1),
            metrics=LinkMetrics(CollectorRegistry()),
            endpoint=self.endpoint,
        )
        if hotline:
            self.link.startService()
            settle(self.clock)

    async def deliver(self, pdu: DeliverSm, bind_id: str) -> int:
        receipt = read_receipt(pdu)
        if receipt is not None:
            self.receipts.append(receipt)
            return 0
        self.came.append(pdu)
        part = concat_of(pdu)
        if part is not None:
            self.parts[part.part] = text_of(pdu)
            if len(self.parts) < part.total:
                return 0
        words = mend("".join(self.parts[number] for number in sorted(self.parts))) if part else text_of(pdu)
        self.reply(pdu.source.digits, "收到：" + words)
        return 0

    def reply(self, to: str, words: str) -> list:
        outcomes: list = []
        for pdu in submits(to, words, 9, self.settings):
            Deferred.fromCoroutine(self.link.submit(pdu)).addCallback(outcomes.append)
        return outcomes

    def text(self, sender: str, words: str, **options) -> tuple[list[str], list]:
        """The replies so far, and (later) the end or the failure."""
        replies, ends = [], []

        async def run() -> None:
            options.setdefault("quiet", 2.0)
            async for one in text(
                sender, words, endpoint=self.endpoint, reactor=self.clock, rng=random.Random(2), **options
            ):
                replies.append(one)

        Deferred.fromCoroutine(run()).addBoth(ends.append)
        settle(self.clock)
        return replies, ends

    def phone(self, number: str) -> Phone:
        phone = Phone(number, self.endpoint, self.clock, random.Random(3))
        self.wait(phone.connect())
        return phone

    def wait(self, coroutine):
        done: list = []
        Deferred.fromCoroutine(coroutine).addBoth(done.append)
        settle(self.clock)
        if done and hasattr(done[0], "raiseException"):
            done[0].raiseException()
        return done


def test_a_phone_texts_and_reads_the_reply():
    """What a patient texts reaches the hotline under the patient's number, and the reply comes back."""
    town = Town()
    replies, ends = town.text("13800138000", "挂号")
    assert replies == ["收到：挂号"]
    assert town.came[0].source == Address("8613800138000", 1, 1)
    assert ends == []
    settle(town.clock, 2.1)
    assert ends == [None]


def test_long_texts_pass_both_ways():
    """Two hundred characters with emoji go in parts and are whole at both ends."""
    town = Town()
    words = "我想投诉😀" * 40
    replies, _ = town.text("13800138000", words)
    assert replies == ["收到：" + words]


def test_without_a_hotline_the_text_waits_for_it():
    """A text sent while the hotline is down is delivered when it binds."""
    town = Town(hotline=False)
    replies, ends = town.text("13800138000", "CX", first=60.0)
    assert replies == []
    town.link.startService()
    settle(town.clock)
    assert replies == ["收到：CX"]
    settle(town.clock, 3)
    assert ends == [None]


def test_a_phone_that_is_off_gets_its_texts_when_it_comes_on():
    """A confirmation waits for the phone; its receipt tells when it was read out."""
    town = Town()
    outcomes = town.reply("+8613800138000", "预约成功")
    settle(town.clock)
    assert len(outcomes) == 1
    assert town.receipts == []
    phone = town.phone("13800138000")
    settle(town.clock)
    got: list[str] = []

    async def read() -> None:
        async for one in phone.replies(1.0):
            got.append(one)

    town.wait(read())
    settle(town.clock, 1.1)
    assert got == ["预约成功"]
    assert [receipt.state for receipt in town.receipts] == [DeliveryState.DELIVERED]
    assert town.receipts[0].message_id == outcomes[0].message_id
    phone.close()
    settle(town.clock)


def test_one_phone_may_text_another():
    """Numbers are numbers: the SMSC carries texts between phones too."""
    town = Town()
    one, other = town.phone("13800138000"), town.phone("+8613900139000")
    one.send("你好", "13900139000")
    settle(town.clock)
    assert town.wait(_first(other)) == ["你好"]


async def _first(phone: Phone) -> str:
    return await phone._inbox.get()


def test_a_landline_keeps_its_own_form():
    """Only mainland mobiles are given a country code."""
    town = Town()
    town.text("02368012580", "CX")
    assert town.came[0].source == Address("02368012580", 0, 1)


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"password": "wrong"}, st.INVALID_PASSWORD),
        ({"system_id": "stranger"}, st.INVALID_SYSTEM_ID),
        ({"system_id": "phone"}, st.INVALID_SYSTEM_ID),
    ],
)
def test_strangers_are_not_bound(settings, status):
    """A wrong name or password, or a phone without a number, is refused for that reason."""
    town = Town(hotline=False)
    chosen = {
        "name": "x",
        "host": "h",
        "port": 1,
        "system_id": "hotline",
        "password": "hotline",
        "service_number": "12580",
    }
    refused: list[int] = []
    town.simulator.verdict = lambda bind, judge=town.simulator.verdict: refused.append(judge(bind)) or refused[-1]
    link = SmscLink(
        SmscSettings(**{**chosen, **settings}), reactor=town.clock, deliver=town.deliver, rng=random.Random(1),
        metrics=LinkMetrics(CollectorRegistry()), endpoint=town.endpoint,
    )  # fmt: skip
    link.startService()
    settle(town.clock)
    assert refused == [status]
    assert not link.bound


class TestFaults:
    def test_a_drop_after_delivery(self):
        """The SMSC may take a text and vanish: the phone has it, the hotline does not know."""
        town = Town(faults=Faults(drop_every=1))
        phone = town.phone("13800138000")
        outcomes = town.reply("13800138000", "hi")
        settle(town.clock)
        assert [type(one).__name__ for one in outcomes] == ["Unknown"]
        assert town.wait(_first(phone)) == ["hi"]

    def test_repeated_deliveries(self):
        """The SMSC may send the same text twice after it was acknowledged."""
        town = Town(faults=Faults(resend_deliveries=True))
        town.simulator.carry(SubmitSm(destination=Address("12580"), short_message=b"CX"), Address("13"), "1")
        settle(town.clock)
        town.simulator.faults = Faults()
        assert [pdu.short_message for pdu in town.came][:2] == [b"CX", b"CX"]

    def test_an_answer_to_a_gone_hotline(self):
        """A delayed answer after the link is gone goes nowhere."""
        town = Town(faults=Faults(answer_after=5))
        town.reply("13800138000", "hi")
        settle(town.clock)
        town.link.stopService()
        settle(town.clock, 6)
        assert town.simulator.lines == []


class TestPhoneTrouble:
    def test_nobody_there(self):
        """Without an SMSC the phone says that there is no service."""
        town = Town(hotline=False)
        town.endpoint.server = None
        _, ends = town.text("13800138000", "CX")
        ends[0].trap(NoService)

    def test_refused(self):
        """A phone that is not let in is told so."""
        town = Town(hotline=False, faults=Faults(refuse_binds=0x0D))
        _, ends = town.text("13800138000", "CX")
        ends[0].trap(NoService)
        assert "0x0d" in ends[0].getErrorMessage()

    def test_hung_up_before_binding(self):
        """An SMSC that closes at once is no service."""

        class Rude(Factory):
            noisy = False

            def buildProtocol(self, addr):
                protocol = Simulator(town.clock).buildProtocol(addr)
                protocol.connectionMade = lambda: protocol.transport.loseConnection()  # noqa: PLW0108 - there is no transport yet
                return protocol

        town = Town(hotline=False)
        town.endpoint.server = Rude()
        _, ends = town.text("13800138000", "CX")
        ends[0].trap(NoService)

    def test_sending_after_the_end(self):
        """A phone whose link is gone does not pretend to send."""
        town = Town()
        phone = town.phone("13800138000")
        town.simulator.drop()
        settle(town.clock)
        with pytest.raises(NoService):
            phone.send("CX", "12580")
        phone.close()


class TestMailboxes:
    def test_bounds(self):
        """A phone that never comes on loses its oldest text; of too many phones the one longest quiet loses its box."""
        lost: list[str] = []

        def letter(name: str) -> Letter:
            return Letter(pdu=DeliverSm(), settle=lambda taken: lost.append(name))

        box = Mailbox(most=2)
        for name in "abc":
            box.put(letter(name))
        assert lost == ["a"]
        assert len(box) == 2
        assert Mailbox().take() is None
        boxes = Mailboxes(boxes=2)
        boxes.of("1").put(letter("of 1"))
        boxes.of("2")
        boxes.of("3")
        assert lost == ["a", "of 1"]

    def test_an_expired_text_has_its_receipt(self):
        """The hotline learns that a text was never delivered."""
        town = Town()
        town.simulator.boxes = Mailboxes(texts=1)
        town.reply("13800138000", "one")
        town.reply("13800138000", "two")
        settle(town.clock)
        assert [receipt.state for receipt in town.receipts] == [DeliveryState.EXPIRED]

    @pytest.mark.parametrize("number", ["13800138000", "8613800138000", "+8613800138000", "008613800138000"])
    def test_one_phone_however_written(self, number):
        """All forms of a mainland mobile are one mailbox."""
        assert subscriber(number) == "13800138000"

    def test_other_numbers_stay(self):
        """Service numbers and landlines are not touched."""
        assert subscriber("12580") == "12580"
        assert subscriber("8602368012580") == "8602368012580"


def test_two_hotlines_share_the_texts():
    """With two binds the texts go by turns, so that no process is idle."""
    town = Town()
    other = SmscLink(
        town.settings, reactor=town.clock, deliver=town.deliver, rng=random.Random(5),
        metrics=LinkMetrics(CollectorRegistry()), endpoint=town.endpoint,
    )  # fmt: skip
    other.startService()
    settle(town.clock)
    for _ in range(4):
        town.simulator.carry(SubmitSm(destination=Address("12580"), short_message=b"CX"), Address("13"), "1")
    settle(town.clock)
    assert len(town.came) == 4
