"""How the simulated SMSC misbehaves, for tests of whoever must live with it. Every default is good behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from sms_gateway.smpp import status as st


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """``every``-fields count the hotline's submissions: 3 means each third; 0 never. ``answer_after`` in seconds.

    ``throttle_every``: answered ESME_RTHROTTLED, not delivered. ``silent_every``: delivered, not answered.
    ``drop_every``: delivered, the connection cut instead of an answer. ``refuse_binds``: the status of every bind's answer.
    ``resend_deliveries``: every text to the hotline is sent a second time after it was acknowledged.
    """

    answer_after: float = 0.0
    throttle_every: int = 0
    throttle_status: int = st.THROTTLED
    silent_every: int = 0
    drop_every: int = 0
    refuse_binds: int = 0
    resend_deliveries: bool = False
