"""Three hundred questions that are none of a shop's business, asked of the real assistant."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.dialogue.engine_house import House

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]

TURNED_AWAY = {"out_of_scope", "nlu_fallback"}
POLITE = {
    *("out_of_scope", "rephrase", "clarify", "still_not"),  # a limit, a question back, a person
    *("offer_person", "utter_request_person", "help_article"),
}


def test_they_end_in_a_limit_an_article_or_a_person(house: House) -> None:
    topics = yaml.safe_load((Path(__file__).parent / "unrelated.yml").read_text()).values()
    questions = [question for listed in topics for question in listed]
    assert len(questions) >= 300
    ends: Counter[str] = Counter()
    well = 0
    for question in questions:
        reply = house.customer().says(question)
        away = reply.body["intent"]["name"] in TURNED_AWAY
        polite = set(reply.responses) <= POLITE
        well += away and polite
        ends[", ".join(reply.responses)] += 1
    print(ends.most_common())
    assert well >= 0.8 * len(questions), ends.most_common()
