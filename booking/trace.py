"""The id that follows one call or one text through every log line (a contextvar; ``Database.run`` carries it into its threads)."""

from __future__ import annotations

from contextvars import ContextVar

trace_id: ContextVar[str] = ContextVar("trace_id", default="-")
