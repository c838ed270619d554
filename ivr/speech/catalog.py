"""Every fixed prompt: its id, its words in each language.

Ids are lower-case letters, digits and ``-`` (they become file names and stand in Asterisk's ``&`` lists). Units of numbers,
dates and times are here; sentences of the call flows are in ``catalog_flows``; the emergency script's are in
``catalog_emergency``. ``hotline prompts build`` makes what is missing, ``hotline prompts check`` tells what is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ivr.speech.catalog_dialplan import DIALPLAN_PROMPTS
from ivr.speech.catalog_emergency import EMERGENCY_PROMPTS
from ivr.speech.catalog_flows import FLOW_PROMPTS
from ivr.speech.words import Entry, Fixed, Prompt

__all__ = ["CATALOG", "LANGUAGES", "UNITS", "Entry", "in_words"]

LANGUAGES = ("zh", "en")

UNITS: dict[str, Entry] = {
    "n0": Entry(zh="零", en="zero"),
    "n1": Entry(zh="一", en="one", pinyin="yi1"),
    "n2": Entry(zh="二", en="two"),
    "n3": Entry(zh="三", en="three"),
    "n4": Entry(zh="四", en="four"),
    "n5": Entry(zh="五", en="five"),
    "n6": Entry(zh="六", en="six"),
    "n7": Entry(zh="七", en="seven"),
    "n8": Entry(zh="八", en="eight"),
    "n9": Entry(zh="九", en="nine"),
    "yao": Entry(zh="幺", en="one", pinyin="yao1"),
    "liang": Entry(zh="两", en="two", pinyin="liang3"),
    "x": Entry(zh="X", en="X", pinyin="ai1 ke4 si1"),
    "shi": Entry(zh="十", en="ten"),
    "bai": Entry(zh="百", en="hundred", pinyin="bai3"),
    "qian": Entry(zh="千", en="thousand"),
    "wan": Entry(zh="万", en="ten thousand", pinyin="wan4"),
    "yi": Entry(zh="亿", en="hundred million"),
    "di": Entry(zh="第", en="number"),
    "ge": Entry(zh="个", en="of them", pinyin="ge4"),
    "wei": Entry(zh="位", en="persons"),
    "nian": Entry(zh="年", en="year"),
    "yue": Entry(zh="月", en="month"),
    "ri": Entry(zh="日", en="day"),
    "hao": Entry(zh="号", en="number", pinyin="hao4"),
    "w1": Entry(zh="星期一", en="Monday", pinyin="xing1 qi1 yi1"),
    "w2": Entry(zh="星期二", en="Tuesday"),
    "w3": Entry(zh="星期三", en="Wednesday"),
    "w4": Entry(zh="星期四", en="Thursday"),
    "w5": Entry(zh="星期五", en="Friday"),
    "w6": Entry(zh="星期六", en="Saturday"),
    "w7": Entry(zh="星期日", en="Sunday"),
    "jintian": Entry(zh="今天", en="today"),
    "mingtian": Entry(zh="明天", en="tomorrow"),
    "houtian": Entry(zh="后天", en="the day after tomorrow"),
    "lingchen": Entry(zh="凌晨", en="early morning"),
    "shangwu": Entry(zh="上午", en="morning"),
    "zhongwu": Entry(zh="中午", en="noon"),
    "xiawu": Entry(zh="下午", en="afternoon"),
    "wanshang": Entry(zh="晚上", en="evening"),
    "dian": Entry(zh="点", en="o'clock"),
    "zheng": Entry(zh="整", en="sharp"),
    "ban": Entry(zh="半", en="thirty"),
    "fen": Entry(zh="分", en="minutes", pinyin="fen1"),
    "yuan": Entry(zh="元", en="yuan"),
    "jiao": Entry(zh="角", en="jiao", pinyin="jiao3"),
    "pause": Entry(zh="，", en=",", silence=0.25),
}

CATALOG: Mapping[str, Entry] = MappingProxyType({**UNITS, **EMERGENCY_PROMPTS, **DIALPLAN_PROMPTS, **FLOW_PROMPTS})


def in_words(prompt: Prompt, language: str = "zh") -> str:
    """What the prompt says, for logs, tests and screens. An id that the catalogue lacks raises KeyError: it is a bug."""
    return "".join(CATALOG[piece.id].words(language) if isinstance(piece, Fixed) else piece.text for piece in prompt)
