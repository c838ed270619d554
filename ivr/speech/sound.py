"""What is wrong with a recording, judged from its bytes: Asterisk plays 8 kHz 16-bit mono WAV as it is and nothing else here. Pure."""

from __future__ import annotations

import sys
import wave
from array import array
from io import BytesIO

RATE = 8000
SHORTEST = 0.05  # seconds
LONGEST = 60.0
QUIET = 0.03  # of full scale: -30 dB, barely heard on a mobile in a ward
CLIPPED = 0.001  # of the samples at full scale

FULL = 32767


def faults(data: bytes, *, silent: bool = False) -> list[str]:
    """One short sentence each, empty when the recording is fit for the telephone; ``silent`` when it is meant to be silence."""
    try:
        with wave.open(BytesIO(data)) as sound:
            form = (sound.getframerate(), sound.getsampwidth() * 8, sound.getnchannels())
            samples = array("h", sound.readframes(sound.getnframes())) if form == (RATE, 16, 1) else None
    except (wave.Error, EOFError):
        return ["not a WAV file"]
    except ValueError:
        return ["cut off in the middle of a sample"]
    if samples is None:
        return [f"{form[0]} Hz, {form[1]} bit, {form[2]} channels instead of {RATE} Hz, 16 bit, 1 channel"]
    if sys.byteorder == "big":  # pragma: no cover - WAV is little-endian
        samples.byteswap()
    return [*_length_faults(len(samples) / RATE), *([] if silent or not samples else _level_faults(samples))]


def _length_faults(seconds: float) -> list[str]:
    if seconds < SHORTEST:
        return [f"only {seconds:.2f} s long"]
    return [f"{seconds:.0f} s long"] if seconds > LONGEST else []


def _level_faults(samples: array[int]) -> list[str]:
    peak = max(abs(max(samples)), abs(min(samples)))
    if peak < QUIET * FULL:
        return ["too quiet"]
    full = sum(1 for sample in samples if abs(sample) >= FULL) if peak >= FULL else 0
    return ["clipped"] if full > CLIPPED * len(samples) else []
