"""The sentences of the call flows."""

from __future__ import annotations

from ivr.speech.words import Entry

FLOW_PROMPTS: dict[str, Entry] = {}
