"""Maya isn't alone: she hands over, asks first, brings somebody in, and is asked herself."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.chromium import picture
from tests.browser.desk_people import Json, ana, tom
from tests.browser.desk_screen import Screen

pytestmark = pytest.mark.chromium

SAM = {"id": 2, "name": "Sam"}
ANYONE = {"ring": "anyone", "skills": {}, "waited_s": 0, "idle_s": 60, "own": None}
CONSULT: Json = {"kind": "consult", "from": SAM, "why": ANYONE}


def test_who_is_there_and_what_they_know_is_shown_free_ones_first(with_ana: Screen) -> None:
    desk = with_ana
    desk.keys(Keys.ALT, "t")
    desk.shows(".to-whom .choice", "Sam")
    [sam, noor, leo, experts, *skills] = desk.texts(".to-whom .choice")
    assert "free" in sam
    assert "returns 4" in sam
    assert "Noor" in noor
    assert "in a contact · senior" in noor
    assert "not here" in leo
    assert "Experts" in experts
    assert [skill.split("skill")[0] for skill in skills] == ["Returns", "Tents"]
    assert not desk.find(".to-whom .choice:nth-child(3) input").is_enabled()
    picture(desk.driver, "desk-transfer")


def test_a_contact_is_handed_over_with_a_note_by_keyboard_alone(with_ana: Screen) -> None:
    desk = with_ana
    desk.keys(Keys.ALT, "t")
    desk.shows(".to-whom .choice", "Sam")
    desk.find("#transfer-filter:focus").send_keys("sam" + Keys.ENTER)
    desk.find("#transfer-note:focus")
    desk.click(".transfer-dialog .primary")
    desk.shows(".transfer-dialog .form-problem", "Write a note")
    desk.find("#transfer-note").send_keys("She leaves on Saturday; the tent is in Boise.")
    desk.click(".transfer-dialog .primary")
    desk.shows(".notice", "Ana Reyes is handed over to Sam, with your note.")
    path, told = desk.server.asked[-1]
    assert path.endswith("/transfer")
    assert told == {"agent": 2, "note": "She leaves on Saturday; the tent is in Boise."}
    assert not desk.texts("#mine .contact")
    desk.shows("#waiting .contact", "Ana Reyes")


def test_a_skill_is_chosen_instead_of_a_person(with_ana: Screen) -> None:
    desk = with_ana
    desk.click(".hand-over")
    desk.click(".to-whom .choice:last-child input")
    assert not desk.find(".dialog-buttons button:nth-child(3)").is_enabled(), "nobody to ask"
    desk.find("#transfer-note").send_keys("A question about pegs")
    desk.click(".transfer-dialog .primary")
    desk.until(lambda: desk.server.asked[-1][0].endswith("/transfer"), "it was asked for")
    assert desk.server.asked[-1][1] == {"skill": "tents", "note": "A question about pegs"}


def test_ask_first_then_join_then_hand_over(with_ana: Screen) -> None:
    desk = with_ana
    desk.write("a draft")
    desk.keys(Keys.ALT, "t")
    desk.click(".to-whom .choice:first-child input")
    desk.find("#transfer-note").send_keys("May I send a second tent?")
    desk.click(".dialog-buttons button:nth-child(3)")
    desk.shows(".internal", "Maya asked Sam: “May I send a second tent?”")
    desk.server.comes("c-ana", SAM)
    desk.shows(".internal", "Sam reads along")
    desk.shows(".advice", "Sam reads along; what they write is for you only.")
    assert desk.value("#composer-text") == "a draft", "what was begun stays"
    picture(desk.driver, "desk-consult")
    desk.click(".advice button:not(.primary)")
    desk.shows(".advice", "Sam may write to the customer, too.")
    desk.shows(".internal", "Sam may write to the customer, too")
    desk.click(".advice .primary")
    desk.shows(".notice", "Ana Reyes is Sam's now.")
    desk.until(lambda: not desk.texts("#mine .contact"), "it isn't Maya's any more")


def test_who_is_brought_in_joins_once_they_come(with_ana: Screen) -> None:
    desk = with_ana
    desk.keys(Keys.ALT, "t")
    desk.click(".to-whom .choice:first-child input")
    desk.find("#transfer-note").send_keys("She would like to hear it from you")
    desk.click(".dialog-buttons button:nth-child(2)")
    desk.shows(".notice", "Sam is asked to join, and comes in once they accept.")
    assert desk.server.asked[-1][0].endswith("/consult")
    desk.server.comes("c-ana", SAM)
    desk.shows(".advice", "Sam may write to the customer, too.")
    joined = {"agent": 2, "joined": True}
    assert desk.server.asked[-1] == ("/api/desk/handoffs/h-ana/conference", joined)


def test_a_colleagues_question_is_an_offer_to_look_and_to_write_notes(desk: Screen) -> None:
    talk = ana()
    talk.handoff.update(state="with_sam", agent=SAM)
    note = "Would you send a second tent?"
    desk.server.offer(talk, lasts_s=20, **CONSULT, note=note)
    desk.shows("#offers .offer-why", "Sam asks for your advice")
    desk.shows("#offers .offer-note", note)
    desk.keys(Keys.ALT, "a")
    desk.shows(".advice", "Sam asked you. Your notes are for the team")
    desk.find("[data-mode=note] #composer-text:focus")
    desk.write("Yes, from Boise." + Keys.ENTER)
    desk.shows(".event.note", "Yes, from Boise.")
    desk.shows("#advising .contact", "Ana Reyes")
    picture(desk.driver, "desk-advice")
    desk.click(".advice button")
    desk.until(lambda: not desk.texts("#advising .contact"), "Maya has left")
    assert desk.server.asked[-1][0].endswith("/leave")


def test_what_happened_inside_the_team_is_told_apart(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.happen("c-ana", "offer_declined", "system", None, name="Leo")
    desk.shows(".internal", "Leo declined it")
    desk.server.happen(
        "c-ana", "transfer", "agent", None, **{"from": "Leo", "to": "Maya", "note": "Tent lost"}
    )
    desk.shows(".internal", "Leo handed over to Maya: “Tent lost”")


def test_a_refused_hand_over_says_why_and_loses_nothing(with_ana: Screen) -> None:
    desk = with_ana
    desk.server.arrive(tom())
    desk.keys(Keys.ALT, "t")
    desk.click(".to-whom .choice:first-child input")
    desk.find("#transfer-note").send_keys("She leaves on Saturday")
    desk.server.refused = "You don't hold this contact any more."
    desk.click(".transfer-dialog .primary")
    desk.shows(".transfer-dialog .form-problem", "You don't hold this contact any more.")
    assert desk.value("#transfer-note") == "She leaves on Saturday"
