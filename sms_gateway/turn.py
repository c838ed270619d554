"""What one text brought: the words to answer with, and the question that is pending afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from sms_gateway.dialogue import Dialogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What to say, the question that is pending now (None: none any more), and the reason for the books."""

    says: str
    pending: Dialogue | None
    reason: str = "OK"
