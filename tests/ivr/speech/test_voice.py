from __future__ import annotations

from hashlib import sha1

import pytest
from twisted.internet.defer import Deferred

from ivr.speech import zh
from ivr.speech.catalog import CATALOG
from ivr.speech.voice import ATTEMPTS, Voice
from ivr.speech.words import Fixed, Said

WANG = Said("王建国", instead=zh.digits("00868"))
WANG_FILE = sha1("王建国".encode()).hexdigest()[:16]
DIGITS = [f"/prompts/zh/n{digit}" for digit in "00868"]


class SlowSynth:
    """A synthesiser whose work is finished, or fails, when the test says so."""

    def __init__(self):
        self.asked = []

    async def speak(self, text, target):
        done = Deferred()
        self.asked.append((text, done))
        await done
        target.write_bytes(b"sound")


def test_fixed_prompts_are_files_of_their_language(tmp_path):
    """A prompt is played from the caller's language's folder, so that a missing one is never replaced by another language."""
    voice = Voice(tmp_path, "/prompts/")
    assert voice.files((Fixed("n1"), Fixed("yue"))) == ["/prompts/zh/n1", "/prompts/zh/yue"]
    assert voice.files((Fixed("n1"),), language="en") == ["/prompts/en/n1"]
    assert Voice(tmp_path, "/prompts", language="en").files((Fixed("n1"),)) == ["/prompts/en/n1"]


def test_without_a_synthesiser_spoken_text_is_words_only(tmp_path):
    """The terminal telephone of a demo without speech tools still shows the doctor's name."""
    voice = Voice(tmp_path, "/prompts")
    files = voice.files((WANG,))
    assert files == [f"/prompts/tts/{WANG_FILE}"]
    assert Voice(tmp_path, "elsewhere").words(files[0]) == "王建国"


def test_a_new_name_is_heard_as_the_number_until_its_sound_is_made(tmp_path):
    """Nobody waits for synthesis: the caller hears the doctor's number, the next caller the name."""
    synth = SlowSynth()
    voice = Voice(tmp_path, "/prompts", synth=synth)
    assert voice.files((Fixed("n1"), WANG)) == ["/prompts/zh/n1", *DIGITS]
    assert voice.files((WANG,)) == DIGITS
    [(text, done)] = synth.asked
    assert text == "王建国"
    done.callback(None)
    assert voice.files((WANG,)) == [f"/prompts/tts/{WANG_FILE}"]
    assert voice.files((WANG,), language="en") == [f"/prompts/tts/{WANG_FILE}"]


def test_sound_made_earlier_is_played_at_once(tmp_path):
    """What an earlier life of the daemon synthesised is not made again."""
    (tmp_path / "tts").mkdir()
    (tmp_path / "tts" / f"{WANG_FILE}.wav").write_bytes(b"sound")
    synth = SlowSynth()
    assert Voice(tmp_path, "/prompts", synth=synth).files((WANG,)) == [f"/prompts/tts/{WANG_FILE}"]
    assert synth.asked == []


def test_names_can_be_prepared_before_the_first_call(tmp_path):
    """At start the names of doctors and departments are made ahead."""
    synth = SlowSynth()
    voice = Voice(tmp_path, "/prompts", synth=synth)
    voice.prepare("王建国", "李梅")
    assert [text for text, _ in synth.asked] == ["王建国", "李梅"]


def test_a_name_that_cannot_be_spoken_is_tried_three_times(tmp_path, logged):
    """A broken synthesiser costs callers nothing but the name, and is not run for ever."""
    synth = SlowSynth()
    voice = Voice(tmp_path, "/prompts", synth=synth)
    for _ in range(ATTEMPTS + 2):
        assert voice.files((WANG,)) == DIGITS
        _, done = synth.asked[-1]
        if not done.called:
            done.errback(OSError("espeak-ng"))
    assert len(synth.asked) == ATTEMPTS
    assert len(logged) == ATTEMPTS
    assert "王建国" not in str([event["name"] for event in logged])


def test_nothing_stands_in_for_text_without_a_substitute(tmp_path):
    """Text without a substitute is left out while it has no sound; the rest of the prompt is heard."""
    voice = Voice(tmp_path, "/prompts", synth=SlowSynth())
    assert voice.files((Said("门诊楼"), Fixed("n1"))) == ["/prompts/zh/n1"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("/prompts/zh/w3", "星期三"),
        ("other/place/en/w3", "Wednesday"),
        ("w3", "星期三"),
        ("zh/no-such", "no-such"),
        ("/prompts/tts/0123456789abcdef", "0123456789abcdef"),
    ],
)
def test_a_file_is_shown_as_its_words(tmp_path, file, words):
    """The terminal telephone shows words for files, whatever folder the server has them in."""
    assert Voice(tmp_path, "/prompts").words(file) == words


def test_every_catalogue_file_reads_back_as_its_words(tmp_path):
    """What is played and what is shown are the same prompt."""
    voice = Voice(tmp_path, "/prompts")
    for name, entry in CATALOG.items():
        assert voice.words(voice.files((Fixed(name),))[0]) == entry.zh
