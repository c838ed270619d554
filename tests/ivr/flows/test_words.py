"""Every sentence the flows say is in the catalogue, and the catalogue's sentences are said by somebody."""

from __future__ import annotations

import re
from pathlib import Path

import ivr
from ivr.speech.catalog import CATALOG
from ivr.speech.catalog_flows import FLOW_PROMPTS

HOME = Path(ivr.__file__).parent
SOURCES = [*HOME.glob("dialog/*.py"), *HOME.glob("flows/**/*.py"), HOME / "service.py"]
SAID = {
    name
    for source in SOURCES
    for line in source.read_text().splitlines()
    if "Fixed(" in line or "what =" in line or "_WORDS =" in line or re.fullmatch(r' {4}\w+: "[a-z-]+",', line)
    for name in re.findall(r'"([a-z][a-z0-9-]+)"', line)
}


def test_nothing_said_is_missing() -> None:
    """A prompt that is not in the catalogue would be silence."""
    assert {name for name in SAID - {"patient-day", "rule"} if name not in CATALOG} == set()


def test_nothing_is_recorded_in_vain() -> None:
    """A sentence nobody says is not recorded in a studio."""
    assert {name for name in FLOW_PROMPTS if not name.startswith("press-")} - SAID == set()


def test_keys_have_their_sentence() -> None:
    """Every key that a list can offer is named by a recording."""
    assert {f"press-{key}" for key in "123489"} <= set(FLOW_PROMPTS)
