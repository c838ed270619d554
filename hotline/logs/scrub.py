"""The last net under the masking that each door does itself: whatever looks like a mobile number or an identity number is masked.

A log line that reached this point with a number in the clear is a mistake of its author; the reader must not pay for it. Names cannot
be recognised, so they must be masked where they are logged.
"""

from __future__ import annotations

import re

from command_parser.masking import mask_identity, mask_phone

# Boundaries are digits only: numbers stand next to Chinese text, quotes and command words. 18 places first, else its middle would look like a mobile.
_PERSONAL = re.compile(
    r"(?<!\d)(?P<identity>[1-9]\d{5}(?:18|19|20)\d{9}[\dXx*]|[1-9]\d{14})(?!\d)"
    r"|(?<!\d)(?P<prefix>\+86|0086|86|0)?(?P<mobile>1[3-9]\d{9})(?!\d)",
    re.ASCII,
)


def scrub(text: str) -> str:
    """``+8613800138000`` → ``+86138****8000``, identity numbers of 18 and 15 places likewise."""
    return _PERSONAL.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    if identity := found["identity"]:
        return mask_identity(identity)
    return (found["prefix"] or "") + mask_phone(found["mobile"])
