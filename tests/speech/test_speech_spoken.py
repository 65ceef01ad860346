"""What is written for the eye, as it is said; and where one sentence ends."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech import spoken
from speech.letters import for_espeak
from speech.sentences import LONGEST_CHARACTERS, first_breath, split_sentences


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("482915", "four eight two, nine one five"),
        ("482 915", "four eight two, nine one five"),
        ("4 8 2, 9 1 5", "four, eight, two, nine, one, five"),
        ("02171", "zero two one, seven one"),
        ("1234567", "one two three, four five six seven"),
        ("7", "seven"),
        ("", ""),
    ],
)
def test_digits(number: str, said: str) -> None:
    assert spoken.digits(number) == said


@pytest.mark.parametrize(
    ("cents", "said"),
    [
        (12995, "one hundred twenty-nine dollars and ninety-five cents"),
        (100, "one dollar"),
        (101, "one dollar and one cent"),
        (99, "ninety-nine cents"),
        (0, "zero dollars"),
        (-2050, "minus twenty dollars and fifty cents"),
        (123456789, "one million two hundred thirty-four thousand five hundred sixty-seven dollars"
         " and eighty-nine cents"),
    ],
)  # fmt: skip
def test_amounts(cents: int, said: str) -> None:
    assert spoken.amount(cents) == said


def test_amounts_in_other_money() -> None:
    assert spoken.amount(250, "GBP") == "two pounds and fifty pence"
    assert spoken.amount(250, "CHF") == "two CHF and fifty cents"


def test_days() -> None:
    today = date(2026, 3, 1)
    assert spoken.day(date(2026, 5, 14), today=today) == "May fourteenth"
    assert spoken.day(date(2026, 12, 31), today=today) == "December thirty-first"
    assert spoken.day(date(2027, 1, 2), today=today) == "January second, twenty twenty-seven"
    assert spoken.day(date(2026, 8, 20)) == "August twentieth, twenty twenty-six"


def test_years() -> None:
    said = {1900: "nineteen hundred", 1905: "nineteen oh five", 2000: "two thousand"}
    said |= {2009: "two thousand nine", 2010: "twenty ten", 2026: "twenty twenty-six"}
    assert {year: spoken.year(year) for year in said} == said


def test_every_day_of_a_month_has_its_ordinal() -> None:
    said = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth"}
    said |= {11: "eleventh", 12: "twelfth", 13: "thirteenth", 20: "twentieth"}
    said |= {21: "twenty-first", 30: "thirtieth", 100: "one hundredth"}
    assert {number: spoken.ordinal(number) for number in said} == said


TEXTS = {
    # orders and codes
    "Your order 482 915 ships on 2026-05-14 🎉":
        "Your order four eight two, nine one five ships on May fourteenth",
    "From $1,299, 482915 pieces":
        "From one thousand two hundred ninety-nine dollars, four eight two, nine one five pieces",
    "Order #482915, return RMA-482915.":
        "Order number four eight two, nine one five, return R M A, four eight two, nine one five.",
    "Tracking 1Z999AA10123456784":
        "Tracking one Z nine, nine nine A, A one zero, one two three, four five six, seven eight four",
    "Use the code THANKS-PK74 or HELLO5.": "Use the code Thanks, P K seven four or Hello, five.",
    "3-D Secure and 2FA, hats in L/XL": "three D Secure and two F A, hats in L X L",
    "JO-TENT-2P in 2XL, IPX7": "J O, Tent, two P in two X L, I P X seven",
    "Your card ending in 4242": "Your card ending in four two four two",
    "Card •••• 4242": "Card ending in four two four two",
    "ZIP code 02139-1234": "ZIP code zero two one three nine, one two three four",
    "London SW1A 1AA, Ottawa K1A 0B1": "London S W one A, one A A, Ottawa K one A, zero B one",
    "GORE-TEX and USB-C stay": "GORE-TEX and USB-C stay",
    # money
    "It costs $129.95.": "It costs one hundred twenty-nine dollars and ninety-five cents.",
    "$5-10 or $5–$10": "five to ten dollars or five dollars to ten dollars",
    "€20, £1.50, 20 €, USD 3, 7.5 EUR":
        "twenty euros, one pound and fifty pence, twenty euros, three dollars, seven euros and fifty"
        " cents",
    "-$20 refunded, C$5": "minus twenty dollars refunded, five Canadian dollars",
    "$1.5 million, $2k": "one point five million dollars, two thousand dollars",
    "$4.99/month": "four dollars and ninety-nine cents per month",
    # days and times
    "On May 14, 2026 or 14 May": "On May fourteenth, twenty twenty-six or May fourteenth",
    "By 5/14/2026 or Dec 24th": "By May fourteenth or December twenty-fourth",
    "Between Jan 3-5": "Between January third to fifth",
    "Open Mon-Fri 9:30 am-5 pm, Sat 10am–2pm.":
        "Open Monday to Friday nine thirty AM to five PM, Saturday ten AM to two PM.",
    "9:00 to 18:00, 9-17:30": "nine o'clock to six PM, nine to five thirty PM",
    "Until 5 p.m. We close then.": "Until five PM. We close then.",
    "At 5 p.m. yesterday, 12:05 a.m.": "At five PM yesterday, twelve oh five AM.",
    "09:30-17:00": "nine thirty to five PM",
    "I am 5, the sun sat.": "I am five, the sun sat.",
    "Since 1998, in 2026, 2024-2026":
        "Since nineteen ninety-eight, in twenty twenty-six, twenty twenty-four to twenty twenty-six",
    "We may 5 times": "We may five times",
    # reaching people
    "Call +1 (617) 555-0134 or 541-555-0142.":
        "Call plus one, six one seven, five five five, zero one three four or five four one, five"
        " five five, zero one four two.",
    "Dial 1-800-555-0199 now":
        "Dial one, eight zero zero, five five five, zero one nine nine now",
    "UK: +44 20 7946 0958":
        "UK: plus four four, two zero, seven nine four six, zero nine five eight",
    "To maya.lee@example.com.": "To maya dot lee at example dot com.",
    "To jk_99@mail.co": "To J K underscore nine nine at mail dot C O",
    "See example.com": "See example dot com",
    # places
    "12 Main St, Apt 3B, Boston, MA 02139":
        "twelve Main Street, Apartment three B, Boston, Massachusetts, zero two one three nine",
    "1204 NW Maple Ave., Bend, OR 97702.":
        "twelve oh four Northwest Maple Avenue, Bend, Oregon, nine seven seven zero two.",
    "204 5th Ave": "two oh four fifth Avenue",
    "1180 Old Mill Road, Bend, OR": "eleven eighty Old Mill Road, Bend, Oregon",
    "Bend, Oregon 97702.": "Bend, Oregon, nine seven seven zero two.",
    "PO Box 1204": "P O Box one two zero four",
    "Dr. Lee of St. Paul": "Doctor Lee of Saint Paul",
    # quantities
    "15%, 2.5 %": "fifteen percent, two point five percent",
    "2.5 kg, 1 kg, 55 L, 10mm": "two point five kilograms, one kilogram, fifty-five liters, ten"
        " millimeters",
    "3-5 days, 10–15 kg, 5 to 7": "three to five days, ten to fifteen kilograms, five to seven",
    "-5 °C to 20°F": "minus five degrees Celsius to twenty degrees Fahrenheit",
    "30 x 20 x 10 cm": "thirty by twenty by ten centimeters",
    "22\" wheels, \"take 5\"": "twenty-two inches wheels, \"take five\"",
    "6 ft, 5 in stock": "six feet, five in stock",
    "24/7, 1/2, 2½, 4.5/5": "twenty-four seven, one half, two and one half, four point five out of"
        " five",
    "the 1st and 22nd": "the first and twenty-second",
    "Over 12,500 items, 3,5": "Over twelve thousand five hundred items, three,five",
    "Version 1.2.3": "Version one point two point three",
    "Call 555-482915 or room 12":
        "Call five five five, four eight two, nine one five or room twelve",
    "On 2026-99-99": "On two zero two six, nine nine, nine nine",
    "e.g. tents, stoves etc.": "for example tents, stoves et cetera.",
    "tents & stoves": "tents and stoves",
    # what is only for the eye
    "See [our returns page](https://example.com/r).": "See our returns page.",
    "More at https://example.com/help?a=1.": "More at.",
    "**Free** shipping 👍🏽 from `$50`": "Free shipping from fifty dollars",
    "- one\n- two\n1. three": "one\ntwo\nthree",
    "": "",
}  # fmt: skip


@pytest.mark.parametrize("written", TEXTS)
def test_texts_for_the_eye_become_texts_for_the_ear(written: str) -> None:
    assert spoken.speakable(written, today=date(2026, 1, 1)) == TEXTS[written]


@pytest.mark.parametrize("written", TEXTS)
def test_what_was_made_for_the_ear_stays_as_it_is(written: str) -> None:
    said = TEXTS[written]
    assert spoken.speakable(said, today=date(2026, 1, 1)) == said


@given(st.text(st.sampled_from("0123456789 .,-/:$%#+()aAmMpPxX°@&\n"), max_size=30))
def test_no_digit_is_left_and_nothing_breaks(written: str) -> None:
    said = spoken.speakable(written)
    assert not re.search(r"\d", said)


def test_other_languages_keep_their_numbers() -> None:
    assert (
        spoken.speakable("**30 天** 👍 [退货](https://example.com)", language="zh") == "30 天 退货"
    )


def test_numbers_of_a_voice_call() -> None:
    assert spoken.phone("6175550134") == "six one seven, five five five, zero one three four"
    assert spoken.code("1Z999AA1") == "one Z nine nine, nine A A one"
    assert spoken.clock_time(9, 30, "AM") == "nine thirty AM"
    assert spoken.clock_time(0, 5) == "twelve oh five AM"
    assert spoken.spelled("AB12") == "A B one two"
    assert spoken.address("12 Oak Ln, Salem, OR 97301").endswith(
        "Oak Lane, Salem, Oregon, nine seven three zero one"
    )


def test_sentences() -> None:
    text = 'Hi there! Dr. Lee paid $12.50 at 5 p.m. yesterday. "Fine," she said.\nAnything else?'
    assert list(split_sentences(text)) == [
        "Hi there!",
        "Dr. Lee paid $12.50 at 5 p.m. yesterday.",
        '"Fine," she said.',
        "Anything else?",
    ]


def test_chinese_sentences_need_no_space_between_them() -> None:
    text = "您好！营业时间是9点到18点。周日休息。还有别的吗？"
    assert list(split_sentences(text)) == [
        "您好！",
        "营业时间是9点到18点。",
        "周日休息。",
        "还有别的吗？",
    ]
    long = "我已经通知了同事，您排在第二位，通常需要等待五分钟左右，请不要挂断。"
    assert list(first_breath(long)) == [
        "我已经通知了同事，",
        "您排在第二位，通常需要等待五分钟左右，请不要挂断。",
    ]


def test_long_numbers_are_spelt_in_chinese() -> None:
    said = spoken.speakable(
        "轮到您时我们会拨打 +1 503-555-0123。早上9点，12月24日。", language="zh"
    )
    assert said == "轮到您时我们会拨打 一五零三五五五零一二三。早上9点，12月24日。"


def test_what_cannot_be_said_is_no_sentence() -> None:
    assert list(split_sentences(" ... \n\n!? ")) == []


def test_a_long_sentence_is_cut_where_one_breathes() -> None:
    clause = "the tent is in stock in two of our three warehouses"
    pieces = list(split_sentences(f"{clause}, {clause}; {clause}, {clause}."))
    assert len(pieces) > 1
    assert all(len(piece) <= LONGEST_CHARACTERS for piece in pieces)
    assert " ".join(pieces) == f"{clause}, {clause}; {clause}, {clause}."


def test_the_first_breath_of_a_long_sentence_is_a_clause() -> None:
    long = "I've looked that up for you, and your parcel should arrive on Thursday."
    assert list(first_breath(long)) == [
        "I've looked that up for you,",
        "and your parcel should arrive on Thursday.",
    ]
    for whole in (
        "Yes, that is right.",
        "Well, this begins with far too short a clause to be said alone",
        "This has no place at all where one could breathe in between words",
    ):
        assert list(first_breath(whole)) == [whole]


def test_the_letter_is_told_from_the_article() -> None:
    said = {
        "S W one A, one A A": "S W one eh, one eh eh",
        "Apartment one A and B": "Apartment one eh and B",
        "A person has a two-person tent, A one-time code and size A.":
            "A person has a two-person tent, A one-time code and size eh.",
    }  # fmt: skip
    assert {text: for_espeak(text) for text in said} == said
