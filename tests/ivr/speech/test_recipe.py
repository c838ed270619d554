from __future__ import annotations

from pathlib import Path

import pytest

from ivr.speech.recipe import gap_after, readings, silence, speaker, telephone


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("您好，欢迎", "nin2 hao3 , huan1 ying2"),
        ("重庆银行行长", "chong2 qing4 yin2 hang2 hang2 zhang3"),
        ("不对", "bu2 dui4"),
        ("一个", "yi2 ge4"),
        ("请再说一遍。", "qing3 zai4 shuo1 yi2 bian4 ."),
        ("重听请按九", "chong2 ting1 qing3 an4 jiu3"),
        ("应为十八位", "ying1 wei2 shi2 ba1 wei4"),
        ("好的。", "hao3 de5 ."),
        ("12楼", "shi2 er4 lou2"),
        ("305诊室", "san1 ling2 wu3 zhen3 shi4"),
        ("内科 CT室", "nei4 ke1 C T shi4"),
        ("B超室", "B chao1 shi4"),
    ],
)
def test_characters_get_their_reading_in_context(text, pinyin):
    """Words, numbers, letters and punctuation become what the synthesiser reads rightly."""
    assert readings(text) == pinyin


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("任盈盈", "ren2 ying2 ying2"),
        ("曾国华", "zeng1 guo2 hua2"),
        ("尉迟恭", "yu4 chi2 gong1"),
        ("王建国", "wang2 jian4 guo2"),
        ("华北楼", "hua2 bei3 lou2"),
        ("查房室", "cha2 fang2 shi4"),
        ("单", "dan1"),
        ("解", "jie3"),
    ],
)
def test_family_names_have_their_own_reading(text, pinyin):
    """A doctor named 曾 is not called ceng; a place that begins with such a character is read as usual."""
    assert readings(text) == pinyin


def test_the_text_never_stands_on_a_command_line():
    """Words go to the synthesiser's standard input, so that no text can be taken for an option."""
    assert speaker("zh", Path("x.wav"))[-1] == "--stdin"
    assert speaker("zh", Path("x.wav"))[2] == "cmn-latn-pinyin"
    assert speaker("en", Path("x.wav"))[2] == "en"


def test_recordings_are_made_for_the_telephone():
    """Both programs that write a recording write 8 kHz, one channel, 16 bit."""
    for command in (telephone(Path("a.wav"), Path("b.wav"), 0.2), silence(Path("b.wav"), 0.25)):
        assert " ".join(command[2:]).startswith("-r 8000 -c 1 -b 16")


def test_sentences_are_followed_by_a_breath():
    """Sentences in one list do not run together; pieces of a number do."""
    assert gap_after("好的。") > gap_after("三")
