from __future__ import annotations

import re

import pytest

from ivr.speech.catalog import CATALOG, LANGUAGES, UNITS, in_words
from ivr.speech.catalog_dialplan import DIALPLAN_PROMPTS
from ivr.speech.catalog_emergency import EMERGENCY_PROMPTS
from ivr.speech.catalog_flows import FLOW_PROMPTS
from ivr.speech.words import Entry, Fixed, Said


def test_every_prompt_has_words_in_every_language():
    """No prompt is silent in a language for want of words."""
    assert [
        name for name, entry in CATALOG.items() for language in LANGUAGES if not entry.words(language).strip()
    ] == []


def test_ids_are_safe_as_file_names_and_in_play_lists():
    """An id never breaks Asterisk's lists or a path."""
    assert [name for name in CATALOG if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_no_prompt_is_defined_twice():
    """The parts of the catalogue do not hide each other's prompts."""
    assert len(CATALOG) == len(UNITS) + len(DIALPLAN_PROMPTS) + len(EMERGENCY_PROMPTS) + len(FLOW_PROMPTS)


def test_the_pause_is_the_only_silence():
    """Only the pause between groups is made of silence."""
    assert [name for name, entry in CATALOG.items() if entry.silence] == ["pause"]


def test_words_are_given_in_the_language_asked_for():
    """An English caller's screen shows English words, everybody else's Chinese ones."""
    entry = Entry(zh="你好", en="hello")
    assert (entry.words("en"), entry.words("zh"), entry.words("zh_CN")) == ("hello", "你好", "你好")


def test_a_prompt_can_be_read_as_text():
    """Fixed pieces and spoken text make one line of words."""
    prompt = (Said("王建国"), Fixed("pause"), Fixed("n3"), Fixed("hao"))
    assert in_words(prompt) == "王建国，三号"
    assert in_words((Fixed("w3"),), "en") == "Wednesday"


def test_an_unknown_id_is_a_bug():
    """A flow that names a prompt which does not exist is found by its tests, not by a caller."""
    with pytest.raises(KeyError):
        in_words((Fixed("no-such-prompt"),))


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_pinyin_overrides_have_a_syllable_and_tone_for_each_character(name):
    """An override of the readings covers its words whole."""
    entry = CATALOG[name]
    if entry.pinyin is not None:
        syllables = entry.pinyin.split()
        assert all(re.fullmatch(r"[a-zü]+[1-5]|[,.!?]", syllable) for syllable in syllables)
        hanzi = [char for char in entry.zh if "\u4e00" <= char <= "\u9fff"]
        assert not hanzi or len([syllable for syllable in syllables if syllable[-1].isdigit()]) == len(hanzi)
