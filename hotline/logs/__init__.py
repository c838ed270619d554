"""Log lines for machines (JSON) and for people (console), with the trace id of the call or text and no personal data in the clear."""

from __future__ import annotations

from hotline.logs.opening import observer, open_logs

__all__ = ["observer", "open_logs"]
