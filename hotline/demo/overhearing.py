"""Shows the texts that the simulated SMSC carries to phones nobody holds: the doctor's, and a caller's confirmation.

A phone that is held (``hotline text``) shows its texts itself. Parts of a long text are
put together first; at most ``OPEN_MOST`` texts wait for parts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from sms_gateway.simulator.mailbox import subscriber
from sms_gateway.simulator.simulator import Simulator
from sms_gateway.smpp.pdu import SubmitSm
from sms_gateway.text import concat_of, mend, text_of

OPEN_MOST = 100


class Overhearing:
    """``tell`` is handed the number and the whole text."""

    def __init__(self, simulator: Simulator, tell: Callable[[str, str], None]) -> None:
        self._simulator = simulator
        self._tell = tell
        self._open: OrderedDict[tuple[str, int, int], dict[int, str]] = OrderedDict()
        simulator.watch(self.seen)

    def seen(self, pdu: SubmitSm) -> None:
        """Every submission passes here, patients' own texts too."""
        number = subscriber(pdu.destination.digits)
        held = any(line.number == number for line in self._simulator.lines)
        if held or number == self._simulator.service_number:
            return
        words = self._whole(number, pdu)
        if words is not None:
            self._tell(number, mend(words))

    def _whole(self, number: str, pdu: SubmitSm) -> str | None:
        part = concat_of(pdu)
        if part is None:
            return text_of(pdu)
        key = (number, part.ref, part.total)
        parts = self._open.setdefault(key, {})
        parts[part.part] = text_of(pdu)
        if len(parts) < part.total:
            if len(self._open) > OPEN_MOST:
                self._open.popitem(last=False)
            return None
        del self._open[key]
        return "".join(parts[place] for place in sorted(parts))
