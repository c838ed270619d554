from __future__ import annotations

import wave

import pytest
from twisted.internet.defer import Deferred
from twisted.python.threadpool import ThreadPool

from ivr.speech.shelf import Built, Shelf
from ivr.speech.sound import faults
from ivr.speech.synth import NoSpeech, ThreadedSynth, missing_tools, thd_record, thd_speak
from ivr.speech.words import Entry

pytestmark = [pytest.mark.real, pytest.mark.enable_socket, pytest.mark.needs("espeak")]


def seconds(path):
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


class NowReactor:
    """Runs at once what a thread hands to the reactor."""

    def callFromThread(self, call, *args):
        call(*args)


def test_the_whole_catalogue_is_spoken_and_fit_for_the_telephone(tmp_path):
    """Every prompt of every language is made by the real synthesiser, and none is missing, quiet, clipped or of a wrong form."""
    shelf = Shelf(tmp_path)
    built = shelf.build()
    assert shelf.check() == []
    assert shelf.build() == Built(made=0, kept=built.made, studio=0)


def test_a_doctors_name_is_spoken_without_silence_around_it(tmp_path):
    """A name is short enough to stand inside a sentence, and nothing but its own file is left behind."""
    wav = tmp_path / "tts" / "name.wav"
    thd_speak("王建国", wav)
    assert faults(wav.read_bytes()) == []
    assert 0.5 < seconds(wav) < 2.0
    assert [path.name for path in wav.parent.iterdir()] == ["name.wav"]


def test_text_that_looks_like_an_option_is_only_spoken(tmp_path):
    """Text that begins with a dash is read out and changes no setting."""
    thd_speak("--help -w /dev/null", tmp_path / "x.wav", language="en")
    assert faults((tmp_path / "x.wav").read_bytes()) == []


def test_the_pause_is_a_quarter_second(tmp_path):
    """The silence between groups of a code has the length that the catalogue asks for."""
    thd_record(Entry(zh="，", en=",", silence=0.25), "zh", tmp_path / "pause.wav")
    assert seconds(tmp_path / "pause.wav") == 0.25


def test_a_studio_recording_of_another_form_is_converted(tmp_path):
    """A studio's CD-quality file becomes a telephone recording."""
    studio = tmp_path / "studio" / "zh"
    studio.mkdir(parents=True)
    with wave.open(str(studio / "hello.wav"), "wb") as sound:
        sound.setparams((2, 2, 44100, 0, "NONE", ""))
        sound.writeframes(bytes(range(256)) * 400)
    shelf = Shelf(tmp_path / "out", {"hello": Entry(zh="你好", en="hello")})
    assert shelf.take(tmp_path / "studio") == ()
    assert faults((tmp_path / "out/zh/hello.wav").read_bytes()) == []
    assert shelf.build() == Built(made=1, kept=0, studio=1)


def test_speech_is_made_in_a_thread(tmp_path):
    """A name that is new to the daemon is spoken beside the calls, and the call that asked goes on."""
    pool = ThreadPool(1, 1)
    pool.start()
    try:
        done = Deferred.fromCoroutine(ThreadedSynth(NowReactor(), pool).speak("李梅", tmp_path / "x.wav"))
    finally:
        pool.stop()
    assert done.called
    assert faults((tmp_path / "x.wav").read_bytes()) == []


def test_a_missing_or_failing_tool_is_named(tmp_path, monkeypatch):
    """Without the tools, or when one fails, the reason names it and no file is left."""
    with pytest.raises(NoSpeech, match="sox failed"):
        Shelf(tmp_path, {"a": Entry(zh="你好", en="hello")}).take(_broken_studio(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_tools() == ["espeak-ng", "sox"]
    with pytest.raises(NoSpeech, match="espeak-ng is not installed"):
        thd_speak("你好", tmp_path / "out" / "x.wav")
    assert list((tmp_path / "out").iterdir()) == []


def _broken_studio(tmp_path):
    folder = tmp_path / "studio" / "zh"
    folder.mkdir(parents=True)
    (folder / "a.wav").write_bytes(b"no sound at all")
    return tmp_path / "studio"
