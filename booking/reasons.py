"""The reason that a member of staff gives, as it is kept: one line, short, without anything that looks like a number of a person."""

from __future__ import annotations

import re

MOST = 100
_DIGITS = re.compile(r"\d{5,}[0-9Xx]?")


def kept_reason(text: str) -> str:
    """``身份证 11010519491231002X 误录`` → ``身份证 *** 误录``; empty stays empty."""
    return _DIGITS.sub("***", " ".join(text.split()))[:MOST]
