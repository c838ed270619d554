from __future__ import annotations

import math
import wave
from array import array

import pytest
from click.testing import CliRunner

from hotline.cli import prompts as prompts_module
from hotline.cli.prompts import prompts
from ivr.speech.shelf import Built, Fault, Shelf
from ivr.speech.synth import NoSpeech
from ivr.speech.words import Entry

pytestmark = pytest.mark.owns(
    "thread", why="the shelf has a command of its own, which records in a pool and waits for it"
)

CATALOG = {"hello": Entry(zh="你好", en="hello"), "bank": Entry(zh="银行", en="bank", pinyin="yin2 hang2")}


def write_tone(path, pitch=5.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(array("h", [int(20000 * math.sin(n / pitch)) for n in range(4000)]).tobytes())


class Recorder:
    """Stands for espeak-ng and sox: writes a tone and remembers what it was asked to say."""

    def __init__(self):
        self.said = []

    def __call__(self, entry, language, target):
        self.said.append((language, entry.words(language)))
        write_tone(target)


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def shelf(tmp_path, recorder):
    return Shelf(tmp_path, CATALOG, record=recorder, convert=lambda source, target: write_tone(target, 7.0))


def test_what_is_missing_is_made_once(shelf, recorder):
    """Building makes each prompt in each language, and a second build nothing."""
    assert shelf.build() == Built(made=4, kept=0, studio=0)
    assert sorted(recorder.said) == [("en", "bank"), ("en", "hello"), ("zh", "你好"), ("zh", "银行")]
    assert shelf.build() == Built(made=0, kept=4, studio=0)
    assert shelf.check() == []


def test_changed_words_are_made_anew(shelf, tmp_path, recorder):
    """When a sentence or its reading changes, only the recordings made from the old one are replaced."""
    shelf.build()
    changed = {"hello": Entry(zh="您好", en="hello"), "bank": Entry(zh="银行", en="bank", pinyin="yin2 hang1")}
    later = Shelf(tmp_path, changed, record=recorder)
    why = "made from other words"
    assert later.check() == [Fault(file="zh/hello", why=why), Fault(file="zh/bank", why=why)]
    assert later.build() == Built(made=2, kept=2, studio=0)


def test_a_studio_recording_copied_into_place_is_kept(shelf, tmp_path, recorder):
    """A hospital's own recording survives every build, also when the words change."""
    shelf.build()
    write_tone(tmp_path / "zh/hello.wav", 9.0)
    mine = (tmp_path / "zh/hello.wav").read_bytes()
    changed = CATALOG | {"hello": Entry(zh="您好", en="hello")}
    assert Shelf(tmp_path, changed, record=recorder).build() == Built(made=0, kept=3, studio=1)
    assert (tmp_path / "zh/hello.wav").read_bytes() == mine


def test_a_recording_broken_off_is_made_again(tmp_path, recorder):
    """A build that was killed half-way leaves nothing that a later one takes for a studio's."""

    def broken(entry, language, target):
        write_tone(target)
        raise NoSpeech("sox failed")

    with pytest.raises(NoSpeech):
        Shelf(tmp_path, CATALOG, record=broken).build(workers=1)
    assert Shelf(tmp_path, CATALOG, record=recorder).build().studio == 0


def test_spoken_text_that_was_left_without_sound_is_made(shelf, tmp_path, recorder):
    """Names that a daemon without speech tools wrote down get their sound by the next build."""
    (tmp_path / "tts").mkdir()
    (tmp_path / "tts/0123456789abcdef.txt").write_text("王建国", encoding="utf-8")
    assert shelf.build().made == 5
    assert ("zh", "王建国") in recorder.said
    assert (tmp_path / "tts/0123456789abcdef.wav").exists()


def test_studio_files_are_converted_into_place(shelf, tmp_path):
    """A folder from the studio is taken over; files that are no prompt's are named."""
    studio = tmp_path / "studio"
    for name in ("zh/hello.flac", "zh/helo.flac", "zh/notes/readme", "fr/hello.wav"):
        (studio / name).parent.mkdir(parents=True, exist_ok=True)
        (studio / name).write_bytes(b"")
    shelf.build()
    assert shelf.take(studio) == ("zh/helo.flac",)
    assert shelf.build() == Built(made=0, kept=3, studio=1)


def test_missing_and_unfit_recordings_are_told(shelf, tmp_path):
    """The check names each prompt that is missing or could not be heard."""
    shelf.build()
    (tmp_path / "en/bank.wav").unlink()
    (tmp_path / "zh/hello.wav").write_bytes(b"not sound")
    assert shelf.check() == [Fault(file="zh/hello", why="not a WAV file"), Fault(file="en/bank", why="missing")]


def test_the_command_tells_what_is_missing(tmp_path):
    """`hotline prompts check` on an empty folder names the first prompts and what to type, with exit code 1."""
    result = CliRunner().invoke(prompts, ["check", "--dir", str(tmp_path)])
    assert result.exit_code == 1
    assert "zh/n0: missing" in result.output
    assert f"hotline prompts build --dir {tmp_path}" in result.output


def test_the_command_tells_what_is_missing_as_json(tmp_path):
    """`--json` gives every fault in one object."""
    result = CliRunner().invoke(prompts, ["check", "--json", "--dir", str(tmp_path)])
    assert '{"file": "zh/n0", "why": "missing"}' in result.output


def test_the_command_builds_and_checks(tmp_path, monkeypatch, recorder):
    """`hotline prompts build` makes everything, keeps it the next time, and `check` finds nothing."""
    monkeypatch.setattr(prompts_module, "missing_tools", list)
    monkeypatch.setattr(prompts_module, "Shelf", lambda directory: Shelf(directory, CATALOG, record=recorder))
    first = CliRunner().invoke(prompts, ["build", "--dir", str(tmp_path)])
    assert (first.exit_code, first.output) == (0, f"{tmp_path}: 4 made, 0 kept, 0 from a studio\n")
    second = CliRunner().invoke(prompts, ["build", "--json", "--dir", str(tmp_path)])
    assert '"kept": 4' in second.output
    check = CliRunner().invoke(prompts, ["check", "--dir", str(tmp_path)])
    assert check.exit_code == 0


def test_the_command_refuses_studio_files_it_does_not_know(tmp_path, monkeypatch, recorder):
    """A misspelt studio file is told and the exit code is 1, so that it is not missed."""
    (tmp_path / "studio/zh").mkdir(parents=True)
    (tmp_path / "studio/zh/helo.wav").write_bytes(b"")
    monkeypatch.setattr(prompts_module, "missing_tools", list)
    monkeypatch.setattr(prompts_module, "Shelf", lambda directory: Shelf(directory, CATALOG, record=recorder))
    result = CliRunner().invoke(
        prompts, ["build", "--dir", str(tmp_path / "out"), "--recordings", str(tmp_path / "studio")]
    )
    assert result.exit_code == 1
    assert "no prompt has this name: zh/helo.wav" in result.output


def test_the_command_says_what_to_install(tmp_path, monkeypatch):
    """Without the speech tools the command says which packages to install, with exit code 3."""
    monkeypatch.setattr(prompts_module, "missing_tools", lambda: ["sox"])
    result = CliRunner().invoke(prompts, ["build", "--dir", str(tmp_path)])
    assert result.exit_code == 3
    assert "apt-get install espeak-ng sox" in result.output


def test_the_command_tells_of_a_failing_tool(tmp_path, monkeypatch):
    """A speech tool that fails is named, with exit code 3."""

    def broken(entry, language, target):
        raise NoSpeech("sox failed")

    monkeypatch.setattr(prompts_module, "missing_tools", list)
    monkeypatch.setattr(prompts_module, "Shelf", lambda directory: Shelf(directory, CATALOG, record=broken))
    result = CliRunner().invoke(prompts, ["build", "--dir", str(tmp_path)])
    assert result.exit_code == 3
    assert "sox failed" in result.output
