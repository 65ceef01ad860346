"""Words that were said before our question was out, with the real engine."""

from __future__ import annotations

import pytest

from tests.dialogue.engine_house import House
from tests.dialogue.test_scenes import several_open_orders, signed_in

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


@pytest.mark.parametrize("word", ["yes", "yes please", "no", "no thanks"])
def test_an_early_word_decides_nothing_and_the_question_comes_again(
    house: House, word: str
) -> None:
    ana = house.customer()
    asked = ana.says("what is wrong with my card, it was charged twice")
    assert asked.expects == "yes_no"
    early = ana.says(word, answers_last=False)
    assert early.handoff is None
    assert early.responses == ["asked_again"]
    assert early.expects == "yes_no"
    assert asked.body["messages"][-1]["text"] in early.text
    assert asked.body["messages"][-1]["spoken"] in early.spoken
    assert early.body["messages"][0]["buttons"] == asked.body["messages"][-1]["buttons"]
    twice = ana.says(word, answers_last=False)
    assert twice.text == early.text
    assert ana.says("yes").handoff == "policy"


def test_a_no_after_the_question_was_heard_again_declines(house: House) -> None:
    ana = house.customer()
    ana.says("what is wrong with my card, it was charged twice")
    ana.says("yes", answers_last=False)
    assert ana.says("no thanks").responses == ["deny_open"]
    assert ana.says("yes").handoff is None


def test_an_early_no_does_not_leave_the_form(house: House) -> None:
    ana = house.customer()
    ana.says("where is my order")
    assert ana.says("no", answers_last=False).responses == ["ask_order_number"]
    assert ana.says("no").responses == ["never_mind"]


def test_numbers_count_whenever_they_are_said(house: House) -> None:
    order = house.order("shipped")
    ana = house.customer()
    ana.says("where is my order")
    assert ana.says(order["number"], answers_last=False).expects == "postcode"
    told = ana.says(order["postcode"], answers_last=False)
    assert told.responses[0] == "order_status"


def test_the_second_of_a_list_that_was_not_out_chooses_nothing(house: House) -> None:
    ana = signed_in(house, several_open_orders(house)[0])
    first = ana.says("where is my order")
    again = ana.says("the second one", answers_last=False)
    assert again.responses == first.responses == ["open_orders"]
    assert again.expects == "choice"
    assert ana.says("the second one").responses[0] == "order_status"


def test_a_person_is_always_had_for_the_asking(house: House) -> None:
    ana = house.customer()
    ana.says("where is my order")
    assert ana.says("i want a person", answers_last=False).handoff == "asked_for_person"


def test_answers_last_is_a_boolean(house: House) -> None:
    status, answer = house.post("turn", house.customer().body("yes", answers_last="no"))
    assert status == 400
    assert "answers_last" in answer["message"]
