"""A reply of the engine, written into the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.conversation.events import Kind, NewEvent
from bot.conversation.log import Claim, OpenConversation
from bot.dialogue.engine import Identified, Reply, ReplyMessage
from bot.store.tables import Floor, Leg, Speaker, Turn

CHECK_LASTS = timedelta(minutes=30)
"""How long a check by order number and postcode holds on its leg (the actions keep the same)."""


async def store_reply(
    opened: OpenConversation, turn: Turn, reply: Reply, assistant_name: str
) -> None:
    """Messages, promises and identity of one reply, inside the conversation's transaction.
    Raises FloorLost where somebody else has the floor."""
    claim = Claim(Floor.BOT, turn.epoch)
    if reply.identified:
        await _identified(opened, turn, reply.identified)
    for message in reply.messages:
        await opened.append(
            NewEvent(
                Kind.MESSAGE,
                Speaker.ASSISTANT,
                message.text,
                name=assistant_name,
                leg_id=turn.leg_id,
                turn_id=turn.id,
                data=_data(message, reply),
            ),
            claim,
        )
    for promise in reply.promises:
        await opened.append(
            NewEvent(
                Kind.PROMISE,
                Speaker.ASSISTANT,
                promise.text,
                name=assistant_name,
                leg_id=turn.leg_id,
                turn_id=turn.id,
                data={"due": promise.due},
            ),
            claim,
        )
    opened.row.expects = reply.expects


def _data(message: ReplyMessage, reply: Reply) -> dict[str, Any]:
    data: dict[str, Any] = {
        "intent": reply.intent.name,
        "confidence": round(reply.intent.confidence, 4),
        "response": message.response,
        "spoken": message.spoken,
        "source": message.source,
        "buttons": [button.model_dump() for button in message.buttons],
        "asks": reply.expects if reply.expects != "free" else None,
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
