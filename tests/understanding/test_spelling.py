"""Words as they were meant: slips put right, real words left alone, numbers as one specimen."""

from __future__ import annotations

import pytest

from engine.components.spelling import Spelling, shape

ENGLISH = """
the of and in to for from form you my is where want need have like would lie order package cancel
story store tell me change address status refund delivery payment problem when will arrive please
""".split()  # noqa: SIM905
EXAMPLES = [
    *["where is my order", "where is my package", "i want to cancel my order"] * 20,
    *["i would like a refund", "the package from the store", "when will my delivery arrive"] * 20,
    *["payment problem", "status of my order", "change my address", "i need my order"] * 20,
    *["where is my oder", "chnage my address"],
]


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling.learnt(EXAMPLES, ENGLISH)


def said(spelling: Spelling, text: str) -> str:
    words = ["", *text.split(), ""]
    return " ".join(
        spelling.meant(words[at], words[at - 1], words[at + 1]) for at in range(1, len(words) - 1)
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("where is my pacage", "where is my package"),
        ("i wnat to cnacel", "i want to cancel"),
        ("wher is my ordre", "where is my order"),
        ("my delivvery", "my delivery"),
        ("statu of my order", "status of my order"),
    ],
)
def test_a_slip_of_the_finger_is_put_right(spelling: Spelling, written: str, meant: str) -> None:
    assert said(spelling, written) == meant


def test_two_slips_in_a_long_word(spelling: Spelling) -> None:
    assert spelling.meant("delviiery") == "delivery"


def test_an_english_word_stays_though_the_examples_have_one_like_it(spelling: Spelling) -> None:
    assert said(spelling, "tell me a story") == "tell me a story"


def test_a_word_becomes_another_where_only_that_makes_sense(spelling: Spelling) -> None:
    assert said(spelling, "i would lie a refund") == "i would like a refund"


def test_typos_of_the_examples_are_not_corrected_to(spelling: Spelling) -> None:
    assert spelling.meant("oder") == "order"
    assert spelling.meant("odder") == "order"
    assert spelling.meant("chnage") == "change"


def test_run_on_words_are_taken_apart(spelling: Spelling) -> None:
    assert spelling.meant("paymentproblem") == "payment problem"
    assert spelling.meant("whereismyorder") == "where is my order"


@pytest.mark.parametrize("word", ["qxzvw", "hgfdsa"])
def test_nonsense_stays_and_is_unknown(spelling: Spelling, word: str) -> None:
    assert spelling.meant(word) == word
    assert not spelling.knows(word)


@pytest.mark.parametrize("word", ["", "a", "x", "it", "'", "...", "482915", "don't", "é", "日本"])
def test_odd_tokens_do_no_harm(spelling: Spelling, word: str) -> None:
    assert isinstance(spelling.meant(word, word, word), str)


def test_what_is_kept_makes_the_same_speller(spelling: Spelling) -> None:
    kept = spelling.to_dict()
    again = Spelling(kept["words"], kept["pairs"], ENGLISH)
    for word in ("pacage", "oder", "delviiery", "paymentproblem", "story"):
        assert again.meant(word) == spelling.meant(word)


@pytest.mark.parametrize(
    ("token", "specimen"),
    [
        ("#123456", "482915"),
        ("ord-123456", "482915"),
        ("00123842", "482915"),
        ("60614", "97201"),
        ("60614-1234", "97201"),
        ("482", "482"),
        ("12", "12"),
        ("jo.b@mail.com", "ana@example.com"),
        ("Tent", "tent"),
        ("@", "@"),
    ],
)
def test_numbers_and_mail_addresses_are_one_specimen_of_their_kind(
    token: str, specimen: str
) -> None:
    assert shape(token) == specimen
