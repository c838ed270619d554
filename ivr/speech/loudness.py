"""Brings recordings to one loudness, so that a sentence put together from many of them does not jump. Pure: WAV in, WAV out.

Loudness is the level of the parts in which somebody speaks: pauses inside a sentence do not count, peaks only as a limit.
"""

from __future__ import annotations

import math
import sys
import wave
from array import array
from io import BytesIO

TARGET = 0.1  # of full scale: -20 dB, what telephone networks expect of speech
PEAK_MOST = 0.9
FRAME = 160  # samples: 20 ms
SPEAKING = 0.1  # of the loudest frame: below it is a pause

FULL = 32767


def levelled(data: bytes) -> bytes:
    """The same 16-bit mono WAV at the house's level; silence stays silence."""
    with wave.open(BytesIO(data)) as sound:
        form = sound.getparams()
        samples = _native(array("h", sound.readframes(sound.getnframes())))
    gain = _gain(samples)
    scaled = array("h", [round(sample * gain) for sample in samples])
    out = BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams(form)
        sound.writeframes(_native(scaled).tobytes())
    return out.getvalue()


def loudness(samples: array[int]) -> float:
    """The level of the speaking parts, from 0 to 1."""
    frames = [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]
    powers = [sum(sample * sample for sample in frame) / len(frame) for frame in frames]
    top = max(powers, default=0.0)
    speaking = [power for power in powers if power > top * SPEAKING**2]
    return math.sqrt(sum(speaking) / len(speaking)) / FULL if speaking else 0.0


def _gain(samples: array[int]) -> float:
    level = loudness(samples)
    if not level:
        return 1.0
    peak = max(abs(max(samples)), abs(min(samples))) / FULL
    return min(TARGET / level, PEAK_MOST / peak)


def _native(samples: array[int]) -> array[int]:
    if sys.byteorder == "big":  # pragma: no cover - WAV is little-endian
        samples.byteswap()
    return samples
