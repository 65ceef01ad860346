"""Offering a person, and passing on to one when the offer is taken."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.turn import Event, Turn, say
from actions.wording import Words

_QUESTION = Words.same("Shall I get someone from the team for you?")
_PASSING_ON = Words.same("All right, I'll get someone from the team.")


def offer_person(
    dispatcher: CollectingDispatcher, turn: Turn, reason: str, because: Words | None = None
) -> Event:
    """Asks; `reason` is the handoff's reason (docs/protocol.md) if the customer says yes.
    `because` is said first. Returns the event that keeps the question open."""
    say(
        dispatcher,
        because + _QUESTION if because else _QUESTION,
        "offer_person",
        expects="yes_no",
        buttons=[("Yes, please", "yes please"), ("No, thanks", "no thanks")],
    )
    return turn.ask("offer_person", reason=reason)


def pass_on(dispatcher: CollectingDispatcher, reason: str) -> None:
    """Asks the server for a person. It, not we, knows whether somebody is there: nothing is
    promised about when."""
    say(dispatcher, _PASSING_ON, "passing_on", handoff={"reason": reason})
