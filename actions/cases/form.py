"""The form behind every case: decides whether a message answers it, changes it, or interrupts it.

Rasa runs `validate_case_form` when a case begins, at each message while it is open, and when an
interruption has been answered. Returning no slot declines the message: the rules then answer it as
they would outside, and the form is run again, which puts its question once more.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.backend import BackendUnavailable, NotAllowed
from actions.cases.case import CONFIRM, Case
from actions.cases.goals import GOAL_OF_INTENT, GOALS
from actions.cases.goodwill import asks_for_more
from actions.cases.state import CaseState
from actions.cases.yes_or_no import yes_or_no
from actions.reply import Reply
from actions.turn import Event, Services, Turn, TurnAction
from actions.wording import order_number
from engine.numbers_spoken import ORDER_NUMBER

logger = logging.getLogger(__name__)

FORM = "case_form"
WAITS = "case_answer"
"""The slot Rasa believes to be asked for; the question itself is the case's."""

_SURE_OF_INTERRUPTION = 0.7
"""So sure must the understanding be before a sentence isn't taken as the answer that a case asked
for in free words."""
_SURE_TO_LEAVE = 0.9
"""So sure where every sentence is an answer: "I'm still waiting" is no goodbye."""
_TALK = frozenset({"correct_last", "give_number", "affirm", "deny", "choose", "give_address"})
"""Said to whatever was asked; they begin no case of their own while one is open."""
_UNTOLD = _TALK | {"nlu_fallback", "out_of_scope"}
"""Says nothing about whether a sentence is the answer that was asked for."""
_LEAVES = frozenset({"never_mind", "contact_human_agent", "contact_customer_service", "repeat_that",
                     "slower_please", "goodbye"})  # fmt: skip
_REPEATS = frozenset({"repeat_that", "slower_please"})
_HEARD_BEHIND = 0.08
"""Confidence from which a contact reason behind a number counts: "cancel 482 919, my mail is …"."""
_ASKED_AGAIN = frozenset({"correct_last", "give_number", "choose"})


class ValidateCaseForm(TurnAction):
    def __init__(self, services: Services) -> None:
        self._services = services

    def name(self) -> str:
        return f"validate_{FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Event]:
        turn = Turn.of(tracker)
        reply = Reply(dispatcher, turn, self._services.texts(turn.language))
        state = (
            CaseState.of(turn.slots.get("case"), GOALS)
            if turn.slots.get("requested_slot")
            else None
        )
        if state is None and asks_for_more(turn.open_question(), turn, reply):
            return [SlotSet("pending_question", None), *_CLOSED]
        if state is None and _declines_an_offer(turn):
            reply.say("deny_open")
            return [SlotSet("pending_question", None), *_CLOSED]
        if state is None:
            return await self._begin(_goal_meant(turn), turn, reply)
        if _coming_back(tracker) and turn.intent in _REPEATS:  # the question was said again, too
            case = self._case(state, turn, reply)
            case.waits_for(state.asked or "")
            return self._events(case, open_=True)
        if state.asked is None:  # prepared by a yes, or waiting until now
            return await self._prepared(state, turn, reply)
        if _coming_back(tracker):
            case = self._case(state, turn, reply)
            case.comes_back = True
            return await self._go_on(case)
        return await self._answer(state, turn, reply)

    def _case(self, state: CaseState, turn: Turn, reply: Reply) -> Case:
        return GOALS[state.goal](state, turn, reply, self._services)

    async def _begin(self, goal: str, turn: Turn, reply: Reply) -> list[Event]:
        waiting = turn.slots.get("waiting") or []
        asked = turn.slots.get("pending_question") or {}
        if turn.part > 1 and asked.get("turn") == turn.message_id:
            # The part before has just offered something: one question at a time.
            return [SlotSet("waiting", [*waiting, _kept(goal, turn)]), *_CLOSED]
        state = CaseState(goal, later=waiting)
        case = self._case(state, turn, reply)
        case.slots["waiting"] = None
        try:
            await case.take(beginning=True)
        except BackendUnavailable:
            return self._unreachable(case)
        return await self._go_on(case)

    async def _answer(self, state: CaseState, turn: Turn, reply: Reply) -> list[Event]:
        case = self._case(state, turn, reply)
        goal = GOAL_OF_INTENT.get(turn.intent)
        new_goal = goal if goal != state.goal and turn.intent not in _TALK else None
        if new_goal in case.related and state.asked not in (None, "number", "proof", "order"):
            new_goal = None
        everything = state.asked in case.takes_everything
        if everything and turn.intent not in _LEAVES:
            new_goal = None
        free = state.asked in case.takes_any_words
        sure = case.surely_answers() or case.which.guessed()
        if sure:
            new_goal = None
        unsure_goal = turn.confidence < _SURE_OF_INTERRUPTION
        if unsure_goal and state.asked == CONFIRM and yes_or_no(turn.text, "") is not None:
            new_goal = None  # "no, I'll keep it": decided, whatever else it looks like
        if new_goal and not (free and unsure_goal):
            if turn.part > 1:
                state.later.append(_kept(new_goal, turn))
                return self._events(case, open_=True)
            return await self._changed_mind(state, new_goal, turn, reply)
        decides = state.asked == CONFIRM and turn.intent == "never_mind"
        # "one more of it" may look like "say it once more"
        unsure = free and turn.intent in _REPEATS and turn.confidence < _SURE_OF_INTERRUPTION
        told = everything and turn.confidence < _SURE_TO_LEAVE
        if turn.intent in _LEAVES and not (decides or unsure or sure or told):
            return [SlotSet("requested_slot", WAITS)]
        if free and not sure and self._interrupts(case, turn, goal):
            return [SlotSet("requested_slot", WAITS)]
        try:
            said = await case.take(beginning=False)
        except BackendUnavailable:
            return self._unreachable(case)
        again = turn.intent in _ASKED_AGAIN or goal in {state.goal, *case.related}
        if not said and not again:
            return [SlotSet("requested_slot", WAITS)]  # an interruption: the rules answer it
        return await self._go_on(case)

    def _interrupts(self, case: Case, turn: Turn, goal: str | None) -> bool:
        """Whether a sentence surely is something else than the free words that were asked for."""
        return (
            turn.confidence >= _SURE_OF_INTERRUPTION
            and turn.intent not in _UNTOLD
            and goal not in {case.goal, *case.related}
        )

    async def _changed_mind(
        self, state: CaseState, goal: str, turn: Turn, reply: Reply
    ) -> list[Event]:
        """ "Cancel it; no, wait, I'd rather send it back": the same order, another matter."""
        changed = CaseState(goal, number=state.number, proof=state.proof, later=state.later)
        case = self._case(changed, turn, reply)
        try:
            await case.take(beginning=state.number is None)
        except BackendUnavailable:
            return self._unreachable(case)
        return await self._go_on(case)

    async def _go_on(self, case: Case) -> list[Event]:
        try:
            await case.work()
            while case.switch_to:
                case = self._switched(case)
                await case.work()
        except BackendUnavailable:
            return self._unreachable(case)
        except NotAllowed as error:  # changed between our question and the answer
            number = case.state.number or ""
            case.cannot(f"{case.goal} {number}", error.refusal.value, number=order_number(number))
        except ValueError:  # the shop can't use what was said, an address perhaps
            logger.exception("a case could not be worked on")
            decision = f"{case.goal.replace('_', ' ')} {case.state.number or ''}".strip()
            promise = case.reply.phrase("promise_decision").text
            case.needs_decision("cannot_go_on", decision, promise)
        if case.done and case.state.later and not case.asks and not case.handed_over:
            if any(event.get("name") == "pending_question" for event in case.events):
                case.slots["waiting"] = case.state.later  # until our offer has been answered
            else:
                return await self._next(case)
        return self._events(case, open_=case.asks and not case.done)

    def _switched(self, case: Case) -> Case:
        assert case.switch_to is not None
        state = CaseState(
            case.switch_to, number=case.state.number, data=case.data, later=case.state.later
        )
        state.data.pop("confirming", None)
        turned = self._case(state, case.turn, case.reply)
        turned.slots, turned.events = case.slots, case.events
        return turned

    async def _next(self, case: Case) -> list[Event]:
        """The second request of the customer's, now that the first is done."""
        case.reply.say("now_to_the_other")
        state = resumed(case.state.later)
        if state.number is None:
            state.number = case.state.number
        return await self._prepared(state, case.turn, case.reply, after=case)

    async def _prepared(
        self, state: CaseState, turn: Turn, reply: Reply, *, after: Case | None = None
    ) -> list[Event]:
        """Begins a case whose words, if any, were said in an earlier turn or part."""
        said = state.data.pop("said", None)
        number = state.number
        if said:
            turn = replace(turn, text=said["text"], entities=said["entities"], alternatives=[])
        case = self._case(state, turn, reply)
        if after is not None:
            case.slots, case.events = after.slots, after.events
        try:
            if said:
                await case.take(beginning=True)
                state.number = number or state.number
        except BackendUnavailable:
            return self._unreachable(case)
        return await self._go_on(case)

    def _unreachable(self, case: Case) -> list[Event]:
        """The customer hears it and is offered a person. Where something was being done, nobody knows
        whether it was: that is said, too."""
        doing = case.settled is True
        case.reply.lead(case.reply.phrase("shop_unsure" if doing else "shop_unreachable"))
        case.offer_person("tool_failed")
        return self._events(case, open_=False)

    def _events(self, case: Case, *, open_: bool) -> list[Event]:
        slots = {**case.slots, "case": case.state.as_slot() if open_ else None}
        events = [SlotSet(name, value) for name, value in slots.items()]
        events += case.events
        events.append(SlotSet("requested_slot", WAITS if open_ else None))
        if not open_:
            events.append(FollowupAction("action_listen"))
        return events


_CLOSED = (SlotSet("requested_slot", None), FollowupAction("action_listen"))


def _declines_an_offer(turn: Turn) -> bool:
    """ "No, I'll try again" looks like a correction, and is the answer to what was offered."""
    corrects = turn.intent == "correct_last" and not turn.entities
    return corrects and turn.open_question() is not None and yes_or_no(turn.text, "") is False


def _goal_meant(turn: Turn) -> str:
    """What a first sentence is about. Where it is read as a number, what else it may be decides."""
    if turn.intent in ("give_number", "correct_last", "give_address"):
        for entry in turn.ranking[1:4]:
            name = str(entry.get("name"))
            if float(entry.get("confidence") or 0) < _HEARD_BEHIND:
                break
            if name in GOAL_OF_INTENT and name not in _TALK:
                return GOAL_OF_INTENT[name]
    return GOAL_OF_INTENT.get(turn.intent, "track")


def _coming_back(tracker: Tracker) -> bool:
    """Whether this message was declined already and has been answered by a rule."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        if event.get("event") == "action_execution_rejected" and event.get("name") == FORM:
            return True
    return False


def _kept(goal: str, turn: Turn) -> dict[str, Any]:
    """A request that waits, with its words."""
    heard = [str(one["value"]) for one in turn.entities if one["entity"] == ORDER_NUMBER]
    entities = [dict(one) for one in turn.entities]
    return {
        "goal": goal,
        "number": heard[-1] if heard else None,
        "text": turn.text,
        "entities": entities,
    }


def resumed(waiting: list[dict[str, Any]]) -> CaseState:
    """The first of the requests that wait, the others behind it."""
    first, *rest = waiting
    data = {"said": {"text": first["text"], "entities": first["entities"]}}
    return CaseState(first["goal"], number=first["number"], data=data, later=rest)


def next_waiting(turn: Turn, reply: Reply) -> list[Event]:
    """Begins the request that waited until our offer was answered; empty where none does."""
    waiting = turn.slots.get("waiting")
    if not waiting:
        return []
    reply.say("now_to_the_other")
    return [SlotSet("waiting", None), *prepared(resumed(waiting))]


def prepared(state: CaseState) -> list[Event]:
    """Begins a case from outside the form."""
    return [
        SlotSet("case", state.as_slot()),
        SlotSet("requested_slot", WAITS),
        FollowupAction(FORM),
    ]
