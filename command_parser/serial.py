"""Booking codes: seven digits drawn by ``booking`` and one check digit, always eight digits as text.

The check digit is Damm's: every single wrong digit and every swap of two neighbours is found, which is how codes go wrong
when they are read over the telephone. The chain starts from a salt instead of zero, for two reasons: leading zeros count, and
``12345678``, the code printed in notices and examples, is a well-formed one.
"""

from __future__ import annotations

from typing import Final

from stdnum import damm

SERIAL_DIGITS: Final = 8
PAYLOADS: Final = 10 ** (SERIAL_DIGITS - 1)
"""``make_serial`` takes payloads from 0 up to this number, exclusive."""

SAMPLE_SERIAL: Final = "12345678"
_SALT: Final = "3"


def make_serial(n: int) -> str:
    """The code of payload ``n`` (0 ≤ n < 10,000,000): ``1234567`` → ``"12345678"``. Raises ``ValueError`` outside that range."""
    if not 0 <= n < PAYLOADS:
        raise ValueError(f"a booking code's payload has seven digits, not {n}")
    payload = f"{n:07d}"
    return f"{payload}{damm.calc_check_digit(_SALT + payload)}"


def is_serial(text: str) -> bool:
    """Whether ``text`` is eight ASCII digits of which the last one checks. Says nothing about the booking's existence."""
    return len(text) == SERIAL_DIGITS and text.isascii() and text.isdigit() and bool(damm.is_valid(_SALT + text))
