"""Names for the command_status numbers of SMPP 3.4 (section 5.1.3) that this product sends or decides upon.

A number without a name here is legal on the wire: it is carried, logged and treated as a permanent refusal.
"""

from __future__ import annotations

from typing import Final

OK: Final = 0x00
INVALID_MESSAGE_LENGTH: Final = 0x01
INVALID_COMMAND_LENGTH: Final = 0x02
INVALID_COMMAND: Final = 0x03
WRONG_BIND_STATE: Final = 0x04
ALREADY_BOUND: Final = 0x05
SYSTEM_ERROR: Final = 0x08
INVALID_SOURCE: Final = 0x0A
INVALID_DESTINATION: Final = 0x0B
INVALID_MESSAGE_ID: Final = 0x0C
INVALID_PASSWORD: Final = 0x0E
INVALID_SYSTEM_ID: Final = 0x0F
MESSAGE_QUEUE_FULL: Final = 0x14
INVALID_SERVICE_TYPE: Final = 0x15
INVALID_SYSTEM_TYPE: Final = 0x53
THROTTLED: Final = 0x58
INVALID_SCHEDULE: Final = 0x61
INVALID_VALIDITY: Final = 0x62
TEMPORARY_APPLICATION_ERROR: Final = 0x64
PERMANENT_APPLICATION_ERROR: Final = 0x65
BAD_TLV_STREAM: Final = 0xC0
INVALID_PARAMETER_LENGTH: Final = 0xC2
UNKNOWN_ERROR: Final = 0xFF

THROTTLING: Final = frozenset({THROTTLED, MESSAGE_QUEUE_FULL})
"""The SMSC asks for less: the whole bind pauses, nothing is lost."""

TEMPORARY: Final = THROTTLING | {SYSTEM_ERROR, TEMPORARY_APPLICATION_ERROR, WRONG_BIND_STATE}
"""Worth trying the same message again later."""

BIND_NEEDS_A_PERSON: Final = frozenset({ALREADY_BOUND, INVALID_PASSWORD, INVALID_SYSTEM_ID, INVALID_SYSTEM_TYPE})
"""A bind refused so is not cured by hurrying: an old session must die first, or somebody must mend the configuration."""
