"""What the engine is asked: one turn, with what it needs to know about who says it and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.conversation.events import Event, Kind
from bot.dialogue.engine import Identity, TurnRequest, Unsent
from bot.dialogue.splitting import Part
from bot.store.tables import SPOKEN, Conversation, Leg, Speaker, Turn
from engine.numbers_spoken import ORDER_NUMBER, find_numbers

NEAR = 40
"""Events before a turn's words in which the assistant's last message is looked for."""


def answers_last(near: Sequence[Event], turn: Turn, leg: Leg) -> bool:
    """Whether the turn's words came after the assistant's last message had been sent, and on a call
    after it had been heard to its end. Only then does a "yes" mean it."""
    said = [
        event.seq
        for event in near
        if event.kind is Kind.MESSAGE
        and event.speaker is Speaker.ASSISTANT
        and not event.data.get("filler")
    ]
    if not said:
        return True
    if said[-1] > turn.seq:
        return False
    if leg.channel not in SPOKEN:
        return True
    ends = [e for e in near if e.kind is Kind.SPEECH_ENDED and e.data.get("of") == said[-1]]
    return not ends or not ends[-1].data.get("interrupted")


def make_request(
    turn: Turn,
    conversation: Conversation,
    leg: Leg,
    event: Event,
    *,
    now: datetime,
    to_last: bool,
    language: str,
) -> TurnRequest:
    identity = None
    if turn.identity and datetime.fromisoformat(turn.identity["until"]) > now:
        identity = Identity.model_validate(turn.identity)
    return TurnRequest(
        turn_id=turn.id,
        conversation=conversation.id,
        leg=leg.id,
        channel=leg.channel.value,
        language=language,
        source=leg.source,
        text=event.text,
        alternatives=event.data.get("alternatives", []),
        identity=identity,
        answers_last=to_last,
    )


def unsent(parts: Sequence[Part], sent: int) -> Unsent | None:
    """The first of the parts that were not sent."""
    if not 0 < sent < len(parts):
        return None
    part = parts[sent]
    numbers = [one.value for one in find_numbers(part.text) if one.kind == ORDER_NUMBER]
    told = {"order_number": numbers[0]} if numbers else {}
    return Unsent(about=part.intent, confidence=part.confidence, told=told)


def in_parts(request: TurnRequest, parts: Sequence[Part]) -> list[TurnRequest]:
    """A request for each part, or the one there is. The second is a turn of its own; its words came
    before the first one's answer, so they can't be a "yes" to it."""
    if not parts:
        return [request]
    return [
        request.model_copy(
            update={
                "turn_id": request.turn_id if number == 1 else f"{request.turn_id}.{number}",
                "text": part.text,
                "alternatives": request.alternatives if part.has_number else [],
                "answers_last": request.answers_last and number == 1,
                "part": number,
                "parts": len(parts),
            }
        )
        for number, part in enumerate(parts, 1)
    ]
