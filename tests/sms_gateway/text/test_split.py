"""Long texts: cut where a reader would allow it, put together as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as s

from sms_gateway.smpp.pdu import ESM_UDHI, SubmitSm, decode, encode
from sms_gateway.smpp.settings import SmscSettings
from sms_gateway.text import concat_of, mend, text_of
from sms_gateway.text.compose import submits
from sms_gateway.text.grapheme import clusters
from sms_gateway.text.split import TooLong, split
from sms_gateway.text.udh import concat_16, part_off

FAMILY = "👨‍👩‍👧‍👦"
PIECES = ["a", "中", "😀", FAMILY, "👍🏽", "🇨🇳", "e\u0301", "€", "\r\n", "각", "🏴\U000e0067\U000e0062\U000e007f", "❤️"]
some_text = s.lists(s.sampled_from(PIECES), max_size=150).map("".join)


def settings_for(way: str) -> SmscSettings:
    return SmscSettings(
        name="a", host="h", port=1, system_id="a", password="b", service_number="12580", long_messages=way
    )


@pytest.mark.parametrize(
    ("text", "wide", "sizes"),
    [
        ("a" * 160, False, [160]),
        ("a" * 161, False, [153, 8]),
        ("a" * 161, True, [152, 9]),
        ("€" * 80, False, [160]),
        ("€" * 81, False, [152, 10]),
        ("中" * 70, False, [140]),
        ("中" * 71, False, [134, 8]),
        ("中" * 71, True, [132, 10]),
        ("中" * 66 + "😀" + "中" * 9, False, [132, 22]),
        ("", False, [0]),
    ],
)
def test_parts_hold_what_the_standard_gives_them(text, wide, sizes):
    """160 or 70 alone, 153 or 67 with a header, one less with a wide one; an ESC pair or an emoji is not cut."""
    parts = split(text, 7, wide=wide)
    assert [len(part.body) for part in parts] == sizes
    assert all(len(part.udh) + len(part.body) <= 140 or part.data_coding == 0 for part in parts)


@given(s.text(s.sampled_from("预约8:30，。！【】\nA…"), min_size=71, max_size=300), s.booleans())
def test_ordinary_chinese_is_cut_where_the_careful_way_would_cut_it(text, wide):
    """The shortcut for plain characters changes nothing: an accent at the end forces the careful way, and the cuts are the same."""
    careful = [part.body for part in split(text + "中\u0301", 1, wide=wide)]
    quick = [part.body for part in split(text + "中中", 1, wide=wide)]
    assert quick[:-2] == careful[: len(quick) - 2]


def test_headers_count_the_parts():
    """Each part says which it is of how many, under the text's reference."""
    parts = split("中" * 150, 0x1FE)
    assert [part.udh.hex() for part in parts] == ["050003fe0301", "050003fe0302", "050003fe0303"]
    wide = split("中" * 150, 0x1FE, wide=True)
    assert wide[0].udh.hex() == "06080401fe0301"


@given(some_text, s.booleans())
def test_no_part_begins_or_ends_within_what_a_reader_sees_as_one(text, wide):
    """An emoji family, a flag, an accent stay whole; the parts together are the text."""
    parts = split(text, 1, wide=wide)
    coding = "utf-16-be"
    if parts[0].data_coding == 8:
        words = [part.body.decode(coding) for part in parts]
        assert "".join(words) == text
        ends = set()
        at = 0
        for cluster in clusters(text):
            at += len(cluster)
            ends.add(at)
        at = 0
        for word in words[:-1]:
            at += len(word)
            assert at in ends


def test_a_character_longer_than_a_part_falls_apart_between_code_points():
    """A letter with two hundred accents is sent, in pieces that are at least characters."""
    text = "e" + "\u0301" * 200
    assert "".join(part.body.decode("utf-16-be") for part in split(text, 1)) == text


def test_a_half_character_is_sent_as_a_mark():
    """A broken emoji in our own words does not stop the text."""
    assert split("好\ud83d", 1)[0].body.decode("utf-16-be") == "好�"


def test_too_long_is_said_and_nothing_is_cut_off():
    """A text beyond its bound is refused, never shortened in silence."""
    with pytest.raises(TooLong, match="3 parts, 2 allowed"):
        split("中" * 150, 1, most=2)
    with pytest.raises(TooLong):
        submits("138", "中" * 150, 1, settings_for("sar"), most=2)


@given(some_text, s.sampled_from(["udh", "udh16", "sar", "payload"]), s.randoms())
def test_a_text_sent_in_any_way_arrives_as_it_was(text, way, dice):
    """In each of the four ways, over the wire, in any order of parts, the reader has the writer's words."""
    pdus = [decode(encode(pdu)) for pdu in submits("+8613800138000", text, 5, settings_for(way))]
    dice.shuffle(pdus)
    parts = {concat.part: text_of(pdu) for pdu in pdus if (concat := concat_of(pdu))}
    if parts:
        assert len(parts) == len(pdus)
        assert mend("".join(parts[number] for number in sorted(parts))) == text
    else:
        assert mend(text_of(pdus[0])) == text
    assert all(pdu.destination.digits == "8613800138000" for pdu in pdus)


@pytest.mark.parametrize(("way", "pdus"), [("udh", 3), ("udh16", 3), ("sar", 3), ("payload", 1)])
def test_each_way_of_sending_a_long_text(way, pdus):
    """Each SMSC gets long texts in the one way it wants, and the reader the same words."""
    text = "挂号" * 90
    sent = submits("13800138000", text, 0x1FE, settings_for(way))
    assert len(sent) == pdus
    assert "".join(text_of(pdu) for pdu in sent) == text
    refs = {concat.ref for pdu in sent if (concat := concat_of(pdu))}
    assert refs == {"udh": {0xFE}, "udh16": {0x1FE}, "sar": {0x1FE}, "payload": set()}[way]


def test_addresses_and_flags():
    """A reply comes from the service number, asks for a receipt, and says when it is too late to deliver it."""
    (pdu,) = submits("13800138000", "hi", 1, settings_for("udh"), validity="000000000500000R")
    assert (pdu.source.digits, pdu.registered_delivery, pdu.validity, pdu.esm_class) == (
        "12580",
        1,
        "000000000500000R",
        0,
    )
    long = submits("13800138000", "中" * 100, 1, settings_for("udh"))
    assert all(pdu.esm_class == ESM_UDHI for pdu in long)
    assert submits("1", "hi", 1, settings_for("sar"))[0].tlvs == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FAMILY + "a", [FAMILY, "a"]),
        ("🇨🇳🇨🇳🇨", ["🇨🇳", "🇨🇳", "🇨"]),
        ("e\u0301e", ["e\u0301", "e"]),
        ("\r\n\n", ["\r\n", "\n"]),
        ("각가", ["각", "가"]),
        ("\u1112\u1161\u11ab\u1112", ["\u1112\u1161\u11ab", "\u1112"]),
        ("\uac00\u11a8\u11a8", ["\uac00\u11a8\u11a8"]),
        ("\u1100\u1100\uac00", ["\u1100\u1100\uac00"]),
        ("中文", ["中", "文"]),
        ("", []),
    ],
)
def test_what_a_reader_takes_for_one(text, expected):
    """The pieces are those a person would point at."""
    assert list(clusters(text)) == expected


class TestHeaders:
    @pytest.mark.parametrize(
        ("header", "kind", "ref", "total", "part"),
        [
            ("050003070301", "udh8", 7, 3, 1),
            ("06080401020302", "udh16", 0x102, 3, 2),
            ("0b0504158a15b30003070301", "udh8", 7, 3, 1),
            ("0800030703010a0101", "udh8", 7, 3, 1),
        ],
    )
    def test_concatenation_is_found_wherever_it_stands(self, header, kind, ref, total, part):
        """Ports or other elements before it do not hide which part a text is."""
        pdu = SubmitSm(esm_class=ESM_UDHI, short_message=bytes.fromhex(header) + b"hi")
        found = concat_of(pdu)
        assert (found.kind, found.ref, found.total, found.part) == (kind, ref, total, part)
        assert text_of(pdu) == "hi"

    @pytest.mark.parametrize(
        "header",
        ["050003070300", "050003070304", "050003070101", "0500020703", "06080301020302", "03000307", "00", "050003"],
    )
    def test_numbers_that_make_no_sense_are_a_whole_text(self, header):
        """Part 0, part 4 of 3, one of one, and headers that lie about their length join nothing."""
        assert concat_of(SubmitSm(esm_class=ESM_UDHI, short_message=bytes.fromhex(header) + b"hi")) is None

    def test_a_header_without_its_flag_is_text(self):
        """Only the flag makes bytes a header."""
        pdu = SubmitSm(short_message=concat_16(1, 2, 1) + b"hi")
        assert concat_of(pdu) is None
        assert text_of(pdu).endswith("hi")

    def test_a_header_longer_than_the_text_is_text(self):
        """A flag without a header costs no words."""
        assert part_off(b"\x48hi") == ((), b"\x48hi")
        assert part_off(b"") == ((), b"")

    def test_elements_that_do_not_add_up_give_those_that_do(self):
        """A broken element hides only itself."""
        elements, body = part_off(bytes.fromhex("07000307020108ff") + b"hi")
        assert [element.id for element in elements] == [0]
        assert body == b"hi"

    @given(s.binary(max_size=60))
    def test_any_bytes_have_a_body(self, data):
        """No header raises, and what is no part of a long text says no part number that cannot be."""
        pdu = SubmitSm(esm_class=ESM_UDHI, short_message=data)
        part = concat_of(pdu)
        assert part is None or 1 <= part.part <= part.total
        assert len(text_of(pdu)) <= 2 * len(data)
