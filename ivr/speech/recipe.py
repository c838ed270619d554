"""How words become a telephone recording: the readings of the characters, and the two programs that are run.

espeak-ng 1.51 reads most Chinese characters wrongly but pinyin rightly, so the readings come from pypinyin and espeak-ng gets
``cmn-latn-pinyin``; sox cuts the telephone band, sets the level, trims the silence. Pure: argument lists, no processes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pypinyin import Style, lazy_pinyin

from ivr.speech import zh
from ivr.speech.catalog import in_words

VERSION = 1  # to be raised when what was synthesised before should be made anew
SENTENCE_GAP = 0.2  # seconds after a sentence, so that two of them in one list do not run together
PIECE_GAP = 0.02
LONGEST_NUMBER = 2  # 12楼 is 十二楼, but room 305 is 三零五

# Characters that are read otherwise as a family name; the dictionary knows the common word.
FAMILY_NAMES = {
    "任": "ren2", "单": "shan4", "仇": "qiu2", "查": "zha1", "曾": "zeng1", "解": "xie4", "区": "ou1", "华": "hua4",
    "盖": "ge3", "乐": "yue4", "朴": "piao2", "缪": "miao4", "宁": "ning4", "葛": "ge3", "冼": "xian3", "员": "yun4",
    "翟": "zhai2", "那": "na1", "燕": "yan1", "应": "ying1", "黑": "he4", "折": "she2", "卜": "bu3", "种": "chong2",
    "尉迟": "yu4 chi2", "万俟": "mo4 qi2", "长孙": "zhang3 sun1", "澹台": "tan2 tai2",
}  # fmt: skip
# Words that the dictionary reads wrongly, or whose tones change in speech.
WORDS = {"重听": "chong2 ting1", "应为": "ying1 wei2", "一遍": "yi2 bian4", "一次": "yi2 ci4"}
_WORD = re.compile(f"({'|'.join(WORDS)})")
PLACE_ENDINGS = tuple("科室楼层处部区院厅号")
PUNCTUATION = str.maketrans("，、；：。！？（）", ",,,,.!?,,")


def readings(text: str) -> str:
    """``text`` in pinyin with tones as numbers, the way espeak-ng is to read it; digits and Latin letters are read in Chinese."""
    family, given = _family_name(text)
    words = [FAMILY_NAMES[family]] if family else []
    for part in _WORD.split(re.sub(r"[0-9]+", _number_words, given)):
        words += [WORDS[part]] if part in WORDS else _syllables(part)
    return " ".join(filter(None, words))


def _syllables(text: str) -> Iterator[str]:
    for word in lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, tone_sandhi=True):
        letters = re.fullmatch(r"[A-Z]+", word.strip())
        yield " ".join(letters[0]) if letters else word.translate(PUNCTUATION).strip()


def _family_name(text: str) -> tuple[str, str]:
    """The family name that needs its own reading, when the text looks like a person's name, and the rest."""
    if 2 <= len(text) <= 4 and not text.endswith(PLACE_ENDINGS):
        for length in (2, 1):
            if text[:length] in FAMILY_NAMES and length < len(text) <= length + 2:
                return text[:length], text[length:]
    return "", text


def _number_words(match: re.Match[str]) -> str:
    digits = match[0]
    code = len(digits) > LONGEST_NUMBER or digits.startswith("0")
    return in_words(zh.digits(digits) if code else zh.number(int(digits)))


def speaker(language: str, wav: Path) -> list[str]:
    """The command that reads text from its standard input into ``wav``."""
    voice = "en" if language == "en" else "cmn-latn-pinyin"
    return ["espeak-ng", "-v", voice, "-s", "150", "-g", "4", "-a", "80", "-w", str(wav), "--stdin"]


TELEPHONE = ["-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer"]
TRIM = ["silence", "1", "0.05", "0.5%"]


def telephone(source: Path, wav: Path, gap: float) -> list[str]:
    """The command that makes 8 kHz 16-bit mono of ``source``: band, level -3 dB, no silence around it but ``gap`` seconds behind."""
    band = ["highpass", "200", "lowpass", "3400", "norm", "-3"]
    return ["sox", str(source), *TELEPHONE, str(wav), *band, *TRIM, "reverse", *TRIM, "reverse", "pad", "0", str(gap)]


def silence(wav: Path, seconds: float) -> list[str]:
    return ["sox", "-n", *TELEPHONE, str(wav), "trim", "0", str(seconds)]


def gap_after(text: str) -> float:
    return SENTENCE_GAP if text.endswith(("。", "！", "？", ".", "!", "?")) else PIECE_GAP
