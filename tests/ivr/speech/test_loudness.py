from __future__ import annotations

import math
import wave
from array import array
from io import BytesIO

import pytest

from ivr.speech.loudness import PEAK_MOST, TARGET, levelled, loudness


def wav(samples):
    out = BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(array("h", samples).tobytes())
    return out.getvalue()


def samples_of(data):
    with wave.open(BytesIO(data)) as sound:
        assert sound.getparams()[:3] == (1, 2, 8000)
        return array("h", sound.readframes(sound.getnframes()))


def tone(level, seconds=0.5):
    return [int(32767 * level * math.sin(n / 5)) for n in range(int(seconds * 8000))]


@pytest.mark.parametrize("level", [0.01, 0.1, 0.5, 1.0])
def test_soft_and_loud_recordings_come_to_one_level(level):
    """Whatever the level of a recording, callers hear it as loud as the others."""
    assert loudness(samples_of(levelled(wav(tone(level))))) == pytest.approx(TARGET, rel=0.01)


def test_pauses_do_not_make_a_sentence_louder():
    """A sentence with long pauses has the level of its words."""
    words = samples_of(levelled(wav(tone(0.3))))
    with_pauses = samples_of(levelled(wav([*tone(0.3), *[0] * 16000, *tone(0.3)])))
    assert max(with_pauses) == pytest.approx(max(words), rel=0.02)


def test_peaks_are_never_clipped():
    """A recording with one sharp peak stays softer rather than be distorted."""
    samples = samples_of(levelled(wav([*tone(0.01), 32767, -32768, *tone(0.01)])))
    assert max(map(abs, samples)) <= PEAK_MOST * 32767 + 1


@pytest.mark.parametrize("samples", [[], [0] * 2000])
def test_silence_stays_silence(samples):
    """Nothing is made out of nothing."""
    assert list(samples_of(levelled(wav(samples)))) == samples
