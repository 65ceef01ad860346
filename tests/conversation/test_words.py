"""Words on their way in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.words import clean, mask_cards, mask_deeply


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("my card is 4111 1111 1111 1111", "my card is •••• •••• •••• 1111"),
        ("4111111111111111", "••••••••••••1111"),
        ("5500-0055-5555-5559 thanks", "••••-••••-••••-5559 thanks"),
        ("amex 378282246310005.", "amex •••••••••••0005."),
        ("order 482915 card 4111 1111 1111 1111 ok", "order 482915 card •••• •••• •••• 1111 ok"),
        ("482915 4111111111111111", "482915 ••••••••••••1111"),
        ("4111\u200b1111\u200b1111\u200b1111", "••••\u200b••••\u200b••••\u200b1111"),
        ("４１１１１１１１１１１１１１１１", "••••••••••••１１１１"),
        (
            "four one one one one one one one one one one one one one one one",
            "• • • • • • • • • • • • one one one one",
        ),
        ("four one one one oh one", "four one one one oh one"),
        ("4111\u20131111\u20131111\u20131111", "••••\u2013••••\u2013••••\u20131111"),
        ("4111    1111 | 1111 * 1111", "••••    •••• | •••• * 1111"),
        (
            "four triple one four eights",
            "four triple one four eights",
        ),
        (
            "four one double one double one double one double one double one double one double one",
            "• • •• •• •• •• •• double one double one",
        ),
        (
            "forty one eleven eleven eleven eleven eleven eleven eleven",
            "•• •• •• •• •• •• eleven eleven",
        ),
    ],
)
def test_card_numbers_keep_their_last_four_digits(said: str, stored: str) -> None:
    assert mask_cards(said) == stored


@pytest.mark.parametrize(
    "said",
    [
        "482915",
        "my number is 482 915 and the postcode 97205",
        "call me on +1 503 555 0142",
        "4111 1111 1111 1112",  # the check digit is wrong: no card
        "tracking 9400100000000000000000",
        "no one was there at one o'clock",
    ],
)
def test_other_numbers_stay(said: str) -> None:
    assert mask_cards(said) == said


@given(st.text())
def test_masking_never_fails_and_never_grows(text: str) -> None:
    assert len(mask_cards(text)) <= len(text)


def test_what_cannot_be_stored_is_taken_out() -> None:
    assert clean("a\x00b\x07c\ud800d", 100).text == "abc\N{REPLACEMENT CHARACTER}d"
    assert clean("  two\r\nlines\t ", 100).text == "two\nlines"
    assert clean("e\u0301", 100).text == "é"


def test_a_family_stays_together() -> None:
    family = "👨\u200d👩\u200d👧"
    assert clean(family, 100).text == family


def test_a_long_text_is_cut_and_says_so() -> None:
    cut = clean("word " * 300_000, 4000)
    assert cut.truncated
    assert len(cut.text) <= 4000
    assert not clean("x" * 4000, 4000).truncated


@given(st.text(alphabet=st.characters(), max_size=300))
def test_clean_text_is_valid_utf8_without_nul(text: str) -> None:
    assert "\x00" not in clean(text, 100).text
    clean(text, 100).text.encode("utf-8")


@pytest.mark.parametrize(
    "one",
    [
        "a4111111111111111bcdefabcdefabcd",
        "4111111111111111bcdefabcdefabcde",
        "deadbeef-4111-4111-a111-111111111111",
    ],
)
def test_an_id_with_a_cards_digits_in_it_stays_an_id(one: str) -> None:
    data = {"handoff": one, "url": f"/api/recordings/{one}", "said": ["4111 1111 1111 1111"]}
    masked = {"handoff": one, "url": f"/api/recordings/{one}", "said": ["•••• •••• •••• 1111"]}
    assert mask_deeply(data) == masked
