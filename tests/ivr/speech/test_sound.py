from __future__ import annotations

import math
import wave
from array import array
from io import BytesIO

import pytest

from ivr.speech.sound import faults


def wav(samples, rate=8000, width=2, channels=1):
    file = BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(array("h", samples).tobytes())
    return file.getvalue()


def tone(seconds=0.5, level=0.7):
    return [int(32767 * level * math.sin(n / 5)) for n in range(int(seconds * 8000))]


def test_a_good_recording_has_no_faults():
    """Half a second of plain sound is fit for the telephone."""
    assert faults(wav(tone())) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a WAV file"),
        (b"RIFF", "not a WAV file"),
        (b"ID3" + bytes(2000), "not a WAV file"),
        (wav(tone(), rate=16000), "16000 Hz, 16 bit, 1 channels instead of 8000 Hz, 16 bit, 1 channel"),
        (wav(tone(), channels=2), "8000 Hz, 16 bit, 2 channels instead of 8000 Hz, 16 bit, 1 channel"),
        (wav(tone(), width=1), "8000 Hz, 8 bit, 1 channels instead of 8000 Hz, 16 bit, 1 channel"),
        (wav(tone())[:-1], "cut off in the middle of a sample"),
        (wav([]), "only 0.00 s long"),
        (wav(tone(0.02)), "only 0.02 s long"),
        (wav(tone(61)), "61 s long"),
        (wav(tone(level=0.01)), "too quiet"),
        (wav([32767] * 4000), "clipped"),
        (wav([0] * 4000), "too quiet"),
    ],
)
def test_an_unfit_recording_is_named_with_its_fault(data, why):
    """What Asterisk would not play, or a caller not hear, is told in one sentence."""
    assert faults(data) == [why]


def test_one_full_sample_is_not_clipping():
    """A single peak at full scale is no fault."""
    assert faults(wav([*tone(), 32767])) == []


def test_silence_may_be_silent():
    """The pause between groups is meant to be quiet."""
    assert faults(wav([0] * 2000), silent=True) == []
