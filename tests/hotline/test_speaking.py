"""Names are spoken before anybody calls."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from booking.clock import FixedClock
from booking.store.immediate import ImmediateDatabase
from hotline.speaking import prepare_speech, thd_spoken
from ivr.speech.voice import Voice


class Synth:
    """Speaks at once, into nothing; remembers what."""

    def __init__(self) -> None:
        self.spoken: list[str] = []

    async def speak(self, text: str, target: Path) -> None:
        self.spoken.append(text)


def test_doctors_titles_departments_and_rooms_are_spoken(
    small_hospital: ImmediateDatabase, clock: FixedClock, tmp_path: Path
) -> None:
    """Everything on the roster that a caller may hear by name, each once; rooms only of days to come."""
    synth = Synth()
    voice = Voice(tmp_path, "/prompts", synth=synth)
    for _ in range(2):
        preparing = Deferred.fromCoroutine(prepare_speech(small_hospital, voice, 1, clock))
        SynchronousTestCase().successResultOf(preparing)
    assert sorted(synth.spoken) == sorted(
        ["王建国", "李梅", "主任医师", "副主任医师", "心血管内科", "消化内科", "门诊楼3层5诊室", "门诊楼2层8诊室"]
    )
    assert len(small_hospital.now(thd_spoken, 1, date(2026, 7, 16))) == 6
