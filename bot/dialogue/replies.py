"""Replies of the engine to one message, written into the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import Claim, OpenConversation
from bot.conversation.sentences import Sentence, Sentences
from bot.dialogue.engine import Button, HandoffRequest, Identified, Reply, ReplyMessage
from bot.store.tables import Floor, Leg, Speaker, Turn

CHECK_LASTS = timedelta(minutes=30)
"""How long a check by order number and postcode holds on its leg (the actions keep the same)."""


async def store_replies(
    opened: OpenConversation, turn: Turn, replies: Sequence[Reply], assistant_name: str
) -> None:
    """Messages, promises and identity, inside the conversation's transaction. Raises FloorLost where
    somebody else has the floor."""
    claim = Claim(Floor.BOT, turn.epoch)

    def said(kind: Kind, text: str, data: dict[str, Any]) -> NewEvent:
        return NewEvent(
            kind,
            Speaker.ASSISTANT,
            text,
            name=assistant_name,
            leg_id=turn.leg_id,
            turn_id=turn.id,
            data=data,
        )

    for reply, messages in zip(replies, without_repeats(replies), strict=True):
        if reply.identified:
            await _identified(opened, turn, reply.identified)
        for message in messages:
            new = said(Kind.MESSAGE, message.text, _data(message, reply))
            await opened.append(new, claim)
        for promise in reply.promises:
            await opened.append(said(Kind.PROMISE, promise.text, {"due": promise.due}), claim)
    opened.row.expects = expects_of(replies)


def without_repeats(replies: Sequence[Reply]) -> list[list[ReplyMessage]]:
    """Each reply's messages, but no question that a later part puts again: after an answer inside a
    form, the form asks once more."""
    kept = []
    for at, reply in enumerate(replies):
        messages = list(reply.messages)
        later = [message for other in replies[at + 1 :] for message in other.messages]
        if messages and reply.expects != "free" and any(map(_same(messages[-1]), later)):
            messages.pop()
        kept.append(messages)
    return kept


def _same(question: ReplyMessage) -> Callable[[ReplyMessage], bool]:
    return lambda message: (
        message.text == question.text
        or (question.response is not None and message.response == question.response)
    )


def expects_of(replies: Sequence[Reply]) -> str:
    """Of the last part that expects something."""
    return next((reply.expects for reply in reversed(replies) if reply.expects != "free"), "free")


def _data(message: ReplyMessage, reply: Reply) -> dict[str, Any]:
    data: dict[str, Any] = {
        "intent": reply.intent.name,
        "confidence": round(reply.intent.confidence, 4),
        "response": message.response,
        "spoken": message.spoken,
        "source": message.source,
        "buttons": [button.model_dump() for button in message.buttons],
        "asks": message.expects if message.expects != "free" else None,
        "about": message.about,
        "told": message.told,
        "unsent": reply.unsent.model_dump() if reply.unsent else None,
    }
    return {name: value for name, value in data.items() if value}


async def _identified(opened: OpenConversation, turn: Turn, identified: Identified) -> None:
    if identified.scope == "order":
        # Whoever knows a delivery address need not be the buyer: nobody is identified, the team sees
        # that this one order may be spoken about.
        facts = {"order": identified.order, "how": identified.how, "verified": False}
        await opened.append(
            NewEvent(Kind.IDENTITY, Speaker.SYSTEM, leg_id=turn.leg_id, turn_id=turn.id, data=facts)
        )
        return
    leg = await opened.session.get_one(Leg, turn.leg_id)
    leg.customer_id = identified.customer_id
    leg.customer_name = identified.name
    leg.verified_how = identified.how
    leg.verified_until = opened.now + CHECK_LASTS
    await opened.note_identity(
        leg.id,
        identified.customer_id,
        identified.name,
        how=identified.how,
        order=identified.order,
        turn_id=turn.id,
    )


def identified_by(replies: Sequence[Reply]) -> int | None:
    """The customer whom these replies say the words came from, if a check just did."""
    checks = [reply.identified for reply in replies if reply.identified]
    known = [check.customer_id for check in checks if check.scope == "account"]
    return known[-1] if known else None


def in_our_words(
    turn: Turn, sentence: Sentence, buttons: Sequence[Button] = (), *, to_person: bool = False
) -> Reply:
    """The server's own words, as a reply; `to_person` also asks for a person."""
    message = ReplyMessage(text=sentence.text, spoken=sentence.spoken, buttons=list(buttons))
    handoff = HandoffRequest(reason="tool_failed") if to_person else None
    return Reply(turn_id=turn.id, messages=[message], handoff=handoff)


def could_not(turn: Turn, say: Sentences) -> Reply:
    return in_our_words(turn, say("turn_failed"), [Button(**say.button("a_person"))])
