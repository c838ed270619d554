"""What the SMSC delivers becomes rows, and only then is it acknowledged.

Law: ``deliver`` returns 0 after the commit of the text's inbox row (its part's, its receipt's) and never before; while the store
is out it returns ESME_RX_T_APPN, and the SMSC keeps the text and tries again. Texts that come while a transaction is being
written gather into the next one. A repeat is acknowledged like its original and not answered again. A sender that no text
can reach (an operator's service code, a landline) is acknowledged, counted and dropped: answering could start two machines talking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from booking.clock import Clock, naive_utc
from booking.outcomes import Busy
from booking.store.mail.inbox import Concat, InboxMessage, Incoming, New, PartKept
from command_parser.phone import read_phone
from sms_gateway.journal import Journal, Told
from sms_gateway.metrics import TextMetrics
from sms_gateway.proving import Proving
from sms_gateway.smpp.pdu import Address, DeliverSm
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.smpp.status import OK, TEMPORARY_APPLICATION_ERROR
from sms_gateway.text import Receipt, concat_of, mend, read_receipt, text_of

_INTERNATIONAL = 1


class Intake:
    """``took`` is given each new text, after its commit."""

    _log = Logger()

    def __init__(
        self,
        settings: SmscSettings,
        *,
        journal: Journal,
        clock: Clock,
        metrics: TextMetrics,
        proving: Proving,
        took: Callable[[InboxMessage], None],
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._clock = clock
        self._metrics = metrics
        self._proving = proving
        self._took = took
        self._taking: dict[tuple[str, str, bytes], list[Deferred[int]]] = {}

    async def deliver(self, pdu: DeliverSm, bind: str) -> int:
        """The command_status that the SMSC is answered; ``bind`` names the bind session it came through."""
        number = self._proving.came(bind)
        status = await self._once(pdu, bind)
        self._proving.answered(number, taken=status == OK)
        return status

    async def _once(self, pdu: DeliverSm, bind: str) -> int:
        """An SMSC that loses patience delivers again under a new number before we have acknowledged: that one shares the first's fate."""
        key = (pdu.source.digits, pdu.destination.digits, digest_of(pdu))
        if key in self._taking:
            first: Deferred[int] = Deferred()
            self._taking[key].append(first)
            status = await first
            if status == OK:
                self._metrics.taken.labels(self._settings.name, "repeat").inc()
            return status
        self._taking[key] = []
        status = await self._status(pdu, bind)
        for again in self._taking.pop(key):
            again.callback(status)
        return status

    async def _status(self, pdu: DeliverSm, bind: str) -> int:
        try:
            what = await self._take(pdu, bind)
        except Busy:
            self._metrics.put_off.labels(self._settings.name, "store").inc()
            return TEMPORARY_APPLICATION_ERROR
        except Exception:
            self._log.failure("a text from {smsc} could not be taken", smsc=self._settings.name)
            self._metrics.put_off.labels(self._settings.name, "fault").inc()
            return TEMPORARY_APPLICATION_ERROR
        self._metrics.taken.labels(self._settings.name, what).inc()
        return OK

    async def _take(self, pdu: DeliverSm, bind: str) -> str:
        receipt = read_receipt(pdu, self._settings.receipt_id)
        if receipt is not None:
            if receipt.message_id:
                await self._journal.tell(self._told(receipt))
            return "receipt"
        source = _sender(pdu.source)
        if source is None:
            return "unanswerable"
        match await self._journal.take(self._incoming(pdu, bind, source)):
            case New(message=message):
                self._took(message)
                return "new"
            case PartKept():
                return "part"
            case _:
                return "repeat"

    def _incoming(self, pdu: DeliverSm, bind: str, source: str) -> Incoming:
        settings = self._settings
        part = concat_of(pdu)
        text = text_of(pdu, settings.default_alphabet, settings.alphabets)
        return Incoming(
            hospital=settings.hospital,
            smsc=settings.name,
            bind=bind,
            sequence=pdu.sequence,
            source=source,
            destination=pdu.destination.digits,
            text=mend(text) if part is None else text,
            concat=None if part is None else Concat(kind=part.kind, ref=part.ref, total=part.total, part=part.part),
            digest=digest_of(pdu),
            at=naive_utc(self._clock),
        )

    def _told(self, receipt: Receipt) -> Told:
        at = naive_utc(self._clock)
        return Told(smsc=self._settings.name, message_id=receipt.message_id, state=receipt.state, at=at)


def digest_of(pdu: DeliverSm) -> bytes:
    """Equal for two deliveries of the same bytes, whatever their sequence numbers."""
    head = f"{pdu.esm_class}:{pdu.data_coding}:".encode()
    sar = b"".join(tlv.tag.to_bytes(2, "big") + tlv.value for tlv in pdu.tlvs)
    return hashlib.sha256(head + len(pdu.payload).to_bytes(4, "big") + pdu.payload + sar).digest()


def _sender(source: Address) -> str | None:
    """The sender in E.164, when it is a phone that a text can reach."""
    raw = f"+{source.digits}" if source.ton == _INTERNATIONAL and not source.digits.startswith("+") else source.digits
    phone = read_phone(raw)
    return phone.e164 if phone is not None and phone.mobile else None
