"""A situation told in JSON, played under a rule book step by step: what ``hotline policy try`` does. No store, no clock of its own.

A step asks one thing at one moment; what it brings about (a booking, a no-show, a ban) is a fact of the steps after it.
"""

from __future__ import annotations

from hotline.scenario.playing import play
from hotline.scenario.reading import NotAScenario
from hotline.scenario.step import Answer

__all__ = ["Answer", "NotAScenario", "play"]
